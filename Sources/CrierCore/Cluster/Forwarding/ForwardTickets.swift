import NIOCore

/// A push of this loop that another node has.
struct ForwardedCall {
    let call: PushCall
    let flight: Flight
    /// The life of the node that has it.
    let route: RemoteRoute
    /// A node said that it was the wrong one: no other will be asked after the next.
    let isRetry: Bool
    /// It is on the client's stream; only its acknowledgement is awaited.
    var isWritten = false
}

/// The pushes of one loop that other nodes have, by the tag that travels. Belongs to the loop.
///
/// A tag is used once: a late or repeated answer meets nobody else's push.
struct ForwardTickets {
    private struct Entry {
        var push: ForwardedCall?
        var tag: UInt64
        var nextFree: Int32
    }

    private static let none: Int32 = -1

    private var entries: ContiguousArray<Entry> = []
    private var firstFree = none
    private var uses: UInt32 = 0
    private(set) var count = 0

    /// `ForwardingLimits.pushesPerLoop` are under way.
    var isFull: Bool { count >= ForwardingLimits.pushesPerLoop }

    /// Returns the tag. Must not be called when this is full.
    mutating func add(_ push: consuming ForwardedCall) -> UInt64 {
        precondition(!isFull, "more pushes are forwarded than is allowed")
        count += 1
        uses &+= 1
        var slot = Int(firstFree)
        if firstFree == Self.none {
            slot = entries.count
            entries.append(Entry(push: nil, tag: 0, nextFree: Self.none))
        }
        firstFree = entries[slot].nextFree
        let tag = UInt64(uses) << 32 | UInt64(slot)
        entries[slot].tag = tag
        entries[slot].push = push
        return tag
    }

    /// Whether the push is on its client's stream already; nil: the node has no push with this tag.
    ///
    /// Asked at every answer: read in place, since a copy would count all that the push refers to.
    func isWritten(_ tag: UInt64, at node: Incarnation) -> Bool? {
        guard let slot = slot(of: tag), entries[slot].push?.route.incarnation == node else { return nil }
        return entries[slot].push?.isWritten
    }

    /// Returns the push's flight; nil: there is no push with this tag.
    mutating func markWritten(_ tag: UInt64) -> Flight? {
        guard let slot = slot(of: tag) else { return nil }
        entries[slot].push?.isWritten = true
        return entries[slot].push?.flight
    }

    mutating func take(_ tag: UInt64) -> ForwardedCall? {
        guard let slot = slot(of: tag), let push = entries[slot].push.take() else { return nil }
        entries[slot].nextFree = firstFree
        firstFree = Int32(slot)
        count -= 1
        if count == 0 { shrink() }
        return push
    }

    /// The tags of all pushes that the node has, in the order in which they were sent.
    func tags(of node: Incarnation) -> [UInt64] {
        entries.filter { $0.push?.route.incarnation == node }.map(\.tag).sorted { Self.isEarlier($0, $1) }
    }

    /// Whether the first push was sent before the second one. The count of uses wraps around; what is under way lies
    /// close together.
    static func isEarlier(_ left: UInt64, _ right: UInt64) -> Bool {
        Int32(truncatingIfNeeded: UInt32(left >> 32) &- UInt32(right >> 32)) < 0
    }

    private func slot(of tag: UInt64) -> Int? {
        let slot = Int(UInt32(truncatingIfNeeded: tag))
        guard slot < entries.count, entries[slot].tag == tag, entries[slot].push != nil else { return nil }
        return slot
    }

    /// After a burst the table goes back to what an idle loop may hold.
    private mutating func shrink() {
        guard entries.count > Limits.mailRetainedItems else { return }
        entries = []
        firstFree = Self.none
    }
}
