"""The key-value service: every method, as Python's gRPC sees it."""

import queue
import threading
import unittest

import grpc
from contract import kv, kv_grpc
from support import PATIENCE, GatewayTest, unique

INVALID = grpc.StatusCode.INVALID_ARGUMENT


class KeyValueTest(GatewayTest):
    def setUp(self):
        super().setUp()
        self.kv = kv_grpc.KeyValueServiceStub(self.channel)
        self.namespace = unique("test")

    def put(self, key, timeout=PATIENCE, condition=None, ttl_ms=0, lease_id=0, **value):
        request = kv.PutRequest(
            namespace=self.namespace, key=key, value=kv.Value(**value), condition=condition, ttl_ms=ttl_ms,
            lease_id=lease_id,
        )
        return self.kv.Put(request, timeout=timeout)

    def get(self, key, **more):
        return self.kv.Get(kv.GetRequest(namespace=self.namespace, key=key, **more), timeout=PATIENCE)

    def keys(self, **more):
        return [e.key for e in self.kv.List(kv.ListRequest(namespace=self.namespace, **more), timeout=PATIENCE).entries]

    def watch(self, **more):
        """A watch that has begun; its messages come by `next`."""
        request = kv.WatchRequest(**{"namespace": self.namespace, **more})
        return Watch(self, self.kv.Watch(request))


class Watch:
    def __init__(self, test, call):
        self.call = call
        self.error = None
        self._messages = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        test.addCleanup(self.close)

    def _read(self):
        try:
            for message in self.call:
                self._messages.put(message)
        except grpc.RpcError as error:
            self.error = error
        self._messages.put(None)

    def next(self):
        """The next message; None when the stream has ended."""
        return self._messages.get(timeout=PATIENCE)

    def changes(self):
        """The next message with changes, positions alone passed over."""
        while True:
            message = self.next()
            if message is None or message.changes:
                return message

    def close(self):
        self.call.cancel()
        self._reader.join(PATIENCE)


class Names(KeyValueTest):
    def test_bare_names_are_the_same_service(self):
        def method(name, request, response):
            return self.channel.unary_unary(
                f"/KeyValueService/{name}",
                request_serializer=request.SerializeToString,
                response_deserializer=response.FromString,
            )

        request = kv.PutRequest(namespace=self.namespace, key="k", value=kv.Value(int_value=5))
        method("Put", kv.PutRequest, kv.PutResponse)(request, timeout=PATIENCE)
        get = method("Get", kv.GetRequest, kv.GetResponse)
        answer = get(kv.GetRequest(namespace=self.namespace, key="k"), timeout=PATIENCE)
        self.assertEqual(answer.entry.value.int_value, 5)


