"""``ani3d render``: a frame, a clip or a turntable of a package."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import numpy as np
from cyclopts import Parameter

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.cli.choices import clip_of, frame_numbers, picture_size, refuse_existing
from ani3d_runtime.cli.console import ConsoleArgument
from ani3d_runtime.deformation import Frame
from ani3d_runtime.errors import NotFoundError, UsageError
from ani3d_runtime.package.packaged_clip import PackagedClip
from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.blend import FadedClips
from ani3d_runtime.playback.blending import FADE_S
from ani3d_runtime.playback.picture import SURVEYED_FRAMES, ClipPainter, View
from ani3d_runtime.progress import ProgressCallback
from ani3d_runtime.render.image import write_png
from ani3d_runtime.render.video import VIDEO_SUFFIXES, write_video

TURNTABLE_FRAMES = 120


def render(
    package: Path,
    /,
    *,
    output: Annotated[Path, Parameter(name=["--output", "-o"])],
    clip: str | None = None,
    frame: int | None = None,
    frames: str | None = None,
    then: str | None = None,
    fade_s: float | None = None,
    layer: View = "residual",
    level: int | None = None,
    size: str = "512x512",
    azimuth_deg: float = 20.0,
    elevation_deg: float = 5.0,
    turntable: Annotated[bool, Parameter(negative="")] = False,
    force: Annotated[bool, Parameter(negative="")] = False,
    console: ConsoleArgument,
) -> None:
    """Render a frame (.png), a clip (.mp4, .webp), or a turntable of a package.

    Args:
        package: an .a3d file.
        output: picture or film to write; the suffix says which.
        clip: name of the clip; may be left out where the package holds one.
        frame: the frame of a .png, or the frame that a turntable stands still at.
        frames: frames of a film: all when left out, or numbers and ranges such as 0-99 or 0-99:2.
        then: clip that the film fades over to before the first one ends.
        fade_s: seconds of the fade of --then, 0.3 when left out; 0 for a hard cut.
        layer: residual, rigid, or split: rigid at the left, residual at the right.
        level: level of detail to show, 0 the coarsest; all Gaussians when left out.
        size: width and height of the whole picture in pixels.
        azimuth_deg: where the camera stands: 0 before the face, 90 at the avatar's left side.
        elevation_deg: how far the camera is above the avatar's middle.
        turntable: turn the camera once around, while the clip plays or at --frame.
        force: replace the output.
    """
    width_px, height_px = picture_size(size)
    refuse_existing(output, force)
    film = output.suffix in VIDEO_SUFFIXES
    if not film and output.suffix != ".png":
        raise UsageError(
            "picture-suffix",
            output,
            found=f"suffix {output.suffix!r}",
            expected=f".png for a frame, {' or '.join(VIDEO_SUFFIXES)} for a film",
            fix="Name the output so.",
        )
    if film and frame is not None and not turntable:
        raise UsageError(
            "frame-and-film",
            "--frame",
            found=f"one frame, and the film {output}",
            expected="--frames for a film, or --turntable around one frame",
            fix=f"Pass --frames {frame}, add --turntable, or name a .png.",
        )
    if frame is not None and frames is not None:
        raise UsageError(
            "frame-and-frames",
            "--frame, --frames",
            found="both",
            expected="--frame for a picture or a turntable that stands still, --frames for a film",
            fix="Leave one of them out.",
        )
    if turntable and not film:
        raise UsageError(
            "turntable-no-film",
            "--turntable",
            found=f"the picture {output}",
            expected=f"a film: {' or '.join(VIDEO_SUFFIXES)}",
            fix="Name a film, or say --azimuth-deg for a picture.",
        )
    _check_angle("--azimuth-deg", azimuth_deg, 36_000)
    _check_angle("--elevation-deg", elevation_deg, 90)
    if then is not None:
        _check_fade(film, output, frame, frames)
    elif fade_s is not None:
        raise UsageError(
            "fade-no-film",
            "--fade-s",
            found="no second clip",
            expected="--then CLIP, which the fade leads to",
            fix="Add --then CLIP, or leave --fade-s out.",
        )
    faded: FadedClips | None = None
    with Package.open(package) as opened:
        chosen = clip_of(opened, clip)
        if then is not None:
            length_s = FADE_S if fade_s is None else fade_s
            faded = FadedClips(opened, chosen, clip_of(opened, then), length_s, lod=level)
            numbers = list(range(faded.frame_count))
        elif not film or (turntable and frame is not None):
            numbers = [_single_frame(frame, chosen)] * (TURNTABLE_FRAMES if film else 1)
        else:
            numbers = frame_numbers(frames or "all", chosen)
        with console.progress("render") as progress:
            turn_rad = 2 * np.pi / len(numbers) if turntable else 0.0
            azimuths = [float(np.deg2rad(azimuth_deg) + turn_rad * step) for step in range(len(numbers))]
            painter = ClipPainter(
                opened,
                chosen.name,
                view=layer,
                width_px=width_px,
                height_px=height_px,
                frames=numbers if faded is None else faded.sample(SURVEYED_FRAMES),
                azimuths_rad=azimuths,
                elevation_rad=float(np.deg2rad(elevation_deg)),
                lod=level,
            )
            frame_of = painter.player.frame if faded is None else faded.frame
            pictures = _pictures(painter, frame_of, numbers, azimuths, progress)
            if film:
                write_video(output, pictures, fps=chosen.fps)
            else:
                write_png(output, next(pictures))
    shown = [(chosen.name, len(numbers))]
    if faded is not None and then is not None:
        shown = [(chosen.name, faded.first_frame_count), (then, faded.second_frame_count)]
    written = {
        "output": str(output),
        "clip": chosen.name,
        "then": then,
        "frames": len(numbers),
        "clips": [{"name": name, "frames": count} for name, count in shown],
        "bytes": output.stat().st_size,
    }
    if then is None:
        of_clips = f"{len(numbers)} frame(s) of {chosen.name}"
    else:
        of_clips = f"{len(numbers)} frame(s): " + ", ".join(f"{name} in {count}" for name, count in shown)
    console.result(written, f"wrote {output} ({of_clips}, {width_px}x{height_px})")


def _check_angle(option: str, angle_deg: float, most_deg: float) -> None:
    if not abs(angle_deg) <= most_deg:
        raise UsageError(
            "angle-out-of-range",
            option,
            found=f"{angle_deg:g}",
            expected=f"degrees from -{most_deg:g} to {most_deg:g}",
            fix="Leave it out, or correct it.",
        )


def _single_frame(frame: int | None, clip: PackagedClip) -> int:
    if frame is None:
        raise UsageError(
            "frame-not-named",
            "--frame",
            found="no frame",
            expected="the number of the frame to show",
            fix="Pass --frame 0, or name a film (.mp4, .webp) as the output.",
        )
    if not 0 <= frame < clip.frame_count:
        raise NotFoundError(
            "frame-not-found",
            f"clip {clip.name}",
            found=f"frame {frame}",
            expected=f"0..{clip.frame_count - 1}",
            fix="Pass a frame that the clip has.",
        )
    return frame


def _check_fade(film: bool, output: Path, frame: int | None, frames: str | None) -> None:
    if not film or frame is not None or frames is not None:
        raise UsageError(
            "fade-no-film",
            "--then",
            found=f"some frames of {output}" if film else f"the picture {output}",
            expected=f"a film of two whole clips: {' or '.join(VIDEO_SUFFIXES)}, and neither --frame nor --frames",
            fix="Name a film, and leave the frames out.",
        )


def _pictures(
    painter: ClipPainter,
    frame_of: Callable[[int], Frame],
    numbers: list[int],
    azimuths_rad: list[float],
    progress: ProgressCallback,
) -> Iterator[Float32Array]:
    for done, (number, azimuth_rad) in enumerate(zip(numbers, azimuths_rad, strict=True)):
        yield painter.paint(frame_of(number), azimuth_rad)
        progress((done + 1) / len(numbers))
