"""Assembly: encoded sections in file order, and the file they make."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ani3d_runtime.package.layout import (
    Header,
    Section,
    TableOfContents,
    aligned,
    content_digest,
)
from ani3d_runtime.package.sections import SectionKind, file_place
from ani3d_runtime.spec.format import CONTAINER_HEADER_BYTES, CONTAINER_MINOR_VERSION, CONTAINER_NO_CLIP

_RAW_CODEC = 0


@dataclass(frozen=True)
class EncodedSection:
    """Finished bytes and where they belong; see ``layout.Section``.

    Attributes:
        raw_bytes: length once decoded, where ``codec`` is around the whole of the bytes; None for their own length.
    """

    name: str
    data: bytes
    clip: int = CONTAINER_NO_CLIP
    group: int = 0
    critical: bool = True
    codec: int = _RAW_CODEC
    raw_bytes: int | None = None

    @classmethod
    def of(cls, kind: SectionKind, data: bytes, clip: int = CONTAINER_NO_CLIP, group: int = 0) -> EncodedSection:
        """A section of a kind that has one name."""
        return cls(kind.name, data, clip, group, kind.is_critical)


def assembled(sections: Sequence[EncodedSection]) -> Iterator[bytes]:
    """The file, in pieces: header, table of contents, then the sections in the order of :func:`streamed`.

    The table comes first, so that a reader can begin before the end of a download.
    """
    sections = streamed(sections)
    drafts = [
        Section(
            name=section.name,
            clip=section.clip,
            group=section.group,
            offset=0,
            stored_bytes=len(section.data),
            codec=section.codec,
            raw_bytes=len(section.data) if section.raw_bytes is None else section.raw_bytes,
            crc32=zlib.crc32(section.data),
            critical=section.critical,
        )
        for section in sections
    ]
    # Offsets are part of the table and msgpack numbers grow with their value, so room for the largest is set aside.
    room = aligned(len(TableOfContents(_placed(drafts, 1 << 40), bytes(32)).to_bytes()))
    entries = _placed(drafts, CONTAINER_HEADER_BYTES + room)
    toc = TableOfContents(entries, content_digest(entries, (section.data for section in sections))).to_bytes()
    end = entries[-1].offset + entries[-1].stored_bytes
    header = Header(CONTAINER_MINOR_VERSION, CONTAINER_HEADER_BYTES, len(toc), zlib.crc32(toc), end)
    position = CONTAINER_HEADER_BYTES + len(toc)
    yield header.to_bytes()
    yield toc
    for entry, section in zip(entries, sections, strict=True):
        yield bytes(entry.offset - position)
        yield section.data
        position = entry.offset + entry.stored_bytes


def streamed(sections: Iterable[EncodedSection]) -> list[EncodedSection]:
    """Sections in the order in which they become useful to who receives them from the first byte on.

    The avatar stands at its coarsest, then it moves for one group of frames, then it gets finer, cloth and hair move
    with it, it gets as fine as it is, and what follows is more of the clip and other clips.
    """
    return sorted(sections, key=lambda section: file_place(section.name, section.clip, section.group))


def _placed(drafts: list[Section], start: int) -> tuple[Section, ...]:
    placed: list[Section] = []
    for draft in drafts:
        placed.append(replace(draft, offset=start))
        start = aligned(start + draft.stored_bytes)
    return tuple(placed)
