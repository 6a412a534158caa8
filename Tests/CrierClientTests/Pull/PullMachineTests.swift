import Testing

@testable import CrierClient

@Suite("What a pull decides")
struct PullMachineTests {
    private func machine(_ change: (inout PullOrder) -> Void = { _ in }) throws -> PullMachine {
        var order = try order(for: sampleBytes(100))
        change(&order)
        return PullMachine(order)
    }

    private func failed(
        _ machine: inout PullMachine, _ code: CrierClientError.Code, position: Int64 = 0
    )
        -> PullMachine.Action
    {
        machine.failed(CrierClientError(code, "why"), position: position, now: 0, random: 0.5)
    }

    @Test("Nothing to wait for: it begins by proving what is there")
    func begin() throws {
        var machine = try machine()
        #expect(machine.begin(hasBegun: false, now: 0, random: 0.9) == .prove)
        #expect(machine.proved(position: 40) == .download)
        #expect(machine.downloaded() == .verify)
        #expect(machine.verified(true, hasTable: false) == .stop(.finished, keepsPart: false))
    }

    @Test("It waits until its time and a random while longer, but never a second time")
    func waits() throws {
        var machine = try machine {
            $0.notBefore = 5000
            $0.startJitter = .seconds(10)
        }
        let text = PullPhase.waiting("not before its time")
        #expect(machine.begin(hasBegun: false, now: 2000, random: 0.5) == .wait(.seconds(8), text))
        #expect(machine.begin(hasBegun: true, now: 2000, random: 0.5) == .wait(.seconds(3), text))
        #expect(machine.begin(hasBegun: true, now: 6000, random: 0.5) == .prove)
    }

    @Test("Numbers at the edge of what fits do not trap")
    func extremes() throws {
        var machine = try machine {
            $0.notBefore = .max
            $0.deadline = .min
        }
        #expect(machine.begin(hasBegun: false, now: .min, random: 0) == .wait(.zero, .waiting("not before its time")))
    }

    @Test(
        "What is final ends the pull at once",
        arguments: [
            (.notFound, true), (.notPermitted, true), (.unsupported, true), (.changed, false),
            (.invalidArgument, false),
        ] as [(CrierClientError.Code, Bool)]
    )
    func final(_ code: CrierClientError.Code, _ keepsPart: Bool) throws {
        var machine = try machine()
        #expect(failed(&machine, code) == .stop(.failed(code, "why"), keepsPart: keepsPart))
    }

    @Test(
        "A gateway that is away is waited for, however long",
        arguments: [.unavailable, .busy, .deadlineExceeded] as [CrierClientError.Code]
    )
    func away(_ code: CrierClientError.Code) throws {
        var machine = try machine()
        for _ in 0..<1000 {
            guard case .wait(let pause, .waiting) = failed(&machine, code) else {
                Issue.record("gave up")
                return
            }
            #expect(pause <= Limits.pullBackoff.upperBound * 1.2)
        }
    }

    @Test(
        "Out of patience, it says which way the gateway was away; what that one cancelled is nobody's wish here",
        arguments: [
            (.unavailable, .unavailable), (.busy, .busy), (.deadlineExceeded, .deadlineExceeded),
            (.cancelled, .unavailable),
        ] as [(CrierClientError.Code, CrierClientError.Code)]
    )
    func outOfPatience(_ code: CrierClientError.Code, _ told: CrierClientError.Code) throws {
        var machine = PullMachine(try order(for: sampleBytes(100)), patience: .zero)
        #expect(failed(&machine, code) == .stop(.failed(told, "why"), keepsPart: true))
    }

    @Test("A gateway's own word about when to come back is honoured")
    func retryAfter() throws {
        var machine = try machine()
        let error = CrierClientError(.busy, "full", retryAfter: .seconds(77))
        let action = machine.failed(error, position: 0, now: 0, random: 0)
        #expect(action == .wait(.seconds(77), .waiting("another attempt: full")))
    }

    @Test("The fifth attempt without a byte ends it, and progress begins the count anew")
    func budget() throws {
        var machine = try machine()
        for attempt in 1...4 { #expect(failed(&machine, .truncated, position: 0).isWait, "attempt \(attempt)") }
        for attempt in 1...4 { #expect(failed(&machine, .truncated, position: 10).isWait, "attempt \(attempt)") }
        #expect(failed(&machine, .truncated, position: 20).isWait)
        for attempt in 1...3 { #expect(failed(&machine, .truncated, position: 20).isWait, "attempt \(attempt)") }
        #expect(failed(&machine, .truncated, position: 20).isFailure)
    }

    @Test("The third wrong checksum at one place ends it")
    func checksums() throws {
        var machine = try machine()
        #expect(failed(&machine, .dataLoss, position: 10).isWait)
        #expect(failed(&machine, .dataLoss, position: 10).isWait)
        #expect(failed(&machine, .dataLoss, position: 10).isFailure)
    }

    @Test("A part that is longer than the file is thrown away")
    func outOfRange() throws {
        var machine = try machine()
        #expect(failed(&machine, .outOfRange) == .empty)
        #expect(machine.emptied(now: 0) == .prove)
    }

    @Test("A full disk pauses, for as long as it is full")
    func noSpace() throws {
        var machine = try machine()
        for _ in 0..<100 {
            #expect(failed(&machine, .noSpace) == .wait(Limits.spaceCheckInterval, .paused("why")))
        }
    }

    @Test("The deadline ends a pull in every state, and no pause outlasts it")
    func deadline() throws {
        var machine = try machine { $0.deadline = 1500 }
        let error = CrierClientError(.noSpace, "full")
        let tooLate = PullMachine.Action.stop(
            .failed(.deadlineExceeded, "the notice's deadline has passed"), keepsPart: false)
        #expect(machine.failed(error, position: 0, now: 1000, random: 0) == .wait(.milliseconds(500), .paused("full")))
        #expect(machine.waited(now: 1500) == tooLate)
        #expect(machine.failed(error, position: 0, now: 1500, random: 0) == tooLate)
        #expect(machine.begin(hasBegun: false, now: 1500, random: 0) == tooLate)
    }

    @Test("A wrong whole is proven block by block once, and blamed on the notice when every block is right")
    func wrongWhole() throws {
        var machine = try machine()
        #expect(machine.verified(false, hasTable: true) == .prove)
        #expect(machine.proved(position: 30) == .download)
        #expect(machine.verified(false, hasTable: true) == .prove)
        #expect(machine.proved(position: 100).isFailure)
        #expect(machine.verified(false, hasTable: false).isFailure)
    }

    @Test("A source whose own bytes are damaged is not asked for ever")
    func damagedSource() throws {
        var machine = try machine()
        for _ in 1..<Limits.checksumFailures {
            #expect(machine.verified(false, hasTable: true) == .prove)
            #expect(machine.proved(position: 30) == .download)
        }
        #expect(machine.verified(false, hasTable: true) == .prove)
        #expect(machine.proved(position: 30).isFailure)
    }
}

extension PullMachine.Action {
    var isWait: Bool { if case .wait = self { true } else { false } }
    var isFailure: Bool { if case .stop(.failed, _) = self { true } else { false } }
}
