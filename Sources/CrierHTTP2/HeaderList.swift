import CNGHTTP2

/// Header fields to send. Names and values are copied into one allocation, in the form that nghttp2 takes.
///
/// Make one for each list that does not change and keep it: sending it again allocates nothing.
public final class HeaderList: Sendable {
    // Written in `init` only and freed in `deinit` only; between the two nobody writes.
    private nonisolated(unsafe) let bytes: UnsafeMutablePointer<UInt8>
    private nonisolated(unsafe) let fields: UnsafeMutablePointer<nghttp2_nv>
    let count: Int

    /// - Parameters:
    ///   - fields: Lower-case names (RFC 9113 §8.2.1) and their values; pseudo-header fields first.
    ///   - livesForever: The list is never let go of (a `static let`): nghttp2 points to it instead of copying it.
    public init(_ fields: [(name: String, value: String)], livesForever: Bool = false) {
        let pointing = NGHTTP2_NV_FLAG_NO_COPY_NAME.rawValue | NGHTTP2_NV_FLAG_NO_COPY_VALUE.rawValue
        let flags = UInt8(livesForever ? pointing : NGHTTP2_NV_FLAG_NONE.rawValue)
        let size = fields.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
        let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: max(size, 1))
        let list = UnsafeMutablePointer<nghttp2_nv>.allocate(capacity: max(fields.count, 1))
        var offset = 0
        func place(_ text: String) -> (UnsafeMutablePointer<UInt8>, Int) {
            let start = bytes + offset
            for byte in text.utf8 {
                bytes[offset] = byte
                offset += 1
            }
            return (start, bytes + offset - start)
        }
        for (index, field) in fields.enumerated() {
            let (name, nameLength) = place(field.name)
            let (value, valueLength) = place(field.value)
            let nv = nghttp2_nv(name: name, value: value, namelen: nameLength, valuelen: valueLength, flags: flags)
            (list + index).initialize(to: nv)
        }
        self.bytes = bytes
        self.fields = list
        self.count = fields.count
    }

    deinit {
        bytes.deallocate()
        fields.deallocate()
    }

    /// The list for one nghttp2 call, which copies it unless it lives for ever.
    func withFields<R>(_ body: (UnsafePointer<nghttp2_nv>, Int) -> R) -> R {
        body(fields, count)
    }
}
