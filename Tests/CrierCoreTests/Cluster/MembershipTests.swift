import NIOCore
import Testing

@testable import CrierCore

/// A node's place in the cluster, event by event.
@Suite("Membership")
struct MembershipTests {
    private static let node = "n1"

    /// The store as far as the node's record goes: what it puts is there at the next revision.
    private struct World {
        var membership: Membership
        var map: ClusterMap
        var revision: UInt64 = 1
        var now = NIODeadline.uptimeNanoseconds(1_000_000_000)

        init() throws {
            let id = try NodeID(validating: MembershipTests.node)
            let incarnation = Incarnation(rawValue: 7)
            membership = Membership(
                ClusterNode(id: id, incarnation: incarnation, peerAddress: "a:1", clientAddress: "a:2"))
            map = ClusterMap(own: id, routes: RouteTable(own: incarnation))
            map.hear(.snapshotEnd(StorePosition(epoch: 1, revision: 1)), now: now)
        }

        /// Does what the membership wants; the feed tells nothing of it yet.
        mutating func step() {
            for step in membership.steps(map, now: now) {
                switch step {
                case .grant:
                    let lease = StoreLease(id: StoreLease.ID(1), milliseconds: 10_000)
                    membership.granted(.success(lease), sentAt: now, now: now) { 0 }
                case .renew(let id):
                    let lease = StoreLease(id: id, milliseconds: 10_000)
                    membership.renewed(id, .success(lease), sentAt: now, now: now)
                case .put(let transaction):
                    put(transaction)
                }
            }
        }

        private mutating func put(_ transaction: StoreTransaction) {
            guard case .put(let key, let value, _) = transaction.then.first else { return }
            revision += 1
            let entry = StoreEntry(
                key: key, value: value, createRevision: revision, revision: revision, version: 1, updatedAt: 0)
            map.learn(key, entry, at: revision, now: now)
            let position = StorePosition(epoch: 1, revision: revision)
            let outcome = StoreTransaction.Outcome(succeeded: true, position: position, changes: [], refusal: nil)
            membership.put(.success(outcome), now: now) { 0 }
        }

        mutating func feedTells() {
            map.hear(.progress(StorePosition(epoch: 1, revision: revision)), now: now)
        }

        var isProven: Bool { membership.provenUntil(map).map { $0 > now } ?? false }
    }

    @Test("A node is proven once the feed has told of its record, and not before")
    func proven() throws {
        var world = try World()
        world.step()
        world.step()
        #expect(!world.isProven)
        world.feedTells()
        #expect(world.isProven)
    }

    @Test("A node that tells another load stays proven while the feed has not told of it")
    func load() throws {
        var world = try World()
        world.step()
        world.step()
        world.feedTells()
        world.now = world.now + .seconds(6)
        world.membership.wanted.sessions = 5
        let before = world.revision
        world.step()
        #expect(world.revision > before)
        #expect(world.isProven)
    }

    @Test("A node whose lease ran out is not proven before the feed has told of its new record")
    func doubted() throws {
        var world = try World()
        world.step()
        world.step()
        world.feedTells()
        world.now = world.now + .seconds(11)
        #expect(!world.isProven)
        world.step()
        world.step()
        #expect(!world.isProven)
        world.feedTells()
        #expect(world.isProven)
    }
}
