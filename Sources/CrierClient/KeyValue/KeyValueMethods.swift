import CrierMessages

/// The methods of the key-value state.
enum KeyValueMethods {
    static let get = method("Get", GetRequest.self, GetResponse.self)
    static let list = method("List", ListRequest.self, ListResponse.self)
    static let put = method("Put", PutRequest.self, PutResponse.self)
    static let delete = method("Delete", DeleteRequest.self, DeleteResponse.self)
    static let increment = method("Increment", IncrementRequest.self, PutResponse.self)
    static let transact = method("Transact", TransactRequest.self, TransactResponse.self)
    static let history = method("History", HistoryRequest.self, HistoryResponse.self)
    static let watch = method("Watch", WatchRequest.self, WatchResponse.self)
    static let stats = method("Stats", StatsRequest.self, StatsResponse.self)
    static let grantLease = method("GrantLease", GrantLeaseRequest.self, Lease.self)
    static let renewLease = method("RenewLease", LeaseRequest.self, Lease.self)
    static let revokeLease = method("RevokeLease", LeaseRequest.self, Lease.self)
    static let listNamespaces = method("ListNamespaces", ListNamespacesRequest.self, ListNamespacesResponse.self)
    static let backup = method("Backup", BackupRequest.self, BackupChunk.self)

    private static func method<Request: WireMessage, Answer: WireMessage>(
        _ name: String,
        _ request: Request.Type,
        _ answer: Answer.Type
    ) -> Method<Request, Answer> {
        Method(name: "crier.v1.KeyValueService/\(name)")
    }
}
