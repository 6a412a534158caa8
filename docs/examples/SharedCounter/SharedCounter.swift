// A worker that counts together with others, and goes on at its checkpoint after a crash.
//
//     CRIER_INSTANCE_ID=worker-1 SharedCounter 127.0.0.1:6565 1000
//
// Its own namespace (CRIER_INSTANCE_ID) holds "app.crashed", "task.progress" and "task.checkpoint"; the counter that
// all workers share is "counter" in the namespace "shared". Kill it with kill -9 and start it again: no step is lost,
// and none is counted twice, because a step's checkpoint and its count are one transaction.
import CrierClient
import Glibc

@main
struct SharedCounter {
    static func main() async throws {
        guard CommandLine.arguments.count == 3, let gateway = try? GatewayConfiguration(CommandLine.arguments[1]),
            let steps = Int(CommandLine.arguments[2])
        else { return say("usage: CRIER_INSTANCE_ID=NAME SharedCounter HOST:PORT STEPS") }

        let configuration = try MemoryConfiguration(gateway: gateway)
        try await DistributedMemory.with(configuration) { memory in
            let hasCrashed = try memory.get("app.crashed", as: Bool.self) ?? false
            let checkpoint = try memory.get("task.checkpoint", as: Int.self) ?? 0
            say(hasCrashed ? "crashed before, on from step \(checkpoint)" : "from step \(checkpoint)")

            try await memory.put("app.crashed", true)  // until we get to the end of this block
            try await count(to: steps, memory)
            try await memory.put("app.crashed", false)
            say("done")
        }
    }

    static func count(to steps: Int, _ memory: DistributedMemory) async throws {
        while true {
            let done = try memory.get("task.checkpoint", as: Int.self) ?? 0
            guard done < steps else { return }
            do {
                try await step(done + 1, of: steps, memory)
                say("step \(done + 1)")
            } catch let error as KeyValueClientError where error.code == .indeterminate || error.code == .unavailable {
                // The gateway is away, or its answer was lost. What it holds says whether the step was done.
                say("waiting: \(error)")
                while (try? await memory.refresh()) == nil { try await Task.sleep(for: .milliseconds(200)) }
            }
        }
    }

    /// All or nothing: the checkpoint moves exactly when the step is counted.
    static func step(_ number: Int, of steps: Int, _ memory: DistributedMemory) async throws {
        let own = memory.namespace
        let before: KeyValueCondition = number == 1 ? .absent : .value(.int(Int64(number - 1)))
        let outcome = try await memory.transact(
            KeyValueTransaction(
                guards: [KeyValueGuard("task.checkpoint", in: own, before)],
                then: [
                    .increment(namespace: "shared", key: "counter", by: 1),
                    .put(namespace: own, key: "task.checkpoint", value: .int(Int64(number))),
                    .put(namespace: own, key: "task.progress", value: .double(Double(number) / Double(steps))),
                ]
            )
        )
        // An earlier attempt whose answer was lost has done it already.
        if !outcome.succeeded { try await memory.refresh() }
    }

    /// At once, also into a pipe.
    static func say(_ text: String) {
        print(text)
        fflush(nil)
    }
}
