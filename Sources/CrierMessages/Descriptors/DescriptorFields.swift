/// The length-delimited fields of one message of `google/protobuf/descriptor.proto`, by number.
struct DescriptorFields {
    /// Field numbers of descriptor.proto.
    enum Number {
        static let setFile: UInt64 = 1
        /// The same in files, messages, fields, oneofs, enums, values, services and methods.
        static let name: UInt64 = 1
        static let filePackage: UInt64 = 2
        static let fileImport: UInt64 = 3
        static let fileMessage: UInt64 = 4
        static let fileEnum: UInt64 = 5
        static let fileService: UInt64 = 6
        static let fileExtension: UInt64 = 7
        static let messageField: UInt64 = 2
        static let messageNested: UInt64 = 3
        static let messageEnum: UInt64 = 4
        static let messageExtension: UInt64 = 6
        static let messageOneof: UInt64 = 8
        static let enumValue: UInt64 = 2
        static let serviceMethod: UInt64 = 2
    }

    private let bytes: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// All fields of this number, as bytes inside those that were given.
    func messages(_ number: UInt64) throws(FieldScanner.Malformed) -> [UnsafeRawBufferPointer] {
        var found: [UnsafeRawBufferPointer] = []
        var scanner = FieldScanner(bytes)
        while let field = try scanner.next() {
            guard field.number == number else { continue }
            guard let content = field.content else { throw FieldScanner.Malformed() }
            found.append(UnsafeRawBufferPointer(rebasing: bytes[content]))
        }
        return found
    }

    func strings(_ number: UInt64) throws(FieldScanner.Malformed) -> [String] {
        try messages(number).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The last field of this number; empty when there is none.
    func string(_ number: UInt64) throws(FieldScanner.Malformed) -> String {
        try strings(number).last ?? ""
    }
}
