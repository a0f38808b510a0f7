"""read_motion: any motion file, or a built-in one by name, as the motion of a skeleton."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.readers.bvh_motion import read_bvh_motion
from ani3d_runtime.body.readers.notes import Say, silent
from ani3d_runtime.body.readers.npz_motion import read_npz_motion
from ani3d_runtime.body.retarget import feet_on_floor
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.errors import Ani3dError, MotionError, NotFoundError, UsageError
from ani3d_runtime.geometry.curve import taps_at, weighted_rotations, weighted_sum

# Cloth forgets how it began within two or three seconds.
_BEFORE_S = 4.0
# No joint turns so far between two frames, and so fast: what does is a cut.
_CUT_RAD, _CUT_RAD_S = 0.9, 30.0
_BUILTIN = Path(__file__).parent.parent / "data" / "motions"

Unit = Literal["auto", "m", "cm", "inch"]
MotionAxes = Literal["auto", "yup", "zup"]
Ground = Literal["keep", "floor"]


@dataclass(frozen=True)
class MotionOptions:
    """How a motion file is to be understood.

    Attributes:
        unit: length unit of a BVH file; ``auto`` finds it by the skeleton's height and says so.
        axes: of an .npz file; ``auto`` is Z up for AMASS and Y up otherwise.
        mapping: JSON file of joint names for a BVH file with names of its own.
        start, stop: frames to keep, ``stop`` exclusive and None for all.
        fps: frames per second to resample to; None keeps the capture's.
        ground: ``keep`` leaves the root where it is captured, ``floor`` moves the clip so that its steps are at y = 0.
    """

    unit: Unit = "auto"
    axes: MotionAxes = "auto"
    mapping: Path | None = None
    start: int = 0
    stop: int | None = None
    fps: float | None = None
    ground: Ground = "keep"

    def __post_init__(self) -> None:
        for field, value, kind in (
            ("unit", self.unit, Unit),
            ("axes", self.axes, MotionAxes),
            ("ground", self.ground, Ground),
        ):
            if value not in get_args(kind):
                raise _bad_option(field, repr(value), " or ".join(get_args(kind)))
        if self.start < 0 or (self.stop is not None and self.stop <= self.start):
            raise _bad_option("start, stop", f"{self.start}, {self.stop}", "0 <= start < stop")
        if self.fps is not None and not 0 < self.fps <= 1000:
            raise _bad_option("fps", f"{self.fps}", "above 0 and at most 1000")


def builtin_motion_names() -> tuple[str, ...]:
    """Names of the motions that come with ani3d."""
    return tuple(sorted(path.stem for path in _BUILTIN.glob("*.npz")))


def builtin_motion_path(name: str) -> Path:
    """The .npz of a motion that comes with ani3d."""
    return _BUILTIN / f"{name}.npz"


def read_motion(
    source: Path | str, skeleton: Skeleton, options: MotionOptions | None = None, *, say: Say = silent
) -> Motion:
    """Read a motion for a skeleton.

    Args:
        source: an .npz or .bvh file, or the name of a built-in motion.
        skeleton: whose joints the motion is to move.
        options: how to understand the file.
        say: takes one sentence for each decision made on the user's behalf: unit, axes, joints left out.

    Returns:
        A motion named after the file's stem, in the skeleton's joint order.

    Raises:
        MotionError: the file cannot be used.
        NotFoundError: ``motion-not-found``: neither a file nor a built-in name.
    """
    options = options or MotionOptions()
    if isinstance(source, str) and source in builtin_motion_names():
        path = builtin_motion_path(source)
        motion = read_npz_motion(path, skeleton, name=source, axes="yup", say=silent)
        # They were made on one body; whatever legs this one has, it shall stand on the floor.
        motion, _ = feet_on_floor(motion, skeleton)
    else:
        motion = _read_file(Path(source), skeleton, options, say)
    whole, motion = motion, _trimmed(motion, options, str(source))
    before = frames_before(whole, options.start, motion.fps if options.fps is None else options.fps)
    if options.fps is not None and options.fps != motion.fps:
        motion = resampled(motion, options.fps)
    if options.ground == "floor":
        motion, raised_m = feet_on_floor(motion, skeleton)
        before = None if before is None else _raised(before, raised_m)
        say(f"{motion.name}: moved {raised_m * 100:+.1f} cm up to stand on the floor")
    return replace(motion, before=before)


def frames_before(motion: Motion, start: int, fps: float) -> Motion | None:
    """Frames that lead to frame ``start`` at a rate, at most four seconds of them; None where there are none.

    They begin behind the last cut: a T pose in front of a capture leads nowhere.
    """
    first = max(start - math.ceil(_BEFORE_S * motion.fps), 0)
    quats = motion.joint_rotations_wxyz[first : start + 1].astype(np.float64)
    turned = 2 * np.arccos(np.minimum(np.abs(np.einsum("tja,tja->tj", quats[1:], quats[:-1])), 1.0))
    cuts = np.flatnonzero(turned.max(axis=1, initial=0.0) > max(_CUT_RAD, _CUT_RAD_S / motion.fps))
    first += int(cuts[-1]) + 1 if len(cuts) else 0
    if first == start:
        return None
    # Backwards from the first frame that is kept, so that rates agree there.
    back = resampled(_backwards(motion.slice(first, start + 1)), fps)
    return None if back.frame_count < 2 else _backwards(back.slice(1, back.frame_count))


def _backwards(motion: Motion) -> Motion:
    root, rotations = motion.root_translation_m[::-1], motion.joint_rotations_wxyz[::-1]
    return replace(motion, root_translation_m=root, joint_rotations_wxyz=rotations)


def _raised(motion: Motion, metres: float) -> Motion:
    shift = np.array([0, metres, 0], dtype=np.float32)
    return replace(motion, root_translation_m=(motion.root_translation_m + shift).astype(np.float32))


def resampled(motion: Motion, fps: float) -> Motion:
    """The same motion at another frame rate, on the curve through its frames (``geometry/curve.py``)."""
    count = max(1, int(np.floor(motion.duration_s * fps + 1e-6)) + 1)
    positions = np.minimum(np.arange(count) * (motion.fps / fps), motion.frame_count - 1)
    frames, weights = taps_at(positions, motion.frame_count)
    return replace(
        motion,
        fps=fps,
        root_translation_m=weighted_sum(motion.root_translation_m[frames], weights).astype(np.float32),
        joint_rotations_wxyz=weighted_rotations(motion.joint_rotations_wxyz[frames], weights).astype(np.float32),
    )


def _read_file(path: Path, skeleton: Skeleton, options: MotionOptions, say: Say) -> Motion:
    kind = path.suffix.lower()
    if not path.is_file():
        raise NotFoundError(
            "motion-not-found",
            path,
            found="no such file or built-in motion",
            expected=f"an .npz or .bvh file, or one of {', '.join(builtin_motion_names())}",
            fix="Check the path.",
        )
    if kind == ".bvh":
        return read_bvh_motion(path, skeleton, name=path.stem, unit=options.unit, mapping=options.mapping, say=say)
    if kind == ".npz":
        return read_npz_motion(path, skeleton, name=path.stem, axes=options.axes, say=say)
    raise MotionError(
        "motion-unknown-format",
        path,
        found=f"a file ending in {kind!r}",
        expected=".npz (AMASS, or poses/trans/fps) or .bvh",
        fix="Convert the motion to one of these.",
    )


def _trimmed(motion: Motion, options: MotionOptions, subject: str) -> Motion:
    if options.start >= motion.frame_count:
        raise MotionError(
            "motion-empty",
            subject,
            found=f"{motion.frame_count} frames and a start at {options.start}",
            expected="a start within the motion",
            fix="Start earlier.",
        )
    if options.start == 0 and options.stop is None:
        return motion
    return motion.slice(options.start, options.stop if options.stop is not None else motion.frame_count)


def _bad_option(field: str, found: str, expected: str) -> Ani3dError:
    return UsageError(
        "motion-option", f"motion option {field}", found=found, expected=expected, fix="Correct the option."
    )
