"""splats4d: a folder of .splat frames as one file with error bounds, by its command-line tool."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from ani3d_runtime.geometry.harmonics import SH_C0
from ani3d_runtime.splats import SplatCloud
from benchmarks.codec.peers.contender import Contender, Outcome
from benchmarks.codec.sampling import FRAMES_PER_GROUP, Sampling
from benchmarks.codec.sequences import BenchmarkSequence
from benchmarks.codec.stopwatch import Stopwatch

TOOL = "splat4d"
_RECORD = np.dtype([("mean", "<f4", 3), ("scale", "<f4", 3), ("rgba", "u1", 4), ("quat", "u1", 4)])


class SplatFolder:
    """A sequence as a folder of .splat files, written once for all settings; that of another sequence replaces it."""

    def __init__(self) -> None:
        self._sequence: BenchmarkSequence | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def of(self, sequence: BenchmarkSequence) -> Path:
        """Where the frames of a sequence are."""
        if self._folder is None or self._sequence is not sequence:
            if self._folder is not None:
                self._folder.cleanup()
            self._folder, self._sequence = tempfile.TemporaryDirectory(), sequence
            _write_frames(sequence, Path(self._folder.name))
        return Path(self._folder.name)


class Splats4d(Contender):
    """Groups of 30 frames, as ours.

    Args:
        setting: what the table calls it.
        frames: shared by all settings.
        options: of ``splat4d encode``.
    """

    family = "splats4d"

    def __init__(self, setting: str, frames: SplatFolder, *options: str) -> None:
        self.setting = setting
        self._frames = frames
        self._options = options

    def is_installed(self) -> bool:
        """The wheel holds a program, no module."""
        return _tool() is not None

    def run(self, sequence: BenchmarkSequence, sampling: Sampling, folder: Path) -> Outcome:
        """Encode all frames, decode the measured ones; source frames are written before the clock runs."""
        frames, output, order = self._frames.of(sequence), folder / "sequence.splat4d", folder / "order.u32"
        options = ("--gop", FRAMES_PER_GROUP, "--no-verify", "--perm-out", order, *self._options)
        with Stopwatch() as encode:
            _run("encode", "-i", frames, "-o", output, *options)
        group = sampling.groups[0]
        with Stopwatch() as decode:
            _decoded(output, group[-1], folder)
        # The file's order to the input's.
        inverse = np.argsort(np.frombuffer(order.read_bytes(), dtype="<u4")).astype(np.int32)
        size = output.stat().st_size
        return Outcome(
            bytes_per_frame=size / sequence.frame_count,
            clip_bytes_per_frame=None,
            encode_frames_per_s=sequence.frame_count / encode.wall_s,
            encode_cpu_ms=encode.cpu_s / sequence.frame_count * 1e3,
            decode_ms=decode.wall_s / len(group) * 1e3,
            decoded={index: _decoded(output, index, folder).take(inverse) for index in sampling.frames},
        )


def _write_frames(sequence: BenchmarkSequence, folder: Path) -> None:
    listed: list[dict[str, object]] = []
    for index, cloud in enumerate(sequence.frames(range(sequence.frame_count))):
        name = f"frame_{index:05d}.splat"
        (folder / name).write_bytes(splat_of(cloud))
        listed.append({"file": name, "timestamp": index / sequence.motion.fps})
    (folder / "frames.json").write_text(json.dumps({"fps": sequence.motion.fps, "frames": listed}), encoding="utf-8")


def _decoded(file: Path, index: int, folder: Path) -> SplatCloud:
    path = folder / "decoded.splat"
    _run("decode", file, "--frame", index, "-o", path)
    return cloud_of_splat(path.read_bytes())


def splat_of(cloud: SplatCloud) -> bytes:
    """The .splat layout: 32 bytes a Gaussian, colours and quaternions in 8 bits."""
    records = np.zeros(cloud.count, dtype=_RECORD)
    records["mean"], records["scale"] = cloud.means_m, cloud.scales_m
    records["rgba"][:, :3] = np.clip((0.5 + SH_C0 * cloud.sh[:, 0]) * 255, 0, 255).round()
    records["rgba"][:, 3] = (cloud.opacities * 255).round()
    records["quat"] = np.clip((cloud.quats_wxyz * 128).round() + 128, 0, 255)
    return records.tobytes()


def cloud_of_splat(data: bytes) -> SplatCloud:
    """The Gaussians of a .splat."""
    records = np.frombuffer(data, dtype=_RECORD)
    quats = (records["quat"].astype(np.float32) - 128) / 128
    return SplatCloud(
        np.ascontiguousarray(records["mean"]),
        quats / np.maximum(np.linalg.norm(quats, axis=1, keepdims=True), 1e-6),
        np.ascontiguousarray(records["scale"]),
        (records["rgba"][:, 3] / 255).astype(np.float32),
        ((records["rgba"][:, None, :3].astype(np.float32) / 255 - 0.5) / SH_C0).astype(np.float32),
    )


def _run(*arguments: object) -> None:
    done = subprocess.run([str(_tool()), *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{TOOL} {arguments[0]}: {done.stderr.strip()[-300:]}")


def _tool() -> str | None:
    """The program beside this Python, or on the path."""
    return shutil.which(TOOL, path=str(Path(sys.executable).parent)) or shutil.which(TOOL)
