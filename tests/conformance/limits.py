"""Every limit of the pages that a file of sensible size can show: packages at limits, and one step past each."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ani3d_runtime.testing.forgery import CLIP, GROUP, ForgedSection
from tests.conformance import assembly, handmade
from tests.conformance.breakage import (
    Maker,
    entry,
    intact,
    with_extra,
    with_manifest,
    with_skeleton,
    with_splats,
)
from tests.conformance.handmade import f32, table

WHIRL = "\N{CYCLONE}"


def below(limit: float) -> float:
    """The next smaller float32."""
    return float(np.nextafter(np.float32(limit), np.float32(0)))


def above(limit: float) -> float:
    """The next larger float32."""
    return float(np.nextafter(np.float32(limit), np.float32(np.inf)))


def clip(**changes: Any) -> dict[str, Any]:
    """The clip of the package made by hand."""
    return handmade.manifest()["clips"][0] | changes


def with_clip(**changes: Any) -> bytes:
    """Another clip in the manifest."""
    return with_manifest(clips=[clip(**changes)])


def one(section: bytes, **options: Any) -> bytes:
    """A package of one level of detail and one Gaussian."""
    return assembly.package([(1, section)], **options).to_bytes()


def rounded(**fields: Any) -> bytes:
    """One Gaussian in whole steps."""
    return one(assembly.splats(1, **fields), sh_degree=fields.get("degree", 0))


# Packages at limits.


def manifest() -> bytes:
    """Texts of 4096 and names of 200 characters outside of the basic plane, bounds of a million, the ends of rates."""
    forgery = handmade.package()
    slow, fast = (clip(name=letter + WHIRL * 199, fps=fps) for letter, fps in (("a", 0.001), ("b", 1000)))
    measures = {"max_error_m": 1e6, "canonical_error_m": 1000000, "max_shape_error_m": 0, "max_colour_error": 1e6}
    changes = {
        "writer": WHIRL * 4096,
        "avatar_name": "",
        "frames_per_group": 1024,
        "part_max_error_m": [1e6] * 5,
        "clips": [slow, fast],
        "provenance": {f"key {number}": WHIRL * (4096 if number == 0 else 1) for number in range(256)},
    }
    forgery.change_map("manifest", lambda document: document.update(measures | changes))
    del forgery.sections[-2:]
    forgery.sections += [ForgedSection("pose", handmade.pose(3), number, 0) for number in range(2)]
    return forgery.to_bytes()


def table_of_contents() -> bytes:
    """A name of 64 characters, the last clip and the last group, and a section that decodes to as much as it may."""
    forgery = handmade.package()
    forgery.sections.append(ForgedSection(WHIRL * 64, b"", 65_534, 999_999, critical=False))
    forgery.sections.append(ForgedSection("smoke", b"\1\7", critical=False, codec=1, raw_bytes=2**20 + 64))
    return forgery.to_bytes()


def levels() -> bytes:
    """Sixteen levels of detail of one Gaussian each."""
    return assembly.package([(1, assembly.splats(1, cells=(level, 0, 0))) for level in range(16)]).to_bytes()


def joints() -> bytes:
    """A chain of 256 joints. Rest rotations of some are as far from unit as they may be: readers normalise them."""
    count = 256
    long, short = ((0.96 * length, 0.0, 0.28 * length, 0.0) for length in (1 + 9e-6, 1 - 9e-6))
    rotations = [*long * 12, *short, *(1.0, 0.0, 0.0, 0.0) * (count - 13)]
    names = [WHIRL * 200, *(f"joint {joint}" for joint in range(1, count))]
    skeleton = assembly.skeleton(count, joint_names=names, rest_rotations_wxyz=f32(*rotations))
    section = assembly.splats(2, joints=(255, 254, 3, 2, 1, 255, 0, 128), weights=(4095, 1365, 0, 1365, 0, 1365))
    turned = [100, -50, 20, *(2000 if place % 96 == 1 else 0 for place in range(3 * count))]
    levels = [(2, section)]
    motion = assembly.pose(count, 1, first=turned)
    return assembly.package(levels, joint_count=count, skeleton_section=skeleton, poses=[motion]).to_bytes()


def skeleton() -> bytes:
    """A root and a head at 100 km."""
    return with_skeleton(zero_joints_m=f32(0, 1e5, 0, 0, -1e5, 0), rest_translation_m=f32(0, -1e5, 0))


def splats_steps() -> bytes:
    """All four steps just below 1000, and Q of 16384 with components of that size."""
    step = below(1000)
    none = (0, 0, 0)
    return rounded(
        steps=(step,) * 4, units=16384, degree=1, others=(16384, 0, 0), cells=none, logscales=none, base=none,
        higher=[0] * 9,
    )  # fmt: skip


def splats_values() -> bytes:
    """Cells of 2^28, logarithms of -20, colours of 2^20 steps, opacities of 0 and 1, weights that sum to 1."""
    cell, colour = 2**28, 2**20
    section = assembly.splats(
        2,
        stretches=[(4, 2)],
        degree=1,
        steps=(1e-4, 1.0, 1e-3, 1e-3),
        cells=(cell, -cell, -cell, cell, 0, 1),
        logscales=(-20, 11, -19, 0, -20, -20),
        opacities=(0, 255),
        base=(colour, -colour, 0, colour, -colour, 0),
        higher=[colour, -colour] * 9,
        weights=(4095, 0, 0, 4095, 0, 0),
    )
    return assembly.package([(2, section)], part_counts=(0, 0, 0, 0, 2), sh_degree=1).to_bytes()


def pose() -> bytes:
    """Steps just below 1, values of 10^9, second differences, a root just below 100 km and turns of many times pi."""
    big = 10**9
    nearly = int(1e5 / below(1)) - 1
    turning = assembly.pose(
        1, 3, steps=(1e-9, 1e-8), order=2,
        first=[big, -big, 0, big, -big, 300_000_000],
        others=[-2 * big, 0, 2 * big, 0, 0, -7, -2 * big, 0, 2 * big, -big, -300_000_000, 50_000_000],
    )  # fmt: skip
    far = assembly.pose(1, 3, steps=(below(1), below(1)), first=[nearly, -nearly, 1, 4, -3, 9])
    section = assembly.splats(1)
    return assembly.package([(1, section)], poses=[turning, far], frame_count=6, frames_per_group=3).to_bytes()


def order_of_groups() -> bytes:
    """Frames times Gaussians of a group at 2^25, where a clip has a residual layer."""
    count = 2**15
    section = assembly.splats(count, opacities=[(7 * k) % 256 for k in range(count)])
    sections = [
        ForgedSection("model", assembly.model((), (5,))),
        ForgedSection("detail.position", handmade.detail([1]), 0, 0),
    ]
    return assembly.package([(count, section)], residual=sections, frames_per_group=1024).to_bytes()


AT: dict[str, Callable[[], bytes]] = {
    "limits-group-values": order_of_groups,
    "limits-joints": joints,
    "limits-levels": levels,
    "limits-manifest": manifest,
    "limits-pose": pose,
    "limits-skeleton": skeleton,
    "limits-splats-steps": splats_steps,
    "limits-splats-values": splats_values,
    "limits-table-of-contents": table_of_contents,
}


def _edge(name: str, code: str, *makers: tuple[str, Maker]) -> dict[str, tuple[str, Maker]]:
    """Vectors of one section and one code."""
    return {f"{name}-{about}": (code, make) for about, make in makers}


def ancillary(field: int, value: int) -> bytes:
    """An unknown section that may be skipped, with a field of its entry changed."""
    forgery = handmade.package()
    forgery.sections.append(ForgedSection("smoke", b"\1\7", critical=False))
    return forgery.to_bytes(entry(-1, field, value))


def with_bound(value: float) -> bytes:
    """Another bound in the manifest."""
    return with_manifest(max_colour_error=value)


def travel(**changes: Any) -> dict[str, Any]:
    """How a looping clip goes on."""
    return {"translation_m": [0, 0, 0], "heading_rad": 0} | changes


def marker(time_s: float, **changes: Any) -> dict[str, Any]:
    """One marker."""
    return {"name": "step", "time_s": time_s, "kind": "given"} | changes


def with_levels(count: int) -> bytes:
    """So many levels of one Gaussian."""
    return assembly.package([(1, assembly.splats(1)) for _ in range(count)]).to_bytes()


def with_parts(*counts: int) -> bytes:
    """Other counts of parts, four in all."""
    return with_manifest(part_counts=list(counts))


def with_pose(**fields: Any) -> bytes:
    """Another group of poses of one joint."""
    return one(assembly.splats(1), poses=[assembly.pose(1, 1, **fields)])


def with_root(value: int) -> bytes:
    """A root so many half metres to the side."""
    return with_pose(steps=(0.5, 1e-3), first=[value, 0, 0, 0, 0, 0])


def with_position(height_m: float) -> bytes:
    """A Gaussian so high."""
    return rounded(corner=(0.0, height_m, 0.0), cells=(0, 0, 0))


def with_codec_run(raw_bytes: int) -> bytes:
    """A run of one byte that is stored as two bytes."""
    return with_extra(ForgedSection("smoke", b"\1\7", critical=False, codec=1, raw_bytes=raw_bytes))


def splats_with(section: bytes) -> bytes:
    """Another first level of detail of the package made by hand."""
    return intact(splats_0=section)


def opacities_as(data: bytes) -> bytes:
    """The table of opacities of one Gaussian as bytes."""
    section, usual = assembly.splats(1), b"\0" + table(126)
    assert section.count(usual) == 1
    return one(section.replace(usual, b"\0" + data))


PAST: dict[str, tuple[str, Maker]] = {
    **_edge(
        "table",
        "package-toc-invalid",
        ("clip-65535", lambda: ancillary(CLIP, 65_535)),
        ("group-1000000", lambda: ancillary(GROUP, 1_000_000)),
        ("raw-beyond-32-a-byte", lambda: with_codec_run(2**20 + 65)),
        ("name-of-65-characters", lambda: with_extra(ForgedSection(WHIRL * 65, b"", critical=False))),
    ),
    **_edge(
        "manifest",
        "manifest-invalid",
        ("16000001-gaussians", lambda: with_manifest(gaussian_count=16_000_001, level_sizes=[16_000_001])),
        ("text-of-4097-characters", lambda: with_manifest(writer="w" * 4097)),
        ("provenance-of-4097-characters", lambda: with_manifest(provenance={"source": "w" * 4097})),
        ("257-provenances", lambda: with_manifest(provenance={str(number): "" for number in range(257)})),
        ("clip-name-of-201-characters", lambda: with_clip(name="w" * 201)),
        ("bound-just-above-a-million", lambda: with_bound(1_000_000.0000001)),
        ("bound-below-0", lambda: with_bound(-1e-9)),
        ("rate-below-0.001", lambda: with_clip(fps=0.00099999)),
        ("rate-above-1000", lambda: with_clip(fps=1000.0001)),
        ("10000001-frames", lambda: with_clip(frame_count=10_000_001)),
        ("groups-of-1025-frames", lambda: with_manifest(frames_per_group=1025)),
        ("groups-of-no-frames", lambda: with_manifest(frames_per_group=0)),
        ("no-joints", lambda: with_manifest(joint_count=0)),
        ("17-levels", lambda: with_levels(17)),
        ("no-levels", lambda: with_manifest(level_sizes=[])),
        ("a-level-of-none", lambda: with_manifest(level_sizes=[0, 4])),
        ("a-part-below-0", lambda: with_parts(5, -1, 0, 0, 0)),
        ("six-parts", lambda: with_parts(2, 0, 1, 1, 0, 0)),
        ("1025-nodes-and-no-residual", lambda: with_manifest(node_count=1025)),
        ("4097-nodes-and-no-residual", lambda: with_manifest(node_count=4097)),
        ("65535-nodes-and-no-residual", lambda: with_manifest(node_count=65535)),
        ("a-node-below-0", lambda: with_manifest(node_count=-1)),
        ("one-corrective", lambda: with_manifest(corrective_count=1)),
        ("five-correctives", lambda: with_manifest(corrective_count=5)),
        ("group-values-just-beyond-2-25", lambda: _too_large_a_group()),
        ("loops-as-a-number", lambda: with_clip(loops=1)),
        ("loops-nil", lambda: with_clip(loops=None)),
        ("in-place-as-text", lambda: with_clip(in_place="yes")),
        ("travel-without-a-loop", lambda: with_clip(travel=travel())),
        ("travel-of-two-numbers", lambda: with_clip(loops=True, travel=travel(translation_m=[0, 1]))),
        ("travel-just-beyond-100-km", lambda: with_clip(loops=True, travel=travel(translation_m=[0, 0, -100_000.1]))),
        ("travel-nan", lambda: with_clip(loops=True, travel=travel(translation_m=[0, math.nan, 0]))),
        ("travel-without-heading", lambda: with_clip(loops=True, travel={"translation_m": [0, 0, 0]})),
        ("heading-just-beyond-half-a-turn", lambda: with_clip(loops=True, travel=travel(heading_rad=-3.1417))),
        ("heading-as-true", lambda: with_clip(loops=True, travel=travel(heading_rad=True))),
        ("markers-as-a-map", lambda: with_clip(markers={})),
        ("marker-as-text", lambda: with_clip(markers=["step"])),
        ("marker-without-a-kind", lambda: with_clip(markers=[{"name": "step", "time_s": 0.0}])),
        ("marker-name-of-201-characters", lambda: with_clip(markers=[marker(0.0, name="w" * 201)])),
        ("marker-below-0", lambda: with_clip(markers=[marker(-1e-9)])),
        ("marker-nan", lambda: with_clip(markers=[marker(math.nan)])),
        ("markers-out-of-order", lambda: with_clip(markers=[marker(0.02), marker(0.01)])),
        ("marker-behind-the-last-frame", lambda: with_clip(markers=[marker(0.0), marker(2 / 30 + 1e-9)])),
        ("marker-at-the-end-of-a-loop", lambda: with_clip(loops=True, markers=[marker(3 / 30)])),
    ),
    **_edge(
        "skeleton",
        "skeleton-invalid",
        ("joint-just-beyond-100-km", lambda: with_skeleton(zero_joints_m=f32(0, above(1e5), 0, 0, 0, 0))),
        ("name-of-201-characters", lambda: with_skeleton(joint_names=["hips", "w" * 201])),
        ("rotation-just-too-long", lambda: with_skeleton(rest_rotations_wxyz=f32(1.000012, 0, 0, 0, 1, 0, 0, 0))),
        ("rotation-just-too-short", lambda: with_skeleton(rest_rotations_wxyz=f32(0.999988, 0, 0, 0, 1, 0, 0, 0))),
        ("parent-below-minus-1", lambda: with_skeleton(parents=[-2, 0])),
    ),
    **_edge(
        "splats",
        "splats-invalid",
        ("step-of-1000", lambda: with_splats(quantisation=(1000, 0.04, 0.01, 0.02))),
        ("scale-step-of-1000", lambda: with_splats(quantisation=(1e-3, 1000, 0.01, 0.02), logscale=0)),
        ("colour-step-of-1000", lambda: with_splats(quantisation=(1e-3, 0.04, 1000, 0.02))),
        ("harmonics-step-of-1000", lambda: with_splats(quantisation=(1e-3, 0.04, 0.01, 1000))),
        ("step-below-0", lambda: with_splats(quantisation=(-1e-3, 0.04, 0.01, 0.02))),
        ("cell-beyond-2-28", lambda: rounded(steps=(1e-5, 0.04, 0.01, 0.02), cells=(0, -(2**28) - 1, 0))),
        ("logarithm-below-minus-20", lambda: rounded(steps=(1e-3, 1.0, 0.01, 0.02), logscales=(-21, 0, 0))),
        ("colour-beyond-2-20", lambda: rounded(steps=(1e-3, 0.04, 1e-6, 0.02), base=(0, 2**20 + 1, 0))),
        ("harmonic-beyond-2-20", lambda: rounded(steps=(1e-3, 0.04, 0.01, 1e-6), degree=1, higher=[-(2**20) - 1] * 9)),
        ("opacity-below-0", lambda: with_splats(opacity=-1)),
        ("largest-component-below-0", lambda: with_splats(largest=-1)),
        ("component-below-minus-units", lambda: with_splats(others=(0, 0, -512))),
        ("joint-below-0", lambda: with_splats(joint=-1)),
        ("stretches-too-long", lambda: intact(splats_1=handmade.splats([(0, 1), (2, 1), (3, 2)]))),
    ),
    **_edge(
        "splats",
        "package-not-finite",
        ("position-of-100-km", lambda: with_position(1e5)),
        ("scale-of-100-km", lambda: rounded(steps=(1e-3, 1.0, 0.01, 0.02), logscales=(0, 12, 0))),
        ("colour-of-100000", lambda: rounded(steps=(1e-3, 0.04, 500, 0.02), base=(200, 0, 0))),
    ),
    **_edge(
        "integers",
        "section-invalid",
        ("shift-25", lambda: opacities_as(bytes([0, 25, 1, 0, 0]) + bytes([0]) + bytes(4))),
        ("beyond-32-bits", lambda: opacities_as(assembly.wide([2**31 - 1], escape=1))),
        ("escape-missing", lambda: opacities_as(bytes([0, 0, 1, 0, 0, 255]))),
        ("escape-left-over", lambda: opacities_as(bytes([0, 0, 1, 1, 1, 126, 5]))),
        ("escape-of-six-bytes", lambda: opacities_as(bytes([0, 0, 1, 6, 6, 255]) + b"\x80" * 5 + b"\0")),
    ),
    **_edge(
        "pose",
        "pose-invalid",
        ("translation-step-of-1", lambda: with_pose(steps=(1.0, 1e-3))),
        ("rotation-step-of-1", lambda: with_pose(steps=(1e-3, 1.0))),
        ("value-beyond-10-9", lambda: with_pose(steps=(1e-9, 1e-9), first=[0, 0, 0, 0, -(10**9) - 1, 0])),
        ("differences-of-minus-1", lambda: with_pose(order=-1)),
    ),
    "pose-root-at-100-km": ("package-not-finite", lambda: with_root(200_000)),
}


def _too_large_a_group() -> bytes:
    count = 2**15 + 1
    sizes = {"gaussian_count": count, "level_sizes": [count], "part_counts": [count, 0, 0, 0, 0]}
    return with_manifest(frames_per_group=1024, clips=[clip(has_residual=True)], **sizes)
