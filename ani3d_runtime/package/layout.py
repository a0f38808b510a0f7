"""The bytes around the sections: header and table of contents, as spec/SPEC-container.md describes them.

Checksums are CRC-32 (IEEE 802.3, as in PNG and gzip): zlib has it in every language's standard library, and where there
is none it is a table of 256 numbers. It catches damage; against forgery there is the SHA-256 content digest.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import msgpack

from ani3d_runtime.codec.primitives.cursor import integers_allowed
from ani3d_runtime.errors import BrokenPackageError, FuturePackageError, NotAPackageError
from ani3d_runtime.package.texts import is_text
from ani3d_runtime.spec.format import (
    CONTAINER_ALIGNMENT_BYTES,
    CONTAINER_DIGEST_BYTES,
    CONTAINER_HEADER_BYTES,
    CONTAINER_MAGIC,
    CONTAINER_MAJOR_VERSION,
    CONTAINER_MAX_CLIPS,
    CONTAINER_MAX_CODEC,
    CONTAINER_MAX_CRC32,
    CONTAINER_MAX_DEPTH,
    CONTAINER_MAX_GROUPS,
    CONTAINER_MAX_NAME_CHARS,
    CONTAINER_MAX_SECTION_BYTES,
    CONTAINER_MAX_SECTIONS,
    CONTAINER_MAX_TABLE_BYTES,
    CONTAINER_NO_CLIP,
)

# High bit, CR LF and Ctrl-Z as in PNG: a transfer that takes the file for text is noticed at once.
MAGIC = bytes(CONTAINER_MAGIC)
_HEADER = struct.Struct("<8sHHIQQQI16sI")
_ENTRY_FIELDS = 8


@dataclass(frozen=True)
class Header:
    """The first 64 bytes.

    Attributes:
        minor: minor version; higher ones only add ancillary sections.
        toc_offset, toc_bytes, toc_crc32: where the table of contents lies, and its checksum.
        file_bytes: length of the whole file.
    """

    minor: int
    toc_offset: int
    toc_bytes: int
    toc_crc32: int
    file_bytes: int

    def to_bytes(self) -> bytes:
        """64 bytes, little-endian, closed by their own CRC-32."""
        fields = (self.toc_offset, self.toc_bytes, self.file_bytes, self.toc_crc32, bytes(16))
        body = _HEADER.pack(MAGIC, CONTAINER_MAJOR_VERSION, self.minor, CONTAINER_HEADER_BYTES, *fields, 0)[:-4]
        return body + struct.pack("<I", zlib.crc32(body))

    @classmethod
    def from_bytes(cls, data: bytes, name: str, size: int) -> Header:
        """Read and check a header.

        Raises:
            NotAPackageError: ``package-wrong-magic``.
            FuturePackageError: ``package-future``.
            BrokenPackageError: ``package-truncated``, ``package-header-damaged``,
                ``package-length``, ``package-toc-range``.
        """
        if data[:8] != MAGIC[: len(data)] or not data:
            raise NotAPackageError(
                "package-wrong-magic",
                name,
                found=f"a file that begins with {data[:8]!r}",
                expected=f"{MAGIC!r}",
                fix="Check the path: this is not an .a3d package.",
            )
        if len(data) < CONTAINER_HEADER_BYTES:
            raise broken("package-truncated", name, f"{len(data)} bytes", f"a header of {CONTAINER_HEADER_BYTES}")
        _, major, minor, header_bytes, offset, length, file_bytes, toc_crc, _, crc = _HEADER.unpack(data)
        if crc != zlib.crc32(data[:-4]):
            raise broken("package-header-damaged", name, "a header that fails its checksum", f"CRC-32 {crc:08x}")
        if major != CONTAINER_MAJOR_VERSION:
            raise FuturePackageError(
                "package-future",
                name,
                found=f"package version {major}.{minor}",
                expected=f"{CONTAINER_MAJOR_VERSION}.x",
                fix="Update ani3d.",
            )
        if size < file_bytes:
            raise broken("package-truncated", name, f"{size} bytes", f"{file_bytes}")
        if header_bytes != CONTAINER_HEADER_BYTES or size > file_bytes:
            raise broken("package-length", name, f"a file of {size} bytes", f"{file_bytes}")
        if length > CONTAINER_MAX_TABLE_BYTES or offset < CONTAINER_HEADER_BYTES or offset + length > file_bytes:
            raise broken("package-toc-range", name, f"a table of {length} bytes at {offset}", "one inside the file")
        return cls(minor, offset, length, toc_crc, file_bytes)


@dataclass(frozen=True)
class Section:
    """One entry of the table of contents.

    Attributes:
        name: kind of section, such as ``splats.0`` or ``pose``.
        clip: number of the clip it belongs to; -1 where it belongs to the avatar.
        group: number of the group of frames within the clip; 0 where there are none.
        offset, stored_bytes: where it lies in the file.
        codec: number of the entropy codec around the whole section; 0 (raw) where the section codes itself.
        raw_bytes: length once decoded.
        crc32: of the stored bytes.
        critical: a reader that does not know the name must refuse the package; others may be skipped.
    """

    name: str
    clip: int
    group: int
    offset: int
    stored_bytes: int
    codec: int
    raw_bytes: int
    crc32: int
    critical: bool

    @property
    def label(self) -> str:
        """The section's name in error messages."""
        return self.name if self.clip == CONTAINER_NO_CLIP else f"clip {self.clip}, group {self.group}, {self.name}"


