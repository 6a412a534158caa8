public import NIOCore
import Synchronization

/// All the changes of one revision: they are seen together or not at all.
///
/// A value; only its encoded forms are shared by its copies, so that what goes to many watchers is encoded once.
public struct StoreChangeSet: Sendable {
    public let position: StorePosition
    public let changes: [StoreChange]
    /// Bytes that count towards the limits.
    public let byteCount: Int
    private let encodings = EncodedForms()

    public init(position: StorePosition, changes: [StoreChange]) {
        self.position = position
        self.changes = changes
        byteCount = changes.reduce(0) { $0 + $1.byteCount }
    }

    /// The part that `scope` asks for, nil when it is empty. The whole keeps its encoded forms.
    public func within(_ scope: StoreScope) -> StoreChangeSet? {
        if scope == .everything { return self }
        return filtered { scope.contains($0.key) }
    }

    /// The changes for which `isIncluded` holds, nil when there are none. The whole keeps its encoded forms.
    public func filtered(_ isIncluded: (StoreChange) -> Bool) -> StoreChangeSet? {
        let matching = changes.filter(isIncluded)
        if matching.count == changes.count { return self }
        return matching.isEmpty ? nil : StoreChangeSet(position: position, changes: matching)
    }

    /// The set in one of its wire forms. `make` runs for the first that asks, on its thread; whoever asks at the same
    /// time waits for it. The caller gets the same bytes, and must not write into them.
    public func encoded(as encoding: StoreChangeEncoding, make: () -> ByteBuffer) -> ByteBuffer {
        encodings.form(encoding, make)
    }
}

extension StoreChangeSet: Equatable {
    public static func == (left: Self, right: Self) -> Bool {
        left.position == right.position && left.changes == right.changes
    }
}

/// The forms in which a change set leaves the gateway. Each is the same bytes for every watcher that asks for it.
public enum StoreChangeEncoding: Int, Sendable, CaseIterable {
    /// A gRPC message without the previous entries.
    case message
    /// A gRPC message with the previous entries.
    case messageWithPrevious
    /// Server-Sent Events.
    case serverSentEvents
}

/// The forms that a set has been encoded to so far.
private final class EncodedForms: Sendable {
    private let forms = Mutex<[ByteBuffer?]>([])

    func form(_ encoding: StoreChangeEncoding, _ make: () -> ByteBuffer) -> ByteBuffer {
        forms.withLock { forms in
            if forms.isEmpty { forms = Array(repeating: nil, count: StoreChangeEncoding.allCases.count) }
            if let form = forms[encoding.rawValue] { return form }
            let form = make()
            forms[encoding.rawValue] = form
            return form
        }
    }
}
