"""read_motion: any motion file, or a built-in one by name, as the motion of a skeleton."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ani3d_runtime.body.foot_planting import plant_feet
from ani3d_runtime.body.model import load_builtin_body
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.readers.importer import MotionImporter, imported_motion
from ani3d_runtime.body.readers.notes import Say, silent
from ani3d_runtime.body.readers.npz_motion import read_npz_motion
from ani3d_runtime.body.readers.options import OPTION_OF, MotionOptions
from ani3d_runtime.body.retarget import feet_on_floor, leg_length_m
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.errors import NotFoundError, UsageError
from ani3d_runtime.formats.registry import importer_for, importers, suffixes
from ani3d_runtime.geometry.curve import taps_at, weighted_rotations, weighted_sum

# Cloth forgets how it began within two or three seconds.
_BEFORE_S = 4.0
# No joint turns so far between two frames, and so fast: what does is a cut.
_CUT_RAD, _CUT_RAD_S = 0.9, 30.0
_BUILTIN = Path(__file__).parent.parent / "data" / "motions"


def builtin_motion_names() -> tuple[str, ...]:
    """Names of the motions that come with ani3d."""
    return tuple(sorted(path.stem for path in _BUILTIN.glob("*.npz")))


def builtin_motion_path(name: str) -> Path:
    """The .npz of a motion that comes with ani3d."""
    return _BUILTIN / f"{name}.npz"


def idle_options(source: Path | str, options: MotionOptions) -> tuple[str, ...]:
    """Fields of the options that are given and say nothing about a motion."""
    if source in builtin_motion_names():
        return options.given(tuple(OPTION_OF))
    suffix = Path(source).suffix.lower()
    named = [importer for importer in importers("motion").values() if suffix in importer.suffixes]
    is_of_smpl = [isinstance(importer, MotionImporter) and importer.is_of_smpl for importer in named]
    idle: tuple[str, ...] = ("mapping", "reference_frame") if is_of_smpl and all(is_of_smpl) else ()
    if named and not any(isinstance(importer, MotionImporter) and importer.has_takes for importer in named):
        idle += ("take",)
    return options.given(idle)


def refuse_idle_for_all(sources: Sequence[str], options: MotionOptions) -> None:
    """Refuse options that say nothing about any of these motions.

    Raises:
        UsageError: ``motion-idle-option``.
    """
    idle = set.intersection(*(set(idle_options(source, options)) for source in sources)) if sources else set[str]()
    for name in sorted(idle):
        raise UsageError(
            "motion-idle-option",
            OPTION_OF[name],
            found=f"an option that says nothing about {', '.join(map(str, sources))}",
            expected="options that a motion of this bake can follow: joints of the SMPL family have their names and "
            "poses, built-in motions their axes and unit, and takes are of BVH, FBX and glTF",
            fix="Leave the option out.",
        )


def read_motion(
    source: Path | str, skeleton: Skeleton, options: MotionOptions | None = None, *, say: Say = silent
) -> Motion:
    """Read a motion for a skeleton.

    Args:
        source: a file of a format with an importer, or the name of a built-in motion.
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
        motion = read_npz_motion(path, skeleton, name=source, options=MotionOptions(), say=silent)
        motion = _on_these_legs(motion, skeleton)
    else:
        motion = _read_file(Path(source), skeleton, options, say)
        if options.lock_feet:
            motion = plant_feet(motion, skeleton)
    whole, motion = motion, _trimmed(motion, options, str(source))
    before = frames_before(whole, options.start, motion.fps if options.fps is None else options.fps)
    if options.fps is not None and options.fps != motion.fps:
        motion = resampled(motion, options.fps)
    if options.ground == "floor":
        motion, raised_m = feet_on_floor(motion, skeleton)
        before = None if before is None else _raised(before, raised_m)
        say(f"{motion.name}: moved {raised_m * 100:+.1f} cm up to stand on the floor")
    return replace(motion, before=before)


def _on_these_legs(motion: Motion, skeleton: Skeleton) -> Motion:
    """A built-in motion, made on the built-in body's legs, for other legs: as long a step as they are, feet planted."""
    scale = leg_length_m(skeleton) / leg_length_m(load_builtin_body().skeleton)
    root = motion.root_translation_m.copy()
    root[:, ::2] *= np.float32(scale)
    motion, _ = feet_on_floor(replace(motion, root_translation_m=root), skeleton)
    return plant_feet(motion, skeleton)


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
    if not path.is_file():
        raise NotFoundError(
            "motion-not-found",
            path,
            found="no such file or built-in motion",
            expected=f"a motion file ({', '.join(suffixes('motion'))}), or one of {', '.join(builtin_motion_names())}",
            fix="Check the path.",
        )
    importer = importer_for(path, "motion")
    assert isinstance(importer, MotionImporter)
    return imported_motion(importer, path, skeleton, options, say)


def _trimmed(motion: Motion, options: MotionOptions, subject: str) -> Motion:
    if options.start >= motion.frame_count:
        raise UsageError(
            "motion-option",
            "--start-frame",
            found=f"frame {options.start} of {subject}",
            expected=f"0 to {motion.frame_count - 1}",
            fix="Name a frame of the file.",
        )
    if options.start == 0 and options.stop is None:
        return motion
    return motion.slice(options.start, options.stop if options.stop is not None else motion.frame_count)
