public import CrierCore
public import CrierGRPC

/// How to reach an etcd cluster, and what of it is ours.
public struct EtcdStoreSettings: Sendable, Equatable {
    /// Names and files for TLS.
    public struct TLS: Sendable, Equatable {
        /// PEM file of the authority that the members' certificates come from; nil: the system's.
        public var authorityFile: String?
        /// PEM file with our own certificate, for members that ask for one; goes with `keyFile`.
        public var certificateFile: String?
        /// PEM file with its key.
        public var keyFile: String?

        public init(authorityFile: String? = nil, certificateFile: String? = nil, keyFile: String? = nil) {
            self.authorityFile = authorityFile
            self.certificateFile = certificateFile
            self.keyFile = keyFile
        }
    }

    /// A user of etcd's own access control.
    public struct User: Sendable, Equatable {
        public var name: String
        public var password: String

        public init(name: String, password: String) {
            self.name = name
            self.password = password
        }
    }

    /// Members, at least one, in the order in which they are tried.
    public var endpoints: [HostPort]
    /// What every key of ours begins with, without a `/` at its end. Clusters that share an etcd differ in it.
    public var prefix: String
    public var user: User?
    /// nil: clear text.
    public var tls: TLS?
    /// How much each namespace may hold.
    public var quotas = StoreQuotas()
    /// Revisions that stay readable, at least; nil: etcd's own settings compact, and nobody else.
    public var retainedRevisions: UInt64? = UInt64(KeyValueLimits.retainedRevisions)
    /// How old changes may be that stay readable, in milliseconds; nil: any age. The first of the two limits counts.
    public var retainedMilliseconds: Int64?
    /// How long a request that did not happen is tried again.
    public var patience = EtcdStoreSettings.standardPatience

    /// How long one request may take. What is lost with it may have been done.
    public var requestTimeout = EtcdStoreSettings.standardRequestTimeout

    /// Silence of the watch after which a sign is written, and watchers hear where the store is.
    public var announceInterval = EtcdStoreSettings.standardAnnounceInterval

    /// How long watchers may hear nothing, at most twice.
    public static let standardAnnounceInterval = EtcdLimits.announceInterval
    /// What a request waits for an election of etcd's.
    public static let standardPatience = EtcdLimits.patience
    /// What a member has for one answer.
    public static let standardRequestTimeout = EtcdLimits.requestTimeout

    public init(endpoints: [HostPort], prefix: String) {
        self.endpoints = endpoints
        self.prefix = prefix
    }
}
