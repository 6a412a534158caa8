"""The contract as a grpcio server: small, obliging, and able to misbehave when told to."""

import hashlib
import queue
import threading
from concurrent import futures

import grpc
from contract import files, files_grpc, push, push_grpc
from support import PATIENCE, crc32c

BLOCK = 1 << 20


class FakePush(push_grpc.PushServiceServicer):
    def __init__(self):
        self.requests = queue.Queue()  # what PushToClient was asked
        self.connects = queue.Queue()  # a FakeSession for each Connect
        self.answer = push.PushResponse(success=True, outcome=push.PushResponse.WRITTEN, message_id="m-1")
        self.refusal = None  # a (code, details) for PushToClient
        self.heartbeat_interval_ms = 20_000
        self.clients = []

    def PushToClient(self, request, context):
        self.requests.put((request, context.time_remaining(), dict(context.invocation_metadata())))
        if self.refusal:
            context.abort(*self.refusal)
        return self.answer

    def PushStream(self, requests, context):
        for request in requests:
            self.requests.put((request, context.time_remaining(), {}))
            answer = push.PushResponse()
            answer.CopyFrom(self.answer)
            answer.tag = request.tag
            yield answer

    def Connect(self, messages, context):
        session = FakeSession(messages, context, self.heartbeat_interval_ms)
        self.connects.put(session)
        yield from session.outgoing()

    def ListClients(self, request, context):
        yield from (client for client in self.clients if client.client_id.startswith(request.client_id_prefix))


class FakeSession:
    """One Connect, from the gateway's side."""

    def __init__(self, messages, context, heartbeat_interval_ms):
        self.first = next(messages)
        self.heard = queue.Queue()
        self._context = context
        self._outgoing = queue.Queue()
        self.send(
            welcome=push.Welcome(
                session_id=f"s-{id(self)}", node_id="fake", heartbeat_interval_ms=heartbeat_interval_ms, generation=1
            )
        )
        threading.Thread(target=self._read, args=(messages,), daemon=True).start()

    def _read(self, messages):
        try:
            for message in messages:
                self.heard.put(message)
                if message.HasField("heartbeat"):
                    self.send(heartbeat=message.heartbeat)
        except (grpc.RpcError, ValueError):
            pass
        self._outgoing.put(None)

    def outgoing(self):
        yield from iter(self._outgoing.get, None)

    def send(self, message_id="", **payload):
        self._outgoing.put(push.ServerMessage(message_id=message_id, **payload))

    def end(self):
        """Ends the call with OK."""
        self._outgoing.put(None)

    def next(self, kind):
        """The next message of a kind; others are skipped."""
        while True:
            message = self.heard.get(timeout=PATIENCE)
            if message.WhichOneof("payload") == kind:
                return getattr(message, kind)


class FakeFiles(files_grpc.FileServiceServicer):
    def __init__(self):
        self.contents = {}  # name: bytes
        self.uploads = {}  # upload_id: bytearray
        self.downloads = []  # the FileRequests of DownloadFile
        self.headers = []  # the UploadHeaders of UploadFile
        self.cut_downloads_after = []  # bytes after which each of the next downloads ends with UNAVAILABLE
        self.cut_uploads_after = []
        self.damage = None  # a function of each chunk before it is sent
        self.knows_offsets = True  # the first contract did not: every answer began at byte 0, without a checksum
        self.chunk = 64 * 1024

    def info(self, name):
        content = self.contents[name]
        digest = hashlib.sha256(content).digest()
        return files.FileInfo(
            file_id="sha256:" + digest.hex(), name=name, size=len(content), sha256=digest, block_size=BLOCK
        )

    def find(self, file_id, context):
        for name in self.contents:
            if file_id in (name, self.info(name).file_id):
                return name
        context.abort(grpc.StatusCode.NOT_FOUND, f"file '{file_id}' is not known")

    def GetFile(self, request, context):
        return self.info(self.find(request.file_id, context))

    def ListFiles(self, request, context):
        yield from (self.info(name) for name in self.contents if name.startswith(request.name_prefix))

    def DeleteFile(self, request, context):
        info = self.info(self.find(request.file_id, context))
        del self.contents[info.name]
        return info

    def GetFileBlocks(self, request, context):
        content = self.contents[self.find(request.file_id, context)]
        blocks = [content[start : start + BLOCK] for start in range(0, len(content), BLOCK)]
        digests = b"".join(hashlib.sha256(block).digest() for block in blocks)
        yield files.FileBlocks(block_size=BLOCK, first_block=0, sha256s=digests)

    def DownloadFile(self, request, context):
        self.downloads.append(request)
        name = self.find(request.file_id, context)
        content = self.contents[name]
        end = len(content) if request.length == 0 else min(len(content), request.offset + request.length)
        cut = self.cut_downloads_after.pop(0) if self.cut_downloads_after else None
        begin = request.offset if self.knows_offsets else 0
        place, sequence = begin, 0
        while True:
            part = content[place : min(end, place + self.chunk)]
            last = place + len(part) >= end
            chunk = files.FileChunk(content=part, sequence=sequence, is_last=last, offset=place, crc32c=crc32c(part))
            if sequence == 0:
                chunk.info.CopyFrom(self.info(name))
            if not self.knows_offsets:
                chunk.ClearField("offset")
                chunk.ClearField("crc32c")
            if self.damage:
                self.damage(chunk)
            yield chunk
            place += len(part)
            sequence += 1
            if last:
                return
            if cut is not None and place - begin >= cut:
                context.abort(grpc.StatusCode.UNAVAILABLE, "cut off for the test")

    def QueryUpload(self, request, context):
        return files.UploadState(committed=len(self.uploads.get(request.upload_id, b"")))

    def UploadFile(self, messages, context):
        header = next(messages).header
        self.headers.append(header)
        received = self.uploads.setdefault(header.upload_id, bytearray())
        if header.offset != len(received):
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, f"offset must be {len(received)}")
        cut = self.cut_uploads_after.pop(0) if self.cut_uploads_after else None
        for message in messages:
            chunk = message.chunk
            if chunk.offset != len(received):
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"offset {chunk.offset} is not {len(received)}")
            if chunk.HasField("crc32c") and chunk.crc32c != crc32c(chunk.content):
                context.abort(grpc.StatusCode.DATA_LOSS, "crc32c")
            received += chunk.content
            if cut is not None and len(received) >= cut:
                context.abort(grpc.StatusCode.UNAVAILABLE, "cut off for the test")
        if hashlib.sha256(received).digest() != header.sha256 or len(received) != header.size:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "sha256")
        self.contents[header.name] = bytes(received)
        return self.info(header.name)


class FakeGateway:
    def __init__(self, compression=None):
        self.push, self.files = FakePush(), FakeFiles()
        self.server = grpc.server(futures.ThreadPoolExecutor(max_workers=32), compression=compression)
        push_grpc.add_PushServiceServicer_to_server(self.push, self.server)
        files_grpc.add_FileServiceServicer_to_server(self.files, self.server)
        self.port = self.server.add_insecure_port("127.0.0.1:0")
        self.target = f"127.0.0.1:{self.port}"
        self.server.start()

    def close(self):
        self.server.stop(0).wait()
