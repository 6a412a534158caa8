import CCrierMessages

extension ProtobufCBinaryData {
    /// The value of a `string` field, which the generated C calls `bytes` so that a NUL inside survives (see
    /// `Protos/README.md`). This is the one place where UTF-8 is checked.
    func string(_ message: StaticString, _ field: StaticString) throws(WireError) -> String {
        guard let data, len > 0 else { return "" }
        do {
            return String(copying: try UTF8Span(validating: UnsafeBufferPointer(start: data, count: len).span))
        } catch {
            throw WireError(message, field: field, .invalidUTF8)
        }
    }

    /// The value of a `bytes` field.
    var bytes: [UInt8] {
        [UInt8](UnsafeBufferPointer(start: data, count: len))
    }

    /// The values of a `repeated string` field.
    static func strings(
        _ items: UnsafeMutablePointer<ProtobufCBinaryData>?,
        _ count: Int,
        _ message: StaticString,
        _ field: StaticString
    ) throws(WireError) -> [String] {
        guard let items, count > 0 else { return [] }
        var strings: [String] = []
        strings.reserveCapacity(count)
        for index in 0..<count { strings.append(try items[index].string(message, field)) }
        return strings
    }

    /// The values of a `repeated bytes` field.
    static func items(_ items: UnsafeMutablePointer<ProtobufCBinaryData>?, _ count: Int) -> [[UInt8]] {
        guard let items else { return [] }
        return UnsafeBufferPointer(start: items, count: count).map(\.bytes)
    }
}
