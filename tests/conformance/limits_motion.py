"""Limits of the residual layer and of the driver: packages at them, and one step past each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ani3d_runtime.testing.forgery import ForgedSection
from tests.conformance import assembly, handmade
from tests.conformance.breakage import Maker, with_driver, with_further, with_model, with_residual, with_scales
from tests.conformance.handmade import f32, table, varint
from tests.conformance.handmade_driver import driven_package, driver
from tests.conformance.limits import above, below

COUNT = 40


def moved(model: bytes, *sections: ForgedSection, node_count: int, frames: int = 1, count: int = COUNT) -> bytes:
    """A package of one level and one clip with a residual layer."""
    section = assembly.splats(count, cells=[(37 * k) % 1000 for k in range(3 * count)])
    residual = [ForgedSection("model", model), *sections]
    options: dict[str, Any] = {"node_count": node_count, "frame_count": frames}
    return assembly.package([(count, section)], residual=residual, **options).to_bytes()


def stages() -> bytes:
    """Eight stages, thirty-two runs, weights of parents at 127; every Gaussian moves and hangs on nodes."""
    tracks = range(COUNT)
    run_ends = [*range(1, 32), COUNT]
    runs = [number for number in reversed(range(31))] + [31] * 9
    offsets = [0] * 35 + [-1] * 35 + [-2] * 35 + [1] * 35
    model = assembly.model(
        [0, 300, 0, -500, 0, 0, 400, 0, 0, 100, 0, 600],
        tracks,
        hanging=tracks,
        ranks=[(3 * k) % 4 for k in tracks],
        gaps=[1] * (3 * COUNT),
        weights=[127] * COUNT + [0] * (2 * COUNT),
        stage_ends=range(5, COUNT + 1, 5),
        walk=assembly.walk(run_ends, runs, _clamped(offsets, run_ends, runs), weights=127),
    )
    nodes = handmade.nodes(1, count=4)
    detail = handmade.detail([1] * 5 + [0] * 35)
    sections = [ForgedSection("nodes", nodes, 0, 0), ForgedSection("detail.position", detail, 0, 0)]
    return moved(model, *sections, node_count=4)


def _clamped(offsets: Sequence[int], run_ends: Sequence[int], runs: Sequence[int]) -> list[int]:
    """Offsets along the walk that stay within the finished tracks of eight stages of five."""
    starts = [0, *run_ends[:-1]]
    order: list[int] = []
    for run in runs:
        order.append(starts[run])
        starts[run] += 1
    result: list[int] = []
    for place, offset in enumerate(offsets):
        track = 5 + place % 35
        finished = track // 5 * 5
        before = sum(other < finished for other in order[: order.index(track)])
        result.append(min(max(before + offset, 0), finished - 1) - before)
    return result


def nodes() -> bytes:
    """1024 nodes, cells of 2^26 among them, entries of 2^30, a step just below 1000, turns of many times pi."""
    count = 1024
    cells = [((k * k * 37) % 4001 - 2000) for k in range(3 * count)]
    cells[0], cells[count], cells[2 * count] = 2**26, -(2**26), 2**26
    model = assembly.model(
        cells, (1, 2), hanging=(0, 1), ranks=(1023, 5), gaps=(1, 1, 3, 5, 10, 900), weights=(40, 20, 0, 10, 0, 5)
    )
    moves = [0] * (3 * count)
    turns = [(k * 7919) % 600_000_000 - 300_000_000 for k in range(3 * count)]
    turns[0], turns[1] = 2**30, -(2**30)
    section = assembly.nodes(1, count, steps=(below(1000), 2e-8), moves=moves, turns=turns)
    return moved(model, ForgedSection("nodes", section, 0, 0), node_count=count)


def detail() -> bytes:
    """Sixty-four steps and bandwidths of all frames."""
    frames, tracks = 5, 66
    bandwidths = [frames] * tracks
    head = bytes([1, 64]) + f32(*[1e-4 * (k + 1) for k in range(64)])
    choices = table(*[(5 * k) % 64 for k in range(tracks)])
    section = head + table(*bandwidths) + choices + table(*((5 * k) % 13 - 6 for k in range(3 * frames * tracks)))
    model = assembly.model((), range(tracks))
    return moved(model, ForgedSection("detail.rotation", section, 0, 0), node_count=0, frames=frames, count=tracks)


def driver_at_limits() -> bytes:
    """Everything that a driver states at its limit: sizes, materials, capsules, filters, codes and steps."""
    kinds, nodes, links, capsules, poles, rows = 16, 4, 256, 256, 16, 256
    features = (18 + 3 * 2) * (1 + 2 * poles)
    material = f32(1000, 1000, 1, 1, 1)
    parts = [
        bytes([1]) + b"".join(map(varint, (kinds, links, capsules, 2, poles, rows))),
        f32(100) + kinds * material,
        table(0, 15, 3, 15) + table(*[1] * (4 * nodes)),
        table(255, 0, 100, 85, 0, 255, 100, 85, 0, 0, 55, 85),
        table(127, -127, 0, 127, 127, 0, 0, 127, 127, 0, 0, -127),
        table(255, 0, 1, 128) + f32(below(1)),
        table(*[2**20, -(2**20), 0] * 4),
        assembly.column([0] * links)
        + table(*[1 + k % 3 for k in range(links)])
        + table(*[k % 256 for k in range(links)]),
        bytes([1] * capsules) + capsules * f32(1e4, -1e4, 0, -1e4, 1e4, 1, 10, 0),
        bytes([0, 1]) + poles * f32(60, 10),
        f32(*[1e9, -1e9] * (features // 2)) + f32(*[1e-9, 1] * (features // 2)),
        f32(*[1000, 0] * (rows // 2)) + _edges_and_zeros(rows, features),
        f32(*[1000, 0] * (rows // 2)) + _edges_and_zeros(rows, 3 * nodes),
    ]
    return driven_package(b"".join(parts))


def _edges_and_zeros(rows: int, columns: int) -> bytes:
    """A table whose first two integers are at 2^20 and all others 0, coded so that these take little room."""
    symbols = bytes([255, 255]) + bytes(rows * columns - 2)
    escapes = varint(2**21 - 255) + varint(2**21 - 1 - 255)
    coded = handmade.encode("rans", symbols, np.full(rows, columns, dtype=np.int32))
    lengths = varint(len(coded)) + varint(len(escapes) + 1) + varint(len(escapes))
    return bytes([1, 0]) + lengths + coded + b"\0" + escapes


AT: dict[str, Callable[[], bytes]] = {
    "limits-detail": detail,
    "limits-driver": driver_at_limits,
    "limits-nodes": nodes,
    "limits-stages": stages,
}


def with_cells(*cells: int) -> bytes:
    """A model of one node."""
    model = assembly.model(cells, (1,))
    section = assembly.nodes(1, 1, steps=(1e-3, 1e-3), moves=(0, 0, 0), turns=(0, 0, 0))
    return moved(model, ForgedSection("nodes", section, 0, 0), node_count=1)


def with_nodes(**fields: Any) -> bytes:
    """Motion of one node."""
    usual: dict[str, Any] = {"steps": (1e-3, 1e-3), "moves": (0, 0, 0), "turns": (0, 0, 0)}
    section = assembly.nodes(1, 1, **(usual | fields))
    return moved(assembly.model((0, 0, 0), (1,)), ForgedSection("nodes", section, 0, 0), node_count=1)


def with_stages(ends: Sequence[int], run_ends: Sequence[int], runs: Sequence[int]) -> bytes:
    """A model of nine tracks, the last of them predicted."""
    walk = assembly.walk(run_ends, runs, [0] * 4 * (9 - ends[0])) if ends[0] < 9 else b""
    return moved(assembly.model((), range(9), stage_ends=ends, walk=walk), node_count=0)


def with_hanging(count: int) -> bytes:
    """A model of two moving Gaussians that says of more that they hang."""
    model = assembly.model((0, 0, 0), (1, 2), hanging=range(count), ranks=[0] * count, gaps=[0] * 3 * count,
                           weights=[0] * 3 * count)  # fmt: skip
    return moved(model, node_count=1)


def _edge(name: str, code: str, *makers: tuple[str, Maker]) -> dict[str, tuple[str, Maker]]:
    """Vectors of one section and one code."""
    return {f"{name}-{about}": (code, make) for about, make in makers}


def _driver_count(place: int, count: int) -> bytes:
    """A driver that states one of its counts otherwise."""
    section = bytearray(driver())
    section[1 + place : 2 + place] = varint(count)
    return driven_package(bytes(section))


def _material(place: int, value: float) -> bytes:
    material = [0.2, 1.25, 0.01, 0.05, 0.75]
    material[place] = value
    return with_driver(material=material)


PAST: dict[str, tuple[str, Maker]] = {
    **_edge(
        "model",
        "section-invalid",
        ("more-hang-than-move", lambda: with_hanging(3)),
        ("moves-more-than-there-are", lambda: moved(assembly.model((), range(COUNT + 1)), node_count=0)),
        ("nine-stages", lambda: with_stages([1, 2, 3, 4, 5, 6, 7, 8, 9], [9], [0] * 9)),
        ("33-runs", lambda: with_stages([8, 9], range(1, 34), [0] * 9)),
    ),
    **_edge(
        "model",
        "model-invalid",
        ("no-stages", lambda: moved(assembly.model((), ()).replace(b"\1\0", b"\0"), node_count=0)),
        ("cell-beyond-2-26", lambda: with_cells(0, 2**26 + 1, 0)),
        ("cell-below-minus-2-26", lambda: with_cells(-(2**26) - 1, 0, 0)),
        ("parent-weight-minus-128", lambda: with_model(parent_weight=-128)),
        ("node-weight-below-0", lambda: with_model(weights=(-1, 20, 0, 10, 0, 5))),
        ("runs-of-none", lambda: with_stages([8, 9], [4, 4, 9], [0, 0, 0, 0, 2, 2, 2, 2, 2])),
        ("runs-end-early", lambda: with_stages([8, 9], [4, 8], [0, 0, 0, 0, 1, 1, 1, 1, 0])),
        ("run-below-0", lambda: with_model(runs=(0, -1, 0))),
    ),
    "further-more-than-are-left": ("section-invalid", lambda: with_further(gaussians=(0, 0))),
    **_edge(
        "nodes",
        "nodes-invalid",
        ("step-of-1000", lambda: with_nodes(steps=(1000, 1e-3))),
        ("rotation-step-of-1000", lambda: with_nodes(steps=(1e-3, 1000))),
        ("entry-beyond-2-30", lambda: with_nodes(steps=(1e-9, 1e-9), moves=(0, 2**30 + 1, 0))),
        ("rotation-entry-below-minus-2-30", lambda: with_nodes(steps=(1e-9, 1e-9), turns=(0, 0, -(2**30) - 1))),
    ),
    "nodes-displacement-of-100-km": ("package-not-finite", lambda: with_nodes(steps=(500, 1e-3), moves=(200, 0, 0))),
    **_edge(
        "detail",
        "detail-invalid",
        ("step-below-0", lambda: with_scales([1, 0, 0], step=-1e-3, step_index=0)),
        ("no-steps", lambda: with_residual(detail_scale_0=bytes([1, 0]) + table(0, 0, 0) + table() + table())),
        (
            "bandwidth-below-0",
            lambda: with_residual(detail_scale_0=handmade.detail([0, 0, 0])[:10] + table(-1, 0, 0) + table() + table()),
        ),
    ),
    **_edge(
        "driver",
        "section-invalid",
        ("17-kinds", lambda: _driver_count(0, 17)),
        ("257-links", lambda: with_driver(first=[0] * 257, gaps=[1] * 257)),
        ("257-capsules", lambda: _driver_count(2, 257)),
        ("3-tracked-joints", lambda: _driver_count(3, 3)),
        ("17-filters", lambda: _driver_count(4, 17)),
    ),
    **_edge(
        "driver",
        "driver-invalid",
        ("no-kinds", lambda: _driver_count(0, 0)),
        ("reach-beyond-100-m", lambda: with_driver(reach=above(100))),
        ("damping-above-1000", lambda: _material(0, above(1000))),
        ("damping-below-0", lambda: _material(0, -0.1)),
        ("drag-above-1000", lambda: _material(1, above(1000))),
        ("thickness-above-1", lambda: _material(2, above(1))),
        ("friction-above-1", lambda: _material(3, above(1))),
        ("share-just-above-1", lambda: _material(4, above(1))),
        ("normal-minus-128", lambda: with_driver(normal=-128)),
        ("compliance-code-below-0", lambda: with_driver(code=-1)),
        ("mean-step-of-1", lambda: with_driver(mean_step=1.0)),
        ("radius-above-10-m", lambda: with_driver(radius=above(10))),
        ("filter-just-above-60-hz", lambda: with_driver(pole=(above(60), 0.4))),
        ("filter-of-0-hz", lambda: with_driver(pole=(0.0, 0.4))),
        ("damping-ratio-above-10", lambda: with_driver(pole=(1.5, above(10)))),
        ("damping-ratio-0", lambda: with_driver(pole=(1.5, 0.0))),
        ("scale-0", lambda: with_driver(scale=0.0)),
    ),
}
