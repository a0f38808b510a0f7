"""Video: frames to .mp4 (H.264, through the ffmpeg that the [video] extra brings) or animated .webp (Pillow alone)."""

from __future__ import annotations

import contextlib
import importlib
import itertools
import subprocess
import tempfile
from collections.abc import Generator, Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import IO

import numpy as np
from PIL import Image

from ani3d_runtime.arrays import Float32Array, UInt8Array
from ani3d_runtime.errors import InputError, ResourceError, UsageError
from ani3d_runtime.render.image import to_srgb8
from ani3d_runtime.replacing import replacing_path
from ani3d_runtime.signals import signals_held

VIDEO_SUFFIXES = (".mp4", ".webp")

_WEBP_QUALITY = 82
_WEBP_EFFORT = 2
_X264_QUALITY = "18"
_MOST_RATE_DENOMINATOR = 100_000


def write_video(path: Path, frames: Iterable[Float32Array], fps: float) -> None:
    """Write a film, whole or not at all. Frames are taken one by one; .webp keeps them all, as 8-bit images.

    Args:
        path: ends in .mp4 or .webp.
        frames: pictures [H, W, 3] of one size, sRGB 0..1.
        fps: frames per second. WebP counts in milliseconds: frames change at the nearest one.

    Raises:
        UsageError: ``video-suffix``. InputError: ``video-empty``, ``video-frame-size``, ``video-frame-rate``.
        ResourceError: ``video-encoder-missing``, ``video-encoder-failed``, ``disk-full``, ``output-unwritable``.
    """
    check_suffix(path)
    suffix = path.suffix.lower()
    if not 0 < fps <= 1000:
        raise InputError(
            "video-frame-rate",
            path,
            found=f"{fps} frames per second",
            expected="more than 0 and at most 1000",
            fix="Check the clip's frame rate.",
        )
    # Before the first frame is asked for: rendering it may take long.
    encoder = _ffmpeg(path) if suffix == ".mp4" else ""
    images = _of_one_size(path, frames)
    first = next(images, None)
    if first is None:
        raise InputError(
            "video-empty", path, found="no frames", expected="at least one", fix="Choose frames of the clip."
        )
    with replacing_path(path) as partial:
        if suffix == ".mp4":
            _write_mp4(encoder, path, partial, itertools.chain([first], images), first.shape, fps)
        else:
            _write_webp(partial, itertools.chain([first], images), fps)


def check_suffix(path: Path) -> None:
    """Refuse a name that is no film's, before anything is done for it.

    Raises:
        UsageError: ``video-suffix``.
    """
    if path.suffix.lower() not in VIDEO_SUFFIXES:
        raise UsageError(
            "video-suffix",
            path,
            found=f"suffix {path.suffix!r}",
            expected=" or ".join(VIDEO_SUFFIXES),
            fix="Name the film so.",
        )


def _of_one_size(path: Path, frames: Iterable[Float32Array]) -> Iterator[UInt8Array]:
    shape: tuple[int, ...] | None = None
    for index, frame in enumerate(frames):
        image = to_srgb8(frame)
        shape = shape or image.shape
        if image.shape != shape:
            raise InputError(
                "video-frame-size",
                path,
                found=f"frame {index} of shape {image.shape}",
                expected=f"shape {shape}, that of the first frame",
                fix="Render all frames at one size.",
            )
        yield image


def _ffmpeg(path: Path) -> str:
    """Path of the ffmpeg program, or a refusal that says how to get one."""
    try:
        return str(importlib.import_module("imageio_ffmpeg").get_ffmpeg_exe())
    except (ImportError, RuntimeError):
        raise ResourceError(
            "video-encoder-missing",
            path,
            found="no imageio-ffmpeg",
            expected="the [video] extra, which brings an H.264 encoder",
            fix="Run: pip install 'ani3d-runtime[video]', or name the film .webp.",
        ) from None


def _write_webp(partial: Path, images: Iterator[UInt8Array], fps: float) -> None:
    first, *others = [Image.fromarray(image) for image in images]
    starts_ms = np.rint(np.arange(len(others) + 2) * 1000 / fps).astype(int)
    with partial.open("wb") as file:
        first.save(
            file,
            format="WEBP",
            save_all=True,
            append_images=others,
            duration=np.diff(starts_ms).tolist(),
            loop=0,
            quality=_WEBP_QUALITY,
            method=_WEBP_EFFORT,
        )


def _write_mp4(
    encoder: str, path: Path, partial: Path, images: Iterator[UInt8Array], shape: tuple[int, ...], fps: float
) -> None:
    height, width = shape[0] + shape[0] % 2, shape[1] + shape[1] % 2
    # Broadcast rates are fractions, 30000/1001 and the like; decimals would not be them.
    rate = Fraction(fps).limit_denominator(_MOST_RATE_DENOMINATOR)
    source = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", str(rate), "-i", "-"]
    # Tagged as BT.709, or players guess another matrix and shift the colours.
    colours = ["-vf", "scale=out_color_matrix=bt709", "-colorspace", "bt709", "-color_primaries", "bt709"]
    codec = ["-c:v", "libx264", "-preset", "veryfast", "-crf", _X264_QUALITY, "-pix_fmt", "yuv420p"]
    target = ["-color_trc", "bt709", "-movflags", "+faststart", "-f", "mp4", str(partial)]
    command = [encoder, "-y", "-loglevel", "error", *source, *colours, *codec, *target]
    with tempfile.TemporaryFile() as messages:
        # Where ffmpeg gives up, its messages say why.
        with _started(command, messages) as process, contextlib.suppress(BrokenPipeError):
            assert process.stdin is not None
            for image in images:
                # x264 needs even sides: the last row or column is repeated.
                even = np.pad(image, ((0, image.shape[0] % 2), (0, image.shape[1] % 2), (0, 0)), mode="edge")
                process.stdin.write(even.tobytes())
        if process.returncode != 0:
            messages.seek(0)
            raise ResourceError(
                "video-encoder-failed",
                path,
                found=messages.read().decode("utf-8", "replace").strip()[-400:] or f"ffmpeg exit {process.returncode}",
                expected="a film",
                fix="Check the free space on the disk and the output folder, or name the film .webp.",
            )


@contextlib.contextmanager
def _started(command: list[str], messages: IO[bytes]) -> Generator[subprocess.Popen[bytes], None, None]:
    """A program that reads what we write. It has ended when the block has; where that fails, it was killed."""
    process: subprocess.Popen[bytes] | None = None
    quiet = subprocess.DEVNULL
    try:
        # Interrupted in between, nobody would hold what was started, and it would write to a file that is removed.
        with signals_held():
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=quiet, stderr=messages)
        yield process
    except BaseException:
        if process is not None:
            process.kill()
        raise
    finally:
        if process is not None:
            process.communicate()
