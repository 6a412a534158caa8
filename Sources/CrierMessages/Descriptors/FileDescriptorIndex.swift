/// Finds the files of a `FileDescriptorSet` by their names and by what they declare.
///
/// Only the few fields of `google/protobuf/descriptor.proto` that this needs are read; the files themselves are handed
/// out as the bytes they are.
public struct FileDescriptorIndex: Sendable {
    private var files: [String: FileDescriptor] = [:]
    private var fileOfSymbol: [String: String] = [:]
    private var messages: Set<String> = []

    /// The index of the contract that was compiled in.
    public static let contract = FileDescriptorIndex(ownSet: FileDescriptors.serializedSet)

    /// - Throws: `WireError` when the bytes are no `FileDescriptorSet`.
    public init(serializedSet: UnsafeRawBufferPointer) throws(WireError) {
        do {
            for file in try DescriptorFields(serializedSet).messages(DescriptorFields.Number.setFile) {
                try add(FileDescriptor(file))
            }
        } catch {
            throw WireError("FileDescriptorSet", .malformed)
        }
    }

    private init(ownSet: UnsafeRawBufferPointer) {
        do {
            try self.init(serializedSet: ownSet)
        } catch {
            preconditionFailure("the compiled-in descriptors are damaged: \(error)")
        }
    }

    private mutating func add(_ file: FileDescriptor) {
        files[file.name] = file
        for symbol in file.symbols { fileOfSymbol[symbol] = file.name }
        messages.formUnion(file.messages)
    }

    /// The serialized `FileDescriptorProto` of the file, then those of all files that it needs; nil when there is none.
    public func files(named name: String) -> [[UInt8]]? {
        guard files[name] != nil else { return nil }
        var found: [[UInt8]] = []
        var visited: Set<String> = []
        var waiting = [name]
        while let next = waiting.popLast() {
            guard visited.insert(next).inserted, let file = files[next] else { continue }
            found.append(file.bytes)
            waiting += file.imports
        }
        return found
    }

    /// The same for the file that declares `symbol`: a service, method, message, field or enum by its full name.
    public func files(declaring symbol: String) -> [[UInt8]]? {
        fileOfSymbol[symbol].flatMap { files(named: $0) }
    }

    /// Whether there is a message of this full name. None has extensions: proto3 knows none but for options.
    public func hasMessage(_ name: String) -> Bool {
        messages.contains(name)
    }
}
