"""The other way round: our client, as the command line has it, against a grpcio server."""

import hashlib
import json
import os
import pathlib
import queue
import subprocess
import tempfile
import threading
import unittest

import grpc
from contract import push
from fake_gateway import FakeGateway
from support import CRIER, PATIENCE, content_of, file_id

TEN_MINUTES = 600


class ClientTest(unittest.TestCase):
    def setUp(self):
        self.gateway = FakeGateway()
        self.addCleanup(self.gateway.close)
        directory = tempfile.TemporaryDirectory(prefix="crier-interop-client-")
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)

    def crier(self, *arguments, gateway=None, timeout=PATIENCE):
        return subprocess.run(
            [CRIER, *map(str, arguments), "--gateway", (gateway or self.gateway).target],
            capture_output=True,
            text=True,
            timeout=timeout,
            stdin=subprocess.DEVNULL,
        )

    def assertSucceeds(self, done):
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def file(self, name, content):
        path = self.directory / name
        path.write_bytes(content)
        return path


class Push(ClientTest):
    def test_text(self):
        self.assertSucceeds(self.crier("push", "agent-7", "--text", "Grüße"))
        request, remaining, metadata = self.gateway.push.requests.get(timeout=PATIENCE)
        self.assertEqual(request.client_id, "agent-7")
        self.assertEqual(request.text.content or request.message, "Grüße")
        self.assertLess(remaining, TEN_MINUTES)  # it waits, but not for ever
        self.assertIn("user-agent", metadata)

    def test_event_and_data(self):
        self.assertSucceeds(self.crier("push", "a", "--event", "update=at night"))
        event = self.gateway.push.requests.get(timeout=PATIENCE)[0].event
        self.assertEqual((event.type, event.details), ("update", "at night"))
        path = self.file("data", bytes(range(256)))
        self.assertSucceeds(self.crier("push", "a", "--data", path))
        self.assertEqual(self.gateway.push.requests.get(timeout=PATIENCE)[0].data, bytes(range(256)))

    def test_file_by_path_is_uploaded_and_announced(self):
        content = content_of(300_000)
        self.assertSucceeds(self.crier("push", "a", "--file", self.file("firmware.bin", content)))
        notice = self.gateway.push.requests.get(timeout=PATIENCE)[0].file_notice
        self.assertEqual(notice.file_id, file_id(content))
        self.assertEqual(self.gateway.files.contents["firmware.bin"], content)

    def test_exit_status_says_whether_it_happened(self):
        self.gateway.push.answer = push.PushResponse(
            success=False, outcome=push.PushResponse.NOT_CONNECTED, error="client 'a' is not connected"
        )
        done = self.crier("push", "a", "--text", "x")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("not connected", (done.stdout + done.stderr).lower().replace("_", " "))

    def test_status_and_message_of_an_error_are_shown(self):
        self.gateway.push.refusal = (grpc.StatusCode.INVALID_ARGUMENT, "client_id: größer als 255 %")
        done = self.crier("push", "a", "--text", "x")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("client_id: größer als 255 %", done.stderr)

    def test_nobody_listens(self):
        self.gateway.close()
        done = self.crier("push", "a", "--text", "x")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(str(self.gateway.port), done.stderr)

    def test_large_and_compressed_answers(self):
        gateway = FakeGateway(compression=grpc.Compression.Gzip)
        self.addCleanup(gateway.close)
        gateway.push.clients = [push.ClientInfo(client_id=f"client-{n:06}", session_id="s" * 200) for n in range(2000)]
        listed = self.assertSucceeds(self.crier("clients", "--output", "json", gateway=gateway))
        self.assertEqual(listed.count("client-00"), 2000)


