"""Truncated, flipped and hostile packages: always a coded refusal, soon, and within bounded memory."""

from __future__ import annotations

import contextlib
import resource
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgpack
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ani3d_runtime.errors import BrokenPackageError, FuturePackageError, NotAPackageError, PackageError
from ani3d_runtime.package.assembly import EncodedSection, assembled
from ani3d_runtime.package.layout import Header, Section, TableOfContents
from ani3d_runtime.package.readable import BytesReadable
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.validate import validate_package
from ani3d_runtime.package.writer import ClipSource, write_package
from ani3d_runtime.spec.format import CONTAINER_HEADER_BYTES
from ani3d_runtime.testing.avatars import synthetic_avatar, synthetic_motion, synthetic_residual

SECONDS_ALLOWED = 5.0
MEMORY_ALLOWED = 1 << 30


@pytest.fixture(scope="module")
def intact(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """All kinds of sections, in two groups."""
    avatar = synthetic_avatar(300, joint_count=4, seed=2)
    path = tmp_path_factory.mktemp("damage") / "doll.a3d"
    clips = [ClipSource("walk", synthetic_motion(avatar.skeleton, 33), synthetic_residual(avatar, 33))]
    write_package(path, avatar, clips, thumbnail_png=b"picture", provenance={"residual": "simulated"})
    return path.read_bytes()


@contextlib.contextmanager
def bounded() -> Iterator[None]:
    """Fails when the block takes long or asks for much more memory than it has."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (held + MEMORY_ALLOWED, hard))
    started = time.monotonic()
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    assert time.monotonic() - started < SECONDS_ALLOWED


def read_everything(data: bytes) -> None:
    """What a player and a validator would ask for."""
    package = Package.open(BytesReadable(data))
    package.avatar()
    _ = package.input_order, package.deformation, package.thumbnail_png
    for name in package.clip_names:
        clip = package.clip(name)
        clip.motion()
        for group in range(clip.group_count):
            clip.residual_group(group)
    package.check_padding()


def section_edges(data: bytes) -> list[int]:
    toc = Package.open(BytesReadable(data)).toc
    edges = [0, 1, 7, 8, 9, 63, 64, 65]
    for section in toc.sections:
        for edge in (section.offset, section.offset + section.stored_bytes):
            edges += [edge - 1, edge, edge + 1]
    return sorted({edge for edge in edges if edge < len(data)})


def test_intact_package_is_read(intact: bytes) -> None:
    read_everything(intact)


def test_truncated_at_every_edge(intact: bytes) -> None:
    for length in section_edges(intact):
        with pytest.raises(PackageError) as refusal:
            read_everything(intact[:length])
        expected = "package-wrong-magic" if length == 0 else "package-truncated"
        assert refusal.value.code == expected, f"cut at {length}"


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_truncated_anywhere(intact: bytes, data: st.DataObject) -> None:
    length = data.draw(st.integers(1, len(intact) - 1))
    with pytest.raises(BrokenPackageError):
        read_everything(intact[:length])


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_flipped_bit_is_noticed(intact: bytes, data: st.DataObject) -> None:
    """In every section, in the table, in the header and between sections."""
    toc = Package.open(BytesReadable(intact)).toc
    regions = [(0, CONTAINER_HEADER_BYTES), (CONTAINER_HEADER_BYTES, toc.sections[0].offset)]
    regions += [(s.offset, s.offset + s.stored_bytes) for s in toc.sections]
    ends = [s.offset for s in toc.sections[1:]]
    regions += [(s.offset + s.stored_bytes, end) for s, end in zip(toc.sections, ends, strict=False)]
    start, stop = data.draw(st.sampled_from([region for region in regions if region[1] > region[0]]))
    position, bit = data.draw(st.integers(start, stop - 1)), data.draw(st.integers(0, 7))
    damaged = bytearray(intact)
    damaged[position] ^= 1 << bit
    with pytest.raises(PackageError) as refusal:
        read_everything(bytes(damaged))
    if position < 8:
        assert isinstance(refusal.value, NotAPackageError)
    elif position < CONTAINER_HEADER_BYTES:
        assert refusal.value.code == "package-header-damaged"


def test_validation_reports_damage(intact: bytes, tmp_path: Path) -> None:
    path = tmp_path / "doll.a3d"
    toc = Package.open(BytesReadable(intact)).toc
    for section in toc.sections:
        damaged = bytearray(intact)
        damaged[section.offset + section.stored_bytes // 2] ^= 16
        path.write_bytes(bytes(damaged))
        report = validate_package(path)
        assert not report.ok
        assert "section-damaged" in {finding.code for finding in report.findings}
    path.write_bytes(intact)
    assert validate_package(path).ok
    path.write_bytes(intact[:-5])
    assert [finding.code for finding in validate_package(path).findings] == ["package-truncated"]


def test_future_and_foreign_files(intact: bytes) -> None:
    future = bytearray(intact)
    future[8:10] = (2).to_bytes(2, "little")
    with pytest.raises(FuturePackageError) as refusal:
        read_everything(_with_header_crc(future))
    assert refusal.value.code == "package-future"
    minor = bytearray(intact)
    minor[10:12] = (7).to_bytes(2, "little")
    read_everything(_with_header_crc(minor))
    for foreign in (b"", b"ply\nformat binary", bytes(5000), b"PK\x03\x04" + bytes(100), intact[1:]):
        with pytest.raises(NotAPackageError):
            read_everything(foreign)
    with pytest.raises(BrokenPackageError) as longer:
        read_everything(intact + b"\0")
    assert longer.value.code == "package-length"


def _with_header_crc(data: bytearray) -> bytes:
    data[60:64] = zlib.crc32(bytes(data[:60])).to_bytes(4, "little")
    return bytes(data)


def _sections(data: bytes) -> list[EncodedSection]:
    package = Package.open(BytesReadable(data))
    return [EncodedSection(s.name, package.read_stored(s), s.clip, s.group, s.critical) for s in package.toc.sections]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_forged_sections_are_refused_or_harmless(intact: bytes, data: st.DataObject) -> None:
    """Damage under valid checksums, as an attacker would make it."""
    sections = _sections(intact)
    chosen = data.draw(st.integers(0, len(sections) - 1))
    content = bytearray(sections[chosen].data)
    how = data.draw(st.sampled_from(("flip", "cut", "grow", "random", "drop", "swap")))
    if how == "flip":
        for _ in range(data.draw(st.integers(1, 4))):
            # The first bytes hold counts and steps; damage there does the most.
            limit = data.draw(st.sampled_from((16, 64, len(content))))
            content[data.draw(st.integers(0, min(limit, len(content)) - 1))] = data.draw(st.integers(0, 255))
    elif how == "cut":
        content = content[: data.draw(st.integers(0, len(content) - 1))]
    elif how == "grow":
        content += data.draw(st.binary(min_size=1, max_size=40))
    elif how == "random":
        content = bytearray(data.draw(st.binary(max_size=200)))
    elif how == "swap":
        content = bytearray(sections[data.draw(st.integers(0, len(sections) - 1))].data)
    old = sections[chosen]
    sections[chosen] = EncodedSection(old.name, bytes(content), old.clip, old.group, old.critical)
    if how == "drop":
        del sections[chosen]
    forged = b"".join(assembled(sections))
    with bounded(), contextlib.suppress(PackageError):
        read_everything(forged)


nested = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=8)
    | st.binary(max_size=8),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=6), inner, max_size=5),
    max_leaves=20,
)


@settings(max_examples=100, deadline=None)
@given(manifest=st.dictionaries(st.text(max_size=6), nested, max_size=4), field=st.integers(0, 30), value=nested)
def test_forged_manifest(intact: bytes, manifest: dict[str, Any], field: int, value: Any) -> None:
    """One field at a time of another type, or all of them."""
    sections = _sections(intact)
    fields: dict[str, Any] = msgpack.unpackb(sections[0].data)
    names = list(fields)
    forged = manifest if field >= len(names) else {**fields, names[field]: value}
    sections[0] = EncodedSection("manifest", msgpack.packb(forged))
    with bounded(), contextlib.suppress(PackageError):
        read_everything(b"".join(assembled(sections)))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(nested, max_size=9), max_size=4) | nested)
def test_forged_table_of_contents(entries: Any) -> None:
    for content in (entries, [bytes(32), entries]):
        with pytest.raises(PackageError):
            read_everything(_file_with_toc(msgpack.packb(content)))


@pytest.mark.parametrize(
    ("toc", "code"),
    [
        (b"\x91" * 100_000, "package-toc-invalid"),
        (b"\x92\xc4\x20" + bytes(32) + b"\xdd\xff\xff\xff\xff", "package-toc-invalid"),
        (b"\x92\xc4\x20" + bytes(32) + b"\xdb\xff\xff\xff\xff", "package-toc-invalid"),
        (b"", "package-toc-invalid"),
        (b"\xc1", "package-toc-invalid"),
    ],
)
def test_hostile_msgpack(toc: bytes, code: str) -> None:
    with bounded(), pytest.raises(BrokenPackageError) as refusal:
        read_everything(_file_with_toc(toc))
    assert refusal.value.code == code


def _entry(offset: int, stored: int, **changes: Any) -> Section:
    fields: dict[str, Any] = {"name": "manifest", "clip": -1, "group": 0, "codec": 0, "raw_bytes": stored}
    fields |= {"crc32": 0, "critical": True, "offset": offset, "stored_bytes": stored} | changes
    return Section(**fields)


@pytest.mark.parametrize(
    ("sections", "code"),
    [
        ([_entry(1024, 64), _entry(1024, 64, name="order")], "package-section-range"),
        ([_entry(1024, 100), _entry(1088, 64, name="order")], "package-section-range"),
        ([_entry(2048, 64), _entry(1024, 64, name="order")], "package-section-range"),
        ([_entry(1025, 64)], "package-section-range"),
        ([_entry(1024, 1 << 29)], "package-section-range"),
        ([_entry(1 << 62, 64)], "package-section-range"),
        ([_entry(1024, 1 << 40)], "package-toc-invalid"),
        ([_entry(0, 64)], "package-toc-invalid"),
        ([_entry(1024, 64, raw_bytes=1 << 40)], "package-toc-invalid"),
        ([_entry(1024, 64, codec=300)], "package-toc-invalid"),
        ([_entry(1024, 64, clip=-2)], "package-toc-invalid"),
        ([_entry(1024, 64), _entry(2048, 64)], "package-section-repeated"),
        ([_entry(1024, 64, name="order")], "section-missing"),
        ([_entry(1024, 64, crc32=5)], "section-damaged"),
    ],
)
def test_hostile_table_of_contents(sections: list[Section], code: str) -> None:
    toc = TableOfContents(tuple(sections), bytes(32)).to_bytes()
    with bounded(), pytest.raises(BrokenPackageError) as refusal:
        read_everything(_file_with_toc(toc))
    assert refusal.value.code == code


@pytest.mark.parametrize("codec", [1, 2, 3, 77])
def test_section_that_claims_a_huge_raw_length(intact: bytes, codec: int) -> None:
    """A few bytes that say they decode to a gigabyte."""
    payload = b"\x01\x00" if codec == 1 else bytes(20)
    for raw_bytes in (1 << 30, 1000 * len(payload)):
        entry = _entry(1024, len(payload), codec=codec, raw_bytes=raw_bytes, crc32=zlib.crc32(payload))
        data = bytearray(_file_with_toc(TableOfContents((entry,), bytes(32)).to_bytes()))
        data[1024 : 1024 + len(payload)] = payload
        with bounded(), pytest.raises(PackageError):
            read_everything(bytes(data))


def _file_with_toc(toc: bytes, size: int = 8192) -> bytes:
    size = max(size, CONTAINER_HEADER_BYTES + len(toc))
    header = Header(0, CONTAINER_HEADER_BYTES, len(toc), zlib.crc32(toc), size).to_bytes()
    return (header + toc).ljust(size, b"\0")


def test_header_that_points_outside(intact: bytes) -> None:
    for offset, length in ((CONTAINER_HEADER_BYTES, 1 << 40), (1 << 63, 100), (0, 64), (len(intact) - 10, 20)):
        header = Header(0, offset, length, 0, len(intact)).to_bytes()
        with bounded(), pytest.raises(BrokenPackageError) as refusal:
            read_everything(header + intact[CONTAINER_HEADER_BYTES:])
        assert refusal.value.code == "package-toc-range"


def test_huge_claims_in_a_manifest_allocate_nothing(intact: bytes) -> None:
    """Counts are checked against sums and sections before any array is made for them."""
    sections = _sections(intact)
    fields: dict[str, Any] = msgpack.unpackb(sections[0].data)
    for changes in (
        {"gaussian_count": 16_000_000, "level_sizes": [16_000_000], "part_counts": [16_000_000, 0, 0, 0, 0]},
        {"gaussian_count": 4_000_000, "level_sizes": [4_000_000], "part_counts": [4_000_000, 0, 0, 0, 0]},
        {"joint_count": 256},
        {"clips": [{**fields["clips"][0], "frame_count": 10_000_000}]},
        {"frames_per_group": 1024},
    ):
        forged = [EncodedSection("manifest", msgpack.packb({**fields, **changes})), *sections[1:]]
        with bounded(), pytest.raises(PackageError):
            read_everything(b"".join(assembled(forged)))


def test_numbers_survive_msgpack() -> None:
    """The table's own round trip, at the limits that it accepts."""
    sections = (
        _entry(64, 1 << 30),
        _entry((1 << 30) + 64, 0, name="é" * 64, clip=65_534, group=999_999, crc32=2**32 - 1),
    )
    toc = TableOfContents(sections, bytes(range(32)))
    assert TableOfContents.from_bytes(toc.to_bytes(), "test", 1 << 40) == toc
    assert np.array_equal([s.offset for s in sections], [64, (1 << 30) + 64])
