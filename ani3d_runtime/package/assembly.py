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
from ani3d_runtime.spec.format import CONTAINER_HEADER_BYTES, CONTAINER_MINOR_VERSION, CONTAINER_NO_CLIP

_RAW_CODEC = 0
# Levels of detail that come before anything of the residual layer: a quarter of the Gaussians, enough to recognise.
_EARLY_LEVELS = ("splats.1", "splats.2")


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
    return sorted(sections, key=_place)


def _place(section: EncodedSection) -> tuple[int, int, int]:
    """Stage, clip and group."""
    name, clip, group = section.name, section.clip, section.group
    first = ("manifest", "skeleton", "splats.0")
    if clip == CONTAINER_NO_CLIP:
        if name in first:
            return first.index(name), 0, 0
        if name in _EARLY_LEVELS:
            return 4, 0, 0
        if name == "model":
            return 5, 0, 0
        if name.startswith("splats."):
            return 7, 0, 0
        return (9 if name == "order" else 10), 0, 0
    if (clip, group) == (0, 0):
        return (3 if name == "pose" else 6), 0, 0
    return 8, clip, group


def _placed(drafts: list[Section], start: int) -> tuple[Section, ...]:
    placed: list[Section] = []
    for draft in drafts:
        placed.append(replace(draft, offset=start))
        start = aligned(start + draft.stored_bytes)
    return tuple(placed)
