"""Levels of detail at 4 m: ``python -m benchmarks.motion.levels PACKAGE``.

Prints PSNR on the figure of each level against the whole avatar, in the rest pose and in frames of the first clip: as
the package has it, as levels were before they had appearances (chosen block by block, grown by the fourth root), and of
Gaussians chosen at random, grown by the square root. Then the bytes of appearances, and the lowest PSNR on the way from
each level to the next. ``--picture`` writes a picture of all of it.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from ani3d_runtime.arrays import Float32Array, Int32Array
from ani3d_runtime.avatar import Avatar
from ani3d_runtime.codec.encoder.storage_order import storage_order
from ani3d_runtime.deformation import Frame
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.sections import APPEARANCE, kind_of
from ani3d_runtime.playback.deform import Deformer
from ani3d_runtime.playback.player import ClipPlayer
from ani3d_runtime.render.camera import Camera, Orbit
from ani3d_runtime.render.image import contact_sheet, over_studio, to_srgb8
from ani3d_runtime.render.rasterise import render_cloud
from ani3d_runtime.splats import SplatCloud

DISTANCE_M, SIZE_PX = 4.0, 720
AZIMUTHS_RAD = (0.35, 1.9, 3.3, 5.0)
FRAMES = 3
SHARES = (0.1, 0.25, 0.5, 0.75, 0.9)
COVERED = 0.5
POWER_BEFORE, POWER_AT_RANDOM = 0.25, 0.5
CROP_PX, ENLARGED = (350, 620), 1.1


@dataclass(frozen=True)
class Shown:
    """Some of an avatar's Gaussians as they are drawn, the others left out."""

    avatar: Avatar
    kept: Int32Array

    @classmethod
    def grown(cls, avatar: Avatar, kept: Int32Array, power: float) -> Shown:
        """These Gaussians as they are stored, but larger by a power of how few they are."""
        growth = np.float32((avatar.count / len(kept)) ** power)
        return cls(replace(avatar, splats=replace(avatar.splats, scales_m=avatar.splats.scales_m * growth)), kept)

    @classmethod
    def at(cls, avatar: Avatar, prefix: Avatar) -> Shown:
        """The first Gaussians of an avatar, as another says that they look."""
        fields = ("means_m", "scales_m", "opacities", "sh")
        arrays = {name: getattr(avatar.splats, name).copy() for name in fields}
        for name, values in arrays.items():
            values[: prefix.count] = getattr(prefix.splats, name)
        return cls(replace(avatar, splats=replace(avatar.splats, **arrays)), np.arange(prefix.count, dtype=np.int32))


class Stage:
    """A package's avatar in its rest pose and in some frames, and its pictures."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.avatar = package.avatar()
        player = ClipPlayer(package, package.clip_names[0]) if package.clip_names else None
        numbers = np.linspace(0, player.frame_count - 1, FRAMES + 1)[1:].astype(int) if player else []
        self._frames: list[Frame | None] = [None, *(player.frame(int(n)) for n in numbers if player)]
        self._cameras = [self._aimed(cloud) for cloud in self.clouds(Shown(self.avatar, self._all))]
        self._wholes = [self._pictures(cloud, at) for cloud, at in self._views(Shown(self.avatar, self._all))]

    @property
    def _all(self) -> Int32Array:
        return np.arange(self.avatar.count, dtype=np.int32)

    def clouds(self, shown: Shown) -> list[SplatCloud]:
        """As they stand in the rest pose and in each frame."""
        deformer = Deformer(shown.avatar, self.package.deformation)
        posed = (shown.avatar.splats if frame is None else deformer.pose(frame).cloud for frame in self._frames)
        return [cloud.take(shown.kept) for cloud in posed]

    def psnr(self, shown: Shown) -> tuple[float, float]:
        """In the rest pose, and over the frames."""
        errors = [
            self._error(self._pictures(cloud, at), whole)
            for (cloud, at), whole in zip(self._views(shown), self._wholes, strict=True)
        ]
        return _decibel(errors[:1]), _decibel(errors[1:] or errors)

    def picture(self, shown: Shown) -> Float32Array:
        """The figure in the second frame, before the studio."""
        which = min(2, len(self._frames) - 1)
        drawn = render_cloud(self.clouds(shown)[which], self._cameras[which][0])
        left, right = (SIZE_PX - CROP_PX[0]) // 2, (SIZE_PX + CROP_PX[0]) // 2
        top, bottom = (SIZE_PX - CROP_PX[1]) // 2, (SIZE_PX + CROP_PX[1]) // 2
        return over_studio(drawn.rgb, drawn.alpha)[top:bottom, left:right]

    def _views(self, shown: Shown) -> Iterator[tuple[SplatCloud, list[Camera]]]:
        yield from zip(self.clouds(shown), self._cameras, strict=True)

    def _aimed(self, cloud: SplatCloud) -> list[Camera]:
        target = (cloud.means_m.min(axis=0) + cloud.means_m.max(axis=0)) / 2
        orbit = Orbit(width_px=SIZE_PX, height_px=SIZE_PX)
        return [orbit.camera(target, azimuth, DISTANCE_M) for azimuth in AZIMUTHS_RAD]

    def _pictures(self, cloud: SplatCloud, cameras: Sequence[Camera]) -> list[tuple[Float32Array, Float32Array]]:
        drawn = (render_cloud(cloud, camera) for camera in cameras)
        return [(np.clip(one.rgb + (1 - one.alpha)[..., None], 0, 1), one.alpha) for one in drawn]

    def _error(self, found: list[tuple[Float32Array, Float32Array]], whole: list[tuple[Float32Array, Float32Array]]):
        covered = [alpha > COVERED for _, alpha in whole]
        squares = [
            float(((one[0] - other[0])[figure].astype(np.float64) ** 2).sum())
            for one, other, figure in zip(found, whole, covered, strict=True)
        ]
        return sum(squares), 3 * sum(int(figure.sum()) for figure in covered)


def _decibel(errors: Sequence[tuple[float, int]]) -> float:
    squares, count = (sum(each) for each in zip(*errors, strict=True))
    return float(10 * np.log10(count / max(squares, 1e-12)))


def before(stage: Stage) -> list[Int32Array]:
    """Which Gaussians each level had before, coarsest first."""
    order = storage_order(stage.avatar)
    ends = np.cumsum(order.level_sizes)[:-1]
    return [order.permutation[:end] for end in ends]


def main() -> None:
    """Print the tables, and write the picture where one is asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split(":", maxsplit=1)[0] + ".")
    parser.add_argument("package", type=Path)
    parser.add_argument("--picture", type=Path, help="a .webp of what was before (top) and what is (bottom)")
    options = parser.parse_args()
    with Package.open(options.package) as package:
        stage = Stage(package)
        _print_levels(stage)
        _print_bytes(package)
        _print_bands(stage)
        if options.picture:
            _write_picture(stage, options.picture)


