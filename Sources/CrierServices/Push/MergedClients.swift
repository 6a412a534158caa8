import CrierCore
import CrierGRPC
import CrierMessages
import NIOCore

/// The lists of several nodes as one: each is in the order of client ids, and so is the whole.
struct MergedClients {
    /// The next client of one node's list.
    private struct Head {
        let client: String
        let message: FramedMessage
        let source: Source
    }

    private enum Source {
        case own(OwnClients)
        case other(PeerAnswers)
    }

    private var heads: [Head] = []
    /// What went wrong with the nodes whose lists are not whole.
    private(set) var missing: [String] = []

    init(_ own: OwnClients, _ others: [PeerAnswers]) async throws {
        try await advance(.own(own))
        for other in others { try await advance(.other(other)) }
    }

    /// The next client of all; nil at the end.
    mutating func next() async throws -> FramedMessage? {
        let first = heads.indices.min {
            heads[$0].client.utf8.lexicographicallyPrecedes(heads[$1].client.utf8)
        }
        guard let first else { return nil }
        let head = heads.remove(at: first)
        try await advance(head.source)
        return head.message
    }

    private mutating func advance(_ source: Source) async throws {
        switch source {
        case .own(var clients):
            guard let client = await clients.next() else { return }
            heads.append(Head(client: client.clientID, message: FramedMessage(client), source: .own(clients)))
        case .other(let answers):
            do {
                guard let bytes = try await answers.next() else { return }
                let client = try ClientInfo(unpacking: Array(bytes.readableBytesView)).clientID
                heads.append(Head(client: client, message: FramedMessage(copying: bytes), source: source))
            } catch let status as GRPCStatus where status.code == .unavailable {
                missing.append(status.message)
            } catch let status as GRPCStatus where status.code != .cancelled {
                missing.append("node \(answers.node): \(status.message)")
            } catch let error as WireError {
                missing.append("node \(answers.node): \(error)")
            }
        }
    }
}

/// This node's clients, one by one.
struct OwnClients {
    private var listing: ClientListing
    private var page: ArraySlice<CrierMessages.ClientInfo> = []

    init(_ listing: ClientListing) { self.listing = listing }

    mutating func next() async -> CrierMessages.ClientInfo? {
        if page.isEmpty { page = (await listing.next() ?? []).map(CrierMessages.ClientInfo.init)[...] }
        return page.popFirst()
    }
}
