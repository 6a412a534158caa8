"""PushService as grpcio's clients use it."""

import queue
import time
import unittest

import grpc
from contract import push
from support import MESSAGE_LIMIT, PATIENCE, GatewayTest, unique

Outcome = push.PushResponse.Outcome


class Connect(GatewayTest):
    def test_welcome_comes_first(self):
        agent = self.agent(instance_id="i", attempt=1, agent_version="1.2.3")
        welcome = agent.welcome()
        self.assertTrue(welcome.session_id)
        self.assertTrue(welcome.node_id)
        self.assertGreater(welcome.heartbeat_interval_ms, 0)
        self.assertGreater(welcome.generation, 0)
        self.assertFalse(welcome.resumed)
        self.assertLess(abs(welcome.server_time / 1000 - time.time()), 60)
        self.assertEqual(welcome.max_message_bytes, MESSAGE_LIMIT)

    def test_heartbeat_is_echoed_with_its_timestamp(self):
        agent = self.agent()
        agent.welcome()
        agent.send(push.ClientMessage(heartbeat=push.Heartbeat(timestamp=1234567890123)))
        self.assertEqual(agent.next().heartbeat.timestamp, 1234567890123)

    def test_newest_session_wins_and_the_old_one_is_told(self):
        old = self.agent()
        first = old.welcome()
        new = self.agent(old.client_id)
        second = new.welcome()
        self.assertGreater(second.generation, first.generation)
        messages, _ = old.ended()
        redirect = messages[-1].redirect
        self.assertEqual(redirect.reason, "superseded")
        self.assertTrue(redirect.final)
        self.assertTrue(self.push.PushToClient(push.PushRequest(client_id=old.client_id, message="x")).success)
        self.assertEqual(new.next().text.content, "x")

    def test_reconnect_is_a_register_that_names_the_last_session(self):
        agent = self.agent(instance_id="i", attempt=1)
        last = agent.welcome()
        agent.close()
        again = push.ClientMessage(
            reconnect=push.ReconnectRequest(
                client_id=agent.client_id,
                last_session_id=last.session_id,
                register=push.RegisterRequest(instance_id="i", attempt=2),
            )
        )
        welcome = self.agent(agent.client_id, first=again).welcome()
        self.assertGreater(welcome.generation, last.generation)
        self.assertNotEqual(welcome.session_id, last.session_id)

    def test_late_handshake_of_the_same_instance_is_aborted(self):
        agent = self.agent(instance_id="i", attempt=5)
        agent.welcome()
        for attempt in (5, 4):
            late = self.agent(agent.client_id, instance_id="i", attempt=attempt)
            _, error = late.ended()
            self.assertEqual(error.code(), grpc.StatusCode.ABORTED, error.details())
        self.assertTrue(self.push.PushToClient(push.PushRequest(client_id=agent.client_id, message="x")).success)

    def test_two_instances_that_fight_for_an_id_are_quarantined(self):
        client_id = unique("twin")
        for turn in range(10):
            agent = self.agent(client_id, instance_id=f"instance-{turn % 2}")
            message = agent.next()
            if message is None:
                break
        else:
            self.fail("ten take-overs and no quarantine")
        self.assertEqual(agent.error.code(), grpc.StatusCode.RESOURCE_EXHAUSTED, agent.error.details())
        trailers = dict(agent.error.trailing_metadata())
        self.assertGreater(int(trailers["crier-retry-after-ms"]), 0)

    def test_half_closed_stream_still_hears(self):
        agent = self.agent()
        agent.welcome()
        agent.half_close()
        time.sleep(0.2)  # nothing must happen; there is nothing to wait for
        self.assertTrue(self.push.PushToClient(push.PushRequest(client_id=agent.client_id, message="x")).success)
        self.assertEqual(agent.next().text.content, "x")

    def test_cancelled_stream_is_gone(self):
        agent = self.agent()
        agent.welcome()
        agent.call.cancel()
        request = push.PushRequest(client_id=agent.client_id, message="x")
        self.eventually(lambda: self.push.PushToClient(request).outcome == Outcome.NOT_CONNECTED)

    def test_deadline_of_connect_ends_the_session(self):
        client_id = unique("agent")
        register = push.ClientMessage(register=push.RegisterRequest(client_id=client_id))
        outgoing = queue.Queue()
        outgoing.put(register)
        call = self.push.Connect(iter(outgoing.get, None), timeout=5)
        self.assertEqual(next(call).WhichOneof("payload"), "welcome")
        self.assertStatus(grpc.StatusCode.DEADLINE_EXCEEDED, lambda: next(call))
        outgoing.put(None)
        request = push.PushRequest(client_id=client_id, message="x")
        self.eventually(lambda: self.push.PushToClient(request).outcome == Outcome.NOT_CONNECTED)


