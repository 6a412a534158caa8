"""FileService as grpcio's clients use it."""

import hashlib
import shutil
import subprocess
import threading
import time
import unittest

import grpc
from contract import files, files_grpc, push
from support import (
    PATIENCE,
    Gateway,
    GatewayTest,
    content_of,
    crc32c,
    file_id,
    raw,
    unique,
    upload,
    upload_messages,
)


class Upload(GatewayTest):
    def test_file_is_stored_under_its_content_and_its_name(self):
        content, name = content_of(700_000), unique("file")
        info = upload(self.files, content, name)
        self.assertEqual(info.file_id, file_id(content))
        self.assertEqual((info.name, info.size, info.sha256), (name, 700_000, hashlib.sha256(content).digest()))
        self.assertGreater(info.block_size, 0)
        self.assertLess(abs(info.created_at / 1000 - time.time()), 60)
        for asked in (name, info.file_id):
            found = self.files.GetFile(files.FileRequest(file_id=asked))
            self.assertEqual((found.file_id, found.size), (info.file_id, info.size))

    def test_empty_file(self):
        info = upload(self.files, b"")
        chunks = list(self.files.DownloadFile(files.FileRequest(file_id=info.file_id)))
        self.assertEqual([(chunk.content, chunk.offset, chunk.is_last) for chunk in chunks], [(b"", 0, True)])

    def test_finished_upload_sent_again_gets_the_same_answer(self):
        content, upload_id, name = content_of(100_000), unique("upload"), unique("file")
        first = upload(self.files, content, name, upload_id=upload_id)
        self.assertEqual(upload(self.files, content, name, upload_id=upload_id), first)
        state = self.files.QueryUpload(files.QueryUploadRequest(upload_id=upload_id))
        self.assertTrue(state.complete)
        self.assertEqual(state.info.file_id, first.file_id)

    def test_unknown_upload_has_nothing_committed(self):
        state = self.files.QueryUpload(files.QueryUploadRequest(upload_id=unique("upload")))
        self.assertEqual((state.committed, state.complete), (0, False))

    def test_broken_upload_goes_on_where_it_was_committed(self):
        content, upload_id, name = content_of(20 << 20, seed=2), unique("upload"), unique("file")

        query = files.QueryUploadRequest(upload_id=upload_id)

        def broken():
            for number, message in enumerate(upload_messages(content, name, upload_id, sha256=None)):
                if number == 50:
                    # `committed` moves at least every second
                    self.eventually(lambda: self.files.QueryUpload(query).committed > 0)
                    raise RuntimeError("the sender fails")
                yield message

        with self.assertRaises(grpc.RpcError):
            self.files.UploadFile(broken(), timeout=PATIENCE)
        state = self.files.QueryUpload(query)
        self.assertFalse(state.complete)
        info = upload(self.files, content, name, upload_id=upload_id, offset=state.committed)
        self.assertEqual(info.file_id, file_id(content))

    def test_wrong_offset_is_told_the_committed_one(self):
        content = content_of(10_000)
        self.assertStatus(grpc.StatusCode.FAILED_PRECONDITION, lambda: upload(self.files, content, offset=5000), "0")

    def test_wrong_size_digest_and_checksum(self):
        content, invalid = content_of(10_000), grpc.StatusCode.INVALID_ARGUMENT
        self.assertStatus(invalid, lambda: upload(self.files, content, sha256=bytes(32)), "sha256")
        self.assertStatus(invalid, lambda: upload(self.files, content, size=9_999), "size")
        self.assertStatus(invalid, lambda: upload(self.files, content, size=10_001), "size")
        self.assertStatus(invalid, lambda: upload(self.files, content, size=-1), "size")
        self.assertStatus(invalid, lambda: upload(self.files, content, sha256=b"short"), "sha256")

        def damaged():
            for message in upload_messages(content, unique("file")):
                if message.HasField("chunk"):
                    message.chunk.crc32c ^= 1
                yield message

        self.assertStatus(
            grpc.StatusCode.DATA_LOSS, lambda: self.files.UploadFile(damaged(), timeout=PATIENCE), "crc32c"
        )

    def test_wrong_names(self):
        for name in ("..", ".", "a/b", "a\\b", "a\nb", "a\0b", "x" * 256, "/etc/passwd"):
            with self.subTest(name=name):
                self.assertStatus(grpc.StatusCode.INVALID_ARGUMENT, lambda: upload(self.files, b"x", name), "name")

    def test_header_comes_first_and_once(self):
        content = content_of(1000)
        messages = list(upload_messages(content, unique("file")))
        for wrong in ([], messages[1:], [messages[0], messages[0]], [files.UploadRequest(), *messages]):
            self.assertStatus(
                grpc.StatusCode.INVALID_ARGUMENT,
                lambda: self.files.UploadFile(iter(wrong), timeout=PATIENCE),
            )

    def test_chunks_are_consecutive(self):
        content = content_of(600_000)
        messages = list(upload_messages(content, unique("file")))
        for wrong in ([messages[0], messages[2]], [*messages[:2], messages[1]]):
            self.assertStatus(
                grpc.StatusCode.INVALID_ARGUMENT,
                lambda: self.files.UploadFile(iter(wrong), timeout=PATIENCE),
                "offset",
            )


