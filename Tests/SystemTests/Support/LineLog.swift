import Synchronization

/// What a process has printed so far, in lines, and those who wait for a certain one.
final class LineLog: Sendable {
    private struct Waiter {
        let start: Int
        let matches: @Sendable (String) -> Bool
        let continuation: CheckedContinuation<String?, Never>
    }

    private struct State {
        var lines: [String] = []
        var unfinished: [UInt8] = []
        var isClosed = false
        var waiters: [Int: Waiter] = [:]
        var nextWaiter = 0
    }

    private let state = Mutex(State())

    var lines: [String] { state.withLock { $0.lines } }

    /// The first line from `start` on that matches. Nil: the process closed its output, or the task was cancelled.
    func first(from start: Int = 0, where matches: @escaping @Sendable (String) -> Bool) async -> String? {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waiter = Waiter(start: start, matches: matches, continuation: continuation)
                let answer = state.withLock { Self.add(waiter, as: id, to: &$0) }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.continuation.resume(returning: nil)
        }
    }

    func append(_ bytes: some Sequence<UInt8>) {
        let answers = state.withLock { state in
            let known = state.lines.count
            for byte in bytes {
                // A progress bar goes back to the line's start: each of its states counts as a line.
                if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
                    state.lines.append(String(decoding: state.unfinished, as: UTF8.self))
                    state.unfinished = []
                } else {
                    state.unfinished.append(byte)
                }
            }
            return Self.answers(to: &state, from: known)
        }
        for (waiter, line) in answers { waiter.continuation.resume(returning: line) }
    }

    /// The process will print no more.
    func close() {
        let waiters = state.withLock { state in
            if !state.unfinished.isEmpty { state.lines.append(String(decoding: state.unfinished, as: UTF8.self)) }
            state.unfinished = []
            state.isClosed = true
            defer { state.waiters = [:] }
            return state.waiters.values.map { waiter in
                (waiter, state.lines.dropFirst(waiter.start).first(where: waiter.matches))
            }
        }
        for (waiter, line) in waiters { waiter.continuation.resume(returning: line) }
    }

    /// The answer when it is there already; otherwise the waiter is kept. The outer nil: keep waiting.
    private static func add(_ waiter: Waiter, as id: Int, to state: inout State) -> String?? {
        if let line = state.lines.dropFirst(waiter.start).first(where: waiter.matches) { return .some(line) }
        if state.isClosed || Task.isCancelled { return .some(nil) }
        state.waiters[id] = waiter
        return nil
    }

    private static func answers(to state: inout State, from known: Int) -> [(Waiter, String)] {
        var answers: [(Waiter, String)] = []
        for (id, waiter) in state.waiters {
            guard let line = state.lines.dropFirst(max(known, waiter.start)).first(where: waiter.matches) else {
                continue
            }
            state.waiters.removeValue(forKey: id)
            answers.append((waiter, line))
        }
        return answers
    }
}
