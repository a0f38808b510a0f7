"""The committed generated code is what proto/ says."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import grpc_tools
import pytest
from google.protobuf import descriptor_pb2

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("asset", "frames", "live", "playback", "server")


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, descriptor_pb2.FileDescriptorProto]:
    """Descriptors of proto/ as today's protoc sees them."""
    out = tmp_path_factory.mktemp("protos") / "set.bin"
    files = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "proto").rglob("*.proto"))
    include = Path(grpc_tools.__file__).parent / "_proto"
    command = [sys.executable, "-m", "grpc_tools.protoc", "-Iproto", f"-I{include}", f"--descriptor_set_out={out}"]
    subprocess.run([*command, *files], cwd=ROOT, check=True)
    found = descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes())
    return {Path(file.name).stem: file for file in found.file}


def test_every_proto_is_covered(compiled: dict[str, descriptor_pb2.FileDescriptorProto]) -> None:
    assert sorted(compiled) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_committed_code_matches_its_proto(name: str, compiled: dict[str, descriptor_pb2.FileDescriptorProto]) -> None:
    module = importlib.import_module(f"ani3d_runtime.rpc.v1.{name}_pb2")
    committed = descriptor_pb2.FileDescriptorProto()
    module.DESCRIPTOR.CopyToProto(committed)
    expected = compiled[name]
    # protoc fills json_name only in some outputs; it follows from the field's name.
    for file in (committed, expected):
        for message in file.message_type:
            for one in (message, *message.nested_type):
                for field in one.field:
                    field.ClearField("json_name")
    assert committed == expected, "run `make proto` and commit what it writes"


@pytest.mark.parametrize("name", NAMES)
def test_committed_stubs_name_every_method(name: str, compiled: dict[str, descriptor_pb2.FileDescriptorProto]) -> None:
    text = (ROOT / f"ani3d_runtime/rpc/v1/{name}_pb2_grpc.py").read_text()
    for service in compiled[name].service:
        for method in service.method:
            assert f"'/ani3d_runtime.rpc.v1.{service.name}/{method.name}'" in text


def test_concatenated_responses_are_one_response() -> None:
    """The server relies on it to serialise a frame once for all watchers."""
    from ani3d_runtime.rpc.v1 import frames_pb2, playback_pb2

    own = playback_pb2.PlayResponse(epoch=3, sequence=7, server_time_s=1.5)
    shared = playback_pb2.PlayResponse(frames=[frames_pb2.Frame(time_s=2.5, frame_index=75, payload=b"abc")])
    both = playback_pb2.PlayResponse.FromString(own.SerializeToString() + shared.SerializeToString())
    assert (both.epoch, both.sequence, both.frames[0].payload) == (3, 7, b"abc")
