/// The origins of web pages that may use the API from a browser, besides the gateway's own pages: `http-cors-origins`.
public struct AllowedOrigins: Sendable, Equatable {
    /// Every page of every site.
    public let isEveryone: Bool
    /// As browsers send them: `scheme://host`, with a port that is not the scheme's own; or `null`.
    let origins: Set<String>

    /// No other page: the default.
    public static let none = AllowedOrigins(isEveryone: false, origins: [])
    public static let everyone = AllowedOrigins(isEveryone: true, origins: [])

    private init(isEveryone: Bool, origins: Set<String>) {
        self.isEveryone = isEveryone
        self.origins = origins
    }

    /// `*`, or a list of origins with commas between them. nil when one of them is no origin.
    public init?(_ text: String) {
        let origins = text.split(separator: ",").map { $0.lowercased().filter { !$0.isWhitespace } }
        guard !origins.isEmpty else { return nil }
        if origins == ["*"] {
            self = .everyone
            return
        }
        guard origins.allSatisfy(Self.isOrigin) else { return nil }
        self.init(isEveryone: false, origins: Set(origins))
    }

    var isNone: Bool { !isEveryone && origins.isEmpty }

    func contains(_ origin: String) -> Bool {
        isEveryone || origins.contains(origin.lowercased())
    }

    /// Whether one of the origins is at this host, given with its port as in a `Host` header.
    func hasHost(_ host: String) -> Bool {
        let host = host.lowercased()
        return isEveryone || origins.contains { $0.hasSuffix("://\(host)") }
    }

    private static func isOrigin(_ text: String) -> Bool {
        if text == "null" { return true }
        guard let scheme = ["http://", "https://"].first(where: text.hasPrefix) else { return false }
        let host = text.dropFirst(scheme.count)
        return !host.isEmpty && !host.contains { "/?#@*\"\\".contains($0) }
    }
}
