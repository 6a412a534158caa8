import CrierCore

/// Entity tags (RFC 9110, section 8.8.3): `"<revision>"` of an entry.
enum EntityTag {
    static func text(of entry: StoreEntry) -> String { "\"\(entry.revision)\"" }
}

/// What `If-Match` or `If-None-Match` says: `*`, or a list of tags.
enum EntityTagList {
    case any
    case tags([Tag])

    struct Tag: Equatable {
        let isWeak: Bool
        /// What stands between the quotes.
        let text: String

        /// The revision that the tag stands for; nil for a tag that no entry of ours ever had.
        var revision: UInt64? {
            guard let revision = UInt64(text), String(revision) == text else { return nil }
            return revision
        }
    }

    /// Throws 400 for anything but the two forms: to ignore a condition would be to write without it.
    init(_ value: String, header: String) throws(Problem) {
        guard let list = Self.parse(value) else {
            throw Problem.wrong(
                "\(header) \(Excerpt(value)) is not allowed: "
                    + "it must be * or tags in double quotes with commas between them, such as \"7\"",
                field: header
            )
        }
        self = list
    }

    /// The strong comparison, for `If-Match`: a weak tag is never the same.
    func hasStrong(_ entry: StoreEntry?) -> Bool {
        has(entry) { !$0.isWeak }
    }

    /// The weak comparison, for `If-None-Match`.
    func hasWeak(_ entry: StoreEntry?) -> Bool {
        has(entry) { _ in true }
    }

    private func has(_ entry: StoreEntry?, _ counts: (Tag) -> Bool) -> Bool {
        guard let entry else { return false }
        switch self {
        case .any: return true
        case .tags(let tags): return tags.contains { counts($0) && $0.revision == entry.revision }
        }
    }

    private static func parse(_ value: String) -> EntityTagList? {
        var rest = value[...].utf8
        skipSpace(&rest)
        if rest.elementsEqual("*".utf8) { return .any }
        var tags: [Tag] = []
        while !rest.isEmpty {
            guard let tag = tag(&rest) else { return nil }
            tags.append(tag)
            skipSpace(&rest)
            guard !rest.isEmpty else { break }
            guard rest.removeFirst() == UInt8(ascii: ",") else { return nil }
            skipSpace(&rest)
            // A comma asks for another tag.
            if rest.isEmpty { return nil }
        }
        return tags.isEmpty ? nil : .tags(tags)
    }

    private static func tag(_ rest: inout Substring.UTF8View) -> Tag? {
        let isWeak = rest.starts(with: "W/".utf8)
        if isWeak { rest = rest.dropFirst(2) }
        guard rest.first == UInt8(ascii: "\"") else { return nil }
        rest.removeFirst()
        guard let end = rest.firstIndex(of: UInt8(ascii: "\"")) else { return nil }
        let text = rest[..<end]
        guard text.allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else { return nil }
        rest = rest[rest.index(after: end)...]
        return Tag(isWeak: isWeak, text: String(Substring(text)))
    }

    private static func skipSpace(_ rest: inout Substring.UTF8View) {
        rest = rest.drop { $0 == 0x20 || $0 == 0x09 }
    }
}
