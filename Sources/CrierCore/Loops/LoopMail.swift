import NIOCore

/// A push on its way to the loop of its client.
struct CrossingPush {
    let route: SessionRoute
    /// Where its encoded message lies in the mail.
    fileprivate(set) var message = 0..<0
    let id: MessageID
    let goal: PushRequest.Stage
    /// Of the wait for an acknowledgement; unused for `written`.
    let deadline: NIODeadline
    let ticket: UInt32
    var origin = PushOrigin.here
    /// Its caller hears when it is written, also while it waits for more.
    var tellsWritten = false
}

/// What one loop has for another. Every push and every result is a few words here, without memory of its own and
/// without a counted reference: all of it crosses with one lock and at most one wake.
struct LoopMail {
    /// Pushes for sessions that live with the addressee, in the order in which they were made.
    private(set) var pushes: ContiguousArray<CrossingPush> = []
    /// The encoded messages of the pushes.
    private var bytes = ByteBuffer()
    /// What became of the addressee's pushes where a word says it all.
    private(set) var outcomes: ContiguousArray<(outcome: PushResult.Outcome, ticket: UInt32)> = []
    /// Pushes of the addressee that are written and wait for more.
    private(set) var written: ContiguousArray<UInt32> = []
    /// All other results of the addressee's pushes.
    private(set) var results: [(result: PushResult, ticket: UInt32)] = []
    /// Sessions there that lost their client to a newer one elsewhere.
    private(set) var superseded: [Session] = []

    var isEmpty: Bool {
        pushes.isEmpty && outcomes.isEmpty && written.isEmpty && results.isEmpty && superseded.isEmpty
    }

    mutating func add(_ push: CrossingPush, _ message: EncodedMessage) {
        var push = push
        let start = bytes.writerIndex
        bytes.writeBytes(message.bytes)
        push.message = start..<bytes.writerIndex
        pushes.append(push)
    }

    mutating func add(_ outcome: PushResult.Outcome, ticket: UInt32) { outcomes.append((outcome, ticket)) }
    mutating func add(written ticket: UInt32) { written.append(ticket) }
    mutating func add(_ result: PushResult, ticket: UInt32) { results.append((result, ticket)) }
    mutating func add(superseded session: Session) { superseded.append(session) }

    /// Calls `body` with each push and its message, and `ahead` with the route of one that comes a few later.
    func forEachPush(ahead: (SessionRoute) -> Void, _ body: (CrossingPush, EncodedMessage) -> Void) {
        // Delivering four takes about as long as the memory does.
        let distance = 4
        for push in pushes.prefix(distance) { ahead(push.route) }
        bytes.withUnsafeReadableBytes { all in
            for index in pushes.indices {
                if index + distance < pushes.count { ahead(pushes[index + distance].route) }
                body(pushes[index], EncodedMessage(UnsafeRawBufferPointer(rebasing: all[pushes[index].message])))
            }
        }
    }

    /// Puts later mail of the same sender behind this.
    mutating func append(_ later: LoopMail) {
        let shift = bytes.writerIndex
        bytes.writeImmutableBuffer(later.bytes)
        for var push in later.pushes {
            push.message = push.message.lowerBound + shift..<push.message.upperBound + shift
            pushes.append(push)
        }
        outcomes += later.outcomes
        written += later.written
        results += later.results
        superseded += later.superseded
    }

    /// Empties it and keeps the memory (within reason).
    mutating func clear() {
        pushes.removeAll(keepingCapacity: pushes.capacity <= Limits.mailRetainedItems)
        outcomes.removeAll(keepingCapacity: outcomes.capacity <= Limits.mailRetainedItems)
        if bytes.capacity <= Limits.mailRetainedBytes { bytes.clear() } else { bytes = ByteBuffer() }
        written = []
        results = []
        superseded = []
    }
}
