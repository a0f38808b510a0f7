"""Materials of control nodes, searched so that the driver swings as the baked clips do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.bake.driver_fit.clip_tracks import ClipTracks, in_several
from ani3d_runtime.codec.sections.driver_model import Correctives, DriverModel, Materials
from ani3d_runtime.playback.driver.node_driver import NodeDriver
from ani3d_runtime.progress import ProgressCallback

_SEARCHED_FRAMES = 90
_SEARCHED_CLIPS = 3
# So long a swing remembers that it began at rest, which the clip did not.
_FORGOTTEN_FRAMES = 10
# Factors on what is there; each knob is tried with each of them, in this order, for all kinds at once.
_ROUNDS = (1.8,)
_SHARES = (1.0, 0.85, 0.7, 0.5, 0.25, 0.0)
_MOST_FRICTION = 0.9


@dataclass(frozen=True)
class Start:
    """Where the search for a kind of node begins.

    Attributes:
        link_s2: compliances of stiff and of other links.
        least_share: so much of what is simulated is shown at least. Squares of errors would halve a swing whose phase
            is uncertain; a ponytail that hardly swings looks worse than one that swings otherwise.
    """

    damping_hz: float
    drag: float
    thickness_m: float
    friction: float
    follow_s2: float
    link_s2: tuple[float, float]
    least_share: float = 0.0


CLOTH = Start(damping_hz=4.4, drag=4.2, thickness_m=0.0075, friction=0.0035, follow_s2=0.074, link_s2=(9e-6, 9.5e-5))
STRANDS = Start(damping_hz=3.0, drag=0.5, thickness_m=0.0, friction=0.05, follow_s2=0.03, link_s2=(3e-4, 0.15))
LOCKS = replace(STRANDS, damping_hz=2.0, least_share=0.85)

Knob = Callable[[DriverModel, Float64Array], DriverModel]


def first_materials(starts: Sequence[Start]) -> Materials:
    """One row for each kind, all of what is simulated shown."""
    return Materials(
        np.array([start.damping_hz for start in starts]),
        np.array([start.drag for start in starts]),
        np.array([start.thickness_m for start in starts]),
        np.array([start.friction for start in starts]),
        np.ones(len(starts)),
    )


def _follow(model: DriverModel, factors: Float64Array) -> DriverModel:
    nodes = model.nodes
    return replace(model, nodes=replace(nodes, follow=nodes.follow * factors[nodes.kinds]))


def _friction(model: DriverModel, factors: Float64Array) -> DriverModel:
    friction = np.minimum(model.materials.friction * factors, _MOST_FRICTION)
    return replace(model, materials=replace(model.materials, friction=friction))


def _give(model: DriverModel, factors: Float64Array) -> DriverModel:
    links = model.links
    of_links = factors[model.nodes.kinds[links.pairs[:, 0]]]
    return replace(model, links=replace(links, compliances=links.compliances * of_links))


_KNOBS: tuple[Knob, ...] = (_give, _follow, _friction)


def searched(
    model: DriverModel,
    driver: Callable[[DriverModel], NodeDriver],
    clips: Sequence[ClipTracks],
    practice: Sequence[ClipTracks],
    tell: ProgressCallback,
) -> DriverModel:
    """The model with the knobs that come closest to the longest clips and to all practice, kind by kind."""
    longest = sorted(in_several(clips), key=len, reverse=True)[:_SEARCHED_CLIPS]
    some = [clip.liveliest(_SEARCHED_FRAMES) for clip in (*longest, *practice)]
    best = _errors(model, driver, some)
    tries = len(_ROUNDS) * len(_KNOBS) * 2
    done = 0
    for size in _ROUNDS:
        for knob in _KNOBS:
            for factor in (size, 1 / size):
                tried = knob(model, np.full(len(best), factor))
                errors = _errors(tried, driver, some)
                better = errors < best
                model = knob(model, np.where(better, factor, 1.0))
                best = np.minimum(best, errors)
                done += 1
                tell(done / tries)
    return model


def swung(model: DriverModel, driver: Callable[[DriverModel], NodeDriver], clip: ClipTracks) -> Float64Array:
    """[T, M, 3] what the physics alone makes of a clip's poses."""
    alone = replace(
        model,
        materials=replace(model.materials, share=np.ones_like(model.materials.share)),
        correctives=Correctives.none(len(model.nodes.joints)),
    )
    driving = driver(alone)
    driving.reset(clip.poses[0])
    return np.stack([driving.step(pose, 1 / clip.fps).node_displacements_m for pose in clip.poses]).astype(np.float64)


