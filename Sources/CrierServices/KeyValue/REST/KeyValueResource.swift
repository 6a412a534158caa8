import CrierCore
import HTTPTypes

/// What a path below `/v1/` names.
enum KeyValueResource {
    /// `/v1/kv`
    case namespaces
    /// `/v1/kv/{namespace}`
    case namespace(StoreNamespace)
    /// `/v1/kv/{namespace}/{key}`: whatever stands behind the namespace is the key, slashes included.
    case entry(StoreKey)
    /// `/v1/stream`
    case stream

    init(_ target: RequestTarget) throws(Problem) {
        if target.path == "/v1/kv" {
            self = .namespaces
        } else if target.path == "/v1/stream" {
            self = .stream
        } else if let rest = target.rest(after: "/v1/kv/") {
            self = try Self.room(rest)
        } else {
            throw Problem(.notFound, "there is nothing at \(Excerpt(target.path))")
        }
    }

    private static func room(_ path: Substring) throws(Problem) -> KeyValueResource {
        let slash = path.utf8.firstIndex(of: UInt8(ascii: "/"))
        let name = try PercentEncoding.decode(path[..<(slash ?? path.endIndex)], field: "namespace")
        let namespace = try Problem.naming("namespace") { () throws(KeyValueError) in try StoreNamespace(name) }
        guard let slash else { return .namespace(namespace) }
        let key = try PercentEncoding.decode(path[path.utf8.index(after: slash)...], field: "key")
        return .entry(try Problem.naming("key") { () throws(KeyValueError) in try StoreKey(namespace, key) })
    }

    /// The methods that can be right here.
    var methods: [String] {
        switch self {
        case .namespaces, .namespace, .stream: ["GET", "HEAD", "OPTIONS"]
        case .entry: ["GET", "HEAD", "PUT", "DELETE", "POST", "OPTIONS"]
        }
    }
}