class Download(GatewayTest):
    @classmethod
    def setUpClass(cls):
        cls.content = content_of(3_000_001, seed=3)
        cls.name = unique("file")

    def setUp(self):
        super().setUp()
        self.info = upload(self.files, self.content, self.name)

    def download(self, **request):
        return list(self.files.DownloadFile(files.FileRequest(**request), timeout=PATIENCE))

    def check(self, chunks, offset, end):
        """The chunks are consecutive, numbered, checked, and are the bytes of the range."""
        place = offset
        for number, chunk in enumerate(chunks):
            self.assertEqual(chunk.sequence, number)
            self.assertTrue(chunk.HasField("offset") and chunk.HasField("crc32c"))
            self.assertEqual(chunk.offset, place)
            self.assertEqual(chunk.is_last, number == len(chunks) - 1)
            self.assertEqual(chunk.HasField("info"), number == 0)
            place += len(chunk.content)
        self.assertEqual(chunks[0].crc32c, crc32c(chunks[0].content))
        self.assertEqual(chunks[-1].crc32c, crc32c(chunks[-1].content))
        self.assertEqual(b"".join(chunk.content for chunk in chunks), self.content[offset:end])

    def test_whole_file_by_id_and_by_name(self):
        for asked in (self.info.file_id, self.name):
            chunks = self.download(file_id=asked)
            self.check(chunks, 0, len(self.content))
            self.assertEqual(chunks[0].info.sha256, self.info.sha256)
            self.assertEqual(chunks[0].info.size, len(self.content))

    def test_ranges(self):
        size = len(self.content)
        for offset, length, end in (
            (1, 1, 2),
            (262_143, 262_146, 524_289),
            (1_000_000, 0, size),
            (size - 1, 0, size),
            (size - 10, 100, size),
            (5, 2**62, size),
        ):
            with self.subTest(offset=offset, length=length):
                self.check(self.download(file_id=self.name, offset=offset, length=length), offset, end)

    def test_at_the_end_comes_one_empty_last_chunk(self):
        chunks = self.download(file_id=self.name, offset=len(self.content))
        self.assertEqual([(c.content, c.offset, c.is_last) for c in chunks], [(b"", len(self.content), True)])

    def test_chunk_size_is_the_callers_within_bounds(self):
        for asked, largest in ((4096, 4096), (100, 4096), (1 << 20, 1 << 20), (1 << 30, 1 << 20), (0, 1 << 20)):
            chunks = self.download(file_id=self.name, max_chunk_bytes=asked)
            self.assertLessEqual(max(len(chunk.content) for chunk in chunks), largest)
            self.assertEqual(b"".join(chunk.content for chunk in chunks), self.content)

    def test_the_digest_can_be_a_condition(self):
        self.check(self.download(file_id=self.name, if_sha256=self.info.sha256), 0, len(self.content))
        self.assertStatus(
            grpc.StatusCode.FAILED_PRECONDITION,
            lambda: self.download(file_id=self.name, if_sha256=bytes(32)),
            self.info.sha256.hex(),
        )

    def test_rate_is_held(self):
        started = time.monotonic()
        self.download(file_id=self.name, length=1_000_000, max_bytes_per_second=500_000)
        took = time.monotonic() - started
        self.assertGreater(took, 1.0)

    def test_zstd_chunks_are_frames_of_their_own(self):
        content = b"".join(b"line %d of a text that repeats itself\n" % n for n in range(50_000))
        name = upload(self.files, content).name
        chunks = self.download(file_id=name, accept=[files.ZSTD])
        self.assertTrue(all(chunk.compression == files.ZSTD for chunk in chunks))
        self.assertLess(sum(len(chunk.content) for chunk in chunks), len(content) // 3)
        place = 0
        for chunk in chunks:
            self.assertEqual(chunk.offset, place)
            place += chunk.raw_size
        self.assertEqual(place, len(content))
        if shutil.which("zstd"):
            plain = subprocess.run(
                ["zstd", "-dcq"], input=b"".join(c.content for c in chunks), capture_output=True, check=True
            ).stdout
            self.assertEqual(plain, content)
            self.assertEqual(chunks[0].crc32c, crc32c(content[: chunks[0].raw_size]))
        for chunks in (self.download(file_id=name), self.download(file_id=self.name, accept=[files.ZSTD])):
            self.assertTrue(all(chunk.compression == files.IDENTITY for chunk in chunks))

    def test_cancelled_download_leaves_the_rest_alone(self):
        call = self.files.DownloadFile(files.FileRequest(file_id=self.name, max_chunk_bytes=4096))
        next(call)
        call.cancel()
        self.check(self.download(file_id=self.name), 0, len(self.content))

    def test_slow_reader_gets_everything(self):
        call = self.files.DownloadFile(files.FileRequest(file_id=self.name, max_chunk_bytes=65536))
        chunks = []
        for chunk in call:
            chunks.append(chunk)
            if len(chunks) < 10:
                time.sleep(0.05)
        self.assertEqual(b"".join(chunk.content for chunk in chunks), self.content)

    def test_blocks_prove_every_block(self):
        digests, size = b"", 0
        for blocks in self.files.GetFileBlocks(files.FileRequest(file_id=self.name)):
            self.assertEqual(blocks.first_block * 32, len(digests))
            size = blocks.block_size
            digests += blocks.sha256s
        self.assertEqual(size, self.info.block_size)
        parts = [self.content[start : start + size] for start in range(0, len(self.content), size)]
        self.assertEqual(digests, b"".join(hashlib.sha256(part).digest() for part in parts))


class BadRequests(GatewayTest):
    METHODS = ("DownloadFile", "GetFileBlocks", "GetFile", "DeleteFile")

    def each(self, request):
        for method in self.METHODS:
            call = getattr(self.files, method)
            streams = method in ("DownloadFile", "GetFileBlocks")
            yield method, (lambda: list(call(request))) if streams else (lambda: call(request))

    def test_file_id_is_never_a_path(self):
        digest = "0" * 64
        for wrong in (
            "", "..", ".", "../../etc/passwd", "/etc/passwd", "a/../b", "a\\b", "a\0b", "x" * 256, "a\nb",
            "sha256:", "sha256:" + digest[1:], "sha256:" + digest + "0", "sha256:" + "G" * 64,
            "sha256:../" + digest[3:], "md5:" + digest + "/",
        ):  # fmt: skip
            for method, call in self.each(files.FileRequest(file_id=wrong)):
                with self.subTest(file_id=wrong, method=method):
                    self.assertStatus(grpc.StatusCode.INVALID_ARGUMENT, call, "file_id")

    def test_unknown_files_are_not_found(self):
        for unknown in (unique("unknown"), "sha256:" + "0" * 64):
            for method, call in self.each(files.FileRequest(file_id=unknown)):
                with self.subTest(file_id=unknown, method=method):
                    self.assertStatus(grpc.StatusCode.NOT_FOUND, call)

    def test_numbers_out_of_range(self):
        name = upload(self.files, b"0123456789").name

        def download(**request):
            return list(self.files.DownloadFile(files.FileRequest(file_id=name, **request)))

        invalid = grpc.StatusCode.INVALID_ARGUMENT
        self.assertStatus(invalid, lambda: download(offset=-1), "offset")
        self.assertStatus(invalid, lambda: download(length=-1), "length")
        self.assertStatus(invalid, lambda: download(max_bytes_per_second=-1), "max_bytes_per_second")
        self.assertStatus(invalid, lambda: download(if_sha256=b"short"), "if_sha256")
        self.assertStatus(grpc.StatusCode.OUT_OF_RANGE, lambda: download(offset=11), "10")
        self.assertStatus(grpc.StatusCode.OUT_OF_RANGE, lambda: download(offset=2**63 - 1), "10")

    def test_strings_that_are_not_utf_8(self):
        call = raw(self.channel, "/crier.v1.FileService/GetFile")
        self.assertStatus(grpc.StatusCode.INVALID_ARGUMENT, lambda: call(b"\x0a\x02\xff\xfe"), "file_id")


class Catalogue(GatewayTest):
    def test_listing_by_prefix(self):
        prefix = unique("list")
        for number in (2, 1, 3):
            upload(self.files, content_of(100, seed=number), f"{prefix}-{number}")
        listed = list(self.files.ListFiles(files.ListFilesRequest(name_prefix=prefix)))
        self.assertEqual(sorted(info.name for info in listed), [f"{prefix}-{n}" for n in (1, 2, 3)])
        self.assertEqual(list(self.files.ListFiles(files.ListFilesRequest(name_prefix=unique("none")))), [])

    def test_a_name_means_its_newest_file(self):
        name = unique("file")
        upload(self.files, b"old", name)
        upload(self.files, b"new", name)
        self.assertEqual(self.files.GetFile(files.FileRequest(file_id=name)).file_id, file_id(b"new"))

    def test_bytes_go_with_their_last_name(self):
        content, first, second = content_of(1000, seed=unique("s")), unique("file"), unique("file")
        upload(self.files, content, first)
        upload(self.files, content, second)
        by_id, by_second = files.FileRequest(file_id=file_id(content)), files.FileRequest(file_id=second)
        self.files.DeleteFile(files.FileRequest(file_id=first))
        self.assertStatus(grpc.StatusCode.NOT_FOUND, lambda: self.files.GetFile(files.FileRequest(file_id=first)))
        self.assertEqual(self.files.GetFile(by_id).size, 1000)
        self.files.DeleteFile(by_second)
        self.assertStatus(grpc.StatusCode.NOT_FOUND, lambda: self.files.GetFile(by_id))

    def test_deleting_an_id_deletes_all_its_names(self):
        content, name = content_of(1000, seed=unique("s")), unique("file")
        upload(self.files, content, name)
        self.files.DeleteFile(files.FileRequest(file_id=file_id(content)))
        self.assertStatus(grpc.StatusCode.NOT_FOUND, lambda: self.files.GetFile(files.FileRequest(file_id=name)))


class Notices(GatewayTest):
    def test_the_gateway_fills_in_what_it_knows(self):
        agent = self.agent()
        agent.welcome()
        content, name = content_of(5000), unique("file")
        info = upload(self.files, content, name)
        notice = push.FileNotice(file_id=name, rollout_id="r", not_before=5, urls=["https://elsewhere"])
        response = self.push.PushToClient(push.PushRequest(client_id=agent.client_id, file_notice=notice))
        self.assertTrue(response.success, response.error)
        heard = agent.next().file_notice
        self.assertEqual((heard.file_id, heard.file_name, heard.file_size), (info.file_id, name, 5000))
        self.assertEqual((heard.sha256, heard.block_size), (info.sha256, info.block_size))
        self.assertEqual((heard.rollout_id, heard.not_before, list(heard.urls)), ("r", 5, ["https://elsewhere"]))
        agent.send(
            push.ClientMessage(
                file_status=push.FileStatus(file_id=heard.file_id, state=push.FileStatus.VERIFIED, bytes_done=5000)
            )
        )

    def test_unknown_files_cannot_be_announced(self):
        agent = self.agent()
        agent.welcome()
        request = push.PushRequest(client_id=agent.client_id, file_notice=push.FileNotice(file_id=unique("none")))
        self.assertStatus(grpc.StatusCode.NOT_FOUND, lambda: self.push.PushToClient(request))


class Crash(unittest.TestCase):
    def test_what_was_acknowledged_survives_a_kill(self):
        gateway = Gateway()
        self.addCleanup(lambda: gateway.close())
        content, part, upload_id = content_of(300_000), content_of(20 << 20, seed=9), unique("upload")
        with gateway.channel() as channel:
            stub = files_grpc.FileServiceStub(channel)
            upload(stub, content, "kept")

            killed = threading.Event()

            def unfinished():
                for number, message in enumerate(upload_messages(part, "unfinished", upload_id)):
                    yield message
                    if number == 60:
                        killed.wait(PATIENCE)

            call = stub.UploadFile.future(unfinished(), timeout=PATIENCE)
            query, end, committed = files.QueryUploadRequest(upload_id=upload_id), time.monotonic() + PATIENCE, 0
            while committed == 0 and time.monotonic() < end:
                committed = stub.QueryUpload(query).committed
                time.sleep(0.05)
            self.assertGreater(committed, 0)
            gateway.kill()
            killed.set()
            call.cancel()
        data_dir, gateway._owns_data = gateway.data_dir, False
        gateway.close()
        gateway = Gateway(data_dir=data_dir)
        gateway._owns_data = True
        with gateway.channel() as channel:
            stub = files_grpc.FileServiceStub(channel)
            chunks = stub.DownloadFile(files.FileRequest(file_id="kept"), wait_for_ready=True, timeout=PATIENCE)
            self.assertEqual(b"".join(chunk.content for chunk in chunks), content)
            state = stub.QueryUpload(query)
            self.assertFalse(state.complete)
            self.assertGreaterEqual(state.committed, committed)
            info = upload(stub, part, "unfinished", upload_id=upload_id, offset=state.committed)
            self.assertEqual(info.file_id, file_id(part))


if __name__ == "__main__":
    unittest.main()
