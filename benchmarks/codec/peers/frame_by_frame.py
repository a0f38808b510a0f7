"""FrameByFrame: codecs of still splats, every frame a file of its own."""

from __future__ import annotations

import statistics
from abc import abstractmethod
from pathlib import Path

from ani3d_runtime.splats import SplatCloud
from benchmarks.codec.peers.contender import Contender, Outcome
from benchmarks.codec.sampling import Sampling
from benchmarks.codec.sequences import BenchmarkSequence
from benchmarks.codec.stopwatch import Stopwatch


class FrameByFrame(Contender):
    """Frames do not depend on each other, so the measured ones stand for all; times are medians."""

    keeps_order = True

    @abstractmethod
    def encoded(self, cloud: SplatCloud, folder: Path) -> bytes:
        """One frame as a file's content."""

    @abstractmethod
    def decoded(self, data: bytes, folder: Path) -> SplatCloud:
        """Back."""

    def run(self, sequence: BenchmarkSequence, sampling: Sampling, folder: Path) -> Outcome:
        """Encode and decode every measured frame."""
        sizes: list[int] = []
        encoding, decoding = [], []
        clouds: dict[int, SplatCloud] = {}
        for index in sampling.frames:
            cloud = sequence.posed(index)
            with Stopwatch() as encode:
                data = self.encoded(cloud, folder)
            with Stopwatch() as decode:
                clouds[index] = self.decoded(data, folder)
            sizes.append(len(data))
            encoding.append(encode)
            decoding.append(decode)
        return Outcome(
            bytes_per_frame=statistics.mean(sizes),
            clip_bytes_per_frame=None,
            encode_frames_per_s=1 / statistics.median(watch.wall_s for watch in encoding),
            encode_cpu_ms=statistics.median(watch.cpu_s for watch in encoding) * 1e3,
            decode_ms=statistics.median(watch.wall_s for watch in decoding) * 1e3,
            decoded=clouds,
            keeps_order=self.keeps_order,
        )
