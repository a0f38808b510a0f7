"""fourdgs: .4dgs files of key frames and deltas, by its reference writer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ani3d_runtime.geometry.harmonics import SH_C0
from ani3d_runtime.splats import SplatCloud
from benchmarks.codec.peers.contender import Contender, Outcome
from benchmarks.codec.sampling import FRAMES_PER_GROUP, Sampling
from benchmarks.codec.sequences import BenchmarkSequence
from benchmarks.codec.stopwatch import Stopwatch

if TYPE_CHECKING:
    from fourdgs import GaussianSet

# Long against a group, so that opacities do not fade; the writer wants a finite number.
_LIFETIME_S = 1e4


class Fourdgs(Contender):
    """One key frame per group of 30, as ours.

    The reference writer holds all frames in memory at 64 bits a value, so each measured group is a file of its own.

    Args:
        profile: ``fine``, ``default`` or ``coarse``.
    """

    family = "fourdgs"
    modules = ("fourdgs",)

    def __init__(self, profile: str) -> None:
        self.setting = profile
        self._profile = profile

    def run(self, sequence: BenchmarkSequence, sampling: Sampling, folder: Path) -> Outcome:
        """Encode and decode the measured groups."""
        from fourdgs.keyframe_delta_file import decode_streamed, render_at, write_sequence
        from fourdgs.keyframe_delta_writer import KeyframeDeltaOptions, Sample

        fps = sequence.motion.fps
        options = KeyframeDeltaOptions(keyframe_every=FRAMES_PER_GROUP)
        ids = np.arange(sequence.avatar.count, dtype=np.int64)
        size = encode_s = encode_cpu_s = decode_s = 0.0
        clouds: dict[int, SplatCloud] = {}
        for group in sampling.groups:
            duration_s = len(group) / fps
            samples = [
                Sample(row / fps, ids, _gaussians(cloud, row / fps, duration_s))
                for row, cloud in enumerate(sequence.frames(group))
            ]
            with Stopwatch() as encode:
                data = write_sequence(samples, duration_s, kd=options, profile=self._profile)
            del samples
            with Stopwatch() as decode:
                scene = decode_streamed(data)
                for row, index in enumerate(group):
                    shown = render_at(scene, (row + 0.5) / fps)
                    if index in sampling.frames:
                        clouds[index] = _cloud(shown)
            size += len(data)
            encode_s += encode.wall_s
            encode_cpu_s += encode.cpu_s
            decode_s += decode.wall_s
        frames = sum(map(len, sampling.groups))
        return Outcome(
            bytes_per_frame=size / frames,
            clip_bytes_per_frame=None,
            encode_frames_per_s=frames / encode_s,
            encode_cpu_ms=encode_cpu_s / frames * 1e3,
            decode_ms=decode_s / frames * 1e3,
            decoded=clouds,
        )


def _gaussians(cloud: SplatCloud, time_s: float, duration_s: float) -> GaussianSet:
    from fourdgs import GaussianSet

    count = cloud.count
    colours = np.clip(0.5 + SH_C0 * cloud.sh[:, 0], 0, 1)
    return GaussianSet(
        positions=cloud.means_m,
        scales=cloud.scales_m,
        rotations=np.roll(cloud.quats_wxyz, -1, axis=1),
        colors=np.concatenate([colours, cloud.opacities[:, None]], axis=1).astype(np.float32),
        motions=np.zeros((count, 3), dtype=np.float32),
        mu_t=np.full(count, time_s, dtype=np.float32),
        sigma_t=np.full(count, _LIFETIME_S, dtype=np.float32),
        win_lo=np.zeros(count),
        win_hi=np.full(count, duration_s),
    )


def _cloud(shown: dict[str, np.ndarray]) -> SplatCloud:
    """What the reader gives is in the order of ids, which is the source's."""
    return SplatCloud(
        shown["centers"].astype(np.float32),
        np.roll(shown["rotations"], 1, axis=1).astype(np.float32),
        shown["scales"].astype(np.float32),
        shown["opacity"].astype(np.float32),
        ((shown["rgb"] - 0.5) / SH_C0)[:, None, :].astype(np.float32),
    )