class PushToClient(GatewayTest):
    def test_every_kind_of_content_arrives(self):
        agent = self.agent()
        agent.welcome()
        cases = [
            (dict(message="plain"), dict(text=push.TextMessage(content="plain"))),
            (dict(text=push.TextMessage(content="Grüße\0!")),) * 2,
            (dict(event=push.NotifyEvent(type="update", details="d")),) * 2,
            (dict(data=bytes(range(256))),) * 2,
            (dict(file_control=push.FileControl(file_id="name", action=push.FileControl.PAUSE)),) * 2,
            (dict(message="", text=push.TextMessage()), dict(text=push.TextMessage())),
        ]
        for asked, expected in cases:
            with self.subTest(asked=asked):
                response = self.push.PushToClient(push.PushRequest(client_id=agent.client_id, **asked))
                self.assertTrue(response.success, response.error)
                self.assertEqual(response.outcome, Outcome.WRITTEN)
                self.assertTrue(response.message_id)
                self.assertTrue(response.node_id)
                heard = agent.next()
                self.assertEqual(heard.message_id, response.message_id)
                kind = heard.WhichOneof("payload")
                self.assertEqual({kind: getattr(heard, kind)}, expected)

    def test_the_rest_of_the_request_arrives_too(self):
        agent = self.agent()
        agent.welcome()
        trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        self.push.PushToClient(
            push.PushRequest(client_id=agent.client_id, message="x", collapse_key="k", traceparent=trace)
        )
        heard = agent.next()
        self.assertEqual((heard.collapse_key, heard.traceparent, heard.sequence), ("k", trace, 0))

    def test_not_connected_is_an_answer(self):
        response = self.push.PushToClient(push.PushRequest(client_id=unique("nobody"), message="x"))
        self.assertFalse(response.success)
        self.assertEqual(response.outcome, Outcome.NOT_CONNECTED)
        self.assertTrue(response.error)

    def test_pushes_of_one_caller_arrive_in_order(self):
        agent = self.agent()
        agent.welcome()
        for number in range(500):
            self.push.PushToClient(push.PushRequest(client_id=agent.client_id, message=str(number)))
        self.assertEqual([agent.next().text.content for _ in range(500)], [str(n) for n in range(500)])

    def test_sender_hears_of_the_acknowledgement(self):
        agent = self.agent()
        agent.welcome()
        for wait_for, stage, outcome in (
            (push.PushRequest.RECEIVED, push.Ack.RECEIVED, Outcome.RECEIVED),
            (push.PushRequest.APPLIED, push.Ack.APPLIED, Outcome.APPLIED),
            (push.PushRequest.APPLIED, push.Ack.REJECTED, Outcome.REJECTED),
        ):
            request = push.PushRequest(client_id=agent.client_id, message="x", wait_for=wait_for)
            future = self.push.PushToClient.future(request, timeout=PATIENCE)
            heard = agent.next()
            agent.send(push.ClientMessage(ack=push.Ack(message_id=heard.message_id, stage=stage, detail="why")))
            self.assertEqual(future.result().outcome, outcome)

    def test_what_comes_later_says_so(self):
        agent = self.agent()
        agent.welcome()
        durable = push.PushRequest(client_id=agent.client_id, message="x", durable=True)
        self.assertStatus(grpc.StatusCode.UNIMPLEMENTED, lambda: self.push.PushToClient(durable), "durable")
        self.assertStatus(grpc.StatusCode.UNIMPLEMENTED, lambda: self.push.Publish(push.PublishRequest()))
        self.assertStatus(grpc.StatusCode.UNIMPLEMENTED, lambda: list(self.push.GetReceipts(push.ReceiptsRequest())))


