import Synchronization
import Testing

@testable import CrierServices

@Suite("The health board")
struct HealthBoardTests {
    /// What a watcher was told.
    private final class Diary: Sendable {
        private let told = Mutex<[HealthBoard.State?]>([])
        var entries: [HealthBoard.State?] { told.withLock { $0 } }
        var watcher: HealthBoard.Watcher { { state in self.told.withLock { $0.append(state) } } }
    }

    @Test("Knows the server as a whole and the services it was made with, and no others")
    func knownServices() {
        let board = HealthBoard(services: ["crier.v1.PushService", "PushService"])
        #expect(board.state(of: "") == .notServing)
        #expect(board.state(of: "PushService") == .notServing)
        board.setAll(.serving)
        #expect(board.state(of: "") == .serving)
        #expect(board.state(of: "crier.v1.PushService") == .serving)
        #expect(board.state(of: "crier.v1.Other") == nil)
    }

    @Test("A watcher hears the state at once, then each change once")
    func changes() {
        let board = HealthBoard(services: ["a", "b"])
        let diary = Diary()
        let id = board.watch("a", diary.watcher)
        board.set(.serving, of: "a")
        board.set(.serving, of: "a")
        board.set(.serving, of: "b")
        board.set(.notServing, of: "a")
        board.stopWatching("a", id)
        board.set(.serving, of: "a")
        #expect(diary.entries == [.notServing, .serving, .notServing])
    }

    @Test("A watcher of a service that is not there hears of it when it comes")
    func laterService() {
        let board = HealthBoard(services: [])
        let diary = Diary()
        _ = board.watch("later", diary.watcher)
        board.set(.serving, of: "later")
        #expect(diary.entries == [nil, .serving])
    }

    @Test("Draining says NOT_SERVING to all, for good")
    func drain() {
        let board = HealthBoard(services: ["a"], state: .serving)
        let diary = Diary()
        _ = board.watch("a", diary.watcher)
        board.drain()
        board.setAll(.serving)
        board.set(.serving, of: "new")
        #expect(diary.entries == [.serving, .notServing])
        #expect(board.state(of: "") == .notServing)
        #expect(board.state(of: "new") == nil)
    }
}
