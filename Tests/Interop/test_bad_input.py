"""What bad input gets on the control plane: an error that names the field, and a gateway that goes on."""

import unittest

import grpc
from contract import push
from support import GatewayTest, raw, unique

INVALID = grpc.StatusCode.INVALID_ARGUMENT


class ClientIDs(GatewayTest):
    # Case, and what the error must say beside the field's name.
    WRONG = {
        "empty": "",
        "oversized": "x" * 256,
        "oversized in bytes only": "ä" * 128,
        "with a NUL inside": "agent\0evil",
        "with a NUL at the end": "agent\0",
        "with a control character": "agent\x07",
        "with a line break": "agent\r\n",
        "with DEL": "agent\x7f",
    }

    def test_register(self):
        for case, client_id in self.WRONG.items():
            with self.subTest(case):
                _, error = self.agent(client_id or None, first=self.register(client_id)).ended()
                self.assertEqual(error.code(), INVALID, error.details())
                self.assertIn("client_id", error.details())

    def test_push(self):
        for case, client_id in self.WRONG.items():
            with self.subTest(case):
                request = push.PushRequest(client_id=client_id, message="x")
                self.assertStatus(INVALID, lambda: self.push.PushToClient(request), "client_id")

    def test_limit_is_named(self):
        request = push.PushRequest(client_id="x" * 256, message="x")
        self.assertStatus(INVALID, lambda: self.push.PushToClient(request), "client_id", "255")

    def test_longest_allowed(self):
        agent = self.agent("ä" * 127 + "x")
        agent.welcome()
        self.assertTrue(self.push.PushToClient(push.PushRequest(client_id=agent.client_id, message="x")).success)

    def test_nothing_is_cut_off_at_a_nul(self):
        agent = self.agent()
        agent.welcome()
        request = push.PushRequest(client_id=agent.client_id + "\0x", message="not for this one")
        self.assertStatus(INVALID, lambda: self.push.PushToClient(request), "client_id")
        self.push.PushToClient(push.PushRequest(client_id=agent.client_id, message="a\0b"))
        self.assertEqual(agent.next().text.content, "a\0b")

    def test_not_utf_8(self):
        unary = raw(self.channel, "/crier.v1.PushService/PushToClient")
        for wrong in (b"\xff\xfe", b"\xc0\x80", b"\xed\xa0\x80"):
            packed = b"\x0a" + bytes([len(wrong)]) + wrong
            self.assertStatus(INVALID, lambda: unary(packed), "client_id")
            register = b"\x0a" + bytes([len(packed)]) + packed
            stream = raw(self.channel, "/crier.v1.PushService/Connect", "stream_stream")
            self.assertStatus(INVALID, lambda: list(stream(iter([register]))), "client_id")

    def test_not_utf_8_in_a_push_stream(self):
        call = raw(self.channel, "/crier.v1.PushService/PushStream", "stream_stream")
        good = push.PushRequest(client_id=unique("nobody"), message="x", tag=2).SerializeToString()
        try:
            answers = [push.PushResponse.FromString(answer) for answer in call(iter([b"\x0a\x01\xff", good]))]
            self.assertEqual(answers[0].outcome, push.PushResponse.INVALID)
            self.assertEqual(answers[1].tag, 2)
        except grpc.RpcError as error:  # bytes that are no message may end the stream, clearly
            self.assertEqual(error.code(), INVALID)
            self.assertIn("client_id", error.details())

    @staticmethod
    def register(client_id):
        return push.ClientMessage(register=push.RegisterRequest(client_id=client_id))


class FirstMessages(GatewayTest):
    def test_anything_but_register_or_reconnect_is_refused(self):
        for first in (
            push.ClientMessage(),
            push.ClientMessage(heartbeat=push.Heartbeat(client_id="x")),
            push.ClientMessage(ack=push.Ack(sequence=1)),
            push.ClientMessage(file_status=push.FileStatus(file_id="x")),
        ):
            with self.subTest(first=first):
                messages, error = self.agent(first=first).ended()
                self.assertEqual(messages, [])
                self.assertEqual(error.code(), grpc.StatusCode.FAILED_PRECONDITION, error.details())
                self.assertIn("register", error.details())

    def test_no_message_at_all(self):
        with self.assertRaises(grpc.RpcError) as caught:
            list(self.push.Connect(iter([])))
        self.assertIn(caught.exception.code(), (grpc.StatusCode.FAILED_PRECONDITION, INVALID))

    def test_reconnect_without_a_client(self):
        first = push.ClientMessage(reconnect=push.ReconnectRequest(last_session_id="x"))
        _, error = self.agent(first=first).ended()
        self.assertEqual(error.code(), INVALID)
        self.assertIn("client_id", error.details())

    def test_too_many_labels(self):
        labels = [push.Label(key=f"k{n}", value="v") for n in range(65)]
        _, error = self.agent(labels=labels).ended()
        self.assertEqual(error.code(), INVALID, error.details())
        self.assertIn("labels", error.details())
        self.assertIn("64", error.details())
        self.agent(labels=labels[:64]).welcome()


class Sessions(GatewayTest):
    def test_strange_later_messages_do_not_harm_the_session(self):
        agent = self.agent()
        agent.welcome()
        for message in (
            push.ClientMessage(),
            push.ClientMessage(ack=push.Ack(sequence=2**64 - 1, stage=99)),
            push.ClientMessage(ack=push.Ack(message_id="never heard of it")),
            push.ClientMessage(file_status=push.FileStatus(file_id="../..", bytes_done=-1, state=99)),
        ):
            agent.send(message)
        agent.send(push.ClientMessage(heartbeat=push.Heartbeat(timestamp=7)))
        heard = agent.next()
        if heard is None:  # refusing is right too, if it says why
            self.assertIn(agent.error.code(), (INVALID, grpc.StatusCode.FAILED_PRECONDITION))
            self.assertTrue(agent.error.details())
        else:
            self.assertEqual(heard.heartbeat.timestamp, 7)


if __name__ == "__main__":
    unittest.main()
