/// A request to push text that asks for nothing else, which is what most requests are: read from its bytes, and written
/// as the client's `ServerMessage`, without any value between.
///
/// It points into the request and is valid as long as that is.
public struct TextPush {
    /// The client to tell.
    public let clientID: String
    /// PushStream: comes back in the response.
    public let tag: UInt64
    private let text: UnsafeRawBufferPointer

    /// Nil for a request that holds anything else, holds something twice, or is wrong in any way: `PushRequest` reads
    /// it, and says what is wrong.
    public init?(_ bytes: UnsafeRawBufferPointer) {
        var fields = Fields(bytes)
        guard fields.readAll(), let text = fields.text, Self.isUTF8(text), let client = fields.client else {
            return nil
        }
        let span = client.assumingMemoryBound(to: UInt8.self).span
        guard let clientID = try? UTF8Span(validating: span) else { return nil }
        self.clientID = String(copying: clientID)
        self.text = text
        tag = fields.tag ?? 0
    }

    private static func isUTF8(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let words = bytes.count / 8
        var bits: UInt64 = 0
        for word in 0..<words { bits |= bytes.loadUnaligned(fromByteOffset: word * 8, as: UInt64.self) }
        for byte in bytes[(words * 8)...] { bits |= UInt64(byte) }
        if bits & 0x8080_8080_8080_8080 == 0 { return true }
        return (try? UTF8Span(validating: bytes.assumingMemoryBound(to: UInt8.self).span)) != nil
    }

    // MARK: The message to the client

    /// Bytes of the `ServerMessage` that carries the text under this id.
    public func messageSize(id: String) -> Int {
        let content = contentSize
        let idSize = id.utf8.count
        return 1 + Varint.size(content) + content + (idSize == 0 ? 0 : 2 + Varint.size(idSize) + idSize)
    }

    /// Writes exactly that many bytes.
    public func writeMessage(id: String, to target: UnsafeMutableRawPointer) {
        var writer = FieldWriter(Varint.writeTag(1, length: contentSize, to: target))
        writer.put(1, text)
        writer.put(16, id)
    }

    /// Of the `TextMessage`.
    private var contentSize: Int { text.isEmpty ? 0 : 1 + Varint.size(text.count) + text.count }
}

extension TextPush {
    /// The fields of a request, each at most once.
    private struct Fields {
        private(set) var client: UnsafeRawBufferPointer?
        private(set) var text: UnsafeRawBufferPointer?
        private(set) var tag: UInt64?
        private var rest: UnsafeRawBufferPointer

        init(_ bytes: UnsafeRawBufferPointer) { rest = bytes }

        /// False when there is a field that it does not know, or one twice, or none where one should be.
        mutating func readAll() -> Bool {
            while let key = rest.first {
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst())
                switch key {
                case 0x0A where client == nil: client = readBytes()
                case 0x12 where text == nil: text = readBytes()
                case 0x1A where text == nil: text = readBytes().flatMap(Self.content) ?? broken()
                case 0x68 where tag == nil: tag = readNumber()
                default: return false
                }
                if isBroken { return false }
            }
            return true
        }

        private var isBroken = false

        private mutating func readBytes() -> UnsafeRawBufferPointer? {
            guard let length = readNumber(), length <= UInt64(rest.count) else { return broken() }
            defer { rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(Int(length))) }
            return UnsafeRawBufferPointer(rebasing: rest.prefix(Int(length)))
        }

        private mutating func readNumber() -> UInt64? {
            var value: UInt64 = 0
            // Nine bytes: the tenth may hold one bit only, and `PushRequest` knows what to make of more.
            for index in 0..<min(9, rest.count) {
                let byte = rest[index]
                value |= UInt64(byte & 0x7F) << UInt64(7 * index)
                guard byte < 0x80 else { continue }
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(index + 1))
                return value
            }
            return broken()
        }

        private mutating func broken<Value>() -> Value? {
            isBroken = true
            return nil
        }

        /// The content of a `TextMessage`.
        private static func content(_ message: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
            guard !message.isEmpty else { return message }
            var fields = Fields(message)
            guard message[0] == 0x0A, fields.readAll(), fields.tag == nil, fields.text == nil else { return nil }
            return fields.client
        }
    }
}
