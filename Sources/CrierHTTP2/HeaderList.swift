import CNGHTTP2

/// Header fields to send. Names and values are copied into one allocation, in the form that nghttp2 takes.
///
/// Make one for each list that does not change and keep it: sending it again allocates nothing.
public struct HeaderList: Sendable {
    /// The names, the values and the list of them. Written when it is made; nobody writes after that.
    private struct Memory: @unchecked Sendable {
        let bytes: UnsafeMutablePointer<UInt8>
        let fields: UnsafeMutablePointer<nghttp2_nv>
    }

    private final class Owner: Sendable {
        let memory: Memory

        init(_ memory: Memory) { self.memory = memory }

        deinit {
            memory.bytes.deallocate()
            memory.fields.deallocate()
        }
    }

    private let memory: Memory
    /// nil for a list that lives for ever: all loops would count references to it with each call.
    private let owner: Owner?
    let count: Int

    /// - Parameters:
    ///   - fields: Lower-case names (RFC 9113 §8.2.1) and their values; pseudo-header fields first.
    ///   - livesForever: For a `static let`: its memory is never freed, and nghttp2 points to it instead of copying it.
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
        memory = Memory(bytes: bytes, fields: list)
        owner = livesForever ? nil : Owner(memory)
        count = fields.count
    }

    /// The list for one nghttp2 call, which copies it unless it lives for ever.
    func withFields<R>(_ body: (UnsafePointer<nghttp2_nv>, Int) -> R) -> R {
        withExtendedLifetime(owner) { body(memory.fields, count) }
    }
}
