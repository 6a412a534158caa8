"""gRPC itself: names, metadata, limits, compression, deadlines, keepalive."""

import gzip
import http.client
import queue
import socket
import threading
import time
import unittest

import grpc
from contract import files, push, push_grpc
from support import MESSAGE_LIMIT, PATIENCE, Agent, GatewayTest, raw, unique, upload


class Names(GatewayTest):
    def test_bare_names_are_the_same_services(self):
        agent = self.agent(
            method=self.channel.stream_stream(
                "/PushService/Connect",
                request_serializer=push.ClientMessage.SerializeToString,
                response_deserializer=push.ServerMessage.FromString,
            )
        )
        agent.welcome()
        call = self.channel.unary_unary(
            "/PushService/PushToClient",
            request_serializer=push.PushRequest.SerializeToString,
            response_deserializer=push.PushResponse.FromString,
        )
        self.assertTrue(call(push.PushRequest(client_id=agent.client_id, message="x")).success)
        self.assertEqual(agent.next().text.content, "x")
        name = upload(self.files, b"0123456789").name
        download = self.channel.unary_stream(
            "/FileService/DownloadFile",
            request_serializer=files.FileRequest.SerializeToString,
            response_deserializer=files.FileChunk.FromString,
        )
        self.assertEqual(b"".join(c.content for c in download(files.FileRequest(file_id=name))), b"0123456789")

    def test_unknown_methods_and_services_are_unimplemented(self):
        for path in ("/crier.v1.PushService/Nope", "/Nope/Connect", "/", "/crier.v1.PushService", "/x" * 1000):
            with self.subTest(path=path):
                self.assertStatus(grpc.StatusCode.UNIMPLEMENTED, lambda: raw(self.channel, path)(b""))
        self.assertStatus(
            grpc.StatusCode.UNIMPLEMENTED,
            lambda: list(raw(self.channel, "/Nope/Stream", "stream_stream")(iter([b"", b""]))),
        )


class Metadata(GatewayTest):
    def test_metadata_of_any_kind_is_taken(self):
        metadata = (
            ("plain", "value with spaces"),
            ("plain", "a second one"),
            ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
            ("binary-bin", bytes(range(256))),
            ("empty-bin", b""),
            ("large", "x" * 4000),
        )
        request = push.PushRequest(client_id=unique("nobody"), message="x")
        for _ in range(3):  # the second time out of HPACK's table
            response, call = self.push.PushToClient.with_call(request, metadata=metadata)
            self.assertFalse(response.success)
            self.assertEqual(call.code(), grpc.StatusCode.OK)

    def test_too_much_metadata_is_refused_and_the_connection_lives(self):
        with self.gateway.channel(grpc__max_metadata_size=1 << 20) as channel:
            call = raw(channel, "/crier.v1.PushService/PushToClient")
            with self.assertRaises(grpc.RpcError):
                call(b"", metadata=[(f"key-{n}", "x" * 1000) for n in range(200)], timeout=PATIENCE)
            request = push.PushRequest(client_id=unique("nobody"), message="x")
            self.assertTrue(call(request.SerializeToString(), timeout=PATIENCE))

    def test_messages_of_errors_are_unicode(self):
        error = self.assertStatus(
            grpc.StatusCode.NOT_FOUND,
            lambda: self.files.GetFile(files.FileRequest(file_id="nicht-da-äöü-%41")),
        )
        self.assertIn("nicht-da-äöü-%41", error.details())


class Sizes(GatewayTest):
    def test_messages_up_to_the_limit_go_through(self):
        agent = self.agent()
        agent.welcome()
        text = "x" * (MESSAGE_LIMIT - 1000)
        response = self.push.PushToClient(push.PushRequest(client_id=agent.client_id, message=text))
        self.assertTrue(response.success, response.error)
        self.assertEqual(agent.next().text.content, text)

    def test_larger_messages_are_refused_and_the_connection_lives(self):
        agent = self.agent()
        agent.welcome()
        for size in (MESSAGE_LIMIT, 5 << 20, 40 << 20):
            request = push.PushRequest(client_id=agent.client_id, message="x" * size)
            self.assertStatus(
                grpc.StatusCode.RESOURCE_EXHAUSTED, lambda: self.push.PushToClient(request), str(MESSAGE_LIMIT)
            )
        self.assertTrue(self.push.PushToClient(push.PushRequest(client_id=agent.client_id, message="y")).success)
        self.assertEqual(agent.next().text.content, "y")

    def test_bytes_that_are_no_message_are_refused(self):
        call = raw(self.channel, "/crier.v1.PushService/PushToClient")
        for wrong in (b"\x0a", b"\xff" * 20, b"\x0a\x7fshort", b"\x0b"):
            self.assertStatus(grpc.StatusCode.INVALID_ARGUMENT, lambda: call(wrong), "PushRequest")


