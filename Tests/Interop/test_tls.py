"""TLS and client certificates, both ways round, with certificates that openssl makes for this run."""

import pathlib
import shutil
import subprocess
import tempfile
import unittest

import grpc
from contract import push, push_grpc
from support import CRIER, PATIENCE, Gateway, unique


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


class Certificates:
    """An authority, and certificates of it for a gateway on the loopback and for a client."""

    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="crier-interop-tls-"))
        self._authority("ca")
        self._authority("stranger")
        self._issue("server", "subjectAltName=IP:127.0.0.1,DNS:localhost")
        self._issue("client", "extendedKeyUsage=clientAuth")

    def _authority(self, name):
        key, certificate = self.directory / f"{name}.key", self.directory / f"{name}.pem"
        openssl(
            *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"),
            *("-subj", f"/CN={name}", "-keyout", key, "-out", certificate),
        )

    def _issue(self, name, extension):
        key, request = self.directory / f"{name}.key", self.directory / f"{name}.csr"
        openssl(
            *("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-subj", f"/CN={name}", "-keyout", key, "-out", request),
        )
        extensions = self.directory / f"{name}.ext"
        extensions.write_text(extension + "\n")
        openssl(
            *("x509", "-req", "-in", request, "-days", "2", "-extfile", extensions, "-CAcreateserial"),
            *("-CA", self.directory / "ca.pem", "-CAkey", self.directory / "ca.key"),
            *("-out", self.directory / f"{name}.pem"),
        )

    def path(self, name):
        return str(self.directory / name)

    def read(self, name):
        return (self.directory / name).read_bytes()

    def remove(self):
        shutil.rmtree(self.directory, ignore_errors=True)


@unittest.skipUnless(shutil.which("openssl"), "openssl makes the certificates")
class TLS(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.certificates = certificates = Certificates()
        cls.addClassCleanup(certificates.remove)
        server = ("--tls-cert", certificates.path("server.pem"), "--tls-key", certificates.path("server.key"))
        cls.gateway = Gateway(*server)
        cls.addClassCleanup(cls.gateway.close)
        cls.strict = Gateway(*server, "--tls-client-ca", certificates.path("ca.pem"))
        cls.addClassCleanup(cls.strict.close)

    def push(self, gateway, **credentials):
        """One push over TLS to nobody; True when the gateway answered."""
        with grpc.secure_channel(gateway.grpc, grpc.ssl_channel_credentials(**credentials)) as channel:
            request = push.PushRequest(client_id=unique("nobody"), message="x")
            answer = push_grpc.PushServiceStub(channel).PushToClient(request, timeout=PATIENCE)
            return answer.outcome == push.PushResponse.NOT_CONNECTED

    def assertUnavailable(self, call):
        with self.assertRaises(grpc.RpcError) as caught:
            call()
        self.assertEqual(caught.exception.code(), grpc.StatusCode.UNAVAILABLE)

    def crier(self, gateway, *arguments):
        command = [CRIER, "clients", "--output", "json", "--gateway", gateway.grpc, *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, stdin=subprocess.DEVNULL)

    def test_tls_with_the_right_authority(self):
        self.assertTrue(self.push(self.gateway, root_certificates=self.certificates.read("ca.pem")))

    def test_tls_with_another_authority(self):
        stranger = self.certificates.read("stranger.pem")
        self.assertUnavailable(lambda: self.push(self.gateway, root_certificates=stranger))

    def test_clear_text_on_a_port_that_speaks_tls(self):
        with self.gateway.channel() as channel:
            stub = push_grpc.PushServiceStub(channel)
            self.assertUnavailable(lambda: stub.PushToClient(push.PushRequest(client_id="x"), timeout=PATIENCE))

    def test_client_certificate_is_asked_for_and_checked(self):
        authority = self.certificates.read("ca.pem")
        self.assertUnavailable(lambda: self.push(self.strict, root_certificates=authority))
        own = {"private_key": self.certificates.read("client.key")}
        own["certificate_chain"] = self.certificates.read("client.pem")
        self.assertTrue(self.push(self.strict, root_certificates=authority, **own))
        foreign = {"private_key": self.certificates.read("stranger.key")}
        foreign["certificate_chain"] = self.certificates.read("stranger.pem")
        self.assertUnavailable(lambda: self.push(self.strict, root_certificates=authority, **foreign))

    def test_the_command_line_speaks_tls(self):
        authority = ("--tls-ca", self.certificates.path("ca.pem"))
        done = self.crier(self.gateway, *authority)
        self.assertEqual(done.returncode, 0, done.stderr)
        own = ("--tls-cert", self.certificates.path("client.pem"), "--tls-key", self.certificates.path("client.key"))
        done = self.crier(self.strict, *authority, *own)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotEqual(self.crier(self.strict, *authority).returncode, 0)
        self.assertNotEqual(self.crier(self.gateway, "--tls-ca", self.certificates.path("stranger.pem")).returncode, 0)


class Addresses(unittest.TestCase):
    def test_clear_text_beyond_the_loopback_needs_to_be_said(self):
        with tempfile.TemporaryDirectory() as directory:
            command = [CRIER, "serve", "--data-dir", directory, "--grpc", "0.0.0.0:0", "--http", "127.0.0.1:0"]
            done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("--insecure", done.stderr)


if __name__ == "__main__":
    unittest.main()
