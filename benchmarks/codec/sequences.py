"""BenchmarkSequence: an avatar, a motion and its residual layer, from which every codec gets the same frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ani3d_runtime.arrays import Float32Array, Int32Array
from ani3d_runtime.avatar import Avatar, Part
from ani3d_runtime.bake.characters import build_character
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.readers import read_motion
from ani3d_runtime.deformation import Detail, Frame
from ani3d_runtime.playback.deform import Deformer
from ani3d_runtime.residual import ResidualLayer
from ani3d_runtime.splats import SplatCloud
from benchmarks.codec.continuity import continued

CHARACTER = "dancer"
MOTION = "dance"


@dataclass(frozen=True)
class BenchmarkSequence:
    """What is encoded.

    Attributes:
        name: as the tables call it.
        avatar: its weights are those that packages keep, harmonics are of degree 0.
        motion: T frames.
        residual: cloth and hair of the same T frames.
    """

    name: str
    avatar: Avatar
    motion: Motion
    residual: ResidualLayer

    @property
    def frame_count(self) -> int:
        """T."""
        return self.motion.frame_count

    def posed(self, index: int) -> SplatCloud:
        """World-space Gaussians of one frame, in the avatar's order: the truth that all codecs are measured against."""
        motion, residual = self.motion, self.residual
        detail = Detail(
            residual.indices,
            residual.dpos_m[index],
            _row(residual.drot_rad, index),
            _row(residual.dlogscale, index),
            _row(residual.dcolour, index),
        )
        frame = Frame(
            time_s=index / motion.fps,
            root_translation_m=motion.root_translation_m[index],
            joint_rotations_wxyz=motion.joint_rotations_wxyz[index],
            node_displacements_m=np.zeros((0, 3), dtype=np.float32),
            node_rotations_wxyz=np.zeros((0, 4), dtype=np.float32),
            coefficients=np.zeros(0, dtype=np.float32),
            detail=detail,
        )
        return self._deformer.pose(frame).cloud

    def frames(self, indices: range) -> Iterator[SplatCloud]:
        """Consecutive frames as codecs of posed splats get them: axes named alike from frame to frame."""
        previous: SplatCloud | None = None
        for index in indices:
            cloud = self.posed(index)
            previous = cloud if previous is None else continued(cloud, previous)
            yield previous

    def only(self, kept: Int32Array, name: str) -> BenchmarkSequence:
        """The same performance with the Gaussians ``kept`` (increasing) alone."""
        place = np.full(self.avatar.count, -1, dtype=np.int32)
        place[kept] = np.arange(len(kept), dtype=np.int32)
        moved = place[self.residual.indices]
        columns = np.flatnonzero(moved >= 0)

        def pick(channel: Float32Array | None) -> Float32Array | None:
            return None if channel is None else np.ascontiguousarray(channel[:, columns])

        residual = ResidualLayer(
            len(kept),
            moved[columns],
            np.ascontiguousarray(self.residual.dpos_m[:, columns]),
            pick(self.residual.drot_rad),
            pick(self.residual.dlogscale),
            pick(self.residual.dcolour),
        )
        return BenchmarkSequence(name, self.avatar.take(kept), self.motion, residual)

    def without_free_hair(self) -> BenchmarkSequence:
        """Hair that moves by itself left out; the scalp, which is skinned like the head, stays."""
        free = np.zeros(self.avatar.count, dtype=bool)
        free[self.residual.indices] = True
        kept = np.flatnonzero(~(free & (self.avatar.binding.parts == Part.HAIR)))
        return self.only(kept.astype(np.int32), f"{self.name}, no free hair")

    def excerpt(self, frame_count: int, every: int) -> BenchmarkSequence:
        """The first frames of every n-th Gaussian: enough for all code to be compiled before clocks run."""
        thin = self.only(np.arange(0, self.avatar.count, every, dtype=np.int32), self.name)
        residual = replace(
            thin.residual,
            dpos_m=thin.residual.dpos_m[:frame_count],
            drot_rad=_head(thin.residual.drot_rad, frame_count),
            dlogscale=_head(thin.residual.dlogscale, frame_count),
            dcolour=_head(thin.residual.dcolour, frame_count),
        )
        return replace(thin, motion=thin.motion.slice(0, frame_count), residual=residual)

    @cached_property
    def _deformer(self) -> Deformer:
        return Deformer(self.avatar)


def dancer(detail: str | int, frame_count: int, progress: Callable[[float], None] | None = None) -> BenchmarkSequence:
    """The built-in dancer, hair included.

    Args:
        detail: low, medium, high, or about how many Gaussians.
        frame_count: frames of the built-in dance.
        progress: called with the fraction simulated.
    """
    character = build_character(CHARACTER, detail=detail)  # pyright: ignore[reportArgumentType]
    avatar = replace(character.avatar, binding=character.avatar.binding.snapped())
    motion = read_motion(MOTION, avatar.skeleton).slice(0, frame_count)
    residual = replace(character, avatar=avatar).simulate(motion, progress)
    return BenchmarkSequence(f"{CHARACTER}, {round(avatar.count / 1000)} k", avatar, motion, residual)


def _row(channel: Float32Array | None, index: int) -> Float32Array | None:
    return None if channel is None else channel[index]


def _head(channel: Float32Array | None, frame_count: int) -> Float32Array | None:
    return None if channel is None else channel[:frame_count]
