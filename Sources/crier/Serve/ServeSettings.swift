import CrierCore
import CrierGRPC
import CrierHTTP2
import CrierServices
import Glibc
import Logging
import NIOCore

/// What `crier serve` can be told, checked.
struct ServeSettings {
    /// The names of the settings, as flags and in the file.
    enum Name: String, CaseIterable {
        case dataDir = "data-dir"
        case grpc
        case http
        case httpCORSOrigins = "http-cors-origins"
        case nodeID = "node-id"
        case tlsCert = "tls-cert"
        case tlsKey = "tls-key"
        case tlsClientCA = "tls-client-ca"
        case insecure
        case heartbeatInterval = "heartbeat-interval"
        case presenceGrace = "presence-grace"
        case drainTime = "drain-time"
        case downloadRate = "download-rate"
        case logLevel = "log-level"
        case peerListen = "peer-listen"
        case advertise
        case advertiseGRPC = "advertise-grpc"
        case peerSecret = "peer-secret"
        case peerCA = "peer-ca"
        case fileReplicas = "file-replicas"
        case balance
        case maxSessions = "max-sessions"
        case maxConnectRate = "max-connect-rate"
        case kv
        case kvDurability = "kv-durability"
        case kvAccess = "kv-access"
        case kvQuotaKeys = "kv-quota-keys"
        case kvQuotaBytes = "kv-quota-bytes"
        case kvRetentionAge = "kv-retention-age"
        case kvRetentionRevisions = "kv-retention-revisions"
        case kvRetentionBytes = "kv-retention-bytes"

        /// Those that may be mappings in the file.
        static let mappings: Set<String> = [kvQuotaKeys.rawValue, kvQuotaBytes.rawValue]
    }

    struct TLS: Equatable {
        var certificateFile: String
        var keyFile: String
        var clientAuthorityFile: String?
    }

    var dataDirectory = "crier-data"
    var grpc = HostPort(host: "127.0.0.1", port: 6565)
    var http = HostPort(host: "127.0.0.1", port: 8080)
    var httpOrigins = AllowedOrigins.none
    var nodeID: NodeID
    var tls: TLS?
    var heartbeatInterval = TimeAmount.seconds(20)
    var presenceGrace = TimeAmount.seconds(20)
    var drainTime = TimeAmount.seconds(10)
    /// Bytes a second of each download; 0: as fast as it goes.
    var downloadRate = 0
    /// Agents at once; nil: any number.
    var maxSessions: Int?
    /// Connects in a second; nil: any number.
    var maxConnectRate: Int?
    var logLevel = Logger.Level.info
    var keyValue: KeyValueSettings
    var peers: PeerSettings

    /// Whether this gateway is a node of a cluster, if only the first one.
    var isClustered: Bool { keyValue.address != .own || peers.isListenGiven }

    /// Throws `SettingError` for the first setting that is wrong.
    init(_ layers: SettingLayers) throws(SettingError) {
        func value(_ name: Name) -> SettingValue? { layers.value(name.rawValue) }
        nodeID = if let name = value(.nodeID) { try name.nodeID() } else { try Self.hostName() }
        dataDirectory = try value(.dataDir)?.path() ?? dataDirectory
        grpc = try value(.grpc)?.hostPort() ?? grpc
        http = try value(.http)?.hostPort() ?? http
        httpOrigins = try value(.httpCORSOrigins)?.origins() ?? httpOrigins
        heartbeatInterval =
            try value(.heartbeatInterval)?.duration(.milliseconds(100) ... .minutes(10)) ?? heartbeatInterval
        presenceGrace = try value(.presenceGrace)?.duration(.zero ... .minutes(60)) ?? presenceGrace
        drainTime = try value(.drainTime)?.duration(.zero ... .minutes(30)) ?? drainTime
        downloadRate = try value(.downloadRate)?.bytes(ServeLimits.downloadRates) ?? downloadRate
        maxSessions = try value(.maxSessions)?.number(ServeLimits.maxSessions)
        maxConnectRate = try value(.maxConnectRate)?.number(ServeLimits.maxConnectRates)
        logLevel = try value(.logLevel)?.logLevel() ?? logLevel
        keyValue = try KeyValueSettings(value)
        tls = try Self.tls(value(.tlsCert), value(.tlsKey), value(.tlsClientCA))
        peers = try PeerSettings(value, hasTLS: tls != nil)
        if peers.isOpen { try Self.requireSecret(peers.listen) }
        let isInsecureAllowed = try value(.insecure)?.bool() ?? false
        if !isInsecureAllowed {
            if tls == nil {
                try Self.requireLoopback(.grpc, grpc, "add --tls-cert and --tls-key, or")
                try Self.requireLoopback(.peerListen, peers.listen, "add --tls-cert and --tls-key, or")
            }
            try Self.requireLoopback(.http, http, "put a proxy with TLS before it, or")
        }
    }

    private static func tls(
        _ certificate: SettingValue?,
        _ key: SettingValue?,
        _ authority: SettingValue?
    ) throws(SettingError) -> TLS? {
        switch (certificate, key) {
        case (let certificate?, let key?):
            return try TLS(
                certificateFile: certificate.path(),
                keyFile: key.path(),
                clientAuthorityFile: authority?.path()
            )
        case (let certificate?, nil):
            throw SettingError("\(certificate.origin): tls-key is missing; the two go together")
        case (nil, let key?): throw SettingError("\(key.origin): tls-cert is missing; the two go together")
        case (nil, nil):
            guard let authority else { return nil }
            throw SettingError("\(authority.origin): tls-cert and tls-key are missing; without them there is no TLS")
        }
    }

    /// Clear text leaves the machine only when somebody said so.
    private static func requireLoopback(
        _ name: Name,
        _ address: HostPort,
        _ remedy: String
    ) throws(SettingError) {
        guard !isLoopback(address) else { return }
        throw SettingError(
            "\(name.rawValue) \(address) is not a loopback address, and what it carries would be in clear text: "
                + "\(remedy) --insecure to allow it"
        )
    }

    /// Whoever reaches the peer door can push to every client as if it were a node.
    private static func requireSecret(_ address: HostPort) throws(SettingError) {
        guard !isLoopback(address) else { return }
        throw SettingError(
            "peer-listen \(address) is not a loopback address, and anybody could pass for a node: "
                + "add --peer-secret, or --peer-ca with --tls-cert and --tls-key"
        )
    }

    private static func isLoopback(_ address: HostPort) -> Bool {
        let host = address.host.lowercased()
        return host == "localhost" || host == "::1" || (host.hasPrefix("127.") && isIPv4(host))
    }

    private static func isIPv4(_ host: String) -> Bool {
        var address = in_addr()
        return inet_pton(AF_INET, host, &address) == 1
    }

    /// The machine's name: the same after a restart, and known to whoever reads it.
    private static func hostName() throws(SettingError) -> NodeID {
        var bytes = [CChar](repeating: 0, count: 256)
        let isKnown = gethostname(&bytes, bytes.count - 1) == 0
        let name = String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        let text = isKnown && !name.isEmpty ? name : "node-1"
        return try SettingValue(text: text, origin: .flag(Name.nodeID.rawValue)).nodeID()
    }
}
