/// A `ForwardedAnswer` whose bytes stay where they are: what each answer between nodes is read and written as.
public struct ForwardedAnswerView {
    public var tag: UInt64
    public var outcome: ForwardedAnswer.Outcome
    public var awaiting: Bool
    /// UTF-8; not checked.
    public var detail: UnsafeRawBufferPointer
    public var message: UnsafeRawBufferPointer

    public init(
        tag: UInt64 = 0,
        outcome: ForwardedAnswer.Outcome = .written,
        awaiting: Bool = false,
        detail: UnsafeRawBufferPointer = .empty,
        message: UnsafeRawBufferPointer = .empty
    ) {
        self.tag = tag
        self.outcome = outcome
        self.awaiting = awaiting
        self.detail = detail
        self.message = message
    }

    /// Calls `body` with each answer of a packed `PeerResponse`, in order; a view is valid during its call only.
    /// - Throws: `WireError` for what is no `PeerResponse`; the answers before the fault have been handed out by then.
    public static func forEach(
        in response: UnsafeRawBufferPointer, _ body: (ForwardedAnswerView) -> Void
    ) throws(WireError) {
        do {
            var scanner = FieldScanner(response)
            while let field = try scanner.next() {
                guard field.number == 2 else { continue }
                guard let content = field.content else { throw FieldScanner.Malformed() }
                body(try ForwardedAnswerView(response.slice(content)))
            }
        } catch {
            throw WireError("PeerResponse", .malformed)
        }
    }

    private init(_ bytes: UnsafeRawBufferPointer) throws(FieldScanner.Malformed) {
        self.init()
        var scanner = FieldScanner(bytes)
        while let field = try scanner.next() {
            switch (field.number, field.content) {
            case (1, nil): tag = field.value
            case (2, nil): outcome = ForwardedAnswer.Outcome(rawValue: Int32(truncatingIfNeeded: field.value))
            case (3, nil): awaiting = field.value != 0
            case (4, let content?): detail = bytes.slice(content)
            case (5, let content?): message = bytes.slice(content)
            case (1...5, _): throw FieldScanner.Malformed()
            default: break
            }
        }
    }

    /// Bytes of the answer as one of a packed `PeerResponse`.
    public var packedSize: Int { 1 + Varint.size(contentSize) + contentSize }

    private var contentSize: Int {
        FieldWriter.size(fixed: tag) + FieldWriter.size(varint: UInt64(UInt32(bitPattern: outcome.rawValue)))
            + FieldWriter.size(varint: awaiting ? 1 : 0) + FieldWriter.size(detail) + FieldWriter.size(message)
    }

    /// Writes exactly `packedSize` bytes: put one behind the other, answers are a packed `PeerResponse`.
    public func write(to target: UnsafeMutableRawPointer) {
        var writer = FieldWriter(Varint.writeTag(2, length: contentSize, to: target))
        writer.put(1, fixed: tag)
        writer.put(2, varint: UInt64(UInt32(bitPattern: outcome.rawValue)))
        writer.put(3, varint: awaiting ? 1 : 0)
        writer.put(4, detail)
        writer.put(5, message)
    }
}