class SingleKeys(KeyValueTest):
    def test_values_of_every_type_come_back(self):
        for kind, value in (
            ("string_value", "Grüße 😀"),
            ("string_value", ""),
            ("int_value", -(2**63)),
            ("double_value", 0.1),
            ("bool_value", False),
            ("json_value", '{"a": [1, null]}'),
            ("bytes_value", bytes(range(256))),
        ):
            with self.subTest(kind=kind):
                put = self.put("a/ %é😀", **{kind: value})
                entry = self.get("a/ %é😀").entry
                self.assertEqual(entry, put.entry)
                self.assertEqual(entry.value.WhichOneof("kind"), kind)
                self.assertEqual(getattr(entry.value, kind), value)
        self.assertEqual(entry.version, 7)
        self.assertGreater(entry.updated_at, 1_600_000_000_000)

    def test_a_key_that_is_not_there_is_an_answer(self):
        answer = self.get("nothing")
        self.assertFalse(answer.HasField("entry"))
        self.assertGreater(answer.position.epoch, 0)

    def test_compare_and_swap(self):
        first = self.put("k", int_value=1)
        swap = kv.Condition(revision=first.entry.revision)
        second = self.put("k", condition=swap, int_value=2)
        self.assertEqual(second.previous, first.entry)
        error = self.assertStatus(grpc.StatusCode.ABORTED, lambda: self.put("k", condition=swap, int_value=3))
        self.assertIn(f"revision {second.entry.revision}", error.details())
        self.assertStatus(
            grpc.StatusCode.ABORTED, lambda: self.put("k", condition=kv.Condition(absent=True), int_value=3)
        )
        value = kv.Condition(value=kv.Value(int_value=2))
        self.assertEqual(self.put("k", condition=value, int_value=3).entry.version, 3)

    def test_deletions(self):
        for key in ("a1", "a2", "b"):
            self.put(key, string_value=key)
        one = self.kv.Delete(kv.DeleteRequest(namespace=self.namespace, key="b"), timeout=PATIENCE)
        self.assertEqual((one.deleted, one.previous.value.string_value), (1, "b"))
        again = self.kv.Delete(kv.DeleteRequest(namespace=self.namespace, key="b"), timeout=PATIENCE)
        self.assertEqual((again.deleted, again.position), (0, one.position))
        rest = self.kv.Delete(kv.DeleteRequest(namespace=self.namespace, key="a", prefix=True), timeout=PATIENCE)
        self.assertEqual(rest.deleted, 2)
        self.assertEqual(self.keys(), [])

    def test_increments(self):
        request = kv.IncrementRequest(namespace=self.namespace, key="c", by=2, initial=40)
        self.assertEqual(self.kv.Increment(request, timeout=PATIENCE).entry.value.int_value, 42)
        request.by = 2**63 - 1
        self.assertStatus(grpc.StatusCode.OUT_OF_RANGE, lambda: self.kv.Increment(request, timeout=PATIENCE))
        self.put("c", string_value="x")
        self.assertStatus(grpc.StatusCode.FAILED_PRECONDITION, lambda: self.kv.Increment(request, timeout=PATIENCE))

    def test_as_it_was_at_a_revision(self):
        first = self.put("k", int_value=1)
        self.put("k", int_value=2)
        then = self.get("k", at_revision=first.entry.revision)
        self.assertEqual(then.entry.value.int_value, 1)
        self.assertFalse(self.get("k", at_revision=first.entry.revision - 1).HasField("entry"))
        self.assertStatus(grpc.StatusCode.OUT_OF_RANGE, lambda: self.get("k", at_revision=2**60))

    def test_history_is_newest_first(self):
        for number in range(3):
            self.put("k", int_value=number)
        self.kv.Delete(kv.DeleteRequest(namespace=self.namespace, key="k"), timeout=PATIENCE)
        history = self.kv.History(kv.HistoryRequest(namespace=self.namespace, key="k", limit=3), timeout=PATIENCE)
        self.assertEqual([c.kind for c in history.changes], [kv.Change.DELETE, kv.Change.PUT, kv.Change.PUT])
        self.assertEqual([c.previous.value.int_value for c in history.changes], [2, 1, 0])
        self.assertGreaterEqual(history.position.revision, history.changes[0].entry.revision)


class Many(KeyValueTest):
    def test_pages(self):
        for number in range(5):
            self.put(f"k{number}", int_value=number)
        request = kv.ListRequest(namespace=self.namespace, prefix="k", limit=2)
        first = self.kv.List(request, timeout=PATIENCE)
        self.put("k0", int_value=9)
        keys, page = [e.key for e in first.entries], first
        while page.next_cursor:
            request.cursor = page.next_cursor
            page = self.kv.List(request, timeout=PATIENCE)
            self.assertEqual(page.position, first.position)
            keys += [e.key for e in page.entries]
        self.assertEqual(keys, [f"k{n}" for n in range(5)])
        request.namespace = unique("other")
        self.assertStatus(INVALID, lambda: self.kv.List(request, timeout=PATIENCE), "cursor")

    def test_keys_only(self):
        self.put("k", string_value="x" * 1000)
        listed = self.kv.List(kv.ListRequest(namespace=self.namespace, keys_only=True), timeout=PATIENCE)
        self.assertFalse(listed.entries[0].HasField("value"))
        self.assertEqual(listed.entries[0].version, 1)

    def test_a_transaction_is_one_revision(self):
        self.put("from", int_value=5)
        move = kv.TransactRequest(
            guards=[
                kv.TransactRequest.Guard(
                    namespace=self.namespace, key="from", condition=kv.Condition(value=kv.Value(int_value=5))
                )
            ],
            then=[
                kv.TransactRequest.Write(delete=kv.DeleteRequest(namespace=self.namespace, key="from")),
                kv.TransactRequest.Write(
                    put=kv.PutRequest(namespace=self.namespace, key="to", value=kv.Value(int_value=5))
                ),
            ],
            otherwise=[
                kv.TransactRequest.Write(increment=kv.IncrementRequest(namespace=self.namespace, key="missed", by=1))
            ],
        )
        watch = self.watch()
        watch.next()
        done = self.kv.Transact(move, timeout=PATIENCE)
        self.assertTrue(done.succeeded)
        self.assertEqual([(e.key, e.revision) for e in done.entries], [(k, done.position.revision) for k in ("from", "to")])
        together = watch.changes()
        self.assertEqual([c.entry.key for c in together.changes], ["from", "to"])
        self.assertEqual(together.position, done.position)
        self.assertFalse(self.kv.Transact(move, timeout=PATIENCE).succeeded)
        self.assertEqual(self.get("missed").entry.value.int_value, 1)

    def test_namespaces_and_statistics(self):
        self.put("abc", string_value="1234567")
        listed = self.kv.ListNamespaces(kv.ListNamespacesRequest(), timeout=PATIENCE)
        found = [n for n in listed.namespaces if n.namespace == self.namespace]
        self.assertEqual([n.keys for n in found], [1])
        watch = self.watch()
        watch.next()
        for _ in range(3):
            self.get("abc")
        stats = self.kv.Stats(kv.StatsRequest(namespace=self.namespace), timeout=PATIENCE)
        self.assertEqual((stats.keys, stats.watchers), (1, 1))
        self.assertGreaterEqual(stats.bytes, 10)
        hot = [h for h in stats.hot_keys if h.key == "abc"]
        self.assertEqual([(h.reads, h.writes) for h in hot], [(3, 1)])

    def test_a_backup_comes_whole(self):
        self.put("k", bytes_value=bytes(300_000))
        chunks = list(self.kv.Backup(kv.BackupRequest(), timeout=PATIENCE))
        content = b"".join(c.content for c in chunks)
        self.assertEqual(len(content), chunks[0].total_size)
        self.assertTrue(content.startswith(b"SQLite format 3\0"))
        self.assertEqual({c.total_size for c in chunks[1:]} - {0}, set())


