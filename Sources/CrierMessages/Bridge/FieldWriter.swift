/// Writes the fields of a message one after the other, for messages too hot for protobuf-c's copies. A field of its
/// default value takes no bytes, as proto3 says. Field numbers are 15 at most: their tags take one byte.
struct FieldWriter {
    private var target: UnsafeMutableRawPointer

    init(_ target: UnsafeMutableRawPointer) { self.target = target }

    static func size(_ bytes: UnsafeRawBufferPointer) -> Int {
        bytes.isEmpty ? 0 : 1 + Varint.size(bytes.count) + bytes.count
    }

    static func size(_ text: String) -> Int { text.isEmpty ? 0 : 1 + Varint.size(text.utf8.count) + text.utf8.count }

    static func size(fixed value: UInt64) -> Int { value == 0 ? 0 : 9 }

    static func size(varint value: UInt64) -> Int { value == 0 ? 0 : 1 + Varint.size(value) }

    /// Negative values take 64 bits (the protobuf encoding guide, "Signed Integers").
    static func size(signed value: Int64) -> Int { size(varint: UInt64(bitPattern: value)) }

    static func size(_ message: (some HandPacked)?) -> Int {
        guard let message else { return 0 }
        let size = message.fieldsSize
        return 1 + Varint.size(size) + size
    }

    mutating func put(_ number: UInt64, _ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
        target = Varint.writeTag(number, length: bytes.count, to: target)
        target.copyMemory(from: start, byteCount: bytes.count)
        target += bytes.count
    }

    mutating func put(_ number: UInt64, _ text: String) {
        guard !text.isEmpty else { return }
        text.utf8.span.withUnsafeBufferPointer { put(number, UnsafeRawBufferPointer($0)) }
    }

    mutating func put(_ number: UInt64, fixed value: UInt64) {
        guard value != 0 else { return }
        target = Varint.write(number << 3 | 1, to: target)
        target.storeBytes(of: value.littleEndian, as: UInt64.self)
        target += 8
    }

    mutating func put(_ number: UInt64, varint value: UInt64) {
        guard value != 0 else { return }
        target = Varint.write(value, to: Varint.write(number << 3, to: target))
    }

    mutating func put(_ number: UInt64, signed value: Int64) { put(number, varint: UInt64(bitPattern: value)) }

    mutating func put(_ number: UInt64, _ message: (some HandPacked)?) {
        guard let message else { return }
        target = Varint.writeTag(number, length: message.fieldsSize, to: target)
        message.write(to: &self)
    }
}

/// The chosen member of a `oneof`, which is written also when it has its default value.
extension FieldWriter {
    static func size(chosen text: String) -> Int { 1 + Varint.size(text.utf8.count) + text.utf8.count }

    static func size(chosen bytes: [UInt8]) -> Int { 1 + Varint.size(bytes.count) + bytes.count }

    static func size(chosen value: UInt64) -> Int { 1 + Varint.size(value) }

    mutating func put(_ number: UInt64, chosen text: String) {
        text.utf8.span.withUnsafeBufferPointer { put(number, chosen: UnsafeRawBufferPointer($0)) }
    }

    mutating func put(_ number: UInt64, chosen bytes: [UInt8]) {
        bytes.withUnsafeBytes { put(number, chosen: $0) }
    }

    mutating func put(_ number: UInt64, chosen value: UInt64) {
        target = Varint.write(value, to: Varint.write(number << 3, to: target))
    }

    mutating func put(_ number: UInt64, chosenFixed value: UInt64) {
        target = Varint.write(number << 3 | 1, to: target)
        target.storeBytes(of: value.littleEndian, as: UInt64.self)
        target += 8
    }

    private mutating func put(_ number: UInt64, chosen bytes: UnsafeRawBufferPointer) {
        target = Varint.writeTag(number, length: bytes.count, to: target)
        guard let start = bytes.baseAddress else { return }
        target.copyMemory(from: start, byteCount: bytes.count)
        target += bytes.count
    }
}

extension UnsafeRawBufferPointer {
    /// No bytes.
    public static var empty: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: nil, count: 0) }

    func slice(_ range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: self[range]) }
}
