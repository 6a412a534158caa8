"""grpc.health.v1 and grpc.reflection, with gRPC's own Python clients."""

import threading
import unittest

import grpc
from contract import reflection_v1
from google.protobuf import descriptor_pb2
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2 as reflection_v1alpha
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from support import PATIENCE, Agent, Gateway, GatewayTest, unique

SERVICES = (
    "crier.v1.PushService", "crier.v1.FileService", "crier.v1.KeyValueService",
    "PushService", "FileService", "KeyValueService",
)
Status = health_pb2.HealthCheckResponse


class Health(GatewayTest):
    def setUp(self):
        super().setUp()
        self.health = health_pb2_grpc.HealthStub(self.channel)

    def test_list(self):
        statuses = self.health.List(health_pb2.HealthListRequest()).statuses
        self.assertEqual(Status.SERVING, statuses[""].status)
        self.assertLessEqual({"", *SERVICES}, set(statuses))

    def test_check_of_the_server_and_of_every_service(self):
        for service in ("", *SERVICES):
            answer = self.health.Check(health_pb2.HealthCheckRequest(service=service))
            self.assertEqual(answer.status, Status.SERVING, service)

    def test_check_of_an_unknown_service_is_not_found(self):
        request = health_pb2.HealthCheckRequest(service="crier.v1.Nope")
        self.assertStatus(grpc.StatusCode.NOT_FOUND, lambda: self.health.Check(request), "crier.v1.Nope")

    def test_watch_of_an_unknown_service_goes_on(self):
        call = self.health.Watch(health_pb2.HealthCheckRequest(service="crier.v1.Nope"), timeout=5)
        self.assertEqual(next(call).status, Status.SERVICE_UNKNOWN)
        self.assertStatus(grpc.StatusCode.DEADLINE_EXCEEDED, lambda: next(call))

    def test_many_watchers_come_and_go(self):
        for _ in range(50):
            call = self.health.Watch(health_pb2.HealthCheckRequest())
            self.assertEqual(next(call).status, Status.SERVING)
            call.cancel()


class Draining(unittest.TestCase):
    def test_watchers_hear_of_the_end_before_it_comes(self):
        gateway = Gateway()
        self.addCleanup(gateway.close)
        with gateway.channel() as channel:
            health = health_pb2_grpc.HealthStub(channel)
            call = health.Watch(health_pb2.HealthCheckRequest(service="crier.v1.PushService"), timeout=PATIENCE)
            self.assertEqual(next(call).status, Status.SERVING)
            gateway.terminate()
            self.assertEqual(next(call).status, Status.NOT_SERVING)
            call.cancel()
        self.assertEqual(gateway.process.wait(PATIENCE), 0)

    def test_agents_are_sent_away_before_their_streams_end(self):
        gateway = Gateway("--drain-time", "1s")
        self.addCleanup(gateway.close)
        with gateway.channel() as channel:
            agents = [Agent(channel, unique("agent")) for _ in range(20)]
            for agent in agents:
                agent.welcome()
            gateway.terminate()
            for agent in agents:
                messages, _ = agent.ended()
                redirect = messages[-1].redirect
                self.assertEqual(redirect.reason, "drain")
                self.assertFalse(redirect.final)
                self.assertLessEqual(redirect.after_ms, 1000)
        self.assertEqual(gateway.process.wait(PATIENCE), 0)


class Reflection(GatewayTest):
    VERSIONS = (("v1", reflection_v1), ("v1alpha", reflection_v1alpha))

    def ask(self, version, module, *requests):
        call = self.channel.stream_stream(
            f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
            request_serializer=module.ServerReflectionRequest.SerializeToString,
            response_deserializer=module.ServerReflectionResponse.FromString,
        )
        return list(call(iter([module.ServerReflectionRequest(**request) for request in requests]), timeout=PATIENCE))

    def test_services_are_listed(self):
        for version, module in self.VERSIONS:
            (answer,) = self.ask(version, module, dict(list_services="*", host="h"))
            names = {service.name for service in answer.list_services_response.service}
            self.assertLessEqual(
                {*SERVICES, "grpc.health.v1.Health", f"grpc.reflection.{version}.ServerReflection"}, names
            )
            self.assertEqual(answer.valid_host, "h")
            self.assertEqual(answer.original_request.list_services, "*")

    def test_files_have_all_that_they_need(self):
        for version, module in self.VERSIONS:
            answers = self.ask(
                version,
                module,
                dict(file_containing_symbol="PushService"),
                dict(file_containing_symbol="crier.v1.PushService.PushToClient"),
                dict(file_by_filename="crier/v1/files.proto"),
                dict(file_containing_symbol="grpc.health.v1.Health"),
            )
            for answer in answers:
                pool = DescriptorPool()
                waiting = [
                    descriptor_pb2.FileDescriptorProto.FromString(file)
                    for file in answer.file_descriptor_response.file_descriptor_proto
                ]
                known = set()
                while waiting:
                    ready = [file for file in waiting if set(file.dependency) <= known]
                    self.assertTrue(ready, "a file is missing")
                    for file in ready:
                        pool.Add(file) if hasattr(pool, "Add") else pool.AddSerializedFile(file.SerializeToString())
                        known.add(file.name)
                        waiting.remove(file)

    def test_strings_are_described_as_strings(self):
        database = ProtoReflectionDescriptorDatabase(self.channel)
        pool = DescriptorPool(database)
        request = pool.FindMessageTypeByName("crier.v1.PushRequest")
        self.assertEqual(request.fields_by_name["client_id"].type, request.fields_by_name["client_id"].TYPE_STRING)
        method = pool.FindServiceByName("crier.v1.PushService").FindMethodByName("PushToClient")
        self.assertEqual(method.input_type.full_name, "crier.v1.PushRequest")
        bare = pool.FindServiceByName("FileService").FindMethodByName("DownloadFile")
        self.assertEqual(bare.output_type.full_name, "crier.v1.FileChunk")

    def test_what_is_not_there_is_not_found_and_the_stream_goes_on(self):
        for version, module in self.VERSIONS:
            answers = self.ask(
                version,
                module,
                dict(file_by_filename="nope.proto"),
                dict(file_containing_symbol="crier.v1.Nope"),
                dict(all_extension_numbers_of_type="crier.v1.Nope"),
                dict(
                    file_containing_extension=module.ExtensionRequest(
                        containing_type="crier.v1.PushRequest", extension_number=1
                    )
                ),
                dict(),
                dict(all_extension_numbers_of_type="crier.v1.PushRequest"),
            )
            codes = [answer.error_response.error_code for answer in answers]
            self.assertEqual(codes, [5, 5, 5, 5, 3, 0])
            self.assertEqual(answers[-1].all_extension_numbers_response.base_type_name, "crier.v1.PushRequest")

    def test_a_flood_of_questions_is_answered_to_a_slow_reader(self):
        stub = self.channel.stream_stream(
            "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
            request_serializer=reflection_v1.ServerReflectionRequest.SerializeToString,
            response_deserializer=reflection_v1.ServerReflectionResponse.FromString,
        )
        question = reflection_v1.ServerReflectionRequest(file_containing_symbol="PushService")
        started = threading.Event()

        def questions():
            for _ in range(2000):
                yield question
            started.set()

        call = stub(questions(), timeout=60)
        started.wait(2)
        self.assertEqual(sum(1 for _ in call), 2000)


if __name__ == "__main__":
    unittest.main()
