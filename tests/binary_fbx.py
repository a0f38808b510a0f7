"""The binary form of an FBX that is written as text.

https://code.blender.org/2013/08/fbx-binary-file-format-specification/: a node is the place where it ends, how many
properties it has and how long they are, its name, the properties, and the nodes inside, closed by 13 zeros.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

_TOKEN = re.compile(r'"[^"]*"|\*\d+|[A-Za-z_][\w]*:|[{},]|[^\s{},"]+')
_CLOSED = b"\0" * 13
# Shorter arrays are not packed.
_PACKED = 16


@dataclass
class _Node:
    name: str
    properties: list[str] = field(default_factory=list[str])
    nodes: list[_Node] = field(default_factory=list["_Node"])


def binary_fbx(text: str) -> bytes:
    """FBX 7.4 in binary form, of its text form."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith(";")]
    tokens = iter([*_TOKEN.findall("\n".join(lines)), "}"])
    made = b"Kaydara FBX Binary  \x00\x1a\x00" + struct.pack("<I", 7400)
    for node in _nodes(tokens):
        made += _bytes_of(node, len(made))
    return made + _CLOSED


def _nodes(tokens: Iterator[str]) -> list[_Node]:
    """Nodes until a brace closes them."""
    found: list[_Node] = []
    for token in tokens:
        if token == "}":
            break
        if token.endswith(":") and not token.startswith('"'):
            found.append(_Node(token[:-1]))
        elif token == "{":
            found[-1].nodes = _nodes(tokens)
        elif token != ",":
            found[-1].properties.append(token)
    return found


def _bytes_of(node: _Node, at: int) -> bytes:
    if node.properties and node.properties[0].startswith("*"):
        properties = [_array(node.nodes[0].properties, is_time=node.name == "KeyTime")]
        inside: list[_Node] = []
    else:
        properties, inside = [_property(each) for each in node.properties], node.nodes
    name = node.name.encode()
    data = b"".join(properties)
    start = at + 13 + len(name) + len(data)
    nested = b""
    for each in inside:
        nested += _bytes_of(each, start + len(nested))
    nested += _CLOSED if inside else b""
    head = struct.pack("<IIIB", start + len(nested), len(properties), len(data), len(name))
    return head + name + data + nested


def _property(token: str) -> bytes:
    if token.startswith('"'):
        kind, _, name = token[1:-1].partition("::")
        value = (f"{name}\0\1{kind}" if "::" in token else token[1:-1]).encode()
        return b"S" + struct.pack("<I", len(value)) + value
    if "." in token:
        return b"D" + struct.pack("<d", float(token))
    return b"L" + struct.pack("<q", int(token))


def _array(tokens: list[str], *, is_time: bool) -> bytes:
    values = np.array(tokens, dtype="<i8" if is_time else "<f8").tobytes()
    packed = zlib.compress(values) if len(tokens) >= _PACKED else values
    head = struct.pack("<III", len(tokens), int(len(tokens) >= _PACKED), len(packed))
    return (b"l" if is_time else b"d") + head + packed