@dataclass(frozen=True)
class TableOfContents:
    """All sections, in file order.

    Attributes:
        sections: in the order of their offsets.
        content_digest: SHA-256 over the entries and every section's stored bytes.
    """

    sections: tuple[Section, ...]
    content_digest: bytes

    def to_bytes(self) -> bytes:
        """msgpack: [content digest, [entry, …]]."""
        return pack([self.content_digest, [_entry(section) for section in self.sections]])

    @classmethod
    def from_bytes(
        cls, data: bytes, name: str, file_bytes: int, start: int = CONTAINER_HEADER_BYTES
    ) -> TableOfContents:
        """Read and check a table of contents: types, ranges, order, overlap; no section begins before ``start``.

        Raises:
            BrokenPackageError: ``package-toc-invalid``, ``package-section-range``, ``package-section-repeated``.
        """
        match unpack(data, name, "package-toc-invalid"):
            case [bytes() as digest, list() as entries] if len(digest) == CONTAINER_DIGEST_BYTES:
                pass
            case _:
                raise broken("package-toc-invalid", name, "a table of another form", "[digest, [entry, …]]")
        if len(entries) > CONTAINER_MAX_SECTIONS:
            raise broken("package-toc-invalid", name, f"{len(entries)} sections", f"at most {CONTAINER_MAX_SECTIONS}")
        sections = tuple(_section(entry, name) for entry in entries)
        end = start
        for section in sections:
            stop = section.offset + section.stored_bytes
            if section.offset < end or section.offset % CONTAINER_ALIGNMENT_BYTES or stop > file_bytes:
                raise broken(
                    "package-section-range",
                    f"{name}: section {section.label}",
                    f"bytes {section.offset} to {stop}",
                    f"an aligned range between {end} and {file_bytes}",
                )
            end = stop
        if len({(section.name, section.clip, section.group) for section in sections}) < len(sections):
            raise broken("package-section-repeated", name, "two sections of one name", "each once")
        return cls(sections, digest)


def content_digest(sections: Sequence[Section], stored: Iterable[bytes]) -> bytes:
    """SHA-256 over the packed entries, then every section's stored bytes in file order."""
    digest = hashlib.sha256(pack([_entry(section) for section in sections]))
    for data in stored:
        digest.update(data)
    return digest.digest()


def aligned(offset: int) -> int:
    """The next multiple of the alignment."""
    return -(-offset // CONTAINER_ALIGNMENT_BYTES) * CONTAINER_ALIGNMENT_BYTES


def pack(value: object) -> bytes:
    """msgpack of plain values."""
    return cast("bytes", msgpack.packb(value))


def unpack(data: bytes, name: str, code: str) -> Any:
    """msgpack of plain values in its one shortest form, so that equal values are equal bytes.

    Raises:
        BrokenPackageError: with ``code``.
    """
    try:
        value = msgpack.unpackb(data, max_ext_len=0, ext_hook=_extension, object_pairs_hook=_map)
        _check_depth(value, CONTAINER_MAX_DEPTH)
    except (ValueError, TypeError, RecursionError, msgpack.exceptions.UnpackException) as error:
        raise broken(code, name, f"bytes that are not msgpack ({type(error).__name__})", "msgpack") from None
    if pack(value) != data:
        raise broken(
            code, name, "numbers, texts or lists that are longer than they need be", "msgpack as short as can be"
        )
    return value


def _map(pairs: list[tuple[object, object]]) -> dict[object, object]:
    values = dict(pairs)
    if len(values) < len(pairs) or not all(isinstance(key, str) for key in values):
        raise ValueError("a key twice, or one that is no text")
    return values


def _extension(code: int, _: bytes) -> object:
    raise ValueError(f"an extension of type {code}")


def _check_depth(value: object, levels: int) -> None:
    """Refuse maps and lists in more than so many levels."""
    if not isinstance(value, (list, dict)):
        return
    if levels == 0:
        raise ValueError("nested too deeply")
    held = cast("Iterable[object]", value.values() if isinstance(value, dict) else value)
    for entry in held:
        _check_depth(entry, levels - 1)


def broken(code: str, subject: str, found: str, expected: str) -> BrokenPackageError:
    """The refusal of a damaged package."""
    return BrokenPackageError(code, subject, found=found, expected=expected, fix="Fetch or bake the package again.")


def _entry(section: Section) -> list[object]:
    return [
        section.name,
        section.clip,
        section.group,
        section.offset,
        section.stored_bytes,
        [section.codec, section.raw_bytes],
        section.crc32,
        section.critical,
    ]


def _section(entry: object, name: str) -> Section:
    match entry:
        case [
            str() as kind,
            int() as clip,
            int() as group,
            int() as offset,
            int() as stored,
            [int() as codec, int() as raw],
            int() as crc,
            bool() as critical,
        ] if len(entry) == _ENTRY_FIELDS:
            section = Section(kind, clip, group, offset, stored, codec, raw, crc, critical)
        case _:
            raise broken("package-toc-invalid", name, f"an entry {str(entry)[:80]}", "eight fields of a section")
    sane = (
        kind != ""
        and is_text(kind, CONTAINER_MAX_NAME_CHARS)
        and CONTAINER_NO_CLIP <= clip < CONTAINER_MAX_CLIPS
        and 0 <= group < CONTAINER_MAX_GROUPS
        and 0 <= stored <= CONTAINER_MAX_SECTION_BYTES
        and 0 <= raw <= min(CONTAINER_MAX_SECTION_BYTES, integers_allowed(stored))
        and offset >= CONTAINER_HEADER_BYTES
        and 0 <= codec <= CONTAINER_MAX_CODEC
        and 0 <= crc <= CONTAINER_MAX_CRC32
    )
    if not sane:
        raise broken("package-toc-invalid", name, f"an entry {str(entry)[:80]}", "numbers within the limits")
    return section
