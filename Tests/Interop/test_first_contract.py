"""A client made from the first published contract, against today's gateway, under the bare names it uses."""

import unittest

from contract import first, first_grpc
from support import PATIENCE, Agent, GatewayTest, content_of, unique, upload


class FirstContract(GatewayTest):
    def connect(self, message):
        stub = first_grpc.PushServiceStub(self.channel)
        agent = Agent(self.channel, unique("unused"), first=message, method=stub.Connect)
        self.addCleanup(agent.close)
        return agent

    def test_register_push_and_heartbeat(self):
        client_id = unique("old")
        agent = self.connect(first.ClientMessage(register=first.RegisterRequest(client_id=client_id)))
        self.assertIsNone(agent.next().WhichOneof("payload"))  # Welcome, which it does not know
        stub = first_grpc.PushServiceStub(self.channel)
        answer = stub.PushToClient(first.PushRequest(client_id=client_id, message="hello"))
        self.assertTrue(answer.success)
        self.assertEqual(answer.error, "")
        self.assertEqual(agent.next().text.content, "hello")
        agent.send(first.ClientMessage(heartbeat=first.Heartbeat(client_id=client_id, timestamp=5)))
        self.assertIsNone(agent.next().WhichOneof("payload"))  # the echo, which it does not know
        self.assertFalse(stub.PushToClient(first.PushRequest(client_id=unique("nobody"), message="x")).success)

    def test_reconnect(self):
        client_id = unique("old")
        first_time = self.connect(first.ClientMessage(register=first.RegisterRequest(client_id=client_id)))
        first_time.next()
        first_time.close()
        agent = self.connect(
            first.ClientMessage(reconnect=first.ReconnectRequest(client_id=client_id, last_session_id="whatever"))
        )
        agent.next()
        stub = first_grpc.PushServiceStub(self.channel)
        self.assertTrue(stub.PushToClient(first.PushRequest(client_id=client_id, message="x")).success)
        self.assertEqual(agent.next().text.content, "x")

    def test_download(self):
        content = content_of(1_000_000)
        name = upload(self.files, content).name
        stub = first_grpc.FileServiceStub(self.channel)
        chunks = list(stub.DownloadFile(first.FileRequest(file_id=name), timeout=PATIENCE))
        self.assertEqual(b"".join(chunk.content for chunk in chunks), content)
        self.assertEqual([chunk.sequence for chunk in chunks], list(range(len(chunks))))
        self.assertEqual([chunk.is_last for chunk in chunks], [False] * (len(chunks) - 1) + [True])


if __name__ == "__main__":
    unittest.main()
