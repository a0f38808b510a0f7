"""Rules that only show in a corner: each of these packages is read otherwise by a reader that has one rule wrong."""

from __future__ import annotations

import itertools
import math
import random
import struct
from collections.abc import Callable, Sequence

import numpy as np

from ani3d_runtime.testing.forgery import ForgedSection
from tests.conformance import assembly, handmade
from tests.conformance.breakage import Maker, order_of, with_model
from tests.conformance.handmade import f32, floats, table, varint
from tests.conformance.limits import one
from tests.conformance.limits_motion import moved

Quaternion = tuple[float, float, float, float]


def _hung(cells: Sequence[int], ranks: Sequence[int], gaps: Sequence[int], *, frames: int = 1) -> bytes:
    """Gaussians that hang on nodes, each of which moves another way; displacements and rotations are predicted."""
    count, nodes = len(ranks), len(cells) // 3
    model = assembly.model(
        cells,
        range(1, count + 1),
        hanging=range(count),
        ranks=ranks,
        gaps=gaps,
        weights=[40] * count + [20] * count + [7] * count,
    )
    moves = [(k * 131) % 211 - 105 for k in range(3 * frames * nodes)]
    turns = [(k * 37) % 101 - 50 for k in range(3 * frames * nodes)]
    section = assembly.nodes(frames, nodes, steps=(1e-3, 1e-2), moves=moves, turns=turns, predicted=(1, 1))
    return moved(model, ForgedSection("nodes", section, 0, 0), node_count=nodes, frames=frames)


def ties_of_nodes() -> bytes:
    """Nodes on a grid: neighbours and node parents of equal distance come in the order of their numbers."""
    corners = list(itertools.product((0, 1000), (0, 1000), (0, 1000)))
    places = [*corners, (500, 500, 500), (500, 500, -500), (-500, 500, 500)]
    cells = [place[axis] for axis in range(3) for place in places]
    ranks = [1, 2, 5, 3, 0, 9, 4, 1]
    return _hung(cells, ranks, [1, 2, 1, 3, 2, 1, 4, 1, 1, 1, 3, 2, 1, 4, 1, 2, 2, 1, 1, 1, 3, 1, 2, 1])


def far_nodes() -> bytes:
    """Squared distances that pass 32 bits, and some beyond 2^53 that differ by 1, which doubles do not tell apart."""
    edge = 2**26
    places = [
        (0, 0, 0), (70_000, 0, 0), (30_000, 0, 0), (0, 92_682, 0), (edge, 0, 0), (-edge, 1, 0), (-edge, 0, 0),
        (-edge, 0, 1), (edge, edge, -edge), (-edge, -edge, edge), (-edge, 1 - edge, edge), (50_000, 1, 0),
        (edge, edge, 1), (edge, edge, 0),
    ]  # fmt: skip
    cells = [place[axis] for axis in range(3) for place in places]
    ranks = [4, 8, 1, 4, 3, 0, 3]
    # The last Gaussian: 2^53 + 1 is farther than 2^53, and the node of the lower number.
    return _hung(cells, ranks, [8, 1, 2, 1, 1, 1, 9, 1, 7, 1, 8, 3, 2, 1, 1, 1, 1, 1, 2, 3, 1])


def coarse_quaternions() -> bytes:
    """Q of 1 and 2: squares that pass 1, so that the largest component is 0 and the others are normalised."""
    coarse = assembly.splats(
        6,
        units=1,
        largest=(0, 1, 2, 3, 0, 1),
        others=(1, -1, 1, 1, 0, 1, 1, 1, -1, 1, 1, 0, 1, 1, 1, -1, 0, 1),
        logscales=[-120] * 6 + [-100] * 6 + [-80] * 6,
    )
    finer = assembly.splats(
        3, units=2, largest=(3, 0, 2), others=(2, 2, -1, -1, 2, 2, 1, 0, 2), logscales=[-120, -100, -80] * 3
    )
    return assembly.package([(6, coarse), (3, finer)]).to_bytes()


def turns_beyond_pi() -> bytes:
    """Rotation vectors of joints and nodes longer than pi and 2 pi: their quaternions have w below 0."""
    lengths = (3.0, 3.3, 5.0, 6.2, 6.4, 9.0, 12.0)
    frames = len(lengths)
    unit = (0.48, -0.6, 0.64)
    turned = [round(length * share / 1e-3) for share in unit for length in lengths]
    first = [0, 0, 0, *turned[::frames]]
    others = [0] * (3 * (frames - 1)) + [
        turn for row in range(3) for turn in turned[row * frames + 1 : (row + 1) * frames]
    ]
    pose = assembly.pose(1, frames, steps=(1e-4, 1e-3), first=first, others=others)
    model = assembly.model(
        [0, 300, -200] * 3, (1, 2), hanging=(0, 1), ranks=(0, 1), gaps=[1, 0, 0] * 2, weights=[60, 0, 0] * 2
    )
    turns = [round(math.sqrt(frames) * angle * share / 1e-3) for share in unit for angle in (3.4, 5.5, 7.0)]
    section = assembly.nodes(
        frames, 3, steps=(1e-3, 1e-3), moves=[0] * 9 * frames, turns=turns + [25] * (9 * (frames - 1))
    )
    splats = assembly.splats(4)
    residual = [ForgedSection("model", model), ForgedSection("nodes", section, 0, 0)]
    return assembly.package([(4, splats)], poses=[pose], frame_count=frames, residual=residual, node_count=3).to_bytes()


