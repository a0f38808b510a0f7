"""Random messages as bytes and as text, by Python's protobuf: what the C# classes are checked against.

The text of a message lists its fields in the order of their numbers: ``{clip="74" fps=d4059… travel={…}}``. Texts and
bytes are hexadecimal, doubles are their bits, absent fields are left out, maps are in the order of their keys.
"""

from __future__ import annotations

import random
import struct
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

_EACH = 8
_TEXTS = ("", "dancer", "größe", "名前", '\U0001f483 a"b\\c', "x" * 200)
_DOUBLES = (0.0, -0.0, 1.0, -2.5, 1e300, 5e-324, float("inf"), 30.0, 1 / 3)


def golden(descriptors: list[Descriptor]) -> str:
    """The text of the golden file: on each line name, bytes, further bytes and text of a message."""
    chosen = random.Random(13)
    lines: list[str] = []
    for descriptor in descriptors:
        for fill in range(_EACH):
            message = GetMessageClass(descriptor)()
            _fill(message, chosen, fill / (_EACH - 1))
            data = message.SerializeToString(deterministic=True)
            # A newer server may send fields that nobody here knows.
            strangers = _strangers(chosen) if fill % 3 == 2 else b""
            lines.append(f"{descriptor.name}\t{data.hex()}\t{strangers.hex()}\t{text_of(message)}")
    return "\n".join(lines) + "\n"


def text_of(message: Message) -> str:
    """The canonical text of a message."""
    parts: list[str] = []
    for field in sorted(message.DESCRIPTOR.fields, key=lambda field: field.number):
        value: Any = getattr(message, field.name)
        if _is_map(field):
            parts += [f"{field.name}={_scalar(key)}:{_scalar(value[key])}" for key in sorted(value)]
        elif field.is_repeated:
            parts += [f"{field.name}={_one(field, item)}" for item in value]
        elif message.HasField(field.name) if field.has_presence else _is_set(value):
            parts.append(f"{field.name}={_one(field, value)}")
    return "{" + " ".join(parts) + "}"


def _one(field: FieldDescriptor, value: Any) -> str:
    return text_of(value) if field.message_type else _scalar(value)


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return '"' + value.encode().hex() + '"'
    if isinstance(value, bytes):
        return value.hex() or "-"
    if isinstance(value, float):
        return "d" + struct.pack(">d", value).hex()
    return str(int(value))


def _is_set(value: Any) -> bool:
    return struct.pack("<d", value) != bytes(8) if isinstance(value, float) else bool(value)


def _fill(message: Any, chosen: random.Random, share: float) -> None:
    for field in message.DESCRIPTOR.fields:
        if chosen.random() > share:
            continue
        if _is_map(field):
            # Not the empty key: Python writes it last, and every other one in order.
            for text in chosen.sample(_TEXTS[1:], 3):
                getattr(message, field.name)[text] = chosen.choice(_TEXTS)
        elif field.is_repeated:
            for _ in range(chosen.randrange(4)):
                items = getattr(message, field.name)
                if field.message_type:
                    _fill(items.add(), chosen, share)
                else:
                    items.append(_value(field, chosen))
        elif field.message_type:
            inner = getattr(message, field.name)
            inner.SetInParent()
            _fill(inner, chosen, share)
        else:
            setattr(message, field.name, _value(field, chosen))


def _value(field: FieldDescriptor, chosen: random.Random) -> Any:
    match field.type:
        case FieldDescriptor.TYPE_DOUBLE:
            return chosen.choice(_DOUBLES)
        case FieldDescriptor.TYPE_BOOL:
            return chosen.random() < 0.7
        case FieldDescriptor.TYPE_STRING:
            return chosen.choice(_TEXTS)
        case FieldDescriptor.TYPE_BYTES:
            return chosen.randbytes(chosen.choice((0, 1, 130)))
        case FieldDescriptor.TYPE_ENUM:
            # An enum is open: a newer server may send a number that this version has no name for.
            return chosen.choice((0, 1, 2, 77))
        case FieldDescriptor.TYPE_SINT32:
            return chosen.choice((0, -1, 1, 511, -(2**31), 2**31 - 1))
        case FieldDescriptor.TYPE_UINT64:
            return chosen.choice((0, 1, 300, 2**53, 2**64 - 1))
        case _:
            return chosen.choice((0, 1, 127, 128, 2**32 - 1))


def _strangers(chosen: random.Random) -> bytes:
    """Fields of numbers that no message has, of every wire type, a group among them."""
    fields = [
        b"\xf8\x3f\x96\x01",
        b"\xf9\x3f" + bytes(8),
        b"\xfa\x3f\x03abc",
        b"\xfd\x3f" + bytes(4),
        b"\xfb\x3f\x08\x01\x13\x14\xfc\x3f",
    ]
    return b"".join(chosen.sample(fields, 3))


def _is_map(field: FieldDescriptor) -> bool:
    return bool(field.message_type and field.message_type.GetOptions().map_entry)
