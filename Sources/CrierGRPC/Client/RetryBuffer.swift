/// The messages of a call that may have to be sent once more: those that wait for a connection, and those that went out
/// on one that may refuse the call (gRFC A6, "Memory Management").
struct RetryBuffer {
    private(set) var messages: [FramedMessage] = []
    private var byteCount = 0
    /// The server has seen the call, or what was sent is more than we keep: the call stays where it is.
    private(set) var isCommitted = false

    var isEmpty: Bool { messages.isEmpty }

    /// Keeps a message for the connection that will come.
    mutating func wait(_ message: FramedMessage) {
        messages.append(message)
        byteCount += message.byteCount
    }

    /// Keeps a message that went out, while the call may still be refused.
    mutating func sent(_ message: FramedMessage) {
        guard !isCommitted else { return }
        wait(message)
        commitIfLarge()
    }

    /// All that waited went out.
    mutating func sentAll() {
        if isCommitted { messages = [] } else { commitIfLarge() }
    }

    private mutating func commitIfLarge() {
        if byteCount > Limit.retryBytes { commit() }
    }

    /// Nothing is kept from now on but what waits for a connection.
    mutating func commit() {
        isCommitted = true
        messages = []
    }
}
