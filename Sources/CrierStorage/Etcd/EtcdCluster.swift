import CrierCore
import CrierGRPC
import CrierMessages
import Synchronization

/// What every answer of etcd says of itself.
protocol EtcdAnswer: WireMessage {
    var header: Etcd.ResponseHeader? { get }
}

extension Etcd.RangeResponse: EtcdAnswer {}
extension Etcd.PutResponse: EtcdAnswer {}
extension Etcd.TxnResponse: EtcdAnswer {}
extension Etcd.CompactionResponse: EtcdAnswer {}
extension Etcd.LeaseGrantResponse: EtcdAnswer {}
extension Etcd.LeaseRevokeResponse: EtcdAnswer {}
extension Etcd.LeaseKeepAliveResponse: EtcdAnswer {}
extension Etcd.LeaseTimeToLiveResponse: EtcdAnswer {}

/// An answer, and where the store stood.
struct EtcdAnswered<Answer: Sendable>: Sendable {
    let answer: Answer
    let position: StorePosition
}

/// The cluster as the driver's parts see it: requests, and the proof that it is still the same store that answers.
///
/// A store is told from another by the random number below its prefix together with etcd's own id of the cluster. When
/// one of them is another one, or revisions go back, the epoch is another one too, and everything that was known does
/// not count any more.
final class EtcdCluster: Sendable {
    /// Who answers.
    struct Identity: Sendable, Equatable {
        var epoch: UInt64
        var clusterID: UInt64
        /// The revision at which the random number was written; transactions are done only while it is that.
        var epochRevision: Int64
    }

    private struct State {
        var identity: Identity
        /// The newest revision that a linearizable answer told.
        var newest: UInt64 = 0
        var onChange: (@Sendable () -> Void)?
    }

    let connection: EtcdConnection
    let layout: EtcdLayout
    private let state: Mutex<State>

    private init(_ connection: EtcdConnection, _ layout: EtcdLayout, _ identity: Identity) {
        self.connection = connection
        self.layout = layout
        state = Mutex(State(identity: identity))
    }

    /// Reads who answers, and makes the store when there is none yet. Throws `unavailable` and `denied`.
    static func identify(
        _ connection: EtcdConnection,
        _ layout: EtcdLayout
    ) async throws(KeyValueError) -> EtcdCluster {
        EtcdCluster(connection, layout, try await readIdentity(connection, layout))
    }

    var identity: Identity { state.withLock { $0.identity } }

    /// The newest revision that is known to be there.
    var newest: UInt64 { state.withLock { $0.newest } }

    /// Called when the epoch is another one, on any thread.
    func onChange(_ body: @escaping @Sendable () -> Void) {
        state.withLock { $0.onChange = body }
    }

    // MARK: Requests

    /// One request, one answer.
    /// - Parameters:
    ///   - isWrite: it changes something, so that a lost answer is `indeterminate`.
    ///   - isLinearizable: the answer tells of everything that was answered before it was asked for.
    ///   - timeout: of one attempt; nil: as the settings say.
    func ask<Request: WireMessage, Answer: EtcdAnswer>(
        _ method: EtcdMethod<Request, Answer>,
        _ request: Request,
        isWrite: Bool = false,
        isLinearizable: Bool = true,
        timeout: Duration? = nil
    ) async throws(KeyValueError) -> EtcdAnswered<Answer> {
        do throws(EtcdFailure) {
            return try await attempt(
                method, request, isWrite: isWrite, isLinearizable: isLinearizable, timeout: timeout
            )
        } catch {
            throw KeyValueError(error, isWrite: isWrite)
        }
    }

    /// The same, for who needs to know what etcd said.
    func attempt<Request: WireMessage, Answer: EtcdAnswer>(
        _ method: EtcdMethod<Request, Answer>,
        _ request: Request,
        isWrite: Bool = false,
        isLinearizable: Bool = true,
        timeout: Duration? = nil
    ) async throws(EtcdFailure) -> EtcdAnswered<Answer> {
        let (identity, newest) = state.withLock { ($0.identity, $0.newest) }
        let answer = try await connection.ask(method, request, isWrite: isWrite, timeout: timeout)
        guard let header = answer.header else {
            throw EtcdFailure(.unknown, "\(method.name) answered without a header")
        }
        let revision = UInt64(bitPattern: header.revision)
        if header.clusterID != identity.clusterID || isLinearizable && revision < newest && header.revision != 0 {
            try? await identifyAnew(wentBack: header.clusterID == identity.clusterID, from: identity)
            throw EtcdFailure(isWrite ? .unknown : .notDone, "another store answers: \(layoutText)")
        }
        if isLinearizable { state.withLock { $0.newest = max($0.newest, revision) } }
        return EtcdAnswered(
            answer: answer, position: StorePosition(epoch: identity.epoch, revision: max(revision, 1))
        )
    }

