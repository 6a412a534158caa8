/// A `ForwardedPush` whose bytes stay where they are: what each push between nodes is read and written as.
///
/// protobuf-c would copy the message twice on each node, and allocate for it. The wire is the same.
public struct ForwardedPushView {
    public var tag: UInt64
    /// UTF-8; not checked.
    public var clientID: UnsafeRawBufferPointer
    public var generation: UInt64
    public var message: UnsafeRawBufferPointer
    public var waitFor: PushRequest.WaitFor
    public var timeoutMs: Int64
    /// UTF-8; not checked.
    public var messageID: UnsafeRawBufferPointer

    public init(
        tag: UInt64 = 0,
        clientID: UnsafeRawBufferPointer = .empty,
        generation: UInt64 = 0,
        message: UnsafeRawBufferPointer = .empty,
        waitFor: PushRequest.WaitFor = .written,
        timeoutMs: Int64 = 0,
        messageID: UnsafeRawBufferPointer = .empty
    ) {
        self.tag = tag
        self.clientID = clientID
        self.generation = generation
        self.message = message
        self.waitFor = waitFor
        self.timeoutMs = timeoutMs
        self.messageID = messageID
    }

    /// Calls `body` with each push of a packed `PeerRequest`, in order; a view is valid during its call only.
    /// - Throws: `WireError` for what is no `PeerRequest`; the pushes before the fault have been handed out by then.
    public static func forEach(
        in request: UnsafeRawBufferPointer, _ body: (ForwardedPushView) -> Void
    ) throws(WireError) {
        do {
            var scanner = FieldScanner(request)
            while let field = try scanner.next() {
                guard field.number == 1 else { continue }
                guard let content = field.content else { throw FieldScanner.Malformed() }
                body(try ForwardedPushView(request.slice(content)))
            }
        } catch {
            throw WireError("PeerRequest", .malformed)
        }
    }

    private init(_ bytes: UnsafeRawBufferPointer) throws(FieldScanner.Malformed) {
        self.init()
        var scanner = FieldScanner(bytes)
        while let field = try scanner.next() {
            switch (field.number, field.content) {
            case (1, nil): tag = field.value
            case (2, let content?): clientID = bytes.slice(content)
            case (3, nil): generation = field.value
            case (4, let content?): message = bytes.slice(content)
            case (5, nil): waitFor = PushRequest.WaitFor(rawValue: Int32(truncatingIfNeeded: field.value))
            case (6, nil): timeoutMs = Int64(bitPattern: field.value)
            case (7, let content?): messageID = bytes.slice(content)
            case (1...7, _): throw FieldScanner.Malformed()
            default: break
            }
        }
    }

    /// Bytes of the push as one of a packed `PeerRequest`.
    public var packedSize: Int { 1 + Varint.size(contentSize) + contentSize }

    private var contentSize: Int {
        FieldWriter.size(fixed: tag) + FieldWriter.size(clientID) + FieldWriter.size(fixed: generation)
            + FieldWriter.size(message) + FieldWriter.size(varint: UInt64(UInt32(bitPattern: waitFor.rawValue)))
            + FieldWriter.size(varint: UInt64(bitPattern: timeoutMs)) + FieldWriter.size(messageID)
    }

    /// Writes exactly `packedSize` bytes: put one behind the other, pushes are a packed `PeerRequest`.
    public func write(to target: UnsafeMutableRawPointer) {
        var writer = FieldWriter(Varint.writeTag(1, length: contentSize, to: target))
        writer.put(1, fixed: tag)
        writer.put(2, clientID)
        writer.put(3, fixed: generation)
        writer.put(4, message)
        writer.put(5, varint: UInt64(UInt32(bitPattern: waitFor.rawValue)))
        writer.put(6, varint: UInt64(bitPattern: timeoutMs))
        writer.put(7, messageID)
    }
}
