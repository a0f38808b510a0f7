"""One numbering of tracks for all clips of a package, and who predicts whom."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.channel import Channel
from ani3d_runtime.package.reader import Package
from shaders.checks.packing.bits import Words
from shaders.checks.packing.splats import NO_TRACK, Gaussians


@dataclass(frozen=True)
class Tracks:
    """Tracks of a package.

    Attributes:
        count: T.
        of_gaussian: [N], ``NO_TRACK`` where a Gaussian has none.
    """

    count: int
    of_gaussian: Words

    @classmethod
    def of_package(cls, package: Package) -> Tracks:
        """Those of the model, then those that clips add, in the order of the clips."""
        of_gaussian = np.full(package.manifest.gaussian_count, NO_TRACK, np.uint32)
        moving = package.residual_model.moving
        of_gaussian[moving] = np.arange(len(moving))
        count = len(moving)
        for name in package.clip_names:
            for gaussian in package.clip(name).residual_model.moving[len(moving) :]:
                if of_gaussian[gaussian] == NO_TRACK:
                    of_gaussian[gaussian] = count
                    count += 1
        return cls(count, of_gaussian)

    def numbers(self, package: Package, clip: str) -> NDArray[np.int64]:
        """[S'] of each track of a clip in this numbering."""
        return self.of_gaussian[package.clip(clip).residual_model.moving].astype(np.int64)


def packed_parents(package: Package, clip: str, numbers: NDArray[np.int64]) -> tuple[Words, list[tuple[int, int]]]:
    """[n, 2, 4] of a clip's tracks that have parents, and (first, count) of each stage."""
    prediction = package.clip(clip).residual_model.prediction
    first = prediction.stage_ends[0]
    words = np.zeros((len(prediction.parents), 2, 4), np.uint32)
    words[:, 0] = numbers[prediction.parents]
    words[:, 1, 0] = numbers[first:]
    words[:, 1, 1] = _bytes(prediction.position_weights)
    words[:, 1, 2] = _bytes(prediction.rotation_weights)
    stages = [(start - first, end - start) for start, end in prediction.stages()[1:] if end > start]
    return words, stages


def channels_of(package: Package) -> list[Channel]:
    """The channels of detail that any group of any clip has, in order."""
    there = {section.name for section in package.toc.sections}
    return [channel for channel in Channel if channel.section in there]


def _bytes(weights: NDArray[np.int8]) -> Words:
    return np.ascontiguousarray(weights, np.int8).view(np.uint32)[:, 0]


def gaussians_of(package: Package, tracks: Tracks) -> Gaussians:
    """A package's Gaussians as stored, with their tracks."""
    avatar, model = package.avatar(), package.deformation
    splats, binding = avatar.splats, avatar.binding
    return Gaussians(
        splats.means_m,
        splats.quats_wxyz,
        splats.scales_m,
        splats.opacities,
        splats.sh[:, 0],
        binding.joints,
        binding.weights,
        model.node_indices,
        model.node_weights,
        binding.parts,
        tracks.of_gaussian,
    )
