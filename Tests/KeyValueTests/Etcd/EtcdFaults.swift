import CrierCore
import CrierGRPC
import CrierStorage
import EtcdMembers
import NIOPosix
import Testing

/// Members of etcd for one test of a fault, and what all of those tests do.
struct EtcdFaults {
    static let room = StoreNamespace(constant: "room")

    let members: EtcdMembers

    init(_ count: Int, tls: EtcdCertificates? = nil, flags: [String] = []) throws {
        members = try EtcdMembers(count, tls: tls, flags: flags)
    }

    subscript(member: Int) -> EtcdMember { members.members[member] }

    /// All members as endpoints.
    var settings: EtcdStoreSettings { EtcdStoreSettings(members, prefix: "crier") }

    /// A store. Members that were just started are waited for; afterwards `settings` say how long.
    func open(_ settings: EtcdStoreSettings) async throws -> EtcdKeyValueStore {
        var patient = settings
        patient.patience = .seconds(60)
        let first = try await EtcdKeyValueStore.open(patient, group: MultiThreadedEventLoopGroup.singleton)
        await first.close()
        return try await EtcdKeyValueStore.open(settings, group: MultiThreadedEventLoopGroup.singleton)
    }

    /// A store that leaves a member that says nothing soon, and asks on for long.
    func open(
        patience: Duration = .seconds(60),
        requestTimeout: Duration = .seconds(2)
    ) async throws -> EtcdKeyValueStore {
        var settings = settings
        settings.patience = patience
        settings.requestTimeout = requestTimeout
        return try await open(settings)
    }

    /// The watch tells all of these revisions, in order, and none twice.
    static func expect(_ watch: StoreWatch, tells answered: [UInt64], until last: StorePosition) async throws {
        var told: [UInt64] = []
        var iterator = watch.makeAsyncIterator()
        while told.last != last.revision, let event = try await iterator.next() {
            if case .changes(let set) = event { told.append(set.position.revision) }
        }
        #expect(told == told.sorted() && Set(told).count == told.count)
        #expect(Set(answered).isSubset(of: Set(told)))
    }

    /// What a call is refused with; nil: it is not.
    static func refusal(_ body: () async throws(KeyValueError) -> Void) async -> KeyValueError? {
        do throws(KeyValueError) {
            try await body()
            return nil
        } catch {
            return error
        }
    }
}

extension EtcdKeyValueStore {
    /// Puts until it is answered.
    @discardableResult
    func putAnswered(_ key: StoreKey, expiry: StoreExpiry = .never) async throws -> StorePosition {
        try await answered { () async throws(KeyValueError) in
            try await self.put(key, .integer(1), expiry: expiry).position
        }
    }

    /// Asks until it is answered.
    func answered<Answer>(_ body: () async throws(KeyValueError) -> Answer) async throws -> Answer {
        while true {
            if let answer = try? await body() { return answer }
            try Task.checkCancellation()
        }
    }

    /// Writes until it is cancelled; the revisions that were answered.
    func write(prefix: String) async throws -> [UInt64] {
        var answered: [UInt64] = []
        var index = 0
        while !Task.isCancelled {
            index += 1
            let key = try StoreKey(EtcdFaults.room, "\(prefix)\(index)")
            if let position = try? await put(key, .integer(1)).position { answered.append(position.revision) }
        }
        return answered
    }
}
