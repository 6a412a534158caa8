import CrierMessages

/// A method of etcd, with what goes in and what comes out.
struct EtcdMethod<Request: WireMessage, Answer: WireMessage>: Sendable {
    /// `package.Service/Method`.
    let name: String
}

/// The methods of etcd that the driver calls.
enum EtcdMethods {
    static let range = EtcdMethod<Etcd.RangeRequest, Etcd.RangeResponse>(name: "etcdserverpb.KV/Range")
    static let put = EtcdMethod<Etcd.PutRequest, Etcd.PutResponse>(name: "etcdserverpb.KV/Put")
    static let transact = EtcdMethod<Etcd.TxnRequest, Etcd.TxnResponse>(name: "etcdserverpb.KV/Txn")
    static let compact = EtcdMethod<Etcd.CompactionRequest, Etcd.CompactionResponse>(name: "etcdserverpb.KV/Compact")
    static let watch = EtcdMethod<Etcd.WatchRequest, Etcd.WatchResponse>(name: "etcdserverpb.Watch/Watch")
    static let grant = EtcdMethod<Etcd.LeaseGrantRequest, Etcd.LeaseGrantResponse>(
        name: "etcdserverpb.Lease/LeaseGrant")
    static let revoke = EtcdMethod<Etcd.LeaseRevokeRequest, Etcd.LeaseRevokeResponse>(
        name: "etcdserverpb.Lease/LeaseRevoke")
    static let keepAlive = EtcdMethod<Etcd.LeaseKeepAliveRequest, Etcd.LeaseKeepAliveResponse>(
        name: "etcdserverpb.Lease/LeaseKeepAlive")
    static let timeToLive = EtcdMethod<Etcd.LeaseTimeToLiveRequest, Etcd.LeaseTimeToLiveResponse>(
        name: "etcdserverpb.Lease/LeaseTimeToLive")
    static let authenticate = EtcdMethod<Etcd.AuthenticateRequest, Etcd.AuthenticateResponse>(
        name: "etcdserverpb.Auth/Authenticate")
}