class Compression(GatewayTest):
    def test_gzip_both_ways(self):
        agent = self.agent()
        agent.welcome()
        text = "compressible " * 10_000
        response = self.push.PushToClient(
            push.PushRequest(client_id=agent.client_id, message=text), compression=grpc.Compression.Gzip
        )
        self.assertTrue(response.success)
        self.assertEqual(agent.next().text.content, text)

    def test_gzip_stream(self):
        with grpc.insecure_channel(self.gateway.grpc, compression=grpc.Compression.Gzip) as channel:
            stub = push_grpc.PushServiceStub(channel)
            nobody = unique("nobody")
            requests = (push.PushRequest(client_id=nobody, message="x" * 5000, tag=n) for n in range(100))
            answers = list(stub.PushStream(requests, timeout=PATIENCE))
            self.assertEqual(sorted(answer.tag for answer in answers), list(range(100)))

    def test_bombs_are_refused_before_they_unfold(self):
        agent = self.agent()
        agent.welcome()
        request = push.PushRequest(client_id=agent.client_id, message="\0" * (64 << 20))
        self.assertStatus(
            grpc.StatusCode.RESOURCE_EXHAUSTED,
            lambda: self.push.PushToClient(request, compression=grpc.Compression.Gzip),
            str(MESSAGE_LIMIT),
        )

    def test_other_encodings_are_unimplemented(self):
        request = push.PushRequest(client_id=unique("nobody"), message="x" * 5000)
        error = self.assertStatus(
            grpc.StatusCode.UNIMPLEMENTED,
            lambda: self.push.PushToClient(request, compression=grpc.Compression.Deflate),
            "deflate",
        )
        self.assertIn("gzip", dict(error.trailing_metadata()).get("grpc-accept-encoding", "gzip"))


class Keepalive(GatewayTest):
    def test_too_many_pings_end_the_connection(self):
        with self.gateway.channel(
            grpc__keepalive_time_ms=100,
            grpc__keepalive_timeout_ms=10_000,
            grpc__keepalive_permit_without_calls=1,
            grpc__http2__max_pings_without_data=0,
        ) as channel:
            agent = Agent(channel, unique("pinger"))
            agent.welcome()
            _, error = agent.ended()
            self.assertEqual(error.code(), grpc.StatusCode.UNAVAILABLE)
            self.assertRegex(error.details().lower(), "too_many_pings|too many pings|goaway|enhance")

    def test_pings_are_answered(self):
        # A ping after each silent second. Not more than two of them: the gateway takes the fourth for abuse.
        with self.gateway.channel(grpc__keepalive_time_ms=1000, grpc__keepalive_timeout_ms=20_000) as channel:
            agent = Agent(channel, unique("pinger"))
            agent.welcome()
            time.sleep(2.5)
            agent.send(push.ClientMessage(heartbeat=push.Heartbeat(timestamp=1)))
            self.assertEqual(agent.next().heartbeat.timestamp, 1)
            agent.close()


class Deadlines(GatewayTest):
    def test_the_gateway_keeps_the_deadline_of_a_client_that_does_not(self):
        # The header without grpcio's own timer: the server's answer is all that can end this.
        outgoing = queue.Queue()
        outgoing.put(push.ClientMessage(register=push.RegisterRequest(client_id=unique("agent"))))
        self.addCleanup(outgoing.put, None)
        call = self.push.Connect(iter(outgoing.get, None), metadata=[("grpc-timeout", "300m")])
        self.assertStatus(grpc.StatusCode.DEADLINE_EXCEEDED, lambda: list(call), "deadline")

    def test_long_deadlines_are_no_deadlines(self):
        request = push.PushRequest(client_id=unique("nobody"), message="x")
        self.assertFalse(self.push.PushToClient(request, timeout=10_000_000).success)


class Strangers(GatewayTest):
    """Peers that are not gRPC, or stop in the middle. The gateway must go on for everybody else."""

    def serves_others(self):
        self.assertFalse(self.push.PushToClient(push.PushRequest(client_id=unique("nobody"), message="x")).success)

    def connect(self):
        host, port = self.gateway.grpc.rsplit(":", 1)
        stranger = socket.create_connection((host, int(port)), timeout=PATIENCE)
        self.addCleanup(stranger.close)
        return stranger

    def test_half_a_preface_then_silence(self):
        for part in (b"", b"PRI * HTTP/2.0", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00"):
            self.connect().sendall(part)
        self.serves_others()

    def test_half_a_message_then_silence(self):
        stopped = threading.Event()
        self.addCleanup(stopped.set)

        def half():
            yield push.PushRequest(client_id=unique("nobody"), message="x", tag=1)
            stopped.wait(PATIENCE)

        call = self.push.PushStream(half())
        self.assertEqual(next(call).tag, 1)
        self.serves_others()
        call.cancel()

    def test_another_protocol_is_sent_away(self):
        stranger = self.connect()
        stranger.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        stranger.settimeout(PATIENCE)
        while stranger.recv(4096):
            pass
        self.serves_others()

    def test_noise(self):
        stranger = self.connect()
        stranger.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(range(256)) * 16)
        stranger.settimeout(PATIENCE)
        try:
            while stranger.recv(4096):
                pass
        except ConnectionResetError:
            pass
        self.serves_others()

    def test_many_connections_that_come_and_go(self):
        for _ in range(200):
            self.connect().close()
        self.serves_others()


class Http(GatewayTest):
    def test_probes_and_metrics(self):
        host, port = self.gateway.http.rsplit(":", 1)
        for path, word in (("/healthz", b""), ("/readyz", b""), ("/metrics", b"# TYPE")):
            connection = http.client.HTTPConnection(host, int(port), timeout=PATIENCE)
            connection.request("GET", path)
            response = connection.getresponse()
            body = response.read()
            if response.getheader("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            self.assertEqual(response.status, 200, path)
            self.assertIn(word, body)
            connection.close()


if __name__ == "__main__":
    unittest.main()
