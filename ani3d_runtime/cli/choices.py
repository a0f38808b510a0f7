"""Choices that several commands read the same way: a clip by name, frames, a picture's size, an output."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from ani3d_runtime.errors import NotFoundError, UsageError
from ani3d_runtime.package.packaged_clip import PackagedClip
from ani3d_runtime.package.reader import Package

MAX_PICTURE_PX = 8192


def clip_of(package: Package, name: str | None) -> PackagedClip:
    """The clip called ``name``, or the only one.

    Raises:
        UsageError: ``clip-not-named``.
        NotFoundError: ``clip-not-found``.
    """
    return package.clip(clip_name_of(package.clip_names, name))


def clip_name_of(names: Sequence[str], name: str | None) -> str:
    """``name`` where one is given, else the only one of ``names``.

    Raises:
        UsageError: ``clip-not-named``.
    """
    if name is not None:
        return name
    if len(names) != 1:
        raise UsageError(
            "clip-not-named",
            "--clip",
            found="no clip named",
            expected=f"one of {', '.join(names) or 'none: there are no clips'}",
            fix="Pass --clip NAME.",
        )
    return names[0]


def frame_numbers(text: str, clip: PackagedClip) -> list[int]:
    """Frame numbers from ``all``, ``0,10,20``, ``0-99`` or ``0-99:5``, mixed by commas.

    Raises:
        UsageError: ``frames-unreadable``, ``frames-backwards``.
        NotFoundError: ``frame-not-found``.
    """
    if text == "all":
        return list(range(clip.frame_count))
    numbers: list[int] = []
    for item in text.split(","):
        match = re.fullmatch(r"\s*(\d+)(?:-(\d+)(?::([1-9]\d*))?)?\s*", item)
        if match is None:
            raise UsageError(
                "frames-unreadable",
                "--frames",
                found=repr(item),
                expected="'all', a number, or a range such as 0-99 or 0-99:5",
                fix=f"The clip {clip.name} has frames 0 to {clip.frame_count - 1}.",
            )
        first, last, step = match.groups()
        if last is not None and int(last) < int(first):
            raise UsageError(
                "frames-backwards",
                "--frames",
                found=repr(item),
                expected="a range from a lower to a higher frame",
                fix=f"Write {last}-{first}.",
            )
        end = int(last or first)
        if end >= clip.frame_count:
            raise NotFoundError(
                "frame-not-found",
                "--frames",
                found=repr(item),
                expected=f"frames 0 to {clip.frame_count - 1} of the clip {clip.name}",
                fix="Pass frames that the clip has.",
            )
        numbers += range(int(first), end + 1, int(step or 1))
    return sorted(set(numbers))


def picture_size(text: str) -> tuple[int, int]:
    """Width and height in pixels from ``512x512``.

    Raises:
        UsageError: ``size-unreadable``.
    """
    match = re.fullmatch(r"(\d+)[xX×](\d+)", text)
    size = (int(match[1]), int(match[2])) if match else (0, 0)
    if not all(16 <= length <= MAX_PICTURE_PX for length in size):
        raise UsageError(
            "size-unreadable",
            "--size",
            found=repr(text),
            expected=f"WIDTHxHEIGHT in pixels, 16 to {MAX_PICTURE_PX} each",
            fix="For example --size 512x512.",
        )
    return size


def refuse_existing(output: Path, force: bool, *, fix: str = "Choose another name or pass --force.") -> None:
    """Refuse to replace a file unasked, and to write where no folder is.

    Args:
        output: the file to write.
        force: it was asked for.
        fix: what to do where it is there already.

    Raises:
        UsageError: ``output-exists`` or ``output-no-folder``.
    """
    if output.exists() and not force:
        raise UsageError(
            "output-exists",
            output,
            found="a file of that name",
            expected="a new file",
            fix=fix,
        )
    refuse_no_folder(output)


def refuse_no_folder(output: Path) -> None:
    """Refuse to write where no folder is.

    Raises:
        UsageError: ``output-no-folder``.
    """
    if not output.parent.is_dir():
        raise UsageError(
            "output-no-folder",
            output.parent,
            found="no such folder",
            expected="a folder to write into",
            fix=f"mkdir -p {output.parent}",
        )
