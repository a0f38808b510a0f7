"""Footage: a video in memory, and the files that it is read from and written to."""

from __future__ import annotations

import importlib
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageSequence, UnidentifiedImageError

from ani3d_runtime.arrays import Float32Array, UInt8Array
from ani3d_runtime.errors import InputError, NotFoundError, ResourceError, UsageError
from ani3d_runtime.npz import NpzArchive
from ani3d_runtime.render.image import write_png
from ani3d_runtime.render.video import VIDEO_SUFFIXES, write_video
from ani3d_runtime.replacing import replacing_file

FILM_SUFFIXES = (".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v")
PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")


@dataclass(frozen=True)
class Footage:
    """A video.

    Attributes:
        frames: [T, H, W, 3] sRGB in eight bits.
        fps: frames per second; None where the file does not tell.
    """

    frames: UInt8Array
    fps: float | None

    @property
    def size_px(self) -> tuple[int, int]:
        """(height, width)."""
        return self.frames.shape[1], self.frames.shape[2]


def read_footage(path: Path) -> Footage:
    """A film, an animated .webp or .gif, one picture, a folder of pictures in the order of their names, or an .npz with
    ``rgb`` [T, H, W, 3], eight bits or 0..1, and optional ``fps``.

    Raises:
        NotFoundError: ``footage-not-found``. InputError: ``footage-*``. ResourceError: ``video-decoder-missing``.
    """
    if path.is_dir():
        return Footage(_stacked(path, _folder_frames(path)), None)
    if not path.is_file():
        raise NotFoundError(
            "footage-not-found", path, found="no such file or folder", expected="a video", fix="Check the path."
        )
    suffix = path.suffix.lower()
    if suffix == ".npz":
        return _read_npz(path)
    if suffix in FILM_SUFFIXES:
        return _read_film(path)
    if suffix in (*PICTURE_SUFFIXES, ".gif"):
        return _read_pictures(path)
    raise InputError(
        "footage-unknown-kind",
        path,
        found=f"suffix {suffix!r}",
        expected=f"a folder of pictures, .npz, .webp, .gif, .png or {', '.join(FILM_SUFFIXES)}",
        fix="Convert it to .mp4.",
    )


def refuse_unwritable(path: Path, size_px: tuple[int, int]) -> None:
    """Refuse an output that could not hold the video as it is.

    Raises:
        UsageError: ``footage-output-kind``, ``footage-odd-size``.
    """
    refuse_other_kind(path)
    if path.suffix.lower() == ".mp4" and (size_px[0] % 2 or size_px[1] % 2):
        raise UsageError(
            "footage-odd-size",
            path,
            found=f"pictures of {size_px[1]}x{size_px[0]} pixels",
            expected="even sides, for .mp4 can hold no others",
            fix="Name the output .webp or .npz, or a folder.",
        )


def refuse_other_kind(path: Path) -> None:
    """Refuse an output that is no kind of video.

    Raises:
        UsageError: ``footage-output-kind``.
    """
    if path.suffix.lower() not in (*VIDEO_SUFFIXES, ".npz", ""):
        raise UsageError(
            "footage-output-kind",
            path,
            found=f"suffix {path.suffix!r}",
            expected=f"{', '.join(VIDEO_SUFFIXES)}, .npz, or no suffix for a folder of PNGs",
            fix="Name the output so.",
        )


def write_footage(path: Path, frames: UInt8Array, fps: float) -> None:
    """Write a film, an .npz, or a folder of PNGs, with every frame at its own size.

    Raises:
        ResourceError: ``disk-full``, ``output-unwritable``, ``video-encoder-*``.
    """
    suffix = path.suffix.lower()
    if suffix in VIDEO_SUFFIXES:
        write_video(path, _unit_frames(frames), fps)
    elif suffix == ".npz":
        with replacing_file(path) as file:
            np.savez_compressed(file, rgb=frames, fps=np.array(fps))
    else:
        path.mkdir(parents=True, exist_ok=True)
        for index, frame in enumerate(_unit_frames(frames)):
            write_png(path / f"{index:06d}.png", frame)


def _unit_frames(frames: UInt8Array) -> Iterator[Float32Array]:
    for frame in frames:
        yield np.divide(frame, np.float32(255), dtype=np.float32)


def _folder_frames(folder: Path) -> Iterator[UInt8Array]:
    for path in sorted((p for p in folder.iterdir() if p.suffix.lower() in PICTURE_SUFFIXES), key=_natural):
        try:
            with Image.open(path) as image:
                yield _over_white(image)
        except (OSError, UnidentifiedImageError) as error:
            raise _unreadable(path, str(error)) from None


def _natural(path: Path) -> list[tuple[int, int | str]]:
    """frame2 comes before frame10."""
    return [(0, int(piece)) if piece.isdigit() else (1, piece) for piece in re.split(r"(\d+)", path.name) if piece]


