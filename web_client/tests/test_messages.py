# pyright: basic
"""The messages that the web client knows are those of ``proto/``: every field, its number and its kind."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto

from ani3d_runtime.rpc.v1 import live_pb2, playback_pb2

PROGRAM = Path(__file__).parents[1] / "dist/live/watch.mjs"
KINDS = {
    FieldDescriptor.TYPE_DOUBLE: "double",
    FieldDescriptor.TYPE_BOOL: "bool",
    FieldDescriptor.TYPE_STRING: "string",
    FieldDescriptor.TYPE_BYTES: "bytes",
    FieldDescriptor.TYPE_SINT32: "sint",
    FieldDescriptor.TYPE_UINT32: "uint",
    FieldDescriptor.TYPE_UINT64: "uint",
    FieldDescriptor.TYPE_ENUM: "uint",
}


@pytest.mark.parametrize(
    "message",
    [
        playback_pb2.PlayRequest,
        playback_pb2.PlayResponse,
        live_pb2.SubscribeRequest,
        live_pb2.SubscribeResponse,
        live_pb2.RetargetRequest,
        live_pb2.RetargetResponse,
    ],
)
def test_fields_are_those_of_proto(message: Any) -> None:
    said = subprocess.run(["node", str(PROGRAM), "schemas"], capture_output=True, text=True, check=True).stdout
    descriptor = message.DESCRIPTOR
    assert json.loads(said)[descriptor.name] == schema_of(descriptor)


def schema_of(descriptor: Descriptor) -> dict[str, Any]:
    """As ``messages.ts`` writes a message."""
    # Versions of protobuf name what is repeated differently; the message of a descriptor is always the same.
    described = DescriptorProto()
    descriptor.CopyToProto(described)
    lists = {field.name for field in described.field if field.label == FieldDescriptorProto.LABEL_REPEATED}
    schema = {}
    for field in descriptor.fields:
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            schema[field.name] = {"number": field.number, "kind": "string", "isMap": True}
            continue
        kind = KINDS[field.type] if field.message_type is None else schema_of(field.message_type)
        repeated = {"isList": True} if field.name in lists else {}
        schema[field.name] = {"number": field.number, "kind": kind, **repeated}
    return schema
