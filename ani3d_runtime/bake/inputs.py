"""The files that a bake reads: their digests, and where a file is now that an earlier bake has read."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ani3d_runtime.body.readers.motion_file import builtin_motion_names, builtin_motion_path
from ani3d_runtime.cache import cache_folder
from ani3d_runtime.errors import ResourceError, UsageError
from ani3d_runtime.package.recipe import InputFile
from ani3d_runtime.package.texts import manifest_text
from ani3d_runtime.replacing import replacing_file

if TYPE_CHECKING:
    from ani3d_runtime.bake.settings import BakeSettings

# Residual layers of other sources come from files.
OWN_SOURCES = frozenset({"none", "simulated", "restored"})
# Values of fields that name a file, and do not.
BUILTIN_BODY = "builtin"
REST_POSES = frozenset({"t", "a", "auto"})
_PIECE_BYTES = 1 << 20


def is_residual_file(source: str) -> bool:
    """Whether a residual layer comes from a file; otherwise its source is one of our own, or a plugin's name."""
    return Path(source).suffix.lower() == ".npz"


def name_of(path: Path | str) -> str:
    """A file's name as a recipe has it: without its folder, and printable."""
    return manifest_text(Path(path).name)


def input_files(settings: BakeSettings) -> tuple[InputFile, ...]:
    """Every file that a bake reads, in the order of the settings, with its digest.

    Raises:
        ResourceError: ``file-unreadable``.
    """
    return tuple(_digested(role, name, path) for role, name, path in _named(settings))


def remember_places(settings: BakeSettings, files: tuple[InputFile, ...]) -> None:
    """Note on this machine where files lie, so that :func:`found_again` finds them from other folders, too.

    A package holds names and digests alone: where a file lies is of this machine, and nobody else's business.
    """
    paths = {file.sha256: path for file, (_, _, path) in zip(files, _named(settings), strict=True)}
    for digest, path in paths.items():
        with contextlib.suppress(OSError, ResourceError):
            _place(digest).parent.mkdir(parents=True, exist_ok=True)
            with replacing_file(_place(digest)) as note:
                note.write(os.fsencode(path.absolute()))


def found_again(file: InputFile, field: str, beside: Path) -> Path:
    """Where a file is now that an earlier bake has read: where it was, beside the package, or in the current folder.

    Args:
        file: what the recipe says of it.
        field: of the settings, for the refusal.
        beside: the package.

    Raises:
        UsageError: ``bake-input-missing``.
    """
    for path in (*_remembered(file.sha256), beside.parent / file.name, Path(file.name)):
        with contextlib.suppress(OSError, ValueError):
            if path.stat().st_size == file.size_bytes and sha256_of(path) == (file.sha256, file.size_bytes):
                return path
    raise UsageError(
        "bake-input-missing",
        field,
        found=f"{file.name} neither where it was, nor beside the package, nor in this folder",
        expected=f"the file that the package was baked from, of SHA-256 {file.sha256}",
        fix="Say where the file is now.",
    )


def _named(settings: BakeSettings) -> Iterator[tuple[str, str, Path]]:
    """Role, name and place of every file."""
    if not settings.is_builtin:
        yield "avatar", name_of(settings.avatar), Path(settings.avatar)
    if settings.body != BUILTIN_BODY:
        yield "body", name_of(settings.body), Path(settings.body)
    if settings.rest_pose.lower() not in REST_POSES:
        yield "rest_pose", name_of(settings.rest_pose), Path(settings.rest_pose)
    if settings.parts is not None:
        yield "parts", name_of(settings.parts), settings.parts
    if settings.motion_options.mapping is not None:
        yield "joint_mapping", name_of(settings.motion_options.mapping), settings.motion_options.mapping
    for motion in settings.motions:
        is_builtin = motion in builtin_motion_names()
        yield "motion", name_of(motion), builtin_motion_path(motion) if is_builtin else Path(motion)
    if settings.markers is not None:
        yield "markers", name_of(settings.markers), settings.markers
    for source in settings.residual_per_clip():
        if is_residual_file(source):
            yield "residual", name_of(source), Path(source)
    for picture in settings.pictures:
        yield "picture", name_of(picture), picture
    for picture in settings.restoring.reference:
        yield "reference", name_of(picture), picture


def _digested(role: str, name: str, path: Path) -> InputFile:
    try:
        digest, size_bytes = sha256_of(path)
    except OSError as error:
        raise ResourceError(
            "file-unreadable",
            path,
            found=str(error.strerror or error),
            expected="a file that can be read",
            fix="Check the path and its permissions.",
        ) from None
    return InputFile(role, name, digest, size_bytes)


def sha256_of(path: Path) -> tuple[str, int]:
    """Digest and length of a file."""
    hasher, size_bytes = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            hasher.update(piece)
            size_bytes += len(piece)
    return hasher.hexdigest(), size_bytes


def _place(digest: str) -> Path:
    return cache_folder("inputs") / digest


def _remembered(digest: str) -> Iterator[Path]:
    with contextlib.suppress(OSError):
        yield Path(os.fsdecode(_place(digest).read_bytes()))
