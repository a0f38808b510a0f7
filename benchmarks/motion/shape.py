"""Whether shapes follow the surface: ``python -m benchmarks.motion.shape PACKAGE``.

The package holds the motion of ``benchmarks.motion.poses`` as clip `poses`. In the last frame of each pose, of garment
Gaussians: how far the thin axis is off the surface, whose normal is that of the plane through the posed centres of
their neighbours at rest; and how wide their neighbours stand apart against their own widths, as shares of the same at
rest. Then pixels of leg and trunk skin inside garments, as ``benchmarks.motion.pierced`` counts them.
``--picture FILE --beside BEFORE`` draws the poses of two packages, the second one's at the top.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table
from scipy.spatial import KDTree

from ani3d_runtime.arrays import Float32Array, Float64Array, Int32Array
from ani3d_runtime.avatar import Avatar, Part
from ani3d_runtime.geometry.quaternion import matrix_from_quaternion
from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.player import ClipPlayer
from ani3d_runtime.render.camera import Orbit
from ani3d_runtime.render.image import over_studio, to_srgb8
from ani3d_runtime.render.rasterise import render_cloud
from ani3d_runtime.splats import SplatCloud
from benchmarks.motion.pierced import pierced
from benchmarks.motion.poses import POSES, held_frame

NEIGHBOURS = 10
SIZE_PX = 420
# Of each pose: height of what is looked at as a share of the person's, azimuth, elevation, and distance in metres.
VIEWS = {
    "overhead": (0.72, 0.35, 0.35, 1.25),
    "squat": (0.53, 0.6, 0.2, 1.4),
    "kick": (0.56, 0.5, 0.15, 1.5),
    "split": (0.45, 0.2, 0.0, 1.5),
    "bow": (0.65, 1.2, 0.1, 1.4),
    "lunge": (0.47, 0.9, 0.1, 1.6),
    "side bend": (0.72, -0.6, 0.1, 1.4),
    "hug": (0.76, 0.5, 0.1, 1.15),
}


class Followed(NamedTuple):
    """How garments follow their surface in one pose.

    Attributes:
        off_share: of Gaussians whose thin axis is more than 45 degrees off. off_p90_deg: of the angles.
        parted_p99, parted_max: distances of neighbours against the mean of their largest widths, at rest 1.
        skin_px: pixels of skin inside garments, a picture.
    """

    pose: str
    off_share: float
    off_p90_deg: float
    parted_p99: float
    parted_max: float
    skin_px: float


def garment_neighbours(avatar: Avatar) -> tuple[Int32Array, Int32Array]:
    """Garment Gaussians [S] and the nearest of them at rest [S, K], themselves first."""
    binding = avatar.binding
    members = np.flatnonzero(binding.parts == Part.GARMENT).astype(np.int32)
    near = np.asarray(KDTree(avatar.splats.means_m[members]).query(avatar.splats.means_m[members], NEIGHBOURS)[1])
    return members, members[near]


def followed(clouds: tuple[SplatCloud, SplatCloud], avatar: Avatar, pose: str, skin_px: float) -> Followed:
    """Measures of a posed cloud, the second, beside that at rest."""
    members, near = garment_neighbours(avatar)
    rest, posed = clouds
    off_deg = _off_surface_deg(posed, members, near)
    parted = _parted(posed, near) / np.maximum(_parted(rest, near), 1e-3)
    return Followed(
        pose,
        float((off_deg > 45).mean()),
        float(np.percentile(off_deg, 90)),
        float(np.percentile(parted, 99)),
        float(parted.max()),
        skin_px,
    )


def _off_surface_deg(cloud: SplatCloud, members: Int32Array, near: Int32Array) -> Float64Array:
    places = cloud.means_m[near].astype(np.float64)
    offsets = places - places.mean(axis=1, keepdims=True)
    normals = np.linalg.eigh(np.einsum("nka,nkb->nab", offsets, offsets))[1][:, :, 0]
    thin = cloud.scales_m[members].argmin(axis=1)
    axes = matrix_from_quaternion(cloud.quats_wxyz[members].astype(np.float64))
    across = np.take_along_axis(axes, thin[:, None, None], axis=2)[:, :, 0]
    return np.rad2deg(np.arccos(np.clip(np.abs((across * normals).sum(axis=1)), 0, 1)))


def _parted(cloud: SplatCloud, near: Int32Array) -> Float64Array:
    """[S, K - 1] distances to neighbours, in widths of both along the line between them."""
    offsets = (cloud.means_m[near[:, 1:]] - cloud.means_m[near[:, :1]]).astype(np.float64)
    lengths = np.linalg.norm(offsets, axis=2)
    ways = offsets / np.maximum(lengths, 1e-9)[..., None]
    return lengths / np.maximum(_widths(cloud, near[:, 1:], ways) + _widths(cloud, near[:, :1], ways), 1e-9)


def _widths(cloud: SplatCloud, which: Int32Array, ways: Float64Array) -> Float64Array:
    """Standard deviations of Gaussians [S, K] along unit vectors [S, K, 3]."""
    axes = matrix_from_quaternion(cloud.quats_wxyz[which].astype(np.float64))
    along = np.einsum("nkab,nka->nkb", np.broadcast_to(axes, (*ways.shape[:2], 3, 3)), ways)
    return np.linalg.norm(along * cloud.scales_m[which], axis=2)


def rows_of(package: Package, clip: str) -> Iterator[Followed]:
    """Every pose, as each is done."""
    player, avatar = ClipPlayer(package, clip), package.avatar()
    for pose in POSES:
        frame = player.frame(held_frame(pose))
        skin = pierced(package, [frame], clip, "residual")
        yield followed((avatar.splats, player.pose(frame).cloud), avatar, pose, skin.mean_px)


def pictures(package: Package, clip: str) -> list[Float32Array]:
    """One of each pose."""
    player = ClipPlayer(package, clip)
    drawn: list[Float32Array] = []
    for pose, (height, azimuth, elevation, distance_m) in VIEWS.items():
        cloud = player.pose(player.frame(held_frame(pose))).cloud
        low, high = np.percentile(cloud.means_m, [1, 99], axis=0)
        target = (low + high) / 2
        target[1] = low[1] + (high[1] - low[1]) * height
        orbit = Orbit(elevation_rad=elevation, width_px=SIZE_PX, height_px=SIZE_PX)
        result = render_cloud(cloud, orbit.camera(target, azimuth, distance_m))
        drawn.append(over_studio(result.rgb, result.alpha))
    return drawn


def main() -> None:
    """Measure and print, or draw."""
    parser = argparse.ArgumentParser(description="Whether shapes follow the surface.")
    parser.add_argument("package", type=Path)
    parser.add_argument("--clip", default="poses")
    parser.add_argument("--beside", type=Path, help="another package, drawn at the top")
    parser.add_argument("--picture", type=Path)
    arguments = parser.parse_args()
    if arguments.picture:
        with Package.open(arguments.package) as now, Package.open(arguments.beside or arguments.package) as before:
            sets = [pictures(before, arguments.clip), pictures(now, arguments.clip)]
        half = len(VIEWS) // 2
        rows = [part[first : first + half] for first in (0, half) for part in sets]
        sheet = np.concatenate([np.concatenate(row, axis=1) for row in rows])
        Image.fromarray(to_srgb8(sheet)).save(arguments.picture)
        return
    table = Table("pose", title=f"{arguments.package.name}: garments on their surface")
    for head in ("thin axis > 45° off", "p90, °", "parted, p99", "max", "skin px"):
        table.add_column(head, justify="right")
    with Package.open(arguments.package) as package:
        for row in rows_of(package, arguments.clip):
            table.add_row(
                row.pose, f"{row.off_share:.1%}", f"{row.off_p90_deg:.0f}", f"{row.parted_p99:.2f}",
                f"{row.parted_max:.1f}", f"{row.skin_px:.1f}",
            )  # fmt: skip
    Console().print(table)


if __name__ == "__main__":
    main()