class PutAndGet(ClientTest):
    def test_put(self):
        content = content_of(3_000_000)
        printed = self.assertSucceeds(self.crier("put", self.file("a.bin", content)))
        self.assertIn(file_id(content), printed)
        self.assertEqual(self.gateway.files.contents["a.bin"], content)
        (header,) = self.gateway.files.headers
        self.assertEqual((header.size, header.sha256), (3_000_000, hashlib.sha256(content).digest()))

    def test_put_under_another_name(self):
        self.assertSucceeds(self.crier("put", self.file("a.bin", b"x"), "--name", "b.bin"))
        self.assertEqual(self.gateway.files.contents["b.bin"], b"x")

    def test_put_goes_on_after_a_cut(self):
        content = content_of(5_000_000)
        self.gateway.files.cut_uploads_after = [1_000_000]
        self.assertSucceeds(self.crier("put", self.file("a.bin", content)))
        self.assertEqual(self.gateway.files.contents["a.bin"], content)
        first, second = self.gateway.files.headers
        self.assertEqual(first.upload_id, second.upload_id)
        self.assertGreaterEqual(second.offset, 1_000_000)

    def test_get(self):
        content = content_of(3_000_000)
        self.gateway.files.contents["a.bin"] = content
        for number, asked in enumerate(("a.bin", file_id(content))):
            target = self.directory / f"got-{number}"
            self.assertSucceeds(self.crier("get", asked, "--to", target))
            self.assertEqual(target.read_bytes(), content)

    def test_get_goes_on_after_cuts(self):
        content = content_of(5_000_000)
        self.gateway.files.contents["a.bin"] = content
        self.gateway.files.cut_downloads_after = [1_500_000, 1_000_000]
        target = self.directory / "got"
        self.assertSucceeds(self.crier("get", "a.bin", "--to", target))
        self.assertEqual(target.read_bytes(), content)
        offsets = [request.offset for request in self.gateway.files.downloads]
        self.assertEqual(offsets[0], 0)
        self.assertGreaterEqual(offsets[-1], 1_000_000)
        self.assertEqual(offsets, sorted(offsets))

    def test_get_from_a_gateway_without_offsets_never_appends(self):
        content = content_of(1_000_000)
        self.gateway.files.contents["a.bin"] = content
        self.gateway.files.knows_offsets = False
        self.gateway.files.cut_downloads_after = [300_000]
        target = self.directory / "got"
        self.assertSucceeds(self.crier("get", "a.bin", "--to", target))
        self.assertEqual(target.read_bytes(), content)

    def test_get_of_damaged_bytes_never_makes_the_file(self):
        self.gateway.files.contents["a.bin"] = content_of(500_000)

        def damage(chunk):
            chunk.ClearField("crc32c")
            chunk.content = chunk.content[:-1] + bytes([chunk.content[-1] ^ 1])

        self.gateway.files.damage = damage
        target = self.directory / "got"
        done = self.crier("get", "a.bin", "--to", target)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("sha256", done.stderr)
        self.assertLess(len(self.gateway.files.downloads), 10)
        self.assertFalse(target.exists())

    def test_get_asks_again_for_a_chunk_with_a_wrong_checksum(self):
        content = content_of(500_000)
        self.gateway.files.contents["a.bin"] = content
        damaged = []

        def damage(chunk):
            if chunk.sequence == 3 and not damaged:
                damaged.append(chunk.offset)
                chunk.content = b"\0" * len(chunk.content)

        self.gateway.files.damage = damage
        target = self.directory / "got"
        self.assertSucceeds(self.crier("get", "a.bin", "--to", target))
        self.assertEqual(target.read_bytes(), content)
        self.assertGreaterEqual(len(self.gateway.files.downloads), 2)

    def test_get_of_an_unknown_file(self):
        done = self.crier("get", "nope", "--to", self.directory / "got")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("nope", done.stderr)

    def test_files(self):
        self.gateway.files.contents.update({"a": b"1", "b": b"22"})
        listed = json.loads(self.assertSucceeds(self.crier("files", "--output", "json")))
        self.assertEqual({entry["name"]: entry["size"] for entry in listed}, {"a": 1, "b": 2})