def with_shares(
    model: DriverModel, clips: Sequence[ClipTracks], swings: Sequence[Float64Array], least: Sequence[float]
) -> tuple[DriverModel, Float64Array]:
    """How much of the simulated displacement is shown, kind by kind, and [M, 3] what is added to it always.

    What is added is the mean over clips of what physics leaves over, quiet clips counting most: it hangs a little
    otherwise than cloth does. Both are what foretells best those clips that they are not taken from; where nothing does
    better than the rigid layer, that is what stays.

    Args:
        swings: per clip what physics alone makes of it.
        least: per kind, share that is shown at least.
    """
    weights = [clip.weight for clip in clips]
    nodes, kinds = model.nodes, model.nodes.kinds
    shares = np.zeros(len(model.materials.share))
    offset = np.zeros((len(nodes.joints), 3))
    for kind in range(len(shares)):
        chosen = kinds == kind
        moved = [clip.displacements_m[:, chosen] for clip in clips]
        swung = [swing[:, chosen] for swing in swings]
        smallest = np.inf
        for added in (True, False):
            ways = [_less_others(each, weights, k, added) for each in (moved, swung) for k in range(len(clips))]
            pairs = list(zip(ways[: len(clips)], ways[len(clips) :], weights, strict=True))
            squares = [(_dot(u, u), _dot(u, s), _dot(s, s), w / len(u)) for u, s, w in pairs]
            for share in (share for share in _SHARES if share >= least[kind]):
                error = float(np.mean([(uu - 2 * share * us + share**2 * ss) * w for uu, us, ss, w in squares]))
                if error < smallest:
                    smallest, shares[kind] = error, share
                    left = [(u - share * s).mean(axis=0) for u, s in zip(moved, swung, strict=True)]
                    offset[chosen] = np.average(left, axis=0, weights=weights) if added else 0.0
    return replace(model, materials=replace(model.materials, share=shares)), offset


def _less_others(each: Sequence[Float64Array], weights: Sequence[float], number: int, subtracted: bool) -> Float64Array:
    """One clip's values less what the others have on average."""
    others = [values.mean(axis=0) for k, values in enumerate(each) if k != number]
    if not subtracted or not others:
        return each[number]
    return each[number] - np.average(others, axis=0, weights=[w for k, w in enumerate(weights) if k != number])


def _dot(one: Float64Array, other: Float64Array) -> float:
    return float(np.vdot(one, other))


def _errors(
    model: DriverModel, driver: Callable[[DriverModel], NodeDriver], clips: Sequence[ClipTracks]
) -> Float64Array:
    """[K] mean over clips of squared error, each clip's weight on it, which makes quiet clips count like wild ones.

    What is always off is no matter of swinging: it is taken off as the other clips have it.
    """
    kinds = model.nodes.kinds
    total = np.zeros(len(model.materials.share))
    begin = [min(_FORGOTTEN_FRAMES, len(clip) // 2) for clip in clips]
    moved = [clip.displacements_m[start:] for clip, start in zip(clips, begin, strict=True)]
    weights = [clip.weight for clip in clips]
    left = [u - swung(model, driver, c)[start:] for u, c, start in zip(moved, clips, begin, strict=True)]
    for kind in range(len(total)):
        of_kind = [each[:, kinds == kind] for each in left]
        for number in range(len(clips)):
            wrong = _less_others(of_kind, weights, number, True)
            total[kind] += weights[number] * np.square(wrong).sum(axis=2).mean()
    return total / len(clips)
