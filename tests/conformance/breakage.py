"""Ways to break the package made by hand: each gives its bytes with one rule broken and fresh checksums."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from typing import Any

import msgpack

from ani3d_runtime.testing.forgery import (
    OFFSET,
    STORED,
    ForgedSection,
    with_header,
    with_table,
)
from tests.conformance import handmade as by_hand
from tests.conformance.handmade_driver import driven_package, driver

Maker = Callable[[], bytes]
NAN, INFINITE = float("nan"), float("inf")
ONE = [(0, 1)]


def intact(**changes: bytes) -> bytes:
    """The package made by hand, with other sections."""
    return by_hand.package(**changes).to_bytes()


def with_manifest(**fields: Any) -> bytes:
    """Another manifest."""
    return intact(manifest=msgpack.packb(by_hand.manifest(**fields)))


def with_skeleton(**fields: Any) -> bytes:
    """Another skeleton."""
    return intact(skeleton=msgpack.packb(by_hand.skeleton(**fields)))


def with_splats(**fields: Any) -> bytes:
    """Another first level of detail."""
    return intact(splats_0=by_hand.splats(ONE, **fields))


def with_entries(change: Callable[[list[list[Any]]], None]) -> bytes:
    """A table whose entries lie."""
    return by_hand.package().to_bytes(change)


def entry(number: int, field: int, value: Any) -> Callable[[list[list[Any]]], None]:
    """Sets one field of one entry."""

    def change(entries: list[list[Any]]) -> None:
        entries[number][field] = value

    return change


def with_byte(offset: int, data: bytes | None = None) -> bytes:
    """One byte flipped, from the end where the offset is negative."""
    file = bytearray(intact() if data is None else data)
    file[offset] ^= 0x55
    return bytes(file)


def with_coding(codec: int, raw_bytes: int, data: bytes) -> bytes:
    """Another first level of detail under an entropy codec."""
    forgery = by_hand.package()
    section = forgery.section("splats.0")
    section.codec, section.raw_bytes, section.data = codec, raw_bytes, data
    return forgery.to_bytes()


def with_extra(section: ForgedSection) -> bytes:
    """One section more."""
    forgery = by_hand.package()
    forgery.sections.append(section)
    return forgery.to_bytes()


def overlapping() -> bytes:
    """The second section begins where the first does."""

    def change(entries: list[list[Any]]) -> None:
        entries[1][OFFSET] = entries[0][OFFSET]

    return with_entries(change)


def over_the_table() -> bytes:
    """The first section lies over the table."""
    return with_entries(entry(0, OFFSET, 64))


def stray_byte() -> bytes:
    """A byte between two sections."""
    forgery = by_hand.package()
    gap: list[int] = []
    data = forgery.to_bytes(lambda entries: gap.append(entries[0][OFFSET] + entries[0][STORED]))
    return with_byte(gap[-1], data)


def wrong_digest() -> bytes:
    """A digest of something else; it lies 6 bytes into the table, after three bytes of msgpack."""

    def change(table: bytes) -> bytes:
        return table[:6] + bytes([table[6] ^ 1]) + table[7:]

    return with_table(intact(), change)


def order_of(*permutation: int) -> bytes:
    """Another permutation."""
    return intact(order=by_hand.order(permutation))


def with_residual(**changes: bytes) -> bytes:
    """The package with a residual layer made by hand, with other sections."""
    return by_hand.residual_package(**changes).to_bytes()


def layout_before_codec() -> bytes:
    """A section of a layout that does not exist, before one whose entropy codec fails: the first is what is refused."""
    forgery = by_hand.residual_package(detail_rotation_0=b"\7" + by_hand.detail([0, 2, 2])[1:])
    damaged = next(s for s in forgery.sections if s.name == "detail.colour" and s.group == 0)
    damaged.codec, damaged.raw_bytes, damaged.data = 1, 4, b"\3\1"
    return forgery.to_bytes()


def with_exact(**fields: Any) -> bytes:
    """Another section ``splats.0`` of floats."""
    return intact(splats_0=by_hand.exact_splats(ONE, **fields))


def with_driver(**fields: Any) -> bytes:
    """Another section ``driver``."""
    return driven_package(driver(**fields))


def with_further(**fields: Any) -> bytes:
    """Another section ``further``."""
    return with_further_section(by_hand.further(**fields))


def with_further_section(section: bytes) -> bytes:
    """Another section ``further``, as bytes."""
    return by_hand.further_package(further=section).to_bytes()


def with_model(**fields: Any) -> bytes:
    """Another residual model."""
    return with_residual(model=by_hand.model(**fields))


def with_scales(bandwidths: list[int], **fields: Any) -> bytes:
    """Other detail of scales in the first group."""
    return with_residual(detail_scale_0=by_hand.detail(bandwidths, **fields))


def with_longer_table(short: bytes, long: bytes) -> bytes:
    """A table with some bytes in a longer form; there is room for it before the first section."""
    file = intact()
    start, length = struct.unpack_from("<QQ", file, 16)
    table = file[start : start + length].replace(short, long, 1)
    assert len(table) > length
    assert not any(file[start + length : start + len(table)])
    file = file[:start] + table + file[start + len(table) :]
    return with_header(file, toc_crc32=zlib.crc32(table), toc_bytes=len(table))


def packed_otherwise(name: str, short: bytes, long: bytes) -> bytes:
    """A section that is a msgpack map, with the first of some bytes in another form."""
    document = msgpack.packb({"manifest": by_hand.manifest, "skeleton": by_hand.skeleton}[name]())
    assert short in document
    return intact(**{name: document.replace(short, long, 1)})


def with_unknown(packed: bytes) -> bytes:
    """A manifest with a field that no reader knows, as msgpack bytes."""
    document = msgpack.packb(by_hand.manifest())
    return intact(manifest=b"\xde\x00" + bytes([document[2] + 1]) + document[3:] + msgpack.packb("mood") + packed)


def with_misplaced(name: str, clip: int = -1, group: int = 0) -> bytes:
    """One section more, of a name that is known, where nothing of that name belongs."""
    return with_extra(ForgedSection(name, b"anything", clip, group))


def with_order_head(sizes: bytes) -> bytes:
    """An order whose sizes of levels are coded in another way."""
    return intact(order=by_hand.order().replace(b"\1\2\1\3", b"\1\2" + sizes, 1))


def escape_in_a_long_form() -> bytes:
    """A permutation of which one integer is escaped, by a 0 in two bytes."""
    head = bytes([0, 0, 4, 2, 2])
    order = by_hand.order()[:4] + head + bytes([4, 3, 6, 255]) + b"\x80\0"
    return intact(order=order)


def three_nodes() -> bytes:
    """A manifest that states one node less than the model has."""
    forgery = by_hand.residual_package()
    forgery.change_map("manifest", lambda manifest: manifest.update(node_count=3))
    return forgery.to_bytes()


def still_nodes(frames: int) -> bytes:
    """A thousand nodes that stand still for as many frames, in fifty bytes."""
    clip = by_hand.manifest()["clips"][0] | {"has_residual": True, "frame_count": frames}
    document = by_hand.manifest(node_count=1024, clips=[clip], frames_per_group=frames)
    forgery = by_hand.package(manifest=msgpack.packb(document), pose_0=by_hand.pose(frames)).without("pose", 0, 1)
    forgery.sections.append(ForgedSection("model", by_hand.model(nodes=1024)))
    still = bytes([1]) + by_hand.f32(1e-3, 1e-2) + 4 * by_hand.repeated(0)
    forgery.sections.append(ForgedSection("nodes", still, 0, 0))
    return forgery.to_bytes()


def alike_details() -> bytes:
    """Four hundred Gaussians with a thousand coefficients each in three axes, in sixty bytes."""
    count, frames = 400, 1024
    clip = by_hand.manifest()["clips"][0] | {"has_residual": True, "frame_count": frames}
    forgery = by_hand.alike_package(count, 0)
    forgery.change_map("manifest", lambda fields: fields.update(clips=[clip], frames_per_group=frames))
    forgery = forgery.without("pose", 0, 1)
    forgery.section("pose", 0, 0).data = by_hand.pose(frames)
    model = bytes([2, 0]) + by_hand.varint(count) + bytes([0]) + by_hand.f32(1e-4)
    model += by_hand.steps(range(count)) + 5 * by_hand.table() + bytes([1]) + by_hand.varint(count)
    forgery.sections.append(ForgedSection("model", model))
    bandwidths = by_hand.table(*[frames] * count, codec_id="rans")
    detail = bytes([1, 1]) + by_hand.f32(1e-3) + bandwidths + 2 * by_hand.repeated(0)
    forgery.sections.append(ForgedSection("detail.scale", detail, 0, 0))
    return forgery.to_bytes()


def key_twice() -> bytes:
    """A manifest that states its degree twice."""
    document = msgpack.packb(by_hand.manifest())
    assert document[:2] == b"\xde\x00"
    again = msgpack.packb("sh_degree") + msgpack.packb(0)
    return intact(manifest=b"\xde\x00" + bytes([document[2] + 1]) + document[3:] + again)
