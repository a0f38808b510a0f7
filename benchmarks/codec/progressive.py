"""What a client can show when it has only the first bytes of a package, in the order in which they are streamed."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from dataclasses import asdict, dataclass, field
from typing import Literal, TypeAlias

import numpy as np

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.avatar import Avatar
from ani3d_runtime.deformation import Frame
from ani3d_runtime.errors import BrokenPackageError
from ani3d_runtime.package.readable import truncated
from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.player import ClipPlayer, Layer
from ani3d_runtime.render.camera import Camera, bounds_of
from ani3d_runtime.render.image import over_studio, side_by_side, studio_background
from ani3d_runtime.render.rasterise import render_cloud
from ani3d_runtime.splats import SplatCloud
from benchmarks.codec.chapter import Chapter
from benchmarks.codec.grid import NONE, Grid
from benchmarks.codec.measure import FIELD_OF_VIEW_RAD, Gallery
from benchmarks.codec.png import png_of
from benchmarks.codec.sequences import BenchmarkSequence

FRACTIONS = (0.02, 0.05, 0.1, 0.25, 0.5, 1.0)
# Of the first group of frames, which a client plays first.
FRAMES = (0, 12, 24)
PICTURED_FRAME = 12
TRUNCATED = "package-truncated"
PANEL_WIDTH_PX, PANEL_HEIGHT_PX = 240, 520

Motion: TypeAlias = Literal["nothing", "rest pose", "skeleton", "skeleton, nodes", "all"]


class Prefix:
    """The first bytes of a package whose whole length is known, as of a download under way.

    Args:
        data: the whole package.
        available: how many bytes have arrived.
    """

    def __init__(self, data: bytes, available: int) -> None:
        self._data = data
        self._available = available

    def size(self) -> int:
        """Length of the whole package in bytes."""
        return len(self._data)

    def read(self, offset: int, length: int) -> bytes:
        """Exactly ``length`` bytes from ``offset``, where they have arrived."""
        if offset + length > self._available:
            raise truncated("download", offset, length, max(self._available - offset, 0))
        return self._data[offset : offset + length]


@contextlib.contextmanager
def _what_arrived() -> Generator[None, None, None]:
    """Go as far as the bytes do; any other refusal is an error."""
    try:
        yield
    except BrokenPackageError as refusal:
        if refusal.code != TRUNCATED:
            raise


@dataclass(frozen=True)
class Shown:
    """What a prefix is good for.

    Attributes:
        fraction: of the package's bytes.
        levels: of detail, whole.
        gaussians: in these levels.
        motion: what moves in the first group of frames: skeleton alone, with control nodes, with detail.
        ready_s: seconds of the clip that can be shown like this.
        psnr_db: against the source, six views; None where nothing is posed.
    """

    fraction: float
    levels: int
    gaussians: int
    motion: Motion
    ready_s: float
    psnr_db: float | None


class Download:
    """A package of which the first bytes have arrived, and the best that can be shown of it.

    Attributes:
        avatar: at the finest level of detail that is whole; None before the first is.
        levels: of detail that are whole.
        motion: of the first frame.
    """

    def __init__(self, data: bytes, fraction: float, clip_name: str) -> None:
        self.avatar: Avatar | None = None
        self.levels = 0
        self.motion: Motion = "nothing"
        self._player: ClipPlayer | None = None
        with _what_arrived():
            package = Package.open(Prefix(data, int(len(data) * fraction)))
            for lod in range(package.level_count):
                self.avatar, self.levels, self.motion = package.shown_at(lod), lod + 1, "rest pose"
        if self.avatar is not None:
            self._choose_player(package, clip_name)

    def cloud(self, index: int) -> SplatCloud | None:
        """World-space Gaussians of a frame; None where it cannot be posed."""
        if self._player is None:
            return None
        return self._player.pose(self._frame(self._player, self.motion, index)).cloud

    def ready_frames(self) -> int:
        """Frames from the first on that can be shown as the first one is."""
        player = self._player
        if player is None:
            return 0
        for first in range(0, player.frame_count, player.clip.frames_per_group):
            try:
                self._frame(player, self.motion, first)
            except BrokenPackageError as refusal:
                if refusal.code != TRUNCATED:
                    raise
                return first
        return player.frame_count

    def _choose_player(self, package: Package, clip_name: str) -> None:
        choices: tuple[tuple[Motion, Layer], ...] = (
            ("all", "residual"),
            ("skeleton, nodes", "residual"),
            ("skeleton", "rigid"),
        )
        for motion, layer in choices:
            with _what_arrived():
                player = ClipPlayer(package, clip_name, layer=layer, lod=self.levels - 1)
                self._frame(player, motion, 0)
                self._player, self.motion = player, motion
                return

    @staticmethod
    def _frame(player: ClipPlayer, motion: Motion, index: int) -> Frame:
        return player.light_frame(index) if motion == "skeleton, nodes" else player.frame(index)


@dataclass(frozen=True)
class Progress:
    """All prefixes of one package.

    Attributes:
        title: of the sequence.
        strip: [H, W, 3] one frame at every prefix, and its source.
    """

    title: str
    package_bytes: int
    shown: tuple[Shown, ...]
    strip: Float32Array = field(repr=False)

    @property
    def first_sight(self) -> float | None:
        """The smallest of :data:`FRACTIONS` after which there is something to see."""
        return next((one.fraction for one in self.shown if one.gaussians), None)

    @property
    def first_motion(self) -> float | None:
        """The smallest of :data:`FRACTIONS` after which it moves."""
        return next((one.fraction for one in self.shown if one.ready_s > 0), None)


def watch_download(sequence: BenchmarkSequence, data: bytes, clip_name: str) -> Progress:
    """What is shown of a package of the sequence after each of :data:`FRACTIONS`."""
    sources = {index: sequence.posed(index) for index in FRAMES}
    gallery = Gallery(sources)
    camera = _camera(sources[PICTURED_FRAME])
    shown: list[Shown] = []
    panels: list[Float32Array] = []
    for fraction in FRACTIONS:
        download = Download(data, fraction, clip_name)
        clouds = {index: cloud for index in FRAMES if (cloud := download.cloud(index)) is not None}
        still = None if download.avatar is None else download.avatar.splats
        shown.append(
            Shown(
                fraction,
                download.levels,
                0 if still is None else still.count,
                download.motion,
                download.ready_frames() / sequence.motion.fps,
                gallery.compared(clouds).mean_db if clouds else None,
            )
        )
        panels.append(_painted(clouds.get(PICTURED_FRAME, still), camera))
    labels = [f"{100 * one.fraction:g} %" for one in shown]
    strip = side_by_side([*panels, _painted(sources[PICTURED_FRAME], camera)], labels=[*labels, "source"])
    return Progress(sequence.name, len(data), tuple(shown), strip)


def progressive_chapter(progress: Progress) -> Chapter:
    """As a table and a strip of pictures."""
    return Chapter(
        name="progressive",
        title="Progressive: the first bytes",
        grids=(_grid(progress),),
        figures={"package_bytes": progress.package_bytes, "shown": [asdict(one) for one in progress.shown]},
        note=_NOTE,
        pictures={"codec-progressive.png": png_of(progress.strip)},
    )


_NOTE = (
    "A prefix of the file as it is streamed, read by the ordinary reader: what is whole is shown, at the finest level "
    "of detail that is whole. Pictures are compared with the source at full detail, six views of three frames."
)


def _grid(progress: Progress) -> Grid:
    rows = tuple(
        (
            f"{100 * one.fraction:g} %",
            one.motion,
            f"{one.fraction * progress.package_bytes / 1e3:,.0f}",
            f"{one.levels}",
            f"{one.gaussians:,}",
            f"{one.ready_s:.1f}",
            NONE if one.psnr_db is None else f"{one.psnr_db:.1f}",
        )
        for one in progress.shown
    )
    return Grid(
        title=progress.title,
        headings=("of the bytes", "what moves", "KB", "levels", "Gaussians", "seconds ready", "PSNR dB"),
        rows=rows,
        text_columns=2,
    )


def _camera(cloud: SplatCloud) -> Camera:
    low, high = bounds_of(cloud.means_m)
    centre = (low + high) / 2
    distance = float(high[1] - low[1]) * 0.58 / np.tan(FIELD_OF_VIEW_RAD / 2)
    eye = centre + distance * np.array([0.35, 0.05, 0.94])
    return Camera.look_at(eye, centre, fov_y_rad=FIELD_OF_VIEW_RAD, width_px=PANEL_WIDTH_PX, height_px=PANEL_HEIGHT_PX)


def _painted(cloud: SplatCloud | None, camera: Camera) -> Float32Array:
    if cloud is None:
        return studio_background(camera.width_px, camera.height_px).copy()
    render = render_cloud(cloud, camera)
    return over_studio(render.rgb, render.alpha)
