import CrierMessages
import Testing

@Suite("Messages of etcd")
struct EtcdMessageTests {
    private let header = Etcd.ResponseHeader(clusterID: .max, revision: .max)
    private let keyValue = Etcd.KeyValue(
        key: [0, 255], createRevision: 1, modRevision: 300, version: 2, value: Array(repeating: 7, count: 300),
        lease: -1
    )

    private func check<M: WireMessage>(_ message: M) throws {
        #expect(try M(unpacking: message.packedBytes()) == message)
        #expect(try M(unpacking: []).packedBytes() == [])
    }

    @Test("Reads come back equal")
    func ranges() throws {
        try check(
            Etcd.RangeRequest(
                key: [1], rangeEnd: [2], limit: 3, revision: 4, serializable: true, keysOnly: true, countOnly: true
            )
        )
        try check(Etcd.RangeResponse(header: header, keyValues: [keyValue, .init()], more: true, count: 5))
    }

    @Test("Writes come back equal")
    func writes() throws {
        let put = Etcd.PutRequest(key: [1], value: [2], lease: 3, previous: true, ignoreLease: true)
        let deletion = Etcd.DeleteRangeRequest(key: [1], rangeEnd: [2], previous: true)
        let compare: [Etcd.Compare] = Etcd.Compare.Result.allCases.flatMap { result in
            [.version(1), .createRevision(2), .modRevision(0), .lease(-4)]
                .map { Etcd.Compare(result: result, target: $0, key: [1], rangeEnd: [2]) }
        }
        try check(put)
        try check(Etcd.PutResponse(header: header, previous: keyValue))
        try check(deletion)
        try check(Etcd.DeleteRangeResponse(header: header, deleted: 2, previous: [keyValue]))
        try check(
            Etcd.TxnRequest(
                compare: compare,
                success: [.init(.put(put)), .init(.deleteRange(deletion)), .init()],
                failure: [.init(.range(.init(key: [1])))]
            )
        )
        try check(
            Etcd.TxnResponse(
                header: header,
                succeeded: true,
                responses: [.init(.put(.init())), .init(.range(.init())), .init(.deleteRange(.init(deleted: 1)))]
            )
        )
        try check(Etcd.CompactionRequest(revision: 1))
        try check(Etcd.CompactionResponse(header: header))
    }

    @Test("Watches come back equal")
    func watches() throws {
        try check(
            Etcd.WatchRequest(.create(.init(key: [1], rangeEnd: [2], startRevision: 3, fragment: true)))
        )
        try check(Etcd.WatchCreateRequest(key: [1]))
        try check(
            Etcd.WatchResponse(
                header: header,
                created: true,
                cancelled: true,
                compactRevision: 3,
                cancelReason: "why\0",
                fragment: true,
                events: [
                    .init(type: .delete, keyValue: keyValue), .init(type: .unrecognized(9), keyValue: nil),
                ]
            )
        )
    }

    @Test("Leases and tokens come back equal")
    func leases() throws {
        try check(Etcd.LeaseGrantRequest(seconds: 1, id: .max))
        try check(Etcd.LeaseGrantResponse(header: header, id: 1, seconds: 2))
        try check(Etcd.LeaseRevokeRequest(id: 1))
        try check(Etcd.LeaseRevokeResponse(header: header))
        try check(Etcd.LeaseKeepAliveRequest(id: 1))
        try check(Etcd.LeaseKeepAliveResponse(header: header, id: 1, seconds: 2))
        try check(Etcd.LeaseTimeToLiveRequest(id: 1, keys: true))
        try check(
            Etcd.LeaseTimeToLiveResponse(header: header, id: 1, seconds: -1, grantedSeconds: 3, keys: [[1], [], [0]])
        )
        try check(Etcd.AuthenticateRequest(name: "n", password: "p"))
        try check(Etcd.AuthenticateResponse(header: header, token: "t"))
    }

    @Test("The numbers of a comparison are etcd's, the end of its range is field 64")
    func numbers() {
        let compare = Etcd.Compare(result: .less, target: .modRevision(5), key: [0x61], rangeEnd: [0x62])
        #expect(compare.packedBytes() == [0x08, 2, 0x10, 2, 0x1a, 1, 0x61, 0x30, 5, 0x82, 4, 1, 0x62])
    }
}