class Agent(ClientTest):
    def start(self, *arguments):
        """`crier agent` as a process; its lines come in `self.lines`."""
        process = subprocess.Popen(
            [CRIER, "agent", "--id", "agent-7", "--gateway", self.gateway.target, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            bufsize=1,
        )
        self.lines = queue.Queue()

        def read():
            for line in process.stdout:
                self.lines.put(line)

        reader = threading.Thread(target=read, daemon=True)
        reader.start()

        def stop():
            process.kill()
            process.wait()
            reader.join(PATIENCE)
            process.stdout.close()

        self.addCleanup(stop)
        return process

    def session(self):
        return self.gateway.push.connects.get(timeout=PATIENCE)

    def line_with(self, text):
        while True:
            line = self.lines.get(timeout=PATIENCE)
            if text in line:
                return line

    def test_registers_and_prints_what_it_hears(self):
        self.start("--label", "site=north")
        session = self.session()
        register = session.first.register
        self.assertEqual(register.client_id, "agent-7")
        self.assertTrue(register.instance_id)
        self.assertEqual([(label.key, label.value) for label in register.labels], [("site", "north")])
        session.send(message_id="m1", text=push.TextMessage(content="Grüße"))
        self.line_with("Grüße")
        session.send(message_id="m2", event=push.NotifyEvent(type="update", details="at night"))
        self.line_with("update")

    def test_beats_as_often_as_the_gateway_says(self):
        self.gateway.push.heartbeat_interval_ms = 300
        self.start()
        session = self.session()
        for _ in range(3):
            session.next("heartbeat")

    def test_comes_back_and_names_its_last_session(self):
        self.start()
        first = self.session()
        attempt = first.first.register.attempt
        first.end()
        second = self.session()
        self.assertEqual(second.first.WhichOneof("payload"), "reconnect")
        reconnect = second.first.reconnect
        self.assertEqual(reconnect.last_session_id, f"s-{id(first)}")
        self.assertGreater(reconnect.register.attempt, attempt)
        self.assertEqual(reconnect.register.instance_id, first.first.register.instance_id)

    def test_final_redirect_ends_it(self):
        process = self.start()
        self.session().send(redirect=push.Redirect(reason="superseded", final=True))
        self.assertNotEqual(process.wait(PATIENCE), 0)

    def test_pulls_an_announced_file_through_cuts(self):
        content = content_of(2_000_000)
        self.gateway.files.contents["a.bin"] = content
        self.gateway.files.cut_downloads_after = [700_000]
        target = self.directory / "in"
        target.mkdir()
        self.start("--dir", target)
        session = self.session()
        info = self.gateway.files.info("a.bin")
        session.send(
            message_id="m1",
            file_notice=push.FileNotice(
                file_name="a.bin",
                file_size=info.size,
                file_id=info.file_id,
                sha256=info.sha256,
                block_size=info.block_size,
                rollout_id="r1",
            ),
        )
        while True:
            status = session.next("file_status")
            self.assertEqual((status.file_id, status.message_id, status.rollout_id), (info.file_id, "m1", "r1"))
            if status.state == push.FileStatus.VERIFIED:
                break
            self.assertNotEqual(status.state, push.FileStatus.FAILED, status.detail)
        self.assertEqual((target / "a.bin").read_bytes(), content)
        self.line_with("a.bin")

    def test_a_name_that_is_a_path_is_reported_as_failed(self):
        content = content_of(1000)
        self.gateway.files.contents["a.bin"] = content
        target = self.directory / "in"
        target.mkdir()
        self.start("--dir", target)
        session = self.session()
        info = self.gateway.files.info("a.bin")
        for name in ("../escaped", "/tmp/escaped", "..", ""):
            notice = push.FileNotice(file_name=name, file_size=1000, file_id=info.file_id, sha256=info.sha256)
            session.send(message_id="m" + name, file_notice=notice)
            self.assertEqual(session.next("file_status").state, push.FileStatus.FAILED)
        self.assertFalse((self.directory / "escaped").exists())
        self.assertFalse(os.path.exists("/tmp/escaped"))


if __name__ == "__main__":
    unittest.main()
