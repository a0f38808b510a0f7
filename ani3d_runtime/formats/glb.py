"""Glb: a glTF 2.0 file, binary or with buffers of its own, read without trusting it; and how one is written.

https://registry.khronos.org/glTF/specs/2.0/glTF-2.0.html. Sizes are held against the bytes that are there before
memory is taken; sparse accessors and buffers elsewhere than in the file or beside it are refused.
"""

from __future__ import annotations

import base64
import binascii
import json
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.errors import InputError

MAGIC = b"glTF"
_JSON, _BIN = 0x4E4F534A, 0x004E4942
_MAX_JSON_BYTES = 64 << 20
_MAX_ITEMS = 1 << 20
FLOAT, UNSIGNED_BYTE, UNSIGNED_SHORT, UNSIGNED_INT = 5126, 5121, 5123, 5125
_TYPES = {5120: "<i1", UNSIGNED_BYTE: "<u1", 5122: "<i2", UNSIGNED_SHORT: "<u2", UNSIGNED_INT: "<u4", FLOAT: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
ARRAY_BUFFER, ELEMENT_ARRAY_BUFFER = 34962, 34963


@dataclass(frozen=True)
class Glb:
    """An opened glTF.

    Attributes:
        path: the file.
        json: its description, a map.
        binary: the chunk of a .glb; empty where there is none.
    """

    path: Path
    json: dict[str, Any]
    binary: bytes
    _buffers: dict[int, bytes] = field(default_factory=dict[int, bytes])

    @classmethod
    def open(cls, path: Path | str) -> Glb:
        """Read a .glb, .vrm, .vrma or .gltf.

        Raises:
            InputError: ``gltf-missing``, ``gltf-damaged``, ``gltf-truncated``, ``gltf-version``.
        """
        path = Path(path)
        try:
            data = path.read_bytes()
        except OSError as exc:
            raise InputError(
                "gltf-missing", path, found=exc.strerror or str(exc), expected="a glTF file", fix="Check the path."
            ) from None
        text, binary = _chunks(path, data) if data.startswith(MAGIC) else (data, b"")
        if len(text) > _MAX_JSON_BYTES:
            raise _damaged(path, f"a description of {len(text)} bytes", f"at most {_MAX_JSON_BYTES}")
        try:
            content = json.loads(text.decode("utf-8-sig"))
        except (ValueError, RecursionError) as exc:
            raise _damaged(path, f"a description that is no JSON ({str(exc)[:80]})", "glTF's JSON") from None
        version = content.get("asset", {}) if isinstance(content, dict) else None
        version = version.get("version") if isinstance(version, dict) else None
        if not isinstance(version, str) or not version.startswith("2."):
            raise InputError(
                "gltf-version",
                path,
                found=f"version {version!r}",
                expected="glTF 2",
                fix="Export it as glTF 2.0 (.glb).",
            )
        return cls(path, content, binary)

    def items(self, name: str) -> list[dict[str, Any]]:
        """One of the lists at the top, such as ``nodes``; empty where it is absent.

        Raises:
            InputError: ``gltf-damaged``.
        """
        found = self.json.get(name, [])
        if not isinstance(found, list) or len(found) > _MAX_ITEMS or not all(isinstance(one, dict) for one in found):
            raise self.damaged(f"{name} of another form", f"a list of up to {_MAX_ITEMS} maps")
        return found

    def item(self, name: str, index: object) -> dict[str, Any]:
        """One entry of a list at the top.

        Raises:
            InputError: ``gltf-damaged``.
        """
        found = self.items(name)
        if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < len(found):
            raise self.damaged(f"{name}[{index!r}]", f"a number below {len(found)}")
        return found[index]

    def array(self, index: object) -> NDArray[Any]:
        """The values of an accessor, [N] or [N, width]; normalised integers are floats.

        Raises:
            InputError: ``gltf-damaged``, ``gltf-truncated``, ``gltf-unsupported``.
        """
        accessor = self.item("accessors", index)
        component = accessor.get("componentType")
        kind = _TYPES.get(component) if isinstance(component, int) else None
        width = _WIDTHS.get(str(accessor.get("type")))
        if kind is None or width is None:
            raise self.damaged(f"accessor {index} of {str(component)[:20]} {str(accessor.get('type'))[:20]}", "numbers")
        if "sparse" in accessor or "bufferView" not in accessor:
            raise self.unsupported(f"accessor {index} is sparse or without data", "data in a buffer view")
        view = self.item("bufferViews", accessor["bufferView"])
        if view.get("extensions"):
            names = ", ".join(map(str, view["extensions"]))
            raise self.unsupported(f"data packed by {names}", "plain buffer views")
        dtype = np.dtype(kind)
        row = dtype.itemsize * width
        stride = self._number(view.get("byteStride", row), 1, 65536)
        count = self._number(accessor.get("count"), 0, 1 << 32)
        offset = self._number(view.get("byteOffset", 0), 0, 1 << 40) + self._number(
            accessor.get("byteOffset", 0), 0, 1 << 40
        )
        buffer = self._buffer(view.get("buffer"))
        needed = offset + (stride * (count - 1) + row if count else 0)
        if stride < row or needed > len(buffer):
            raise self._truncated(f"{len(buffer)} bytes in the buffer", f"{needed} for accessor {index}")
        strided = np.ndarray((count, width), dtype, buffer, offset, (stride, dtype.itemsize))
        values = np.array(strided)
        if accessor.get("normalized") and dtype.kind in "iu":
            values = np.maximum(values / np.float32(np.iinfo(dtype).max), np.float32(-1)).astype(np.float32)
        return values[:, 0] if width == 1 else values

    def damaged(self, found: str, expected: str) -> InputError:
        """``gltf-damaged``."""
        return _damaged(self.path, found, expected)

    def unsupported(self, found: str, expected: str) -> InputError:
        """``gltf-unsupported``."""
        return InputError(
            "gltf-unsupported",
            self.path,
            found=found,
            expected=expected,
            fix="Export it without compression and sparse accessors.",
        )

    def _truncated(self, found: str, expected: str) -> InputError:
        return _truncated(self.path, found, expected)

    def _number(self, value: object, least: int, most: int) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self.damaged(f"{value!r}", f"a whole number from {least} to {most}")
        return value

    def _buffer(self, index: object) -> bytes:
        buffer = self.item("buffers", index)
        number = self.items("buffers").index(buffer)
        uri = buffer.get("uri")
        if uri is None:
            return self.binary
        if number not in self._buffers:
            self._buffers[number] = self._elsewhere(str(uri))
        return self._buffers[number]

    def _elsewhere(self, uri: str) -> bytes:
        """A buffer that is written into the description, or lies beside it."""
        if uri.startswith("data:"):
            try:
                return base64.b64decode(uri.partition(",")[2], validate=True)
            except (ValueError, binascii.Error):
                raise self.damaged("a buffer that is no base64", "one that is") from None
        name = unquote(uri)
        if "://" in name or Path(name).name != name:
            raise self.unsupported(f"a buffer at {uri[:80]!r}", "one in the file, or beside it")
        try:
            return (self.path.parent / name).read_bytes()
        except (OSError, ValueError):
            raise self._truncated(f"no file {name[:80]}", "the buffer beside the .gltf") from None


class GlbDraft:
    """A .glb in the making: buffers that are added, and the description that is given at the end."""

    def __init__(self) -> None:
        self.accessors: list[dict[str, Any]] = []
        self._views: list[dict[str, Any]] = []
        self._parts: list[bytes] = []
        self._length = 0

    def add(
        self,
        values: NDArray[Any],
        *,
        kind: str | None = None,
        target: int | None = None,
        normalised: bool = False,
        bounds: bool = False,
    ) -> int:
        """An accessor's number for [N] or [N, width] values.

        Args:
            values: float32, uint8, uint16 or uint32.
            kind: ``MAT4`` for matrices, told by the width otherwise.
            target: of its buffer view.
            normalised: integers stand for 0..1.
            bounds: say the least and the largest value, as positions and times must.
        """
        component = {"f4": FLOAT, "u1": UNSIGNED_BYTE, "u2": UNSIGNED_SHORT, "u4": UNSIGNED_INT}[values.dtype.str[1:]]
        width = 1 if values.ndim == 1 else values.shape[1]
        data = np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<")).tobytes()
        view: dict[str, Any] = {"buffer": 0, "byteOffset": self._length, "byteLength": len(data)}
        if target is not None:
            view["target"] = target
        accessor: dict[str, Any] = {
            "bufferView": len(self._views),
            "componentType": component,
            "count": len(values),
            "type": kind or {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4"}[width],
        }
        if normalised:
            accessor["normalized"] = True
        if bounds:
            flat = values.reshape(len(values), width)
            accessor["min"], accessor["max"] = flat.min(axis=0).tolist(), flat.max(axis=0).tolist()
        self._views.append(view)
        self.accessors.append(accessor)
        padding = -len(data) % 4
        self._parts.append(data + b"\0" * padding)
        self._length += len(data) + padding
        return len(self.accessors) - 1

    def bytes_of(self, description: dict[str, Any]) -> bytes:
        """The .glb of a description, which needs no buffers, buffer views and accessors of its own."""
        content = {
            "asset": {"version": "2.0", "generator": "ani3d"},
            **description,
            "buffers": [{"byteLength": self._length}],
            "bufferViews": self._views,
            "accessors": self.accessors,
        }
        text = json.dumps(content, separators=(",", ":"), allow_nan=False).encode()
        text += b" " * (-len(text) % 4)
        total = 12 + 8 + len(text) + 8 + self._length
        head = struct.pack("<4sII", MAGIC, 2, total)
        chunks = [head, struct.pack("<II", len(text), _JSON), text, struct.pack("<II", self._length, _BIN)]
        return b"".join([*chunks, *self._parts])


def _chunks(path: Path, data: bytes) -> tuple[bytes, bytes]:
    """The JSON chunk and the binary one of a .glb."""
    if len(data) < 20:
        raise _truncated(path, f"{len(data)} bytes", "a .glb, whose headers have 20")
    _, version, total = struct.unpack_from("<4sII", data)
    if version != 2 or total > len(data):
        raise _truncated(path, f"{len(data)} bytes, version {version}", f"{total} bytes as its header says, version 2")
    found: dict[int, bytes] = {}
    at = 12
    while at + 8 <= total:
        length, kind = struct.unpack_from("<II", data, at)
        if at + 8 + length > total:
            raise _truncated(path, f"a chunk of {length} bytes at byte {at}", f"one that ends at byte {total}")
        found.setdefault(kind, data[at + 8 : at + 8 + length])
        at += 8 + length
    if _JSON not in found:
        raise _damaged(path, "a .glb without a JSON chunk", "one that begins with it")
    return found[_JSON], found.get(_BIN, b"")


def _damaged(path: Path, found: str, expected: str) -> InputError:
    return InputError(
        "gltf-damaged", path, found=found, expected=expected, fix="Export it again, as glTF 2.0 binary (.glb)."
    )


def _truncated(path: Path, found: str, expected: str) -> InputError:
    return InputError("gltf-truncated", path, found=found, expected=expected, fix="Copy or export the file again.")
