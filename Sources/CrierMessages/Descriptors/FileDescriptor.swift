/// What the index keeps of one file.
struct FileDescriptor {
    let name: String
    let imports: [String]
    let bytes: [UInt8]
    private(set) var symbols: [String] = []
    private(set) var messages: [String] = []

    /// - Parameter file: a serialized `google.protobuf.FileDescriptorProto`.
    init(_ file: UnsafeRawBufferPointer) throws(FieldScanner.Malformed) {
        typealias Number = DescriptorFields.Number
        let fields = DescriptorFields(file)
        name = try fields.string(Number.name)
        imports = try fields.strings(Number.fileImport)
        bytes = [UInt8](file)
        let package = try fields.string(Number.filePackage)
        for message in try fields.messages(Number.fileMessage) { try add(message: message, in: package) }
        for type in try fields.messages(Number.fileEnum) { try add(enum: type, in: package) }
        for service in try fields.messages(Number.fileService) { try add(service: service, in: package) }
        for field in try fields.messages(Number.fileExtension) { _ = try add(field, in: package) }
    }

    /// Adds what has a name and only that; returns its full name.
    private mutating func add(
        _ named: UnsafeRawBufferPointer,
        in scope: String
    ) throws(FieldScanner.Malformed) -> String {
        let name = try DescriptorFields(named).string(DescriptorFields.Number.name)
        let full = scope.isEmpty ? name : "\(scope).\(name)"
        symbols.append(full)
        return full
    }

    private mutating func add(message: UnsafeRawBufferPointer, in scope: String) throws(FieldScanner.Malformed) {
        typealias Number = DescriptorFields.Number
        let full = try add(message, in: scope)
        messages.append(full)
        let fields = DescriptorFields(message)
        for field in try fields.messages(Number.messageField) { _ = try add(field, in: full) }
        for oneof in try fields.messages(Number.messageOneof) { _ = try add(oneof, in: full) }
        for field in try fields.messages(Number.messageExtension) { _ = try add(field, in: full) }
        for type in try fields.messages(Number.messageEnum) { try add(enum: type, in: full) }
        // The depth is that of the committed files.
        for nested in try fields.messages(Number.messageNested) { try add(message: nested, in: full) }
    }

    private mutating func add(enum type: UnsafeRawBufferPointer, in scope: String) throws(FieldScanner.Malformed) {
        _ = try add(type, in: scope)
        // descriptor.proto: the values of an enum are siblings of their type, as in C++.
        for value in try DescriptorFields(type).messages(DescriptorFields.Number.enumValue) {
            _ = try add(value, in: scope)
        }
    }

    private mutating func add(service: UnsafeRawBufferPointer, in scope: String) throws(FieldScanner.Malformed) {
        let full = try add(service, in: scope)
        for method in try DescriptorFields(service).messages(DescriptorFields.Number.serviceMethod) {
            _ = try add(method, in: full)
        }
    }
}
