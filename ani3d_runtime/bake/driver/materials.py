"""Materials of control nodes, searched so that the driver swings as the baked clips do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.bake.driver.clip_tracks import ClipTracks
from ani3d_runtime.codec.driver_model import Correctives, DriverModel, Materials
from ani3d_runtime.playback.driver.node_driver import NodeDriver
from ani3d_runtime.progress import ProgressCallback

_SEARCHED_FRAMES = 150
_SEARCHED_CLIPS = 2
# Factors on what is there; each knob is tried with each of them, in this order, for all kinds at once.
_ROUNDS = (4.0, 2.0)
MAX_SHARE = 1.0


@dataclass(frozen=True)
class Start:
    """Where the search for a kind of node begins."""

    damping_hz: float
    drag: float
    thickness_m: float
    friction: float
    follow_s2: float


CLOTH = Start(damping_hz=0.2, drag=1.25, thickness_m=0.005, friction=0.05, follow_s2=0.04)
STRANDS = Start(damping_hz=16.0, drag=2.0, thickness_m=0.008, friction=0.10, follow_s2=0.003)

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


def _damping(model: DriverModel, factors: Float64Array) -> DriverModel:
    return replace(model, materials=replace(model.materials, damping_hz=model.materials.damping_hz * factors))


def _drag(model: DriverModel, factors: Float64Array) -> DriverModel:
    return replace(model, materials=replace(model.materials, drag=model.materials.drag * factors))


_KNOBS: tuple[Knob, ...] = (_follow, _damping, _drag)


def searched(
    model: DriverModel, driver: Callable[[DriverModel], NodeDriver], clips: Sequence[ClipTracks], tell: ProgressCallback
) -> DriverModel:
    """The model with the knobs that come closest to the clips, kind by kind."""
    some = [clip.first(_SEARCHED_FRAMES) for clip in sorted(clips, key=len, reverse=True)[:_SEARCHED_CLIPS]]
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


def with_shares(model: DriverModel, clips: Sequence[ClipTracks], swings: Sequence[Float64Array]) -> DriverModel:
    """How much of the simulated displacement comes closest to the clips, kind by kind."""
    shares = np.ones(len(model.materials.share))
    for kind in range(len(shares)):
        of_kind = model.nodes.kinds == kind
        both = alone = 0.0
        for clip, swing in zip(clips, swings, strict=True):
            both += float((clip.displacements_m[:, of_kind] * swing[:, of_kind]).sum())
            alone += float((swing[:, of_kind] ** 2).sum())
        shares[kind] = np.clip(both / max(alone, 1e-12), 0, MAX_SHARE)
    return replace(model, materials=replace(model.materials, share=shares))


def _errors(
    model: DriverModel, driver: Callable[[DriverModel], NodeDriver], clips: Sequence[ClipTracks]
) -> Float64Array:
    """[K] mean over clips of squared error over squared displacement, which weighs quiet clips like wild ones."""
    kinds = model.nodes.kinds
    total = np.zeros(len(model.materials.share))
    for clip in clips:
        left = ((swung(model, driver, clip) - clip.displacements_m) ** 2).sum(axis=(0, 2))
        there = (clip.displacements_m**2).sum(axis=(0, 2))
        for kind in range(len(total)):
            total[kind] += left[kinds == kind].sum() / max(there[kinds == kind].sum(), 1e-9)
    return total / len(clips)
