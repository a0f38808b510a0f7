"""ClipPainter: pictures of a clip, rigid layer, residual layer, or both side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

import numpy as np

from ani3d_runtime.arrays import Float32Array, Float64Array
from ani3d_runtime.deformation import Frame
from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.player import ClipPlayer
from ani3d_runtime.playback.posed import PosedSplats
from ani3d_runtime.render.camera import Camera, Orbit, bounds_of
from ani3d_runtime.render.image import over_studio, side_by_side
from ani3d_runtime.render.rasterise import render_cloud

View: TypeAlias = Literal["rigid", "residual", "split"]

# Frames looked at to find the space that a clip needs; more would only find it a little better.
SURVEYED_FRAMES = 12
SURVEYED_POINTS = 1500


class ClipPainter:
    """Paints frames of one clip, all at the same scale, the camera going along with the avatar's root.

    Args:
        package: the open package.
        clip_name: clip to show.
        view: one layer, or ``split``: rigid at the left, residual at the right.
        width_px, height_px: of the whole picture.
        frames: those that will be shown, or some of them, by number or as they are, so that the scale suits them; the
            whole clip by default.
        azimuths_rad: every direction that will be looked from, so that the scale suits all of them.
        elevation_rad: height of the camera above the avatar's middle, as an angle.
        lod: level of detail, 0 the coarsest; the finest by default.

    Raises:
        NotFoundError: ``clip-not-found``, ``lod-not-found``.
    """

    def __init__(
        self,
        package: Package,
        clip_name: str,
        *,
        view: View,
        width_px: int,
        height_px: int,
        frames: Sequence[int] | Sequence[Frame] | None = None,
        azimuths_rad: Sequence[float] = (0.0,),
        elevation_rad: float = 0.08,
        lod: int | None = None,
    ) -> None:
        layers: tuple[Literal["rigid", "residual"], ...] = ("rigid", "residual") if view == "split" else (view,)
        self.players = {layer: ClipPlayer(package, clip_name, layer=layer, lod=lod) for layer in layers}
        self._orbits = {
            layer: Orbit(elevation_rad=elevation_rad, width_px=(width_px + index) // len(layers), height_px=height_px)
            for index, layer in enumerate(layers)
        }
        points = self._survey(range(self.player.frame_count) if frames is None else frames)
        self._target_m = (points.min(axis=0) + points.max(axis=0)) / 2
        self._distance_m = max(
            orbit.fitting_distance_m(points, self._target_m, azimuth)
            for orbit in self._orbits.values()
            for azimuth in azimuths_rad
        )

    @property
    def player(self) -> ClipPlayer:
        """The player of the richest layer shown."""
        return self.players["residual" if "residual" in self.players else "rigid"]

    def paint(self, frame: Frame, azimuth_rad: float = 0.0) -> Float32Array:
        """[height, width, 3] picture of a frame, sRGB 0..1."""
        panels = [
            paint_posed(player.pose(frame), self._camera(self._orbits[layer], frame, azimuth_rad))
            for layer, player in self.players.items()
        ]
        return panels[0] if len(panels) == 1 else side_by_side(panels, labels=list(self.players))

    def camera(self, frame: Frame, azimuth_rad: float = 0.0) -> Camera:
        """The camera that looks at a frame; of a split view, that of the residual layer."""
        return self._camera(list(self._orbits.values())[-1], frame, azimuth_rad)

    def _camera(self, orbit: Orbit, frame: Frame, azimuth_rad: float) -> Camera:
        return orbit.camera(self._target_m + _ground_position(frame), azimuth_rad, self._distance_m)

    def _survey(self, frames: Sequence[int] | Sequence[Frame]) -> Float64Array:
        """[P, 3] points that the avatar reaches in these frames, relative to where its root stands."""
        chosen = np.unique(np.linspace(0, len(frames) - 1, SURVEYED_FRAMES).astype(int))
        reached: list[Float64Array] = []
        for player in self.players.values():
            for index in chosen:
                shown = frames[int(index)]
                frame = shown if isinstance(shown, Frame) else player.frame(shown)
                means = player.pose(frame).cloud.means_m
                low, high = bounds_of(means)
                # A few Gaussians far from the avatar must not make it small.
                thinned = np.clip(means[:: max(1, len(means) // SURVEYED_POINTS)], low, high)
                reached.append(thinned - _ground_position(frame))
        return np.concatenate(reached)


def paint_posed(posed: PosedSplats, camera: Camera) -> Float32Array:
    """[H, W, 3] posed Gaussians before the studio background, sRGB 0..1."""
    result = render_cloud(posed.cloud, camera, colours=posed.colours_seen_from(camera.position_m))
    return over_studio(result.rgb, result.alpha)


def _ground_position(frame: Frame) -> Float64Array:
    """[3] the root's place on the floor: its height stays in the picture."""
    return frame.root_translation_m.astype(np.float64) * (1.0, 0.0, 1.0)
