import CrierGRPC
import CrierMessages
import Synchronization

/// What proves to etcd who we are: a token that it gives for a name and a password, until it forgets it. It is asked
/// for once, however many requests need it: each time costs etcd a tenth of a second of a core.
final class EtcdLogin: Sendable {
    /// A token, and whether it was asked for just now: then no newer one will do better.
    struct Token {
        let text: String
        let isNew: Bool
    }

    private let user: EtcdStoreSettings.User
    private let known = Mutex<String?>(nil)
    private let gate = AsyncGate()

    init(_ user: EtcdStoreSettings.User) {
        self.user = user
    }

    /// - Parameter ask: asks a member for a token.
    func token(
        _ ask: (Etcd.AuthenticateRequest) async throws(GRPCStatus) -> Etcd.AuthenticateResponse
    ) async throws(GRPCStatus) -> Token {
        try await gate.withLock { () async throws(GRPCStatus) -> Token in
            if let text = known.withLock({ $0 }) { return Token(text: text, isNew: false) }
            do throws(GRPCStatus) {
                let text = try await ask(Etcd.AuthenticateRequest(name: user.name, password: user.password)).token
                known.withLock { $0 = text }
                return Token(text: text, isNew: true)
            } catch {
                // Whatever was to be done with the token was not: only the search for it may have been.
                guard error.mayHaveRun else { throw error }
                throw GRPCStatus(.unavailable, error.message)
            }
        }
    }

    /// A token did not do. The next request asks for another one, unless that has been done.
    func forget(_ token: Token) {
        known.withLock { known in
            if known == token.text { known = nil }
        }
    }
}
