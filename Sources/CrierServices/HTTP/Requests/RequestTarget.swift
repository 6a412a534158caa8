/// The path and the query of a request as they came. Nothing is normalised, and nothing is decoded before it is cut
/// apart: `..`, `//` and `%2F` may be parts of a key.
struct RequestTarget {
    let path: Substring
    /// What stands behind the first question mark; nil when there is none.
    let query: Substring?

    init(_ target: String) {
        let target = target[...]
        guard let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else {
            path = target
            query = nil
            return
        }
        path = target[..<mark]
        query = target[target.utf8.index(after: mark)...]
    }

    /// The path behind `prefix`, or nil when the path does not begin with it.
    func rest(after prefix: StaticString) -> Substring? {
        let prefix = prefix.description
        guard path.utf8.starts(with: prefix.utf8) else { return nil }
        return path[path.utf8.index(path.utf8.startIndex, offsetBy: prefix.utf8.count)...]
    }
}