def _print_levels(stage: Stage) -> None:
    dice = np.random.default_rng(0).permutation(stage.avatar.count).astype(np.int32)
    print("level | Gaussians | at random, rest | posed | before, rest | posed | now, rest | posed  (dB at 4 m)")
    for level, kept in enumerate(before(stage)):
        prefix = stage.package.shown_at(level)
        rows = (
            stage.psnr(Shown.grown(stage.avatar, dice[: len(kept)], POWER_AT_RANDOM)),
            stage.psnr(Shown.grown(stage.avatar, kept, POWER_BEFORE)),
            stage.psnr(Shown.at(stage.avatar, prefix)),
        )
        print(
            f"{level} | {prefix.count:,} | " + " | ".join(f"{value:.1f}" for row in rows for value in row), flush=True
        )


def _print_bytes(package: Package) -> None:
    looks = [section for section in package.toc.sections if kind_of(section.name) is APPEARANCE]
    added = sum(section.stored_bytes for section in looks)
    each = ", ".join(f"{section.name} {section.stored_bytes / 1e3:.1f}" for section in looks)
    rest = package.size_bytes - added
    print(f"KB: {each}; {added / 1e3:.1f} of {package.size_bytes / 1e3:.1f}, {100 * added / rest:.1f} % more")


def _print_bands(stage: Stage) -> None:
    for level in range(stage.package.level_count - 1):
        ends = [stage.psnr(Shown.at(stage.avatar, stage.package.shown_at(each)))[1] for each in (level, level + 1)]
        way = [stage.psnr(Shown.at(stage.avatar, stage.package.shown_between(level, share)))[1] for share in SHARES]
        told = ", ".join(f"{share:g}: {value:.1f}" for share, value in zip(SHARES, way, strict=True))
        print(f"from level {level} ({ends[0]:.1f} dB) to {level + 1}: {told}", flush=True)


def _write_picture(stage: Stage, path: Path) -> None:
    levels = range(stage.package.level_count - 1)
    whole = stage.picture(Shown(stage.avatar, np.arange(stage.avatar.count, dtype=np.int32)))
    rows = [stage.picture(Shown.grown(stage.avatar, kept, POWER_BEFORE)) for kept in before(stage)] + [whole]
    rows += [stage.picture(Shown.at(stage.avatar, stage.package.shown_at(level))) for level in levels] + [whole]
    counts = [f"{stage.package.count_at(level):,}" for level in levels] + ["whole"]
    labels = [f"before, {count}" for count in counts[:-1]] + ["whole"] + counts
    sheet = Image.fromarray(to_srgb8(contact_sheet(rows, columns=len(counts), labels=labels)))
    size = (round(sheet.width * ENLARGED), round(sheet.height * ENLARGED))
    sheet.resize(size, Image.Resampling.LANCZOS).save(path, quality=82, method=6)


if __name__ == "__main__":
    main()