    private var layoutText: String { String(decoding: layout.everything.start, as: UTF8.self) }

    /// Throws `compacted` when etcd's history does not reach back to a revision any more, and `unavailable`.
    func checkReadable(_ revision: UInt64) async throws(KeyValueError) {
        let request = Etcd.RangeRequest(key: layout.epoch, revision: Int64(clamping: max(revision, 1)), keysOnly: true)
        _ = try await ask(EtcdMethods.range, request)
    }

    // MARK: Epochs

    /// Somebody found that the store may be another one: reads who answers now.
    /// - Parameter wentBack: its revisions went back, so that it is another one even if it says that it is not.
    func identifyAnew(wentBack: Bool, from old: Identity) async throws(KeyValueError) {
        guard identity == old else { return }
        if wentBack { try await replaceEpoch(old) }
        let found = try await Self.readIdentity(connection, layout)
        let notify = state.withLock { state -> (@Sendable () -> Void)? in
            guard state.identity == old, found != old else { return nil }
            state.identity = found
            state.newest = 0
            return state.onChange
        }
        notify?()
    }

    /// One node wins; the others read what it wrote.
    private func replaceEpoch(_ old: Identity) async throws(KeyValueError) {
        let request = Etcd.TxnRequest(
            compare: [Etcd.Compare(target: .modRevision(old.epochRevision), key: layout.epoch)],
            success: [Etcd.RequestOp(.put(Self.newEpoch(layout)))]
        )
        do throws(EtcdFailure) {
            _ = try await connection.ask(EtcdMethods.transact, request, isWrite: true)
        } catch {
            throw KeyValueError(error, isWrite: true)
        }
    }

    private static func newEpoch(_ layout: EtcdLayout) -> Etcd.PutRequest {
        Etcd.PutRequest(key: layout.epoch, value: Array(String(UInt64.random(in: .min ... .max), radix: 16).utf8))
    }

    private static func readIdentity(
        _ connection: EtcdConnection,
        _ layout: EtcdLayout
    ) async throws(KeyValueError) -> Identity {
        let read = Etcd.RangeRequest(key: layout.epoch)
        // A store that is there is only read: opening it takes no revision.
        let make = Etcd.TxnRequest(
            compare: [Etcd.Compare(target: .createRevision(0), key: layout.epoch)],
            success: [Etcd.RequestOp(.put(newEpoch(layout)))]
        )
        do throws(EtcdFailure) {
            var found = try await connection.ask(EtcdMethods.range, read, isWrite: false)
            if found.keyValues.isEmpty {
                _ = try await connection.ask(EtcdMethods.transact, make, isWrite: true)
                found = try await connection.ask(EtcdMethods.range, read, isWrite: false)
            }
            guard let header = found.header, let random = found.keyValues.first else {
                throw EtcdFailure(.notDone, "the epoch was removed while it was read")
            }
            let number = UInt64(String(decoding: random.value, as: UTF8.self), radix: 16) ?? 0
            return Identity(
                epoch: epoch(number, header.clusterID, random.modRevision),
                clusterID: header.clusterID,
                epochRevision: random.modRevision
            )
        } catch {
            throw KeyValueError(error, isWrite: false)
        }
    }

    /// SplitMix64's last steps over all that makes a store this one; never 0, and no negative number to who has only
    /// signed ones.
    private static func epoch(_ random: UInt64, _ clusterID: UInt64, _ revision: Int64) -> UInt64 {
        var mixed = random ^ (clusterID << 32 | clusterID >> 32) &+ UInt64(bitPattern: revision)
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return max(1, (mixed ^ (mixed >> 31)) >> 1)
    }
}

extension EtcdCluster {
    /// One key, as it is or was.
    /// - Parameter revision: 0: as it is.
    func range(
        _ key: StoreKey,
        at revision: UInt64 = 0,
        serializable: Bool = false
    ) async throws(KeyValueError) -> EtcdAnswered<StoreEntry?> {
        let request = Etcd.RangeRequest(
            key: layout.bytes(key), revision: Int64(clamping: revision), serializable: serializable
        )
        let found = try await ask(EtcdMethods.range, request, isLinearizable: !serializable)
        let entry = try found.answer.keyValues.first
            .map { keyValue throws(KeyValueError) in
                try EtcdEntryCoder.entry(keyValue, key)
            }
        return EtcdAnswered(answer: entry, position: found.position)
    }
}

extension EtcdEntryCoder {
    /// Throws `unavailable`, naming a key whose value cannot be read.
    static func entry(_ keyValue: Etcd.KeyValue, _ key: StoreKey) throws(KeyValueError) -> StoreEntry {
        guard let entry = decode(keyValue, key) else {
            throw KeyValueError(
                .unavailable,
                "the value of \(key) in etcd cannot be read: another program or a later version wrote it"
            )
        }
        return entry
    }
}