def _read_pictures(path: Path) -> Footage:
    durations_ms: list[float] = []

    def frames() -> Iterator[UInt8Array]:
        with Image.open(path) as image:
            for frame in ImageSequence.Iterator(image):
                picture = _over_white(frame)
                durations_ms.append(float(frame.info.get("duration", 0)))
                yield picture

    try:
        pictures = _stacked(path, frames())
    except (OSError, UnidentifiedImageError) as error:
        raise _unreadable(path, str(error)) from None
    total_ms = sum(durations_ms)
    return Footage(pictures, 1000 * len(pictures) / total_ms if total_ms > 0 and len(pictures) > 1 else None)


def _over_white(image: Image.Image) -> UInt8Array:
    layered = image.convert("RGBA")
    white = Image.new("RGBA", layered.size, "white")
    return np.asarray(Image.alpha_composite(white, layered).convert("RGB"))


def _read_npz(path: Path) -> Footage:
    archive = NpzArchive(path, code_prefix="footage")
    rgb = archive.array("rgb")
    if rgb.ndim != 4 or rgb.shape[3] != 3 or rgb.size == 0 or rgb.dtype.kind not in "fu":
        raise InputError(
            "footage-wrong-shape",
            f"{path}: rgb",
            found=f"shape {rgb.shape} of {rgb.dtype}",
            expected="[T, H, W, 3] of uint8, or of floats 0..1",
            fix="Save the video so.",
        )
    if rgb.dtype != np.uint8:
        if not (np.isfinite(rgb).all() and rgb.min() >= 0 and rgb.max() <= 1):
            raise InputError(
                "footage-range",
                f"{path}: rgb",
                found="values outside 0..1, or not finite",
                expected="floats 0..1, or uint8",
                fix="Divide eight-bit values by 255, or save them as uint8.",
            )
        rgb = np.rint(rgb * 255).astype(np.uint8)
    return Footage(rgb, float(archive.array("fps")) if "fps" in archive else None)


def _read_film(path: Path) -> Footage:
    """Every frame of the file once: none is repeated or dropped to even out the rate."""
    decoder = _decoder(path)
    # A YUV4MPEG header tells size and rate as they are: W640 H480 F30000:1001.
    header = _decoded(decoder, path, ["-frames:v", "1", "-f", "yuv4mpegpipe", "-strict", "-1"]).partition(b"\n")[0]
    facts = {field[:1]: field[1:] for field in header.decode("ascii", "replace").split()[1:]}
    try:
        width, height = int(facts["W"]), int(facts["H"])
        numerator, denominator = (int(number) for number in facts["F"].split(":"))
    except (KeyError, ValueError):
        raise _unreadable(path, "no picture stream") from None
    pixels = np.frombuffer(
        _decoded(decoder, path, ["-fps_mode", "passthrough", "-pix_fmt", "rgb24", "-f", "rawvideo"]), np.uint8
    )
    frames = pixels.reshape(-1, height, width, 3)
    return Footage(frames, numerator / denominator if numerator > 0 and denominator > 0 else None)


def _decoder(path: Path) -> str:
    try:
        return str(importlib.import_module("imageio_ffmpeg").get_ffmpeg_exe())
    except (ImportError, RuntimeError):
        raise ResourceError(
            "video-decoder-missing",
            path,
            found="no imageio-ffmpeg",
            expected="the [video] extra, which brings a decoder",
            fix="Run: pip install 'ani3d-runtime[video]', or give a folder of PNGs.",
        ) from None


def _decoded(decoder: str, path: Path, form: list[str]) -> bytes:
    command = [decoder, "-v", "error", "-i", str(path), "-map", "0:v:0", *form, "-"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode != 0 or not done.stdout:
        raise _unreadable(path, done.stderr.decode("utf-8", "replace")[-300:] or "no pictures")
    return done.stdout


def _stacked(path: Path, frames: Iterator[UInt8Array]) -> UInt8Array:
    pictures: list[UInt8Array] = []
    for index, frame in enumerate(frames):
        pictures.append(frame)
        if frame.shape != pictures[0].shape:
            raise InputError(
                "footage-frame-size",
                path,
                found=f"picture {index} of {frame.shape[1]}x{frame.shape[0]} pixels",
                expected=f"{pictures[0].shape[1]}x{pictures[0].shape[0]}, as the first one",
                fix="Bring all pictures to one size.",
            )
    if not pictures:
        raise InputError(
            "footage-empty", path, found="no pictures", expected="at least one", fix="Check that it is the right one."
        )
    return np.stack(pictures)


def _unreadable(path: Path, found: str) -> InputError:
    return InputError(
        "footage-unreadable",
        path,
        found=f"something that cannot be decoded ({' '.join(found.split())})",
        expected="a video or picture that ffmpeg or Pillow can read",
        fix="Play it to see whether it is whole, or convert it to .mp4.",
    )
