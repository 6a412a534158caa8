@testable import CrierHTTP2

/// Keeps every exchange that it takes, and what comes in it. Whoever has it takes the exchanges away at the end: each
/// holds its connection, and that one its acceptor.
final class RecordingAcceptor: ExchangeAcceptor {
    private(set) var exchanges: [Exchange] = []
    private(set) var recorders: [Conversation.Recorder] = []

    func accept(_ exchange: Exchange) -> any ExchangeReceiver {
        let recorder = Conversation.Recorder()
        exchanges.append(exchange)
        recorders.append(recorder)
        return recorder
    }

    /// The exchanges so far, which are the caller's then.
    func takeExchanges() -> [Exchange] {
        defer { exchanges = [] }
        return exchanges
    }
}
