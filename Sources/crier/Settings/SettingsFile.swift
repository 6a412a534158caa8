import Foundation
import Yams

/// A YAML file with one setting a line: `grpc: 127.0.0.1:6565`. A setting of names and values may be a mapping, which
/// means the same as its text: `{"*": 10, a: 5}` is `*=10,a=5`.
struct SettingsFile {
    let path: String
    private let values: [String: SettingValue]

    /// Throws for a file that cannot be read, is not a mapping of names to single values, or has a key that is none of
    /// `allowed`.
    ///
    /// - Parameter mappings: the settings that may be mappings.
    init(path: String, allowed: [String], mappings: Set<String> = []) throws(SettingError) {
        try self.init(path: path, text: Self.read(path), allowed: allowed, mappings: mappings)
    }

    init(path: String, text: String, allowed: [String], mappings: Set<String> = []) throws(SettingError) {
        self.path = path
        var values: [String: SettingValue] = [:]
        for (key, value) in try Self.mapping(path, text) {
            let line = key.mark?.line
            guard let name = key.scalar?.string, allowed.contains(name) else {
                throw SettingError(
                    "\(path), line \(line ?? 0): \"\(key.scalar?.string ?? "…")\" is not a setting; "
                        + "allowed are \(allowed.joined(separator: ", "))"
                )
            }
            guard let text = value.scalar?.string ?? (mappings.contains(name) ? Self.flat(value) : nil) else {
                throw SettingError("\(path), line \(line ?? 0): \(name) must be one value, not a list or a mapping")
            }
            values[name] = SettingValue(text: text, origin: .file(path, line: line, key: name))
        }
        self.values = values
    }

    func value(_ name: String) -> SettingValue? { values[name] }

    /// nil: not a mapping of single values.
    private static func flat(_ node: Node) -> String? {
        guard let pairs = node.mapping else { return nil }
        let parts = pairs.compactMap { key, value -> String? in
            guard let key = key.scalar?.string, let value = value.scalar?.string else { return nil }
            return "\(key)=\(value)"
        }
        return parts.count == pairs.count ? parts.joined(separator: ",") : nil
    }

    private static func read(_ path: String) throws(SettingError) -> String {
        do {
            return try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw SettingError("settings file \(path) cannot be read: \(error.localizedDescription)")
        }
    }

    private static func mapping(_ path: String, _ text: String) throws(SettingError) -> Node.Mapping {
        let node: Node?
        do {
            node = try compose(yaml: text)
        } catch {
            throw SettingError("settings file \(path) is not YAML: \(error)")
        }
        // A file of nothing but comments sets nothing.
        guard let node else { return Node.Mapping([]) }
        guard let mapping = node.mapping else {
            throw SettingError("settings file \(path) must be lines of \"name: value\"")
        }
        return mapping
    }
}
