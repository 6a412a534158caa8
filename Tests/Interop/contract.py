"""The generated Python of the contract: made from Protos/ when this module is first imported."""

import atexit
import importlib
import pathlib
import shutil
import sys
import tempfile

from grpc_tools import protoc

HERE = pathlib.Path(__file__).resolve().parent
PROTOS = HERE.parent.parent / "Protos"


def _generate():
    out = tempfile.mkdtemp(prefix="crier-interop-")
    atexit.register(shutil.rmtree, out, ignore_errors=True)
    files = [
        "crier/v1/push.proto", "crier/v1/files.proto", "crier/v1/kv.proto", "grpc/reflection/v1/reflection.proto",
    ]
    for root, names in ((PROTOS, files), (HERE, ["first_contract.proto"])):
        arguments = ["protoc", f"-I{root}", f"--python_out={out}", f"--grpc_python_out={out}", *names]
        if protoc.main(arguments) != 0:
            raise RuntimeError(f"protoc failed: {arguments}")
    sys.path.insert(0, out)
    # The installed `grpc` package must not hide the generated `grpc/reflection/v1`.
    sys.path.insert(0, out + "/grpc")


_generate()

push = importlib.import_module("crier.v1.push_pb2")
push_grpc = importlib.import_module("crier.v1.push_pb2_grpc")
files = importlib.import_module("crier.v1.files_pb2")
files_grpc = importlib.import_module("crier.v1.files_pb2_grpc")
kv = importlib.import_module("crier.v1.kv_pb2")
kv_grpc = importlib.import_module("crier.v1.kv_pb2_grpc")
first = importlib.import_module("first_contract_pb2")
first_grpc = importlib.import_module("first_contract_pb2_grpc")
reflection_v1 = importlib.import_module("reflection.v1.reflection_pb2")
