/// A name that a file may get in a directory: one component, never a path.
public struct SafeFileName: Sendable, CustomStringConvertible {
    /// The name itself.
    public let value: String

    /// Throws `.invalidArgument` unless it is 1 to 255 bytes, without control characters, `/` or `\`, and none of
    /// `.`, `..` and `.crier`, which is where unfinished pulls live.
    public init(_ value: String) throws(CrierClientError) {
        if let problem = Self.problem(value) {
            throw CrierClientError(.invalidArgument, "file_name \(value.debugDescription) \(problem)")
        }
        self.value = value
    }

    public var description: String { value }

    private static func problem(_ value: String) -> String? {
        if value.isEmpty { return "is empty; 1 to \(Limits.fileNameBytes) bytes are allowed" }
        if value.utf8.count > Limits.fileNameBytes {
            return "has \(value.utf8.count) bytes; at most \(Limits.fileNameBytes) are allowed"
        }
        if value == "." || value == ".." || value == PullDirectory.workName { return "is a reserved name" }
        for scalar in value.unicodeScalars {
            if scalar == "/" || scalar == "\\" { return "contains \(scalar); a name is not a path" }
            if scalar.properties.generalCategory == .control { return "contains a control character" }
        }
        return nil
    }
}

/// By bytes, as the file system sees it: for Swift, two strings that only look the same are equal.
extension SafeFileName: Hashable {
    public static func == (one: Self, other: Self) -> Bool { one.value.utf8.elementsEqual(other.value.utf8) }

    public func hash(into hasher: inout Hasher) {
        for byte in value.utf8 { hasher.combine(byte) }
    }
}
