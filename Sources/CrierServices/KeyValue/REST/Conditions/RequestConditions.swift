import CrierCore
import HTTPTypes
import Hummingbird

/// `If-Match` and `If-None-Match` of a request (RFC 9110, section 13).
struct RequestConditions {
    let ifMatch: EntityTagList?
    let ifNoneMatch: EntityTagList?

    init(_ headers: HTTPFields) throws(Problem) {
        ifMatch = try Self.list(headers, .ifMatch)
        ifNoneMatch = try Self.list(headers, .ifNoneMatch)
    }

    /// The conditions as a transaction can test them; nil when they can be told only with the entry at hand: several
    /// tags, or tags that must not match.
    var guards: [StoreCondition]? {
        var guards: [StoreCondition] = []
        switch ifMatch {
        case nil: break
        case .any: guards.append(.present)
        case .tags(let tags):
            guard tags.count == 1, !tags[0].isWeak, let revision = tags[0].revision else { return nil }
            guards.append(.revision(revision))
        }
        switch ifNoneMatch {
        case nil: break
        case .any: guards.append(.absent)
        case .tags: return nil
        }
        return guards
    }

    /// The header that forbids the request for this entry, nil when it may be done.
    func refusal(for entry: StoreEntry?) -> String? {
        if let ifMatch, !ifMatch.hasStrong(entry) { return "If-Match" }
        if let ifNoneMatch, ifNoneMatch.hasWeak(entry) { return "If-None-Match" }
        return nil
    }

    /// Throws 412, with the entry as it is, when the conditions do not hold for it.
    func check(_ entry: StoreEntry?) throws(Problem) {
        guard let header = refusal(for: entry) else { return }
        let state = entry.map { "at revision \($0.revision)" } ?? "absent"
        throw .preconditionFailed("the entry is \(state): \(header) does not hold", field: header, current: entry)
    }

    private static func list(_ headers: HTTPFields, _ name: HTTPField.Name) throws(Problem) -> EntityTagList? {
        // A header that comes several times is one list.
        guard let value = headers[name] else { return nil }
        return try EntityTagList(value, header: name.rawName)
    }
}
