"""Packages taken apart and put together again with fresh checksums, so that a lie gets past them to the decoders."""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgpack

from ani3d_runtime.package.layout import MAGIC, pack
from ani3d_runtime.spec.format import CONTAINER_ALIGNMENT_BYTES, CONTAINER_HEADER_BYTES

_HEADER = struct.Struct("<8sHHIQQQI16s")
# Fields of the header by name: offset and struct format.
HEADER_FIELDS = {
    "major": (8, "<H"),
    "minor": (10, "<H"),
    "header_bytes": (12, "<I"),
    "toc_offset": (16, "<Q"),
    "toc_bytes": (24, "<Q"),
    "file_bytes": (32, "<Q"),
    "toc_crc32": (40, "<I"),
}
# Fields of an entry of the table by name: their place in it.
NAME, CLIP, GROUP, OFFSET, STORED, CODING, CRC, CRITICAL = range(8)


@dataclass
class ForgedSection:
    """One section: where it belongs and what the file shall hold for it.

    Attributes:
        data: the stored bytes.
        codec: number of the entropy codec around the whole section.
        raw_bytes: stated decoded length; None for the stored length.
    """

    name: str
    data: bytes
    clip: int = -1
    group: int = 0
    critical: bool = True
    codec: int = 0
    raw_bytes: int | None = None


@dataclass
class Forgery:
    """A package as a list of sections that can be changed at will."""

    sections: list[ForgedSection]
    header: dict[str, int] = field(default_factory=dict[str, int])

    @classmethod
    def of(cls, package: bytes) -> Forgery:
        """Take an intact package apart."""
        _, _, _, _, offset, length, *_ = _HEADER.unpack_from(package)
        _, entries = msgpack.unpackb(package[offset : offset + length])
        sections = [
            ForgedSection(
                name, package[start : start + stored], clip, group, critical, codec, None if raw == stored else raw
            )
            for name, clip, group, start, stored, (codec, raw), _, critical in entries
        ]
        return cls(sections)

    def section(self, name: str, clip: int = -1, group: int = 0) -> ForgedSection:
        """The section of that name."""
        return next(s for s in self.sections if (s.name, s.clip, s.group) == (name, clip, group))

    def without(self, name: str, clip: int = -1, group: int = 0) -> Forgery:
        """The same sections but one."""
        left_out = self.section(name, clip, group)
        return Forgery([section for section in self.sections if section is not left_out], dict(self.header))

    def change_map(self, name: str, change: Callable[[dict[str, Any]], None]) -> None:
        """Change a section that is a msgpack map."""
        section = self.section(name)
        document = msgpack.unpackb(section.data)
        change(document)
        section.data = pack(document)

    def to_bytes(self, change_entries: Callable[[list[list[Any]]], None] | None = None) -> bytes:
        """The file. ``change_entries`` may change the table before its checksum and digest are made."""
        start = CONTAINER_HEADER_BYTES
        while True:
            entries, end = self._placed(start)
            if change_entries is not None:
                change_entries(entries)
            table = self._table(entries)
            needed = _aligned(CONTAINER_HEADER_BYTES + len(table))
            if needed <= start:
                break
            start = needed
        file = bytearray(end)
        file[: len(MAGIC)] = MAGIC
        position = start
        for section in self.sections:
            file[position : position + len(section.data)] = section.data
            position = _aligned(position + len(section.data))
        file[CONTAINER_HEADER_BYTES : CONTAINER_HEADER_BYTES + len(table)] = table
        numbers = (1, 0, CONTAINER_HEADER_BYTES, CONTAINER_HEADER_BYTES, len(table), end, zlib.crc32(table))
        return with_header(bytes(file), **(dict(zip(HEADER_FIELDS, numbers, strict=True)) | self.header))

    def _placed(self, start: int) -> tuple[list[list[Any]], int]:
        entries: list[list[Any]] = []
        end = start
        for section in self.sections:
            start = _aligned(end)
            raw = len(section.data) if section.raw_bytes is None else section.raw_bytes
            coding = [section.codec, raw]
            crc = zlib.crc32(section.data)
            place = [section.name, section.clip, section.group, start, len(section.data)]
            entries.append([*place, coding, crc, section.critical])
            end = start + len(section.data)
        return entries, end

    def _table(self, entries: list[list[Any]]) -> bytes:
        digest = hashlib.sha256(pack(entries))
        for section in self.sections:
            digest.update(section.data)
        return pack([digest.digest(), entries])


def with_header(package: bytes, **fields: int) -> bytes:
    """A package with fields of its header changed and the header's checksum renewed."""
    file = bytearray(package)
    for name, value in fields.items():
        offset, form = HEADER_FIELDS[name]
        size = 8 * struct.calcsize(form)
        struct.pack_into(form, file, offset, value % (1 << size))
    struct.pack_into("<I", file, CONTAINER_HEADER_BYTES - 4, zlib.crc32(file[: CONTAINER_HEADER_BYTES - 4]))
    return bytes(file)


def with_table(package: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """A package whose table's bytes are changed to as many others, with checksums renewed."""
    _, _, _, _, offset, length, *_ = _HEADER.unpack_from(package)
    table = change(package[offset : offset + length])
    file = package[:offset] + table.ljust(length, b"\0") + package[offset + length :]
    return with_header(file, toc_crc32=zlib.crc32(table), toc_bytes=len(table))


def _aligned(offset: int) -> int:
    return -(-offset // CONTAINER_ALIGNMENT_BYTES) * CONTAINER_ALIGNMENT_BYTES
