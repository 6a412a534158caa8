// Workers that change one value in turn, under a lock that goes with a worker that dies.
//
//     CRIER_APP_NAME=tills SharedLock 127.0.0.1:6565 100
import CrierClient
import Glibc

@main
struct SharedLock {
    static func main() async throws {
        guard CommandLine.arguments.count == 3, let gateway = try? GatewayConfiguration(CommandLine.arguments[1]),
            let rounds = Int(CommandLine.arguments[2])
        else { return say("usage: CRIER_APP_NAME=NAME SharedLock HOST:PORT ROUNDS") }

        let configuration = try MemoryConfiguration(gateway: gateway)
        try await DistributedMemory.with(configuration) { memory in
            for round in 1...max(1, rounds) {
                let token = try await memory.withLock("balance", timeToLive: .seconds(2)) { lock in
                    try await change(memory, lock)
                    return lock.token
                }
                say("round \(round) token \(token)")
            }
            say("done")
        }
    }

    /// Reads, thinks, writes: without the lock, two workers would lose each other's changes.
    static func change(_ memory: DistributedMemory, _ lock: HeldLock) async throws {
        say("inside \(lock.token)")
        try await memory.refresh()
        let balance = try memory.get("balance", as: Int.self) ?? 0
        // The fence refuses a worker that stood still for so long that another has the lock by now.
        let outcome = try await memory.transact(
            KeyValueTransaction(
                guards: [lock.fence],
                then: [.put(namespace: memory.namespace, key: "balance", value: .int(Int64(balance + 1)))]
            )
        )
        if !outcome.succeeded { throw KeyValueClientError(.lockLost, "another has the lock by now") }
    }

    /// At once, also into a pipe.
    static func say(_ text: String) {
        print(text)
        fflush(nil)
    }
}
