# pyright: basic
"""One frame of a package painted by ``ani3d render`` and by the kernels, by the same camera.

    python shaders/check.py --picture PACKAGE OUTPUT

writes both side by side with their difference, 20 times, for the docs.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ani3d_runtime.arrays import Float32Array, UInt32Array
from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.picture import ClipPainter
from ani3d_runtime.playback.player import ClipPlayer
from ani3d_runtime.render.camera import Camera
from ani3d_runtime.render.image import over_studio, side_by_side, studio_background, to_srgb8
from shaders.checks.chain import Chain
from shaders.checks.compilers import GLSLANG, Source, compiled
from shaders.checks.eyes import Eye, Limits, Shown
from shaders.checks.gpu.device import Device
from shaders.checks.posed_layout import packed_harmonics
from shaders.checks.posing import Playing, Posing
from shaders.checks.toolchain import Toolchain, find_toolchain

CLIP, FRAME = "dance", 100
AZIMUTH_RAD, ELEVATION_RAD, SIDE_PX = 0.35, 0.087, 512
_ENLARGED = 20


@dataclass(frozen=True)
class Painted:
    """What ``ani3d render`` shows, [H, W, 3], and its camera."""

    picture: Float32Array
    camera: Camera


def rendered(package: Package, level: int | None) -> Painted:
    """The frame as the command paints it."""
    painter = ClipPainter(
        package,
        CLIP,
        view="residual",
        width_px=SIDE_PX,
        height_px=SIDE_PX,
        frames=[FRAME],
        azimuths_rad=[AZIMUTH_RAD],
        elevation_rad=ELEVATION_RAD,
        lod=level,
    )
    frame = painter.player.frame(FRAME)
    return Painted(painter.paint(frame, AZIMUTH_RAD), painter.camera(frame, AZIMUTH_RAD))


def posed_by_kernels(device: Device, tools: Toolchain, package: Package, compiler: str, level: int | None) -> Shown:
    """The frame from coded detail to posed Gaussians, on the device."""
    player = ClipPlayer(package, CLIP, lod=level)
    posing = Posing(device, tools, package, compiler)
    posed = posing.pose(player.frame(FRAME), [Playing(CLIP, float(FRAME))], level=level)
    splats = player.avatar.splats
    return Shown(posed, packed_harmonics(splats.sh[:, 1:]), splats.sh_degree)


def drawn_by_kernels(device: Device, tools: Toolchain, compiler: str, shown: Shown, camera: Camera) -> Float32Array:
    """[H, W, 3] before the studio."""
    chain = Chain(device, lambda file, entry, stage: compiled(Source(file, entry, stage), compiler, tools))
    picture, _, _ = chain.picture([shown], (Eye.of_camera(camera),), depth_limits(shown.posed, camera))
    return over_studio(picture[..., :3], picture[..., 3])


def depth_limits(posed: UInt32Array, camera: Camera) -> Limits:
    """Keys over the depth of the avatar."""
    means = np.ascontiguousarray(posed[:, :3]).view(np.float32)
    ahead = means @ camera.world_to_camera[2, :3] + camera.world_to_camera[2, 3]
    return Limits(nearest_m=float(ahead.min()), farthest_m=float(ahead.max()))


def of_person(picture: Float32Array) -> NDArray[np.bool_]:
    """[H, W] where a picture is not the studio."""
    return np.abs(picture - studio_background(SIDE_PX, SIDE_PX)).max(axis=2) > 0.02


def decibels(difference: NDArray[np.floating]) -> float:
    """PSNR of colours 0 … 1."""
    return float(-10 * np.log10(np.mean(np.square(difference, dtype=np.float64))))


def main() -> None:
    """Write the picture of the docs."""
    source, output = map(Path, sys.argv[1:])
    device, tools = Device(), find_toolchain()
    with Package.open(source) as package:
        expected = rendered(package, None)
        shown = posed_by_kernels(device, tools, package, GLSLANG, None)
    found = drawn_by_kernels(device, tools, GLSLANG, shown, expected.camera)
    difference, person = found - expected.picture, of_person(expected.picture)
    enlarged = np.clip(0.5 + _ENLARGED * difference, 0, 1).astype(np.float32)
    row = side_by_side(
        [panel[:, 76:436].copy() for panel in (expected.picture, found, enlarged)],
        labels=["ani3d render", "kernels", f"difference x {_ENLARGED}"],
    )
    Image.fromarray(to_srgb8(row)).save(output, quality=80, method=6)
    print(
        f"{len(shown)} Gaussians on {device.name}: {decibels(difference):.1f} dB over the picture, "
        f"{decibels(difference[person]):.1f} dB over the person; wrote {output}"
    )


if __name__ == "__main__":
    main()
