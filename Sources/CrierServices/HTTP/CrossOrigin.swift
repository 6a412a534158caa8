import CrierCore
import HTTPTypes
import Hummingbird

/// What web pages may do: the Fetch standard's CORS protocol, and the two things that it leaves open.
///
/// - A page may send some writes without asking first (a form's POST). Whatever says `Origin` and is not allowed is
///   therefore refused, not only kept from reading the answer.
/// - A page whose name was made to point to this machine (DNS rebinding) is of our own origin to its browser. Browsers
///   say that they are browsers (`Sec-Fetch-Site`, `Origin`); they are answered only under a name that no stranger can
///   own: an address, `localhost`, or the host of an allowed origin.
struct CrossOrigin {
    let allowed: AllowedOrigins

    /// What answers read by pages must not hide from them.
    private static let exposedHeaders = "ETag, Link, Retry-After, X-Crier-Position"
    private static let requestHeaders = "Content-Type, If-Match, If-None-Match, Last-Event-ID"

    /// Throws 403 for a request that a page sent which may not.
    func check(_ request: Request) throws(Problem) {
        let origin = request.headers[.origin]
        let site = request.headers[.secFetchSite]
        guard origin != nil || site != nil else { return }
        let host = request.head.authority ?? ""
        if let origin, !allowed.contains(origin), !isOwn(origin, host) {
            throw refused("pages of \(Excerpt(origin)) may not use this API", "Origin")
        }
        if origin == nil, site == "cross-site", allowed.isNone {
            throw refused("pages of other sites may not use this API", "Sec-Fetch-Site")
        }
        // A person who types the address, or follows a bookmark, is no page: "none".
        guard site == "none" || Self.isUnforgeable(host) || allowed.hasHost(host) else {
            throw refused("browsers may not use this API under the name \(Excerpt(host))", "Host")
        }
    }

    /// The answer to a preflight, nil when the request is none.
    func preflight(_ request: Request) -> Response? {
        guard request.method == .options, request.headers[.origin] != nil,
            request.headers[.accessControlRequestMethod] != nil
        else { return nil }
        return Response(
            status: .noContent,
            headers: [
                .accessControlAllowMethods: "GET, HEAD, PUT, POST, DELETE",
                .accessControlAllowHeaders: Self.requestHeaders,
                .accessControlMaxAge: String(RESTLimits.preflightSeconds),
            ]
        )
    }

    /// Lets the page that asked read the answer.
    func open(_ response: inout Response, to request: Request) {
        guard !allowed.isNone else { return }
        // The answer depends on it also when it is missing: caches must not mix them up.
        response.headers[.vary] = "Origin"
        guard let origin = request.headers[.origin], allowed.contains(origin) else { return }
        response.headers[.accessControlAllowOrigin] = allowed.isEveryone ? "*" : origin
        response.headers[.accessControlExposeHeaders] = Self.exposedHeaders
    }

    private func isOwn(_ origin: String, _ host: String) -> Bool {
        let origin = origin.lowercased()
        let host = host.lowercased()
        return origin == "http://\(host)" || origin == "https://\(host)"
    }

    private func refused(_ what: String, _ header: String) -> Problem {
        Problem(.forbidden, "\(what); the setting http-cors-origins allows more", field: header, code: "origin")
    }

    /// Addresses and `localhost`: nobody else's name server answers for them.
    private static func isUnforgeable(_ host: String) -> Bool {
        if host.hasPrefix("[") { return true }
        let name = (host.split(separator: ":", omittingEmptySubsequences: false).first ?? "").lowercased()
        if name == "localhost" || name.hasSuffix(".localhost") { return true }
        let numbers = name.split(separator: ".", omittingEmptySubsequences: false)
        return numbers.count == 4 && numbers.allSatisfy { UInt8($0) != nil }
    }
}

extension HTTPField.Name {
    /// Fetch Metadata: how the page that asks is related to us.
    fileprivate static let secFetchSite = HTTPField.Name("Sec-Fetch-Site")!
}
