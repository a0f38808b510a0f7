"""What ``ani3d info`` shows of files that are baked from: avatars and motions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ani3d_runtime.body.readers import MotionOptions, builtin_motion_names
from ani3d_runtime.cli.choices import refuse_existing
from ani3d_runtime.cli.console import Console, table
from ani3d_runtime.errors import InputError, UsageError
from ani3d_runtime.formats.registry import suffixes
from ani3d_runtime.geometry.frames import Axes

# What finds comes with an extra; packages are shown without.
if TYPE_CHECKING:
    from ani3d_runtime.bake.findings.avatar import AvatarFindings
    from ani3d_runtime.bake.findings.motion import MotionFindings

_MOTIONS = (".npz", ".bvh", ".smpl")


def kind_of(name: str) -> str:
    """``avatar``, ``motion`` or ``package``: what a file is, told by its name."""
    suffix = Path(name).suffix.lower()
    if name in builtin_motion_names() or suffix in {*_MOTIONS, *suffixes("motion")}:
        return "either" if suffix in suffixes("avatar") else "motion"
    return "avatar" if suffix in suffixes("avatar") else "package"


def show_input(
    name: str,
    kind: str,
    *,
    axes: Axes | None,
    rest_pose: str | None,
    motion: MotionOptions,
    picture: Path | None,
    force: bool,
    console: Console,
) -> None:
    """Show what is understood of an avatar or a motion, and paint it if asked."""
    if picture is not None:
        if picture.suffix.lower() != ".png":
            raise UsageError(
                "picture-suffix",
                picture,
                found=f"suffix {picture.suffix!r}",
                expected=".png",
                fix="Name the picture so.",
            )
        refuse_existing(picture, force)
    _refuse_idle(kind, axes, rest_pose, motion)
    with console.progress("look"):
        findings = _findings(name, kind, axes, rest_pose, motion)
    for note in findings.notes:
        console.say(f"note: {note}")
    for warning in findings.warnings:
        console.doubt(warning)
    shown = findings.to_json()
    if picture is not None:
        from ani3d_runtime.render.image import write_png

        with console.progress("picture"):
            write_png(picture, findings.picture())
        shown["picture"] = str(picture)
    console.result(shown, _human(shown))


def _findings(
    name: str, kind: str, axes: Axes | None, rest_pose: str | None, motion: MotionOptions
) -> AvatarFindings | MotionFindings:
    from ani3d_runtime.bake.findings.avatar import avatar_findings
    from ani3d_runtime.bake.findings.motion import motion_findings

    if kind == "motion":
        return motion_findings(name, motion)
    try:
        return avatar_findings(Path(name), axes=axes, rest_pose=rest_pose or "t")
    except InputError:
        # A glTF holds Gaussians or an animation, or neither.
        if kind == "avatar":
            raise
        return motion_findings(name, motion)


def _refuse_idle(kind: str, axes: Axes | None, rest_pose: str | None, motion: MotionOptions) -> None:
    """Refuse options of motions for an avatar, and the other way round."""
    of_motion = motion != MotionOptions()
    of_avatar = "--axes" if axes is not None else "--rest-pose" if rest_pose is not None else ""
    if (kind == "motion" and of_avatar) or (kind == "avatar" and of_motion):
        raise UsageError(
            "info-idle-option",
            of_avatar
            if kind == "motion"
            else "--motion-axes, --motion-unit, --joint-mapping, --reference-frame, --take",
            found=f"an option that says nothing about a file of {'motion' if kind == 'motion' else 'Gaussians'}",
            expected="options of what the file is",
            fix="Leave the option out.",
        )


def _human(shown: dict[str, object]) -> object:
    rows = table("", "")
    for name, value in shown.items():
        if name in ("notes", "warnings"):
            continue
        if isinstance(value, dict):
            value = ", ".join(f"{key} {number:,}" for key, number in value.items())
        elif isinstance(value, list):
            value = ", ".join(f"{number:g}" for number in value)
        rows.add_row(name.replace("_", " "), f"{value:,}" if isinstance(value, int) else str(value))
    return rows
