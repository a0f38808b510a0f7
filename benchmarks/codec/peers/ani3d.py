"""Ours: an .a3d package within error bounds."""

from __future__ import annotations

from pathlib import Path

from ani3d_runtime.codec.encoder.bounds import PartBounds, Quality
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.writer import ClipSource, write_package
from ani3d_runtime.playback.player import ClipPlayer
from benchmarks.codec.peers.contender import Contender, Outcome
from benchmarks.codec.sampling import Sampling
from benchmarks.codec.sequences import BenchmarkSequence
from benchmarks.codec.stopwatch import Stopwatch

FAMILY = "ani3d"
_CLIP = "clip"


class Ani3d(Contender):
    """A package; encoding includes that it is decoded again and its error measured, decoding that it is posed.

    Args:
        setting: what the table calls it.
        bounds: on every Gaussian in every frame, part by part.
    """

    family = FAMILY

    def __init__(self, setting: str, bounds: PartBounds) -> None:
        self.setting = setting
        self._bounds = bounds

    @classmethod
    def within(cls, max_error_m: float) -> Ani3d:
        """One bound on every Gaussian's position in every frame."""
        return cls(f"≤ {max_error_m * 1e3:g} mm", PartBounds.uniform(max_error_m))

    @classmethod
    def of_quality(cls, quality: Quality) -> Ani3d:
        """A preset, with bounds part by part."""
        return cls(quality, PartBounds.of_quality(quality))

    def run(self, sequence: BenchmarkSequence, sampling: Sampling, folder: Path) -> Outcome:
        """Write the package, then play all of it."""
        path = folder / "sequence.a3d"
        clip = ClipSource(_CLIP, sequence.motion, sequence.residual)
        with Stopwatch() as encode:
            report = write_package(path, sequence.avatar, [clip], bounds=self._bounds)
        frames = sequence.frame_count
        with Package.open(path) as package:
            player = ClipPlayer(package, _CLIP)
            with Stopwatch() as decode:
                for index in range(frames):
                    player.pose(player.frame(index))
            order = package.input_order
            decoded = {index: player.pose(player.frame(index)).take(order).cloud for index in sampling.frames}
        return Outcome(
            bytes_per_frame=report.file_bytes / frames,
            clip_bytes_per_frame=report.clips[0].stored_bytes / frames,
            encode_frames_per_s=frames / encode.wall_s,
            encode_cpu_ms=encode.cpu_s / frames * 1e3,
            decode_ms=decode.wall_s / frames * 1e3,
            decoded=decoded,
        )
