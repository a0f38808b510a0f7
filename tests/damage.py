"""Damage to files: bytes and words, numbers in text, and what lies inside gzip, zips and glTF, with sizes that fit."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import pickletools
import random
import re
import struct
import zipfile
import zlib

_WORDS = (
    b"\xff\xff\xff\xff",
    b"\0\0\0\0",
    b"\xff\xff\xff\x7f",
    b"\0\0\0\x80",
    b"\0\0\xc0\x7f",
    b"\0\0\x80\x7f",
    b"9999",
)
_BYTES = (0, 1, 2, 127, 128, 254, 255, 0x22, 0x2C, 0x2D, 0x39, 0x5B, 0x5D, 0x7B, 0x7D)
_TEXT = (b"9", b"-", b"nan ", b"\n", b" list ", b"\0" * 8, b"}", b"{", b"null", b'"', b"\xef\xbb\xbf", b"\xc2\xb2")
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_NUMBERS = (b"0", b"-1", b"1", b"65536", b"2147483648", b"4294967295", b"99999999999999999999", b"1e400", b"-1e38",
            b"nan", b"1.5", b"9" * 5000, b"true", b"\"7\"", b"[]", b"0x10")  # fmt: skip
_TRAILER_BYTES = 128


def damaged(data: bytes, dice: random.Random) -> bytes:
    """A file with one to a few changes, some of them inside what it packs."""
    if dice.random() < 0.8:
        if data.startswith(b"\x1f\x8b"):
            return gzip.compress(_changed(gzip.decompress(data), dice), 1)
        if data.startswith(b"PK"):
            return _in_zip(data, dice)
        if data.startswith(b"glTF"):
            return _in_glb(data, dice)
        if data.startswith(b"\x78"):
            return zlib.compress(_changed(zlib.decompress(data), dice), 1)
    return _changed(data, dice)


def _changed(data: bytes, dice: random.Random) -> bytes:
    if not data or dice.random() < 0.1:
        return data[: dice.randrange(len(data) + 1)]
    changed = bytearray(data)
    for _ in range(dice.choice((1, 1, 1, 2, 4, 16))):
        _change(changed, dice)
    return bytes(changed)


def _change(data: bytearray, dice: random.Random) -> None:
    if not data:
        return
    # What stands first says how much follows.
    at = dice.randrange(min(len(data), dice.choice((64, 512, 4096, len(data)))))
    if dice.random() < 0.1:
        at = max(0, len(data) - 1 - dice.randrange(_TRAILER_BYTES))
    kind = dice.random()
    if kind < 0.25:
        data[at] ^= 1 << dice.randrange(8)
    elif kind < 0.45:
        data[at] = dice.choice(_BYTES)
    elif kind < 0.6:
        data[at : at + 4] = dice.choice(_WORDS)
    elif kind < 0.85 and (number := _NUMBER.search(data, at)):
        data[number.start() : number.end()] = dice.choice(_NUMBERS)
    elif kind < 0.92:
        data[at:at] = dice.choice(_TEXT)
    elif kind < 0.96:
        data[at:at] = data[at : at + dice.randrange(1, 64)]
    else:
        del data[at : at + dice.randrange(1, 9)]


def _in_zip(data: bytes, dice: random.Random) -> bytes:
    """A member changed, with a checksum that fits; left out, or doubled."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(buffer, "w") as changed:
        names = archive.namelist()
        chosen, what = dice.choice(names), dice.random()
        for name in names:
            content = archive.read(name)
            if name == chosen and what < 0.05:
                continue
            way = zipfile.ZIP_DEFLATED if dice.random() < 0.3 else zipfile.ZIP_STORED
            changed.writestr(name, _changed(content, dice) if name == chosen else content, way)
    return buffer.getvalue()


def _in_glb(data: bytes, dice: random.Random) -> bytes:
    """The description or the data changed, in chunks whose sizes fit."""
    length = struct.unpack_from("<I", data, 12)[0]
    text, binary = data[20 : 20 + length], data[28 + length :]
    if dice.random() < 0.8:
        text = _changed(text, dice)
    else:
        binary = _changed(binary, dice)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(binary), b"BIN\0") + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def boundaries(data: bytes, most: int = 150) -> list[int]:
    """Where the parts of a file begin and end: lines, members of a zip, chunks, streams, operations of a pickle.

    Args:
        data: the file.
        most: how many are taken at most, evenly.
    """
    places = {
        *range(min(len(data), 24)),
        *(match.end() for match in re.finditer(rb"\n|PK\x01\x02|PK\x03\x04|PK\x05\x06", data)),
    }
    places |= {place - 4 for place in places if data[place - 4 : place - 2] == b"PK"}
    if data.startswith(b"glTF"):
        length = struct.unpack_from("<I", data, 12)[0]
        views = json.loads(data[20 : 20 + length])["bufferViews"]
        places |= {20, 20 + length, 28 + length}
        places |= {28 + length + view.get("byteOffset", 0) + view["byteLength"] for view in views}
    if data.startswith((b"\x80\x02", b"\x80\x03", b"\x80\x04")):
        with contextlib.suppress(ValueError):
            places |= {place for _, _, place in pickletools.genops(data) if place is not None}
    if data.startswith(b"Kaydara"):
        places |= set(_fbx_nodes(data))
    places |= {len(data) - 8, len(data) - 1}
    found = sorted(place for place in places if 0 <= place < len(data))
    return found[:: max(1, len(found) // most)]


def _fbx_nodes(data: bytes) -> list[int]:
    """Where the nodes at the top of a binary FBX begin."""
    places, at = [], 27
    while at and at < len(data):
        places.append(at)
        at = struct.unpack_from("<I", data, at)[0]
    return places