def exact_quaternions() -> bytes:
    """Floats whose fourth component has other bits in float32, or where squares are taken off in another order."""
    quaternions = _telling_quaternions(9)
    return one_level_of(_exact(quaternions), len(quaternions))


def _telling_quaternions(count: int) -> list[tuple[float, float, float]]:
    """Three components a, b, c for each of which other ways to the fourth lead to other bits."""
    dice = random.Random(54)
    found: list[tuple[float, float, float]] = []
    while len(found) < count:
        four = np.array([dice.gauss(0, 1) for _ in range(4)])
        four[0] *= 10.0 ** -dice.randint(0, 4)
        a, b, c = (float(np.float32(value)) for value in four[1:] / np.linalg.norm(four))
        right = _bits(math.sqrt(max(0.0, ((1 - a * a) - b * b) - c * c)))
        others = (
            math.sqrt(max(0.0, 1 - (a * a + b * b + c * c))),
            math.sqrt(max(0.0, ((1 - c * c) - b * b) - a * a)),
            _in_float32(a, b, c),
        )
        if right and all(_bits(other) != right for other in others):
            found.append((a, b, c))
    return found


def _in_float32(a: float, b: float, c: float) -> float:
    one, *squares = (np.float32(value) for value in (1, a, b, c))
    for value in squares:
        one = np.float32(one - np.float32(value * value))
    return float(np.sqrt(max(one, np.float32(0))))


def _bits(value: float) -> int:
    return int(struct.unpack("<i", struct.pack("<f", value))[0])


def subnormal_scales() -> bytes:
    """Sheared Gaussians whose scales are so small that one over them is no float32."""
    section = _exact(_telling_quaternions(3), scale=8e-40, second_joint=2000)
    pose = assembly.pose(2, 1, first=(0, 0, 0, 200, 0, 100, 4000, -3000, 500))
    return assembly.package([(3, section)], joint_count=2, poses=[pose]).to_bytes()


def subnormal_turns() -> bytes:
    """Detail of rotation so small that the squares of it are no float32."""
    turned = handmade.detail([0, 2, 2], step=1e-42, step_index=0)
    return handmade.residual_package(detail_rotation_0=turned).to_bytes()


def _exact(quaternions: Sequence[tuple[float, float, float]], *, scale: float = 1e-3, second_joint: int = 0) -> bytes:
    """A section ``splats.k`` of floats, in all modes of columns; the second joint has a share of 4095ths."""
    count = len(quaternions)
    spread = [0.1 * k for k in range(count)]
    columns = [
        floats(spread),
        _differences(spread),
        floats([-value for value in spread], mode=2),
        b"\0" + table(*[k % 8 for k in range(count)]),
        *(floats([quaternion[axis] for quaternion in quaternions]) for axis in range(3)),
        table(*[k % 3 - 1 for k in range(count)]),
        *(floats([scale * (k + 1) for k in range(count)]) for _ in range(3)),
        floats([1 / (k + 1) for k in range(count)]),
        *(floats([0.3 - 0.01 * k for k in range(count)]) for _ in range(3)),
        b"\0" + table(*[0] * count, *[int(second_joint > 0)] * count, *[0] * 2 * count),
        b"\0" + table(*[second_joint] * count, *[0] * 2 * count),
    ]
    return bytes([2, 0]) + varint(1) + bytes([0]) + varint(count) + f32(0, 0, 0) + b"".join(columns)


def _differences(values: Sequence[float]) -> bytes:
    """A column of mode 1 with signs that alternate: differences pass 32 bits and are taken modulo 2^32."""
    signed = [8 * value + 2 if k % 2 else -8 * value - 2 for k, value in enumerate(values)]
    places = [bits if bits >= 0 else bits ^ 0x7FFFFFFF for bits in map(_bits, signed)]
    steps = [(b - a + 2**31) % 2**32 - 2**31 for a, b in zip([0, *places], places, strict=False)]
    return bytes([1]) + assembly.wide(steps, shift=24)


def one_level_of(section: bytes, count: int) -> bytes:
    """A package of one level of detail."""
    return assembly.package([(count, section)]).to_bytes()


AT: dict[str, Callable[[], bytes]] = {
    "corner-exact-quaternions": exact_quaternions,
    "corner-far-nodes": far_nodes,
    "corner-squares-beyond-1": coarse_quaternions,
    "corner-subnormal-scales": subnormal_scales,
    "corner-subnormal-turns": subnormal_turns,
    "corner-ties-of-nodes": ties_of_nodes,
    "corner-turns-beyond-pi": turns_beyond_pi,
}


def pose_that_wraps() -> bytes:
    """A row of second differences that stays in its range where sums are taken in 32 bits."""
    row = [2**31 - 1, 1 - 2**31]
    pose = assembly.pose(1, 3, steps=(1e-9, 1e-9), order=2, first=[10**9, 0, 0, 0, 0, 0], others=row + [0] * 10)
    return one(assembly.splats(1), poses=[pose], frame_count=3)


PAST: dict[str, tuple[str, Maker]] = {
    "pose-values-only-in-32-bits": ("pose-invalid", pose_that_wraps),
    "order-index-below-0": ("order-invalid", lambda: order_of(2, -1, 0, 1)),
    "model-rank-below-0": ("model-invalid", lambda: with_model(ranks=(-1, 2))),
    "model-gaps-beyond-the-last-node": ("model-invalid", lambda: with_model(gaps=(1, 1, 1, 2, 1, 1))),
}
