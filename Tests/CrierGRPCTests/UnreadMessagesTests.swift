import NIOCore
import Testing

@testable import CrierGRPC

/// What a reader leaves unread is bounded, and nothing of it is lost.
@Suite struct UnreadMessagesTests {
    private static let half = [UInt8](repeating: 7, count: Limit.unreadBytes / 2)

    private static func append(_ bytes: [UInt8], to unread: UnreadMessages) -> Bool {
        bytes.withUnsafeBytes { unread.append($0) }
    }

    @Test("The call pauses once above the limit, and resumes once half of it is read")
    func pauses() async throws {
        let unread = UnreadMessages()
        #expect(!Self.append(Self.half, to: unread))
        #expect(!Self.append(Self.half, to: unread))
        #expect(Self.append([1], to: unread))
        #expect(!Self.append([2], to: unread))
        try await confirmation("resumed", expectedCount: 1) { resumed in
            for _ in 0..<4 { _ = try await unread.next(resume: { resumed() }) }
        }
        #expect(!Self.append([3], to: unread))
    }

    @Test("What came before the end is read before the end")
    func ending() async throws {
        let unread = UnreadMessages()
        _ = Self.append([1], to: unread)
        unread.end(.failed(GRPCStatus(.notFound, "gone")))
        #expect(try await unread.next(resume: {})?.readableBytes == 1)
        await #expect(throws: GRPCStatus(.notFound, "gone")) { try await unread.next(resume: {}) }
    }

    @Test("A call that is lost after its peer half-closed has failed; one that failed stays so")
    func failureCounts() async {
        let unread = UnreadMessages()
        unread.end(.complete)
        unread.end(.failed(GRPCStatus(.cancelled)))
        unread.end(.complete)
        await #expect(throws: GRPCStatus(.cancelled)) { try await unread.next(resume: {}) }
    }

    @Test("A cancelled reader stops waiting, and says so", .timeLimit(.minutes(10)))
    func cancelled() async throws {
        let unread = UnreadMessages()
        await confirmation("told") { told in
            let reader = Task { try await unread.next(resume: {}, onCancel: { told() }) }
            reader.cancel()
            let status = await #expect(throws: GRPCStatus.self) { try await reader.value }
            #expect(status?.code == .cancelled)
        }
    }
}