class Expiry(KeyValueTest):
    def test_an_entry_with_a_time_expires_and_watchers_hear_of_it(self):
        watch = self.watch(previous=True)
        watch.next()
        put = self.put("k", ttl_ms=300, string_value="x")
        self.assertGreater(put.entry.expires_at, put.entry.updated_at)
        self.assertEqual(watch.changes().changes[0].kind, kv.Change.PUT)
        gone = watch.changes().changes[0]
        self.assertEqual((gone.kind, gone.previous.value.string_value), (kv.Change.EXPIRE, "x"))
        self.assertEqual((gone.entry.namespace, gone.entry.key), (self.namespace, "k"))
        self.assertFalse(self.get("k").HasField("entry"))

    def test_leases(self):
        lease = self.kv.GrantLease(kv.GrantLeaseRequest(ttl_ms=5000), timeout=PATIENCE)
        self.assertEqual(lease.ttl_ms, 5000)
        for key in ("a", "b"):
            self.assertEqual(self.put(key, lease_id=lease.lease_id, int_value=1).entry.lease_id, lease.lease_id)
        same = kv.LeaseRequest(lease_id=lease.lease_id)
        self.assertEqual(self.kv.RenewLease(same, timeout=PATIENCE), lease)
        watch = self.watch()
        watch.next()
        self.kv.RevokeLease(same, timeout=PATIENCE)
        gone = watch.changes()
        self.assertEqual(sorted(c.entry.key for c in gone.changes), ["a", "b"])
        self.assertEqual({c.kind for c in gone.changes}, {kv.Change.DELETE})
        for call in (self.kv.RenewLease, self.kv.RevokeLease):
            self.assertStatus(grpc.StatusCode.NOT_FOUND, lambda: call(same, timeout=PATIENCE))
        self.assertStatus(grpc.StatusCode.NOT_FOUND, lambda: self.put("c", lease_id=lease.lease_id, int_value=1))
        for ttl in (0, -1, 1999, 86_400_001, 2**63 - 1):
            request = kv.GrantLeaseRequest(ttl_ms=ttl)
            self.assertStatus(INVALID, lambda: self.kv.GrantLease(request, timeout=PATIENCE), "ttl_ms")


