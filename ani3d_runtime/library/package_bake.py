"""Baking the package of one character, with all its clips."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ani3d_runtime.bake.apart import run_base, run_join, run_looks, run_practice
from ani3d_runtime.bake.job import run_bake
from ani3d_runtime.bake.settings import BakeSettings
from ani3d_runtime.body.readers import MotionOptions
from ani3d_runtime.library.resolved import residual_of
from ani3d_runtime.progress import Watcher

_OF_CHARACTER = (
    "avatar",
    "seed",
    "detail",
    "axes",
    "fit",
    "rest_pose",
    "body",
    "drop_nan",
    "drop_floor",
    "drop_strays",
)
_OF_MOTION = {
    "unit": "unit",
    "axes": "axes",
    "ground": "ground",
    "lock_feet": "lock_feet",
    "joint_mapping": "mapping",
    "reference_frame": "reference_frame",
    "take": "take",
    "start_frame": "start",
    "stop_frame": "stop",
    "fps": "fps",
}


def bake_package(settings: Mapping[str, Any], path: Path, watch: Watcher) -> list[dict[str, Any]]:
    """Bake a package.

    Motions that are read alike are baked together; others are added to the package. The last of these bakes in which
    cloth moves fits the driver, to all clips.

    Args:
        settings: of a character and its ``clips``, as :mod:`~ani3d_runtime.library.resolved` gives them.
        path: of the package, which is not there yet.
        watch: called with a stage's name when it begins.

    Returns:
        what is likely wrong, as JSON.

    Raises:
        Ani3dError: as :func:`~ani3d_runtime.bake.job.run_bake`.
    """
    warnings: list[dict[str, Any]] = []
    groups = [list(group) for _, group in itertools.groupby(settings["clips"], _options)]
    # Whether there is something to practise is decided by all clips.
    can_practise = bake_settings(settings, settings["clips"], path, into=False, practises=True).can_practise
    moving = [
        index for index, clips in enumerate(groups) if any(residual_of(settings, clip) != "none" for clip in clips)
    ]
    for index, clips in enumerate(groups):
        fits = index == max(moving, default=0)
        chosen = bake_settings(settings, clips, path, into=index > 0, practises=fits and can_practise)
        report = run_bake(chosen, watch, fits_driver=fits)
        warnings += [warning.to_json() for warning in report.warnings]
    return warnings


def bake_base(settings: Mapping[str, Any], path: Path, watch: Watcher) -> None:
    """Write the base of a package, that clips are coded against: its model fits the clips of the settings."""
    groups = itertools.groupby(settings["clips"], _options)
    run_base([bake_settings(settings, list(clips), path, into=False, practises=False) for _, clips in groups], watch)


def bake_clip(settings: Mapping[str, Any], path: Path, watch: Watcher) -> list[dict[str, Any]]:
    """Bake the one clip of the settings into the copy of a base at ``path``.

    Returns:
        what is likely wrong, as JSON.
    """
    chosen = bake_settings(settings, settings["clips"], path, into=True, practises=False)
    return [warning.to_json() for warning in run_bake(chosen, watch, fits_driver=False).warnings]


def bake_looks(settings: Mapping[str, Any], base: Path, path: Path, watch: Watcher) -> None:
    """Write a copy of a base that says how its levels of detail look."""
    run_looks(bake_settings(settings, settings["clips"], path, into=False, practises=False), base, watch)


def bake_practice(settings: Mapping[str, Any], base: Path, path: Path, watch: Watcher) -> None:
    """Practise the ``numbers`` of the settings: an .npz of what the base's control nodes do."""
    package = path.with_suffix(".a3d")  # which is not written
    chosen = bake_settings(settings, settings["clips"], package, into=False, practises=True)
    run_practice(chosen, base, range(*settings["numbers"]), path, watch)


def join_package(settings: Mapping[str, Any], path: Path, parts: Mapping[str, Sequence[Path]], watch: Watcher) -> None:
    """Join parts, and fit the driver to all clips and to what was practised.

    What is likely wrong with a clip is in the record of its part.

    Args:
        settings: of the package.
        path: of the package, which is not there yet.
        parts: by the kind of their tasks.
        watch: called with a stage's name when it begins.
    """
    clips = settings["clips"]
    chosen = bake_settings(settings, clips[:1], path, into=False, practises="practice" in parts)
    [base] = parts["looks"]
    names = [clip["name"] for clip in clips]
    run_join(chosen, base, parts["clip"], parts.get("practice", ()), names, watch)


def bake_settings(
    settings: Mapping[str, Any], clips: Sequence[Mapping[str, Any]], path: Path, *, into: bool, practises: bool
) -> BakeSettings:
    """The settings of a bake of some clips, which are read alike."""
    given = {key: settings[key] for key in _OF_CHARACTER if key in settings}
    return BakeSettings(
        **given,
        motions=tuple(clip["file"] for clip in clips),
        clip_names=tuple(clip["name"] for clip in clips),
        output=path,
        residuals=tuple(residual_of(settings, clip) for clip in clips),
        parts=Path(settings["parts"]) if "parts" in settings else None,
        motion_options=_options(clips[0]),
        loops=tuple(f"{clip['name']}={clip['loop']}" for clip in clips if "loop" in clip),
        in_place=settings.get("in_place", False),
        max_error_m=settings["max_error_mm"] * 1e-3 if "max_error_mm" in settings else None,
        quality=settings.get("quality"),
        practice=settings.get("practice") if practises else 0,
        into=into,
    )


def _options(clip: Mapping[str, Any]) -> MotionOptions:
    chosen = {field: clip[key] for key, field in _OF_MOTION.items() if key in clip}
    if "mapping" in chosen:
        chosen["mapping"] = Path(chosen["mapping"])
    return MotionOptions(**chosen)
