"""A gateway as a real process, and agents that talk to it with grpcio."""

import atexit
import hashlib
import os
import queue
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest
import uuid

import grpc
from contract import files, files_grpc, push, push_grpc

CRIER = os.environ["CRIER_BIN"]

# Generous: the machine may be building something else. Nothing waits this long unless it is broken.
PATIENCE = 300.0

# The 4 MiB that gRPC implementations take in by default.
MESSAGE_LIMIT = 4 * 1024 * 1024


class Gateway:
    """`crier serve` on free ports of the loopback, with a data directory of its own."""

    def __init__(self, *arguments, data_dir=None):
        self.data_dir = data_dir or tempfile.mkdtemp(prefix="crier-interop-data-")
        self._owns_data = data_dir is None
        self.log = tempfile.TemporaryFile(mode="w+")
        command = [CRIER, "serve", "--data-dir", self.data_dir, "--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0"]
        self.process = subprocess.Popen(
            [*command, *arguments], stdout=subprocess.PIPE, stderr=self.log, stdin=subprocess.DEVNULL, text=True
        )
        self.grpc, self.http = self._ready()

    def _ready(self):
        timer = threading.Timer(PATIENCE, self.process.kill)
        timer.start()
        try:
            for line in self.process.stdout:
                found = re.match(r"ready grpc=(\S+) http=(\S+)", line)
                if found:
                    threading.Thread(target=self.process.stdout.read, daemon=True).start()
                    return found.groups()
        finally:
            timer.cancel()
        self.process.wait()
        raise RuntimeError(f"crier serve ended with {self.process.returncode}: {self.logged()}")

    def logged(self):
        self.log.seek(0)
        return self.log.read()

    def channel(self, **options):
        given = [("grpc.use_local_subchannel_pool", 1), *((k.replace("__", "."), v) for k, v in options.items())]
        return grpc.insecure_channel(self.grpc, options=given)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
        self.process.stdout.close()
        self.log.close()
        if self._owns_data:
            shutil.rmtree(self.data_dir, ignore_errors=True)


_shared = None


def shared_gateway():
    """One gateway for all tests that do not harm it; it must still be alive after each."""
    global _shared
    if _shared is None:
        # A short drain, so that ending the run does not take long.
        _shared = Gateway()
        atexit.register(_shared.close)
    return _shared


class GatewayTest(unittest.TestCase):
    """A test against the shared gateway, with a channel of its own."""

    def setUp(self):
        self.gateway = shared_gateway()
        self.channel = self.gateway.channel()
        self.addCleanup(self.channel.close)
        self.push = push_grpc.PushServiceStub(self.channel)
        self.files = files_grpc.FileServiceStub(self.channel)

    def tearDown(self):
        self.assertIsNone(self.gateway.process.poll(), "the gateway died: " + self.gateway.logged()[-4000:])

    def agent(self, client_id=None, **register):
        agent = Agent(self.channel, client_id or unique("agent"), **register)
        self.addCleanup(agent.close)
        return agent

    def assertStatus(self, code, call, *words):
        """Runs `call`, which must end with the status `code` and a message that has the words."""
        with self.assertRaises(grpc.RpcError) as caught:
            call()
        error = caught.exception
        self.assertEqual(error.code(), code, error.details())
        for word in words:
            self.assertIn(word, error.details())
        return error

    def eventually(self, condition, message="it did not come true"):
        """Waits for something that the gateway does on its own."""
        end = time.monotonic() + PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), end, message)
            time.sleep(0.02)


class Agent:
    """One `Connect`: what it hears is in `received`; `None` ends it, and then `error` says why."""

    def __init__(self, channel, client_id, first=None, method=None, **register):
        self.client_id = client_id
        self.received = queue.Queue()
        self.error = None
        self._outgoing = queue.Queue()
        connect = method or push_grpc.PushServiceStub(channel).Connect
        self.call = connect(iter(self._outgoing.get, None))
        if first is None:
            first = push.ClientMessage(register=push.RegisterRequest(client_id=client_id, **register))
        self.send(first)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        try:
            for message in self.call:
                self.received.put(message)
        except grpc.RpcError as error:
            self.error = error
        self.received.put(None)

    def send(self, message):
        self._outgoing.put(message)

    def half_close(self):
        self._outgoing.put(None)

    def next(self):
        """The next message; None when the stream has ended."""
        return self.received.get(timeout=PATIENCE)

    def welcome(self):
        message = self.next()
        if message is None:
            raise AssertionError(f"the gateway refused: {self.error}")
        assert message.WhichOneof("payload") == "welcome", message
        return message.welcome

    def ended(self):
        """Reads on to the end of the stream; the messages on the way and the error, None when it ended with OK."""
        messages = list(iter(self.next, None))
        return messages, self.error

    def close(self):
        self.half_close()
        self.call.cancel()
        self._reader.join(PATIENCE)


def unique(prefix):
    return f"{prefix}-{uuid.uuid4().hex[:12]}"


def raw(channel, path, kind="unary_unary"):
    """A method that takes and returns bytes, whatever they are."""
    return getattr(channel, kind)(path, request_serializer=bytes, response_deserializer=bytes)


def content_of(size, seed=1):
    """Bytes that do not compress and are the same on every run."""
    block = hashlib.sha512(str(seed).encode()).digest()
    out = bytearray()
    while len(out) < size:
        block = hashlib.sha512(block).digest()
        out += block
    return bytes(out[:size])


def upload_messages(content, name="", upload_id=None, offset=0, size=None, sha256=None, chunk=256 * 1024):
    """The messages of an upload that goes on from `offset`."""
    yield files.UploadRequest(
        header=files.UploadHeader(
            upload_id=upload_id or unique("upload"),
            name=name,
            size=len(content) if size is None else size,
            sha256=hashlib.sha256(content).digest() if sha256 is None else sha256,
            offset=offset,
        )
    )
    for start in range(offset, len(content), chunk):
        part = content[start : start + chunk]
        yield files.UploadRequest(chunk=files.UploadChunk(content=part, offset=start, crc32c=crc32c(part)))


def upload(stub, content, name="", **more):
    return stub.UploadFile(upload_messages(content, name=name or unique("file"), **more), timeout=PATIENCE)


def _crc_table():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = (byte >> 1) ^ 0x82F63B78 if byte & 1 else byte >> 1
        table.append(byte)
    return table


_CRC_TABLE = _crc_table()


def crc32c(content):
    crc = 0xFFFFFFFF
    for byte in content:
        crc = (crc >> 8) ^ _CRC_TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def file_id(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()