class Watches(KeyValueTest):
    def test_snapshot_then_changes(self):
        entries = [self.put(f"k{n}", int_value=n).entry for n in range(3)]
        watch = self.watch(prefix="k", snapshot=True)
        shown = []
        while True:
            message = watch.next()
            if message.snapshot_end:
                break
            self.assertFalse(message.HasField("position"))
            shown += [c.entry for c in message.changes]
        self.assertEqual(shown, entries)
        self.assertGreaterEqual(message.position.revision, entries[-1].revision)
        changed = self.put("k1", int_value=9)
        self.put("other", int_value=9)
        self.assertEqual([c.entry for c in watch.changes().changes], [changed.entry])

    def test_resume_after_any_position(self):
        puts = [self.put("k", int_value=n) for n in range(10)]
        for place in range(9):
            watch = self.watch(after=puts[place].position)
            for put in puts[place + 1 :]:
                self.assertEqual(watch.changes().position, put.position)
            watch.close()

    def test_a_position_that_does_not_count_any_more_is_a_reset(self):
        put = self.put("k", int_value=1)
        for position in (
            kv.Position(epoch=put.position.epoch + 1, revision=1),
            kv.Position(epoch=put.position.epoch, revision=2**60),
        ):
            watch = self.watch(after=position)
            self.assertEqual(watch.next().reset, kv.WatchResponse.EPOCH)
            self.assertIsNone(watch.next())
            self.assertIsNone(watch.error)

    def test_many_watches_share_a_connection(self):
        watches = [self.watch(prefix="k", previous=n % 2 == 0) for n in range(40)]
        for watch in watches:
            self.assertTrue(watch.next().HasField("position"))
        first, second = self.put("k", int_value=1), self.put("k", int_value=2)
        for number, watch in enumerate(watches):
            self.assertEqual(watch.changes().position, first.position)
            change = watch.changes().changes[0]
            self.assertEqual(change.entry, second.entry)
            self.assertEqual(change.HasField("previous"), number % 2 == 0)

    def test_a_watcher_hears_where_the_store_is(self):
        watch = self.watch()
        begun = watch.next().position
        self.kv.Put(
            kv.PutRequest(namespace=unique("elsewhere"), key="k", value=kv.Value(int_value=1)), timeout=PATIENCE
        )
        # Within ten seconds, though nothing happens in its scope.
        heard = watch.next()
        self.assertEqual(len(heard.changes), 0)
        self.assertGreater(heard.position.revision, begun.revision)


class BadInput(KeyValueTest):
    def test_keys_and_namespaces(self):
        for key in ("", "a\0b", "a\nb", "k" * 513):
            with self.subTest(key=key):
                self.assertStatus(INVALID, lambda: self.put(key, int_value=1), "key ")
                self.assertStatus(INVALID, lambda: self.get(key), "key ")
        for namespace in ("", "a/b", "ä", "n" * 64):
            self.namespace = namespace
            self.assertStatus(INVALID, lambda: self.put("k", int_value=1), "namespace")
        self.namespace = "_node"
        self.assertStatus(grpc.StatusCode.PERMISSION_DENIED, lambda: self.put("k", int_value=1), "_node")

    def test_values(self):
        for value in (
            {},
            {"double_value": float("nan")},
            {"double_value": float("inf")},
            {"json_value": "{]"},
            {"json_value": "5"},
            {"bytes_value": bytes((1 << 20) + 1)},
        ):
            with self.subTest(value=str(value)[:40]):
                self.assertStatus(INVALID, lambda: self.put("k", **value), "value")
        self.assertFalse(self.get("k").HasField("entry"))

    def test_options(self):
        self.assertStatus(INVALID, lambda: self.put("k", ttl_ms=5, lease_id=1, int_value=1), "lease_id")
        self.assertStatus(INVALID, lambda: self.put("k", ttl_ms=-1, int_value=1), "ttl_ms")
        false = kv.Condition(absent=False)
        self.assertStatus(INVALID, lambda: self.put("k", condition=false, int_value=1), "absent")
        self.assertStatus(INVALID, lambda: self.keys(limit=-1), "limit")
        self.assertStatus(INVALID, lambda: self.keys(cursor="nonsense"), "cursor")

    def test_a_transaction_that_writes_a_key_twice_does_nothing(self):
        writes = [
            kv.TransactRequest.Write(
                put=kv.PutRequest(namespace=self.namespace, key=key, value=kv.Value(int_value=1))
            )
            for key in ("a", "b", "a")
        ]
        request = kv.TransactRequest(then=writes)
        self.assertStatus(INVALID, lambda: self.kv.Transact(request, timeout=PATIENCE), "then[0] and then[2]")
        self.assertEqual(self.keys(), [])


if __name__ == "__main__":
    unittest.main()
