"""Packages with one broken rule each, and the code that they are refused with. Checksums are right unless they are the
rule that is broken."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from typing import Any

import msgpack

from ani3d_runtime.testing.forgery import (
    CLIP,
    CODING,
    CRC,
    NAME,
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


RANS_TABLE = bytes([0, 0x80, 0x20])
RANS_STATES = bytes([0, 0, 1, 0]) * 8

INVALID: dict[str, tuple[str, Maker]] = {
    # header
    "header-empty-file": ("package-wrong-magic", lambda: b""),
    "header-magic-of-png": ("package-wrong-magic", lambda: b"\x89PNG\r\n\x1a\n" + intact()[8:]),
    "header-cut-short": ("package-truncated", lambda: intact()[:40]),
    "header-major-2": ("package-future", lambda: with_header(intact(), major=2)),
    "header-crc": ("package-header-damaged", lambda: with_byte(50)),
    "header-length-128": ("package-length", lambda: with_header(intact(), header_bytes=128)),
    "header-table-beyond-end": ("package-toc-range", lambda: with_header(intact(), toc_offset=1 << 40)),
    "header-table-offset-overflows": ("package-toc-range", lambda: with_header(intact(), toc_offset=2**64 - 8)),
    "header-table-inside-header": ("package-toc-range", lambda: with_header(intact(), toc_offset=32)),
    "file-cut-short": ("package-truncated", lambda: intact()[:-1]),
    "file-too-long": ("package-length", lambda: intact() + b"\0"),
    "file-longer-than-its-sections": (
        "package-padding",
        lambda: with_header(intact() + bytes(64), file_bytes=len(intact()) + 64),
    ),
    # table of contents
    "table-crc": ("package-toc-damaged", lambda: with_byte(100)),
    "table-not-msgpack": ("package-toc-invalid", lambda: with_table(intact(), lambda table: b"\xc1" + table[1:])),
    "table-trailing-bytes": ("package-toc-invalid", lambda: with_table(intact(), lambda table: b"\x90" + table[1:])),
    "table-name-not-utf8": (
        "package-toc-invalid",
        lambda: with_table(intact(), lambda table: table.replace(b"skeleton", b"skel\xff\xfeon")),
    ),
    "table-name-empty": ("package-toc-invalid", lambda: with_entries(entry(0, NAME, ""))),
    "table-name-too-long": ("package-toc-invalid", lambda: with_entries(entry(0, NAME, "n" * 65))),
    "table-entry-short": ("package-toc-invalid", lambda: with_entries(lambda entries: entries[0].pop())),
    "table-entry-float": ("package-toc-invalid", lambda: with_entries(entry(0, STORED, 12.0))),
    "table-clip-below-minus-one": ("package-toc-invalid", lambda: with_entries(entry(0, CLIP, -2))),
    "table-decompression-bomb": ("package-toc-invalid", lambda: with_entries(entry(0, CODING, [1, 1 << 30]))),
    "table-stored-beyond-1-gib": ("package-toc-invalid", lambda: with_entries(entry(0, STORED, (1 << 30) + 1))),
    "section-overlap": ("package-section-range", overlapping),
    "section-over-the-table": ("package-section-range", over_the_table),
    "section-beyond-end": ("package-section-range", lambda: with_entries(entry(6, OFFSET, 1 << 40))),
    "section-offset-unaligned": (
        "package-section-range",
        lambda: with_entries(lambda entries: entry(6, OFFSET, entries[6][OFFSET] + 1)(entries)),
    ),
    "section-twice": ("package-section-repeated", lambda: with_extra(ForgedSection("skeleton", b"again"))),
    "section-unknown-critical": ("package-unknown-section", lambda: with_extra(ForgedSection("smell", b"roses"))),
    "section-unknown-level": ("package-unknown-section", lambda: with_extra(ForgedSection("splats.first", b"roses"))),
    "section-unknown-level-k": ("package-unknown-section", lambda: with_extra(ForgedSection("splats.k", b"roses"))),
    "section-crc": ("section-damaged", lambda: with_entries(entry(2, CRC, 1))),
    "section-missing-skeleton": ("section-missing", lambda: by_hand.package().without("skeleton").to_bytes()),
    "section-missing-level": ("section-missing", lambda: by_hand.package().without("splats.1").to_bytes()),
    "section-missing-pose": ("section-missing", lambda: by_hand.package().without("pose", 0, 1).to_bytes()),
    "padding-not-zero": ("package-padding", stray_byte),
    "digest-wrong": ("package-digest-wrong", wrong_digest),
    # manifest
    "manifest-not-a-map": ("manifest-invalid", lambda: intact(manifest=msgpack.packb([1, 2]))),
    "manifest-field-missing": (
        "manifest-invalid",
        lambda: intact(manifest=msgpack.packb({k: v for k, v in by_hand.manifest().items() if k != "clips"})),
    ),
    "manifest-count-is-text": ("manifest-invalid", lambda: with_manifest(gaussian_count="4")),
    "manifest-count-is-true": ("manifest-invalid", lambda: with_manifest(node_count=True)),
    "manifest-no-gaussians": ("manifest-invalid", lambda: with_manifest(gaussian_count=0, level_sizes=[])),
    "manifest-too-many-gaussians": (
        "manifest-invalid",
        lambda: with_manifest(gaussian_count=1 << 40, level_sizes=[1 << 40]),
    ),
    "manifest-levels-do-not-sum": ("manifest-invalid", lambda: with_manifest(level_sizes=[1, 2])),
    "manifest-parts-do-not-sum": ("manifest-invalid", lambda: with_manifest(part_counts=[1, 1, 1, 1, 1])),
    "manifest-257-joints": ("manifest-invalid", lambda: with_manifest(joint_count=257)),
    "manifest-degree-4": ("manifest-invalid", lambda: with_manifest(sh_degree=4)),
    "manifest-error-nan": ("manifest-invalid", lambda: with_manifest(max_error_m=NAN)),
    "manifest-two-clips-of-one-name": (
        "manifest-invalid",
        lambda: with_manifest(clips=2 * by_hand.manifest()["clips"]),
    ),
    "manifest-clip-of-no-frames": (
        "manifest-invalid",
        lambda: with_manifest(clips=[by_hand.manifest()["clips"][0] | {"frame_count": 0}]),
    ),
    "manifest-rate-zero": (
        "manifest-invalid",
        lambda: with_manifest(clips=[by_hand.manifest()["clips"][0] | {"fps": 0.0}]),
    ),
    "manifest-key-twice": ("manifest-invalid", key_twice),
    "manifest-groups-too-large": (
        "manifest-invalid",
        lambda: with_manifest(
            gaussian_count=1 << 20,
            level_sizes=[1 << 20],
            part_counts=[1 << 20, 0, 0, 0, 0],
            frames_per_group=33,
            clips=[by_hand.manifest()["clips"][0] | {"has_residual": True}],
        ),
    ),
    "manifest-nodes-without-residual": ("manifest-invalid", lambda: with_manifest(node_count=4)),
    "manifest-name-turns-right-to-left": ("manifest-invalid", lambda: with_manifest(avatar_name="gnp.\u202eexe")),
    "manifest-name-with-line-separator": ("manifest-invalid", lambda: with_manifest(avatar_name="a\u2028b")),
    "manifest-name-with-noncharacter": ("manifest-invalid", lambda: with_manifest(avatar_name="a\U0001fffeb")),
    "manifest-name-with-byte-order-mark": ("manifest-invalid", lambda: with_manifest(avatar_name="\ufeffa")),
    "manifest-name-with-surrogate": (
        "manifest-invalid",
        lambda: packed_otherwise("manifest", b"\xa4four", b"\xa4\xed\xa0\x80r"),
    ),
    "manifest-provenance-key-with-newline": ("manifest-invalid", lambda: with_manifest(provenance={"a\nb": "c"})),
    "manifest-provenance-key-too-long": ("manifest-invalid", lambda: with_manifest(provenance={"k" * 4097: "v"})),
    "manifest-long-integer": (
        "manifest-invalid",
        lambda: packed_otherwise("manifest", b"node_count\0", b"node_count\xcc\0"),
    ),
    "manifest-signed-integer": (
        "manifest-invalid",
        lambda: packed_otherwise("manifest", b"joint_count\2", b"joint_count\xd0\2"),
    ),
    "manifest-float32": (
        "manifest-invalid",
        lambda: packed_otherwise("manifest", b"rms_m" + b"\xcb" + bytes(8), b"rms_m" + b"\xca" + bytes(4)),
    ),
    "manifest-long-text": ("manifest-invalid", lambda: packed_otherwise("manifest", b"\xa4four", b"\xd9\4four")),
    "manifest-long-list": (
        "manifest-invalid",
        lambda: packed_otherwise("manifest", b"level_sizes\x92", b"level_sizes\xdc\0\2"),
    ),
    "manifest-long-map": (
        "manifest-invalid",
        lambda: packed_otherwise("manifest", b"provenance\x80", b"provenance\xde\0\0"),
    ),
    "skeleton-long-bytes": (
        "skeleton-invalid",
        lambda: packed_otherwise("skeleton", b"rest_translation_m\xc4\x0c", b"rest_translation_m\xc5\0\x0c"),
    ),
    "manifest-key-of-bytes": (
        "manifest-invalid",
        lambda: packed_otherwise("manifest", b"provenance\x80", b"provenance\x81\xc4\1a\xa1b"),
    ),
    "manifest-extension": ("manifest-invalid", lambda: with_unknown(b"\xd4\1\0")),
    "manifest-empty-extension": ("manifest-invalid", lambda: with_unknown(b"\xc7\0\1")),
    "manifest-17-levels-deep": ("manifest-invalid", lambda: with_unknown(b"\x91" * 15 + b"\x90")),
    "table-long-digest": (
        "package-toc-invalid",
        lambda: with_longer_table(b"\xc4\x20", b"\xc5\0\x20"),
    ),
    "table-long-integer": (
        "package-toc-invalid",
        lambda: with_longer_table(b"skeleton\xff\0", b"skeleton\xff\xcc\0"),
    ),
    "table-codec-256": ("package-toc-invalid", lambda: with_entries(entry(2, CODING, [256, 100]))),
    "table-name-with-control": ("package-toc-invalid", lambda: with_entries(entry(0, NAME, "manifest\0"))),
    "section-of-no-clip": ("package-toc-invalid", lambda: with_misplaced("pose", 1)),
    "section-of-no-group": ("package-toc-invalid", lambda: with_misplaced("pose", 0, 2)),
    "section-of-avatar-in-clip": ("package-toc-invalid", lambda: with_misplaced("manifest", 0)),
    "section-of-clip-in-avatar": ("package-toc-invalid", lambda: with_misplaced("pose")),
    "section-level-beyond-the-manifests": ("package-toc-invalid", lambda: with_misplaced("splats.2")),
    "section-level-in-two-digits": ("package-unknown-section", lambda: with_misplaced("splats.00")),
    "section-model-without-residual": ("package-toc-invalid", lambda: with_misplaced("model")),
    "section-driver-without-residual": ("package-toc-invalid", lambda: with_misplaced("driver")),
    "section-nodes-of-rigid-clip": ("package-toc-invalid", lambda: with_misplaced("nodes", 0)),
    "section-detail-of-rigid-clip": ("package-toc-invalid", lambda: with_misplaced("detail.scale", 0)),
    "section-further-of-rigid-clip": ("package-toc-invalid", lambda: with_misplaced("further", 0)),
    "manifest-four-parts": ("manifest-invalid", lambda: with_manifest(part_counts=[2, 0, 1, 1])),
    "manifest-trailing-bytes": ("manifest-invalid", lambda: intact(manifest=msgpack.packb(by_hand.manifest()) + b"\0")),
    # skeleton
    "skeleton-two-roots": ("skeleton-invalid", lambda: with_skeleton(parents=[-1, -1])),
    "skeleton-parent-after-child": ("skeleton-invalid", lambda: with_skeleton(parents=[-1, 1])),
    "skeleton-joint-nan": ("skeleton-invalid", lambda: with_skeleton(zero_joints_m=by_hand.f32(0, 1, 0, 0, NAN, 0))),
    "skeleton-too-few-names": ("skeleton-invalid", lambda: with_skeleton(joint_names=["hips"])),
    "skeleton-floats-cut-short": ("skeleton-invalid", lambda: with_skeleton(rest_translation_m=by_hand.f32(0, 0))),
    "skeleton-rotation-not-unit": (
        "skeleton-invalid",
        lambda: with_skeleton(rest_rotations_wxyz=by_hand.f32(1, 0, 0, 0, 2, 0, 0, 0)),
    ),
    "skeleton-joint-beyond-100-km": (
        "skeleton-invalid",
        lambda: with_skeleton(zero_joints_m=by_hand.f32(0, 1, 0, 0, 2e5, 0)),
    ),
    "splats-more-gaussians-than-bytes-allow": (
        "splats-invalid",
        lambda: by_hand.alike_package(50_200, 0).to_bytes(),
    ),
    "splats-more-harmonics-than-bytes-allow": (
        "splats-invalid",
        lambda: by_hand.alike_package(15_950, 3).to_bytes(),
    ),
    "table-decodes-to-33-times-its-bytes": (
        "package-toc-invalid",
        lambda: with_coding(1, (1 << 20) + 2 * 32 + 1, b"\1\0"),
    ),
    "nodes-more-than-bytes-allow": ("section-invalid", lambda: still_nodes(171)),
    "detail-more-than-bytes-allow": ("section-invalid", alike_details),
    "skeleton-too-many-names": ("skeleton-invalid", lambda: with_skeleton(joint_names=["hips", "head", "hat"])),
    "skeleton-two-joints-of-one-name": ("skeleton-invalid", lambda: with_skeleton(joint_names=["hips", "hips"])),
    "skeleton-name-with-nul": ("skeleton-invalid", lambda: with_skeleton(joint_names=["hips", "he\0ad"])),
    "manifest-part-counts-belied": ("splats-invalid", lambda: with_manifest(part_counts=[1, 1, 1, 1, 0])),
    "manifest-error-above-a-million": ("manifest-invalid", lambda: with_manifest(max_colour_error=2e6)),
    "splats-absurd-position": ("package-not-finite", lambda: with_splats(corner=(0.0, 3e38, 0.0))),
    "splats-scale-beyond-exp-20": ("splats-invalid", lambda: with_splats(logscale=600)),
    # any section
    "splats-layout-3": ("section-version", lambda: with_splats(version=3)),
    "splats-cut-short": ("section-truncated", lambda: intact(splats_0=by_hand.splats(ONE)[:-1])),
    "splats-trailing-byte": ("section-trailing", lambda: intact(splats_0=by_hand.splats(ONE) + b"\0")),
    "splats-step-infinite": ("section-not-finite", lambda: with_splats(quantisation=(INFINITE, 0.04, 0.01, 0.02))),
    "splats-step-zero": ("splats-invalid", lambda: with_splats(quantisation=(1e-3, 0.0, 0.01, 0.02))),
    "splats-choice-2": ("splats-invalid", lambda: with_splats(delta=2)),
    "splats-corner-nan": ("section-not-finite", lambda: with_splats(corner=(0.0, NAN, 0.0))),
    "splats-codec-9": ("entropy-unknown", lambda: with_coding(9, 100, bytes(100))),
    "splats-raw-length-wrong": ("entropy-corrupt", lambda: with_coding(0, 101, bytes(100))),
    "rans-mode-3": ("entropy-corrupt", lambda: with_coding(1, 4, b"\x03\x01")),
    "rans-frequencies-do-not-sum": (
        "entropy-corrupt",
        lambda: with_coding(1, 4, b"\x02\x01\x00\x80\x1f" + RANS_STATES),
    ),
    "rans-two-tables": ("entropy-corrupt", lambda: with_coding(1, 4, b"\x02\x02" + 2 * RANS_TABLE + RANS_STATES)),
    "rans-word-left-over": (
        "entropy-corrupt",
        lambda: with_coding(1, 4, b"\x02\x01" + RANS_TABLE + RANS_STATES + b"\0\0"),
    ),
    "rans-final-state-wrong": (
        "entropy-corrupt",
        lambda: with_coding(1, 4, b"\x02\x01" + RANS_TABLE + b"\1" + RANS_STATES[1:]),
    ),
    "lz4-distance-beyond-start": ("entropy-corrupt", lambda: with_coding(2, 12, b"\x10A\x05\x00\x70AAAAAAA")),
    "lz4-cut-short": ("entropy-corrupt", lambda: with_coding(2, 8, b"\x80ABC")),
    # what sections hold
    "splats-degree-4": ("splats-invalid", lambda: with_splats(degree=4)),
    "splats-degree-not-the-manifests": ("splats-invalid", lambda: with_manifest(sh_degree=1)),
    "splats-part-5": ("splats-invalid", lambda: intact(splats_0=by_hand.splats([(5, 1)]))),
    "splats-stretches-too-short": (
        "splats-invalid",
        lambda: intact(splats_1=by_hand.splats([(0, 1), (2, 1)])),
    ),
    "splats-joint-not-there": ("splats-invalid", lambda: with_splats(joint=2)),
    "splats-weights-beyond-1": ("splats-invalid", lambda: with_splats(weights=(2000, 2000, 96))),
    "splats-weight-negative": ("splats-invalid", lambda: with_splats(weights=(-1, 0, 0))),
    "splats-opacity-256": ("splats-invalid", lambda: with_splats(opacity=256)),
    "splats-quaternion-component-beyond-units": ("splats-invalid", lambda: with_splats(others=(0, 512, 0))),
    "splats-largest-component-4": ("splats-invalid", lambda: with_splats(largest=4)),
    "order-index-twice": ("order-invalid", lambda: order_of(2, 0, 0, 1)),
    "order-index-beyond-end": ("order-invalid", lambda: order_of(2, 0, 4, 1)),
    "order-levels-not-the-manifests": (
        "order-invalid",
        lambda: intact(order=by_hand.order(sizes=(2, 2))),
    ),
    "pose-third-differences": ("pose-invalid", lambda: intact(pose_0=by_hand.pose(2, orders=3))),
    "pose-step-zero": ("pose-invalid", lambda: intact(pose_0=by_hand.pose(2, sizes=(1e-4, 0.0)))),
    "pose-of-too-few-frames": ("entropy-corrupt", lambda: intact(pose_0=by_hand.pose(1))),
    "exact-column-of-mode-4": ("section-invalid", lambda: with_exact(mode=4)),
    "exact-largest-component-8": ("splats-invalid", lambda: with_exact(largest=8)),
    "exact-mean-nan": ("section-not-finite", lambda: with_exact(height=NAN)),
    "exact-opacity-above-1": ("splats-invalid", lambda: with_exact(opacity=1.01)),
    "exact-quaternion-not-unit": ("splats-invalid", lambda: with_exact(correction=1 << 17)),
    "exact-scale-negative": ("splats-invalid", lambda: with_exact(scale=-0.01)),
    "driver-layout-2": ("section-version", lambda: driven_package(b"\2" + driver()[1:])),
    "driver-trailing-byte": ("section-trailing", lambda: driven_package(driver() + b"\0")),
    "driver-truncated": ("section-truncated", lambda: driven_package(driver()[:150])),
    "driver-reach-zero": ("driver-invalid", lambda: with_driver(reach=0.0)),
    "driver-damping-nan": ("section-not-finite", lambda: with_driver(material=(NAN, 1, 0.01, 0, 1))),
    "driver-share-beyond-1": ("driver-invalid", lambda: with_driver(material=(1, 1, 0.01, 0, 1.5))),
    "driver-kind-not-there": ("driver-invalid", lambda: with_driver(kind=2)),
    "driver-joint-not-there": ("driver-invalid", lambda: with_driver(joint=2)),
    "driver-weights-beyond-1": ("driver-invalid", lambda: with_driver(weight=256)),
    "driver-normal-128": ("driver-invalid", lambda: with_driver(normal=128)),
    "driver-compliance-code-256": ("driver-invalid", lambda: with_driver(code=256)),
    "driver-mean-step-zero": ("driver-invalid", lambda: with_driver(mean_step=0.0)),
    "driver-link-to-itself": ("driver-invalid", lambda: with_driver(gaps=(1, 3, 0, 1))),
    "driver-link-to-no-node": ("driver-invalid", lambda: with_driver(gaps=(1, 4, 1, 1))),
    "driver-capsule-without-joint": ("driver-invalid", lambda: with_driver(capsule_joint=2)),
    "driver-radius-negative": ("driver-invalid", lambda: with_driver(radius=-0.1)),
    "driver-filter-of-100-hz": ("driver-invalid", lambda: with_driver(pole=(100.0, 0.4))),
    "driver-257-directions": ("section-invalid", lambda: with_driver(rows=257)),
    "driver-scale-negative": ("driver-invalid", lambda: with_driver(scale=-0.5)),
    "further-gaussian-of-the-model": ("model-invalid", lambda: with_further(gaussians=(1,))),
    "further-predicted-track-of-the-model": ("model-invalid", lambda: with_further(stage_ends=(2, 4))),
    "further-trailing-byte": ("section-trailing", lambda: with_further_section(by_hand.further() + b"\0")),
    "model-layout-0": ("section-version", lambda: with_model(layout=0)),
    "model-layout-1": ("section-version", lambda: with_model(layout=1)),
    "model-layout-3": ("section-version", lambda: with_model(layout=3)),
    "model-missing": ("section-missing", lambda: by_hand.residual_package().without("model").to_bytes()),
    "model-1025-nodes": ("section-invalid", lambda: with_model(nodes=1025)),
    "model-nodes-not-the-manifests": ("model-invalid", three_nodes),
    "model-rest-step-unknown": ("model-invalid", lambda: with_model(rest_step=1e-3)),
    "model-moving-not-increasing": ("model-invalid", lambda: with_model(moving=(1, 1, 3))),
    "model-moving-beyond-end": ("model-invalid", lambda: with_model(moving=(1, 2, 4))),
    "model-hanging-beyond-end": ("model-invalid", lambda: with_model(hanging=(0, 3))),
    "model-node-out-of-range": ("model-invalid", lambda: with_model(ranks=(1, 4))),
    "model-node-gap-out-of-range": ("model-invalid", lambda: with_model(gaps=(1, 1, 1, 0, 2, 1))),
    "model-node-gap-negative": ("model-invalid", lambda: with_model(gaps=(1, 1, 1, -1, 0, 1))),
    "model-node-weights-beyond-1": ("model-invalid", lambda: with_model(weights=(100, 20, 20, 10, 8, 5))),
    "model-stages-fall": ("model-invalid", lambda: with_model(stage_ends=(3, 2, 3))),
    "model-stages-end-early": ("model-invalid", lambda: with_model(stage_ends=(1, 2))),
    "model-walk-leaves-its-runs": ("model-invalid", lambda: with_model(runs=(0, 1, 1))),
    "model-parent-not-finished": ("model-invalid", lambda: with_model(offsets=(-1, 0, 1, 0))),
    "model-parent-weight-128": ("model-invalid", lambda: with_model(parent_weight=128)),
    "nodes-missing": ("section-missing", lambda: by_hand.residual_package().without("nodes", 0, 1).to_bytes()),
    "nodes-row-of-mode-2": ("nodes-invalid", lambda: with_residual(nodes_0=by_hand.nodes(2, mode=2))),
    "nodes-step-nan": ("section-not-finite", lambda: with_residual(nodes_1=by_hand.nodes(1, step=NAN))),
    "detail-bandwidth-beyond-frames": (
        "detail-invalid",
        lambda: with_scales([3, 0, 0]),
    ),
    "detail-step-not-there": (
        "detail-invalid",
        lambda: with_scales([1, 0, 0], step_index=2),
    ),
    "detail-65-steps": (
        "detail-invalid",
        lambda: with_scales([1, 0, 0], step_count=65),
    ),
    "detail-step-zero": ("detail-invalid", lambda: with_scales([1, 0, 0], step=0.0)),
    "detail-beyond-float32": ("detail-invalid", lambda: with_scales([1, 0, 0], step=3e38, step_index=0)),
    "nodes-step-zero": ("nodes-invalid", lambda: with_residual(nodes_1=by_hand.nodes(1, step=0.0))),
    "order-17-levels": ("order-invalid", lambda: intact(order=by_hand.order(sizes=[1] * 17))),
    "detail-trailing-byte": (
        "section-trailing",
        lambda: with_residual(detail_colour_1=by_hand.detail([0, 0, 1]) + b"\0"),
    ),
}
