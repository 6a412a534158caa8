import CrierGRPC
import CrierMessages
import Testing

@testable import CrierClient

@Suite("A lock across processes", .timeLimit(.minutes(10)))
struct DistributedLockTests {
    private func configuration(
        _ gateway: TestKeyValueGateway,
        timeout: Duration = .seconds(600)
    ) throws -> MemoryConfiguration {
        var configuration = try MemoryConfiguration(namespace: "app", gateway: gateway.configuration)
        configuration.timeout = timeout
        return configuration
    }

    /// Runs a memory with a clock that a test moves.
    private func withClock(
        _ gateway: TestKeyValueGateway,
        _ body: (DistributedMemory, ManualClock) async throws -> Void
    ) async throws {
        let clock = ManualClock()
        let memory = try DistributedMemory(configuration(gateway), clock: clock, random: { 0.5 })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await memory.run() }
            try await memory.ready()
            try await body(memory, clock)
            group.cancelAll()
        }
    }

    /// How a lock of 9 seconds ends.
    private func failure(
        _ memory: DistributedMemory,
        _ body: @escaping @Sendable (HeldLock) async throws -> Void
    ) async -> KeyValueClientError.Code? {
        do {
            try await memory.withLock("till", timeToLive: .seconds(9), body)
            return nil
        } catch {
            return (error as? KeyValueClientError)?.code
        }
    }

    @Test("No two are inside at once, tokens grow, and nothing is left behind")
    func exclusion() async throws {
        try await TestKeyValueGateway.run { gateway in
            let configuration = try configuration(gateway)
            let tokens = Noted<[UInt64]>([])
            try await DistributedMemory.with(configuration) { first in
                try await DistributedMemory.with(configuration) { second in
                    let inside = Noted(0)
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for memory in [first, second, first, second] {
                            group.addTask {
                                for _ in 0..<5 {
                                    try await memory.withLock("till", timeToLive: .seconds(3600)) { lock in
                                        inside.edit { $0 += 1 }
                                        #expect(inside.value == 1)
                                        #expect(lock.isHeld)
                                        tokens.edit { $0.append(lock.token) }
                                        await Task.yield()
                                        inside.edit { $0 -= 1 }
                                    }
                                }
                            }
                        }
                        try await group.waitForAll()
                    }
                }
            }
            let all = tokens.value
            #expect(all.count == 20 && all == all.sorted() && Set(all).count == 20)
            #expect(gateway.store.entries.isEmpty)
        }
    }

    @Test("When renewals fail, the body is told before the gateway can give the lock away")
    func lost() async throws {
        try await TestKeyValueGateway.run { gateway in
            try await withClock(gateway) { memory, clock in
                let isHeldAtEnd = Noted<Bool?>(nil)
                async let code = failure(memory) { lock in
                    #expect(lock.remaining == .seconds(9))
                    gateway.breaks { $0.refused["RenewLease"] = GRPCStatus(.unavailable, "away") }
                    await gateway.untilCancelled()
                    isHeldAtEnd.edit { $0 = lock.isHeld }
                }
                let began = clock.now
                await gateway.wait { $0.store.entries["locks/till"] != nil }
                await clock.skipSleep(of: .seconds(3))
                await gateway.wait { $0.requests("RenewLease") > 0 }
                while clock.now < began + .seconds(9), !Task.isCancelled { await clock.skipSleep { $0 <= .seconds(9) } }
                #expect(await code == .lockLost)
                #expect(isHeldAtEnd.value == false && clock.now - began < .seconds(10))
            }
        }
    }

    @Test("A lease that the gateway does not know any more is lost at the next renewal")
    func leaseGone() async throws {
        try await TestKeyValueGateway.run { gateway in
            try await withClock(gateway) { memory, clock in
                async let code = failure(memory) { _ in await gateway.untilCancelled() }
                await gateway.wait { $0.store.entries["locks/till"] != nil }
                gateway.edit { store in
                    for id in store.leases.keys { store.endLease(id, kind: .expire) }
                }
                await clock.skipSleep(of: .seconds(3))
                #expect(await code == .lockLost)
            }
        }
    }

    @Test("A lock that is renewed is kept for longer than its time to live")
    func renewed() async throws {
        try await TestKeyValueGateway.run { gateway in
            try await withClock(gateway) { memory, clock in
                let isOver = Noted(false)
                async let locked: Bool = memory.withLock("till", timeToLive: .seconds(9)) { lock in
                    while !isOver.value {
                        let version = gateway.changed.version
                        if !isOver.value { await gateway.changed.wait(beyond: version) }
                    }
                    return lock.isHeld
                }
                for renewal in 1...6 {
                    await clock.skipSleep(of: .seconds(3))
                    await gateway.wait { $0.requests("RenewLease") >= renewal }
                    // Now nothing but the pause between two renewals is 3 s long: not what is left of the lease at any
                    // time.
                    clock.advance(by: .milliseconds(1))
                }
                isOver.edit { $0 = true }
                gateway.changed.raise()
                let wasHeld = try await locked
                #expect(wasHeld)
            }
        }
    }

    @Test("The error of a body and a cancellation let the next one in")
    func release() async throws {
        try await TestKeyValueGateway.run { gateway in
            try await DistributedMemory.with(configuration(gateway)) { memory in
                await #expect(throws: Unexpected.self) {
                    try await memory.withLock("till", timeToLive: .seconds(3600)) { _ in throw Unexpected() }
                }
                #expect(gateway.store.entries.isEmpty)
                await withTaskGroup(of: Void.self) { group in
                    group.addTask {
                        try? await memory.withLock("till", timeToLive: .seconds(3600)) { _ in
                            await gateway.untilCancelled()
                        }
                    }
                    await gateway.wait { !$0.store.entries.isEmpty }
                    group.cancelAll()
                }
                #expect(gateway.store.entries.isEmpty && gateway.store.leases.isEmpty)
            }
        }
    }

    @Test("Who waits for too long gives up, and a holder that died is followed when its lease runs out")
    func waiting() async throws {
        try await TestKeyValueGateway.run { gateway in
            try await DistributedMemory.with(configuration(gateway)) { memory in
                let dead = try await memory.client.grantLease(.seconds(10))
                try await memory.client.put("locks/till", "dead", in: "app", expiry: .lease(dead.id))
                let error = await #expect(throws: KeyValueClientError.self) {
                    try await memory.withLock("till", timeToLive: .seconds(3600), patience: .milliseconds(50)) { _ in }
                }
                #expect(error?.code == .timedOut)
                #expect(gateway.store.leases.count == 1, "the lease of the one that gave up is gone")
                async let token = memory.withLock("till", timeToLive: .seconds(3600)) { lock in lock.token }
                await gateway.wait { $0.requests("Put") >= 3 }
                gateway.edit { $0.endLease(dead.id, kind: .expire) }
                let taken = try await token
                #expect(taken > 0)
            }
        }
    }

    @Test("A lock whose answer was lost is not left locked")
    func lostAnswer() async throws {
        try await TestKeyValueGateway.run { gateway in
            let impatient = try configuration(gateway, timeout: .seconds(5))
            try await DistributedMemory.with(impatient, patience: .seconds(600)) { memory in
                gateway.breaks { $0.unanswered = ["Put"] }
                let hour = Duration.seconds(3600)
                async let token = memory.withLock("till", timeToLive: hour, patience: hour) { lock in lock.token }
                await gateway.wait { $0.requests("RevokeLease") > 0 }
                gateway.breaks { $0.unanswered = [] }
                let taken = try await token
                #expect(taken > 0)
                #expect(gateway.store.entries.isEmpty)
            }
        }
    }

    @Test("A write that is fenced by an old holder's lock does nothing")
    func fencing() async throws {
        try await TestKeyValueGateway.run { gateway in
            try await DistributedMemory.with(configuration(gateway)) { memory in
                let write = [KeyValueWrite.put(namespace: "app", key: "state", value: 1)]
                let old = try await memory.withLock("till", timeToLive: .seconds(3600)) { lock in
                    let outcome = try await memory.transact(KeyValueTransaction(guards: [lock.fence], then: write))
                    #expect(outcome.succeeded)
                    return lock
                }
                #expect(!old.isHeld || old.remaining > .zero)
                try await memory.withLock("till", timeToLive: .seconds(3600)) { lock in
                    #expect(lock.token > old.token)
                    let outcome = try await memory.transact(KeyValueTransaction(guards: [old.fence], then: write))
                    #expect(!outcome.succeeded)
                }
            }
        }
    }
}
