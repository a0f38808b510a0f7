"""The command that makes a package again."""

from __future__ import annotations

import shlex
from dataclasses import fields
from pathlib import Path

from ani3d_runtime.bake.restoration.settings import RestoreSettings
from ani3d_runtime.bake.settings import BakeSettings
from ani3d_runtime.body.readers import MotionOptions

# Fields whose option has another name than theirs.
_SETTINGS = {
    "motions": "motion",
    "residuals": "residual",
    "loops": "loop",
    "clip_names": "clip-name",
    "overwrite": "force",
}
_MOTION = {
    "unit": "motion-unit",
    "axes": "motion-axes",
    "mapping": "joint-mapping",
    "start": "start-frame",
    "stop": "stop-frame",
}
_RECORDS = {"motion_options": _MOTION, "restoring": dict[str, str]()}
_APART = ("avatar", "output", "into", "max_error_m", "motion_options", "restoring", "avatar_from", "pictures")
# What is said by whatever makes an avatar of pictures.
_OF_A_GENERATOR = ("axes", "rest_pose", "parts")


def bake_command(settings: BakeSettings) -> str:
    """``ani3d bake`` with every option that is not its default."""
    words = ["ani3d", "bake", *_avatar_of(settings)]
    leave_out = _APART if settings.avatar_from is None else (*_APART, *_OF_A_GENERATOR)
    words += _options(settings, _SETTINGS, leave_out=leave_out)
    words += _options(settings.motion_options, _MOTION)
    words += _options(settings.restoring, {})
    if settings.max_error_m is not None:
        words += ["--max-error-mm", f"{settings.max_error_m * 1e3:.9g}"]
    words += ["--into" if settings.into else "-o", str(settings.output)]
    return shlex.join(words)


def _avatar_of(settings: BakeSettings) -> list[str]:
    if settings.avatar_from is None:
        return [settings.avatar]
    source = settings.pictures[0] if len(settings.pictures) == 1 else settings.pictures[0].parent
    return [str(source), "--avatar-from", settings.avatar_from.split(" ", 1)[0]]


def flag_of(field: str) -> str | None:
    """The option of ``ani3d bake`` that sets a field, such as ``restoring.views``; None where it is no field."""
    if field in ("avatar", "max_error_m"):
        return {"avatar": "AVATAR", "max_error_m": "--max-error-mm"}[field]
    record, _, inner = field.rpartition(".")
    kind = {"": BakeSettings, "motion_options": MotionOptions, "restoring": RestoreSettings}.get(record)
    if kind is None or inner not in {each.name for each in fields(kind)}:
        return None
    return "--" + _RECORDS.get(record, _SETTINGS).get(inner, inner.replace("_", "-"))


def _options(record: object, names: dict[str, str], leave_out: tuple[str, ...] = ()) -> list[str]:
    """Options of the fields of a dataclass that differ from their defaults."""
    words: list[str] = []
    for field in fields(record):  # pyright: ignore[reportArgumentType]
        value = getattr(record, field.name)
        if field.name in leave_out or value == field.default:
            continue
        option = "--" + names.get(field.name, field.name.replace("_", "-"))
        if value is True:
            words.append(option)
            continue
        for each in value if isinstance(value, tuple) else (value,):
            words += [option, str(each) if isinstance(each, Path) else f"{each}"]
    return words
