import CCrierMessages

/// A text for the agent.
public struct TextMessage: WireMessage {
    /// The text.
    public var content: String

    /// A message with these fields; the defaults are those of the wire.
    public init(content: String = "") {
        self.content = content
    }
}

extension TextMessage: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "TextMessage", crier__v1__text_message__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__TextMessage) throws(WireError) {
        content = try c.content.string("TextMessage", "content")
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__TextMessage> {
        let c = scratch.make(crier__v1__text_message__init)
        c.pointee.content = scratch.copy(content)
        return c
    }
}

/// Something happened.
public struct NotifyEvent: WireMessage {
    /// "online", "offline", "update" or the application's own.
    public var type: String
    /// The event's details.
    public var details: String

    /// A message with these fields; the defaults are those of the wire.
    public init(type: String = "", details: String = "") {
        self.type = type
        self.details = details
    }
}

extension NotifyEvent: CMessage {
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try Self.unpack(bytes, "NotifyEvent", crier__v1__notify_event__unpack)
    }

    public func withPacked(_ body: (PackedMessage) -> Void) {
        withFields { body(PackedMessage($0)) }
    }

    init(_ c: Crier__V1__NotifyEvent) throws(WireError) {
        type = try c.type.string("NotifyEvent", "type")
        details = try c.details.string("NotifyEvent", "details")
    }

    func fill(_ scratch: inout Scratch) -> UnsafeMutablePointer<Crier__V1__NotifyEvent> {
        let c = scratch.make(crier__v1__notify_event__init)
        c.pointee.type = scratch.copy(type)
        c.pointee.details = scratch.copy(details)
        return c
    }
}
