"""Many at once, and calls of a shape that their method does not have."""

import threading
import unittest
from concurrent import futures

import grpc
from contract import files, push, push_grpc
from support import (
    PATIENCE,
    GatewayTest,
    content_of,
    file_id,
    raw,
    unique,
    upload,
    upload_messages,
)


class Crowds(GatewayTest):
    def test_agents_on_one_connection_hear_their_own_messages_in_order(self):
        prefix = unique("crowd")
        agents = [self.agent(f"{prefix}-{number}") for number in range(60)]
        for agent in agents:
            agent.welcome()

        def requests():
            for round in range(50):
                for agent in agents:
                    yield push.PushRequest(client_id=agent.client_id, message=f"{agent.client_id} {round}")

        answers = list(self.push.PushStream(requests(), timeout=PATIENCE))
        self.assertEqual(sum(answer.success for answer in answers), 60 * 50)
        for agent in agents:
            heard = [agent.next().text.content for _ in range(50)]
            self.assertEqual(heard, [f"{agent.client_id} {round}" for round in range(50)])

    def test_unary_pushes_of_many_threads_all_arrive(self):
        agent = self.agent()
        agent.welcome()
        with futures.ThreadPoolExecutor(16) as pool:
            requests = [push.PushRequest(client_id=agent.client_id, message=str(n)) for n in range(800)]
            self.assertTrue(all(answer.success for answer in pool.map(self.push.PushToClient, requests)))
        self.assertEqual({agent.next().text.content for _ in range(800)}, {str(n) for n in range(800)})

    def test_take_overs_leave_one_session(self):
        client_id = unique("taken")
        agents = []
        for _ in range(30):
            agents.append(self.agent(client_id))
        for agent in agents:
            agent.welcome()
        self.eventually(lambda: sum(agent.call.done() for agent in agents) >= 29)
        for agent in agents:
            if agent.call.done():
                self.assertTrue(agent.next().redirect.final)
        listed = list(self.push.ListClients(push.ListClientsRequest(client_id_prefix=client_id)))
        self.assertEqual(len(listed), 1)
        self.assertTrue(self.push.PushToClient(push.PushRequest(client_id=client_id, message="x")).success)

    def test_a_reader_that_does_not_read_is_congested_and_harms_nobody(self):
        slow_channel = self.gateway.channel(grpc__http2__bdp_probe=0, grpc__http2__lookahead_bytes=65536)
        self.addCleanup(slow_channel.close)
        stopped = threading.Event()
        self.addCleanup(stopped.set)
        client_id = unique("slow")

        def register():
            yield push.ClientMessage(register=push.RegisterRequest(client_id=client_id))
            stopped.wait(PATIENCE)

        call = push_grpc.PushServiceStub(slow_channel).Connect(register())
        self.assertEqual(next(call).WhichOneof("payload"), "welcome")
        self.addCleanup(call.cancel)
        other = self.agent()
        other.welcome()
        request = push.PushRequest(client_id=client_id, data=b"x" * 100_000)
        outcomes = [self.push.PushToClient(request, timeout=PATIENCE).outcome for _ in range(400)]
        self.assertIn(push.PushResponse.CONGESTED, outcomes)
        self.assertTrue(self.push.PushToClient(push.PushRequest(client_id=other.client_id, message="y")).success)
        self.assertEqual(other.next().text.content, "y")


class FilesAtOnce(GatewayTest):
    def test_one_content_uploaded_by_many(self):
        content = content_of(1_000_000, seed=unique("seed"))
        names = [unique("file") for _ in range(8)]
        with futures.ThreadPoolExecutor(8) as pool:
            infos = list(pool.map(lambda name: upload(self.files, content, name), names))
        self.assertEqual({info.file_id for info in infos}, {file_id(content)})
        for name in names:
            chunks = self.files.DownloadFile(files.FileRequest(file_id=name))
            self.assertEqual(b"".join(chunk.content for chunk in chunks), content)

    def test_one_upload_has_one_writer(self):
        content, name, upload_id = content_of(4_000_000, seed=unique("seed")), unique("file"), unique("upload")

        def attempt(_):
            try:
                messages = upload_messages(content, name, upload_id)
                return self.files.UploadFile(messages, timeout=PATIENCE).file_id
            except grpc.RpcError as error:
                return error.code()

        with futures.ThreadPoolExecutor(4) as pool:
            ends = set(pool.map(attempt, range(4)))
        allowed = {file_id(content), grpc.StatusCode.ABORTED, grpc.StatusCode.FAILED_PRECONDITION}
        self.assertLessEqual(ends, allowed)
        if file_id(content) not in ends:
            committed = self.files.QueryUpload(files.QueryUploadRequest(upload_id=upload_id)).committed
            upload(self.files, content, name, upload_id=upload_id, offset=committed)
        chunks = self.files.DownloadFile(files.FileRequest(file_id=name))
        self.assertEqual(b"".join(chunk.content for chunk in chunks), content)

    def test_downloads_at_once(self):
        content = content_of(2_000_000, seed=5)
        name = upload(self.files, content).name

        def download(number):
            request = files.FileRequest(file_id=name, offset=number, max_chunk_bytes=16384)
            return b"".join(chunk.content for chunk in self.files.DownloadFile(request)) == content[number:]

        with futures.ThreadPoolExecutor(8) as pool:
            self.assertTrue(all(pool.map(download, range(16))))

    def test_a_download_that_has_begun_survives_the_deletion(self):
        content = content_of(8_000_000, seed=unique("seed"))
        name = upload(self.files, content).name
        call = self.files.DownloadFile(files.FileRequest(file_id=name, max_bytes_per_second=20_000_000))
        begun = next(call).content
        self.files.DeleteFile(files.FileRequest(file_id=name))
        self.assertEqual(begun + b"".join(chunk.content for chunk in call), content)


class Shapes(GatewayTest):
    UNARY = ("PushService/PushToClient", "PushService/Publish", "FileService/GetFile", "FileService/QueryUpload")
    ONE_REQUEST = ("FileService/DownloadFile", "FileService/GetFileBlocks", "FileService/ListFiles")

    def outcome(self, call):
        try:
            list(call) if hasattr(call, "__iter__") else call
        except grpc.RpcError as error:
            return error.code()
        return grpc.StatusCode.OK

    def test_no_request_where_there_must_be_one(self):
        for method in (*self.UNARY, *self.ONE_REQUEST, "PushService/ListClients"):
            with self.subTest(method=method):
                call = raw(self.channel, f"/crier.v1.{method}", "stream_stream")
                code = self.outcome(call(iter([]), timeout=PATIENCE))
                self.assertNotIn(code, (grpc.StatusCode.OK, grpc.StatusCode.DEADLINE_EXCEEDED), method)

    def test_two_requests_where_there_must_be_one(self):
        message = push.PushRequest(client_id=unique("nobody"), message="x").SerializeToString()
        for method in (*self.UNARY, *self.ONE_REQUEST):
            with self.subTest(method=method):
                call = raw(self.channel, f"/crier.v1.{method}", "stream_stream")
                code = self.outcome(call(iter([message, message]), timeout=PATIENCE))
                self.assertNotEqual(code, grpc.StatusCode.DEADLINE_EXCEEDED)
        self.assertFalse(self.push.PushToClient(push.PushRequest(client_id="nobody", message="x")).success)


if __name__ == "__main__":
    unittest.main()