class PushStream(GatewayTest):
    def test_answers_carry_the_tags_and_wrong_requests_do_not_end_it(self):
        agent = self.agent()
        agent.welcome()
        count = 2000

        def requests():
            for tag in range(1, count + 1):
                if tag == 500:
                    yield push.PushRequest(client_id="", message="x", tag=tag)
                elif tag == 600:
                    yield push.PushRequest(client_id=unique("nobody"), message="x", tag=tag)
                elif tag == 700:
                    yield push.PushRequest(client_id=agent.client_id, message="x", durable=True, tag=tag)
                else:
                    yield push.PushRequest(client_id=agent.client_id, message=str(tag), tag=tag)

        answers = {answer.tag: answer for answer in self.push.PushStream(requests(), timeout=PATIENCE)}
        self.assertEqual(set(answers), set(range(1, count + 1)))
        self.assertEqual(answers[500].outcome, Outcome.INVALID)
        self.assertIn("client_id", answers[500].error)
        self.assertEqual(answers[600].outcome, Outcome.NOT_CONNECTED)
        self.assertEqual(answers[700].outcome, Outcome.INVALID)
        written = [tag for tag in sorted(answers) if answers[tag].success]
        self.assertEqual(len(written), count - 3)
        heard = [int(agent.next().text.content) for _ in written]
        self.assertEqual(heard, written)

    def test_a_stream_can_stay_open_between_pushes(self):
        agent = self.agent()
        agent.welcome()
        outgoing = queue.Queue()
        call = self.push.PushStream(iter(outgoing.get, None), timeout=PATIENCE)
        for tag in (1, 2):
            outgoing.put(push.PushRequest(client_id=agent.client_id, message=str(tag), tag=tag))
            self.assertEqual(next(call).tag, tag)
            self.assertEqual(agent.next().text.content, str(tag))
        outgoing.put(None)
        self.assertEqual(list(call), [])


class ListClients(GatewayTest):
    def test_connected_clients_are_listed_by_prefix_and_labels(self):
        prefix = unique("list")
        north = push.Label(key="site", value="north")
        for number, labels in ((2, [north]), (1, []), (3, [north])):
            agent = self.agent(f"{prefix}-{number}", labels=labels, agent_version="v", instance_id=f"i{number}")
            agent.welcome()
        listed = list(self.push.ListClients(push.ListClientsRequest(client_id_prefix=prefix)))
        self.assertEqual([client.client_id for client in listed], [f"{prefix}-{n}" for n in (1, 2, 3)])
        client = listed[1]
        self.assertEqual((client.agent_version, client.instance_id), ("v", "i2"))
        self.assertEqual(list(client.labels), [north])
        self.assertTrue(client.session_id and client.node_id and client.generation)
        self.assertTrue(client.address.startswith("127.0.0.1:"), client.address)
        self.assertLess(abs(client.connected_at / 1000 - time.time()), 60)
        listed = self.push.ListClients(push.ListClientsRequest(client_id_prefix=prefix, labels=[north]))
        self.assertEqual([client.client_id for client in listed], [f"{prefix}-{n}" for n in (2, 3)])


class GetRefusedPushes(GatewayTest):
    def test_a_push_to_a_client_that_is_away_is_remembered(self):
        client_id = unique("away")
        response = self.push.PushToClient(push.PushRequest(client_id=client_id, message="x"))
        for all_nodes in (False, True):
            request = push.RefusedPushesRequest(client_id=client_id, all_nodes=all_nodes)
            [refused] = self.push.GetRefusedPushes(request)
            self.assertEqual(refused.outcome, push.PushResponse.NOT_CONNECTED)
            self.assertEqual((refused.message_id, refused.detail), (response.message_id, response.error))
            self.assertLess(abs(refused.at / 1000 - time.time()), 60)
            self.assertTrue(refused.node_id)


if __name__ == "__main__":
    unittest.main()
