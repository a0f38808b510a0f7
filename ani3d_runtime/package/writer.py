"""Writing packages: encode, read back, measure, write whole or not at all."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ani3d_runtime.avatar import Avatar
from ani3d_runtime.codec.encoder.bounds import MAX_ERROR_M, MIN_ERROR_M, PartBounds
from ani3d_runtime.codec.encoder.storage_order import storage_order
from ani3d_runtime.errors import InputError, MotionError, ResidualError, ResourceError, UsageError
from ani3d_runtime.package.addition import stage_of, with_added
from ani3d_runtime.package.assembly import assembled
from ani3d_runtime.package.draft import ClipSource, Draft, DriverFit, new_stage
from ani3d_runtime.package.error_report import ErrorReport
from ani3d_runtime.package.joining import joined_clips
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.recipe import Recipe
from ani3d_runtime.package.sections import APPEARANCE, SPLATS, kind_of
from ani3d_runtime.package.texts import is_text
from ani3d_runtime.progress import ProgressCallback, part_of
from ani3d_runtime.replacing import replacing_file
from ani3d_runtime.spec.format import MANIFEST_MAX_NAME_CHARS

if TYPE_CHECKING:
    # Fitting levels renders, which those who only write do not wait for.
    from ani3d_runtime.codec.encoder.levels.choice import LevelMaker

__all__ = [
    "DEFAULT_MAX_ERROR_M",
    "ClipReport",
    "ClipSource",
    "WriteReport",
    "add_clips",
    "join_clips",
    "write_package",
]

DEFAULT_MAX_ERROR_M = 1e-3
# Of the progress of a writer that fits levels of detail.
_SHARE_OF_LEVELS = 0.2


@dataclass(frozen=True)
class ClipReport:
    """The outcome of writing one clip.

    Attributes:
        stored_bytes: bytes that belong to this clip alone.
        error: decoded against source.
    """

    name: str
    frame_count: int
    stored_bytes: int
    error: ErrorReport

    @property
    def kb_per_frame(self) -> float:
        """Kilobytes (1000 bytes) a frame."""
        return self.stored_bytes / self.frame_count / 1000


@dataclass(frozen=True)
class WriteReport:
    """The outcome of writing a package.

    Attributes:
        path: the package.
        digest: SHA-256 of the content.
        gaussian_count: N.
        file_bytes: length of the file.
        section_bytes: bytes per kind of section.
        clips: one report per clip.
        max_error_m: the bound that was kept, the largest of all parts.
        seconds: wall time.
    """

    path: Path
    digest: str
    gaussian_count: int
    file_bytes: int
    section_bytes: Mapping[str, int]
    clips: tuple[ClipReport, ...]
    max_error_m: float
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """The same as JSON."""
        clips = [
            asdict(clip) | {"kb_per_frame": clip.kb_per_frame, "error": clip.error.to_json()} for clip in self.clips
        ]
        return asdict(self) | {"path": str(self.path), "clips": clips}


def write_package(
    path: str | Path,
    avatar: Avatar,
    clips: Sequence[ClipSource],
    *,
    max_error_m: float = DEFAULT_MAX_ERROR_M,
    bounds: PartBounds | None = None,
    keeps_input_order: bool = True,
    provenance: Mapping[str, str] | None = None,
    recipe: Recipe | None = None,
    thumbnail_png: bytes | None = None,
    driver: DriverFit | None = None,
    levels: LevelMaker | None = None,
    progress: ProgressCallback | None = None,
) -> WriteReport:
    """Write one avatar and its clips; the same input gives the same bytes.

    The package is decoded again before it is written and its error measured on every Gaussian in every frame; the file
    is read back and compared before it takes its name.

    Args:
        path: the .a3d file to write or replace.
        avatar: in its own order of Gaussians.
        clips: motions with or without a residual layer.
        max_error_m: bound on every Gaussian's position in every frame, in rest-pose space, the same for every part.
        bounds: bounds part by part, instead of ``max_error_m``; ``PartBounds.of_quality`` has presets.
        keeps_input_order: whether the package keeps the avatar's own order as ``Package.input_order``, at two bytes a
            Gaussian; otherwise storage order passes for it.
        provenance: where it all came from, as text for people; kept in the manifest.
        recipe: the same for programs; kept in a section of its own.
        thumbnail_png: a small picture.
        driver: fits the section ``driver`` to what was encoded; without it the package has none.
        levels: chooses levels of detail and fits how they look, such as ``even_levels``; without it they are chosen
            block by block, and have no sections ``appearance.k``.
        progress: called with the fraction done.

    Raises:
        UsageError, InputError: the input cannot be packed. ResourceError: ``disk-full``, ``output-unwritable``.
    """
    started = time.perf_counter()
    chosen = bounds or PartBounds.uniform(max_error_m)
    _check_bounds(chosen)
    _check_clips(avatar, clips, taken=())
    told = progress or _silent
    choice = None if levels is None else levels(avatar)
    begun = 0.0 if choice is None else _SHARE_OF_LEVELS
    stage = new_stage(
        avatar,
        storage_order(avatar) if choice is None else choice.order,
        chosen,
        keeps_order=keeps_input_order,
        provenance=dict(provenance or {}),
        recipe=recipe,
        thumbnail_png=thumbnail_png,
        looks=None if choice is None else partial(choice.sections, progress=part_of(told, 0.0, begun)),
    )
    write_draft(Path(path), Draft(stage, clips), part_of(told, begun, 1.0), driver=driver)
    return _report(Path(path), started)


def add_clips(
    path: str | Path,
    avatar: Avatar,
    clips: Sequence[ClipSource],
    *,
    replace_existing: bool = False,
    turn_rad: float | None = None,
    keeps_input_order: bool = True,
    provenance: Mapping[str, str] | None = None,
    recipe: Recipe | None = None,
    driver: DriverFit | None = None,
    progress: ProgressCallback | None = None,
) -> WriteReport:
    """Add clips to a package; what is in it already is copied byte for byte.

    The clips are coded against the avatar and the model that the package holds and within the bounds that it states,
    and verified like any other; the file is replaced in one step.

    Args:
        path: the .a3d file.
        avatar: the one that the package was baked from, in the order of its input or in storage order.
        clips: motions with or without a residual layer, in the avatar's order.
        replace_existing: let a clip take the place of the package's clip of that name.
        turn_rad: largest rotation error that is aimed at, see ``PartBounds``; by default that of ``PartBounds``.
        keeps_input_order: whether the package is to keep the avatar's own order from now on, where it did not.
        provenance: replaces what the package says.
        recipe: replaces the package's.
        driver: fits the section ``driver`` anew, to old clips and new ones, where a new one has a residual layer;
            without it the section stays as it is.
        progress: called with the fraction done.

    Raises:
        InputError: ``bake-into-other-avatar``, ``clip-name-taken``, and whatever :func:`write_package` raises.
        PackageError: the package cannot be read. ResourceError: ``package-changed`` where it was written to meanwhile.
    """
    started = time.perf_counter()
    with Package.open(path) as package:
        digest = package.digest
        _check_clips(avatar, clips, taken=() if replace_existing else package.clip_names)
        stage = stage_of(
            package,
            avatar,
            turn_rad=turn_rad,
            keeps_input_order=keeps_input_order,
            provenance=provenance,
            recipe=recipe,
        )
        draft = Draft(stage, with_added(package, clips))
    moves = any(clip.residual is not None and len(clip.residual.indices) for clip in clips)
    write_draft(Path(path), draft, progress or _silent, replacing=digest, driver=driver if moves else None)
    return _report(Path(path), started)


def join_clips(
    path: str | Path,
    avatar: Avatar,
    base: str | Path,
    parts: Sequence[str | Path],
    names: Sequence[str],
    *,
    keeps_input_order: bool = True,
    provenance: Mapping[str, str] | None = None,
    recipe: Recipe | None = None,
    driver: DriverFit | None = None,
    progress: ProgressCallback | None = None,
) -> WriteReport:
    """Write one package of clips that were added to copies of one; what they hold is copied byte for byte.

    Clips of an avatar can so be baked at the same time, on several machines. The bytes that are written do not depend
    on where and in which order that was done.

    Args:
        path: the .a3d file to write or replace.
        avatar: the one that all of them were baked from, in the order of its input.
        base: the package that the others are copies of.
        parts: the others, each with clips of its own.
        names: of the clips that are wanted, in their order.
        keeps_input_order: whether the package is to keep the avatar's own order, where the base does not.
        provenance, recipe: replace what the base says.
        driver: fits the section ``driver`` anew to all clips; without it that of the base stays.
        progress: called with the fraction done.

    Raises:
        InputError: ``join-other-avatar``, ``join-no-clip``, ``bake-into-other-avatar``.
        PackageError: a package cannot be read. ResourceError: ``disk-full``, ``output-unwritable``.
    """
    started = time.perf_counter()
    with contextlib.ExitStack() as opened:
        first = opened.enter_context(Package.open(base))
        others = [opened.enter_context(Package.open(part)) for part in parts]
        stage = stage_of(first, avatar, keeps_input_order=keeps_input_order, provenance=provenance, recipe=recipe)
        draft = Draft(stage, joined_clips(first, others, names))
        write_draft(Path(path), draft, progress or _silent, driver=driver)
    return _report(Path(path), started)


def write_draft(
    target: Path,
    draft: Draft,
    progress: ProgressCallback,
    replacing: str | None = None,
    driver: DriverFit | None = None,
) -> None:
    """Encode, verify and write a package; ``replacing`` is the digest that the file has if nobody else wrote to it."""
    encoded = 0.7 if driver is None else 0.5
    draft.encode(part_of(progress, 0.0, encoded))
    if driver is not None:
        draft.fit_driver(driver, part_of(progress, encoded, 0.7))
    errors = draft.measured_errors(part_of(progress, 0.7, 0.95))
    pieces = list(assembled(draft.sections(errors)))
    with replacing_file(target) as file:
        for piece in pieces:
            file.write(piece)
        file.flush()
        _compare(Path(file.name), pieces)
        if replacing is not None:
            _require_unchanged(target, replacing)
    progress(1.0)


def _require_unchanged(path: Path, digest: str) -> None:
    with Package.open(path) as package:
        if package.digest != digest:
            raise ResourceError(
                "package-changed",
                path,
                found="another content than when it was opened",
                expected="a package that nobody else writes to",
                fix="Run the command again; it will add to what is there now.",
            )


def _compare(path: Path, pieces: Sequence[bytes]) -> None:
    """Read back what was written: a failing disk is noticed now, not in front of an audience."""
    with path.open("rb") as file:
        for piece in pieces:
            if file.read(len(piece)) != piece:
                raise OSError(5, "the disk gave back other bytes than were written")


def _report(path: Path, started: float) -> WriteReport:
    with Package.open(path) as package:
        return _report_of(path, package, time.perf_counter() - started)


def _report_of(path: Path, package: Package, seconds: float) -> WriteReport:
    by_name: dict[str, int] = {}
    for section in package.toc.sections:
        kind = "splats" if kind_of(section.name) is SPLATS else section.name
        kind = "appearance" if kind_of(section.name) is APPEARANCE else kind
        by_name[kind] = by_name.get(kind, 0) + section.stored_bytes
    return WriteReport(
        path=path,
        digest=package.digest,
        gaussian_count=package.manifest.gaussian_count,
        file_bytes=package.size_bytes,
        section_bytes=by_name,
        clips=tuple(
            ClipReport(clip.name, clip.frame_count, package.clip(clip.name).stored_bytes, clip.error)
            for clip in package.manifest.clips
        ),
        max_error_m=package.manifest.max_error_m,
        seconds=seconds,
    )


def _check_bounds(bounds: PartBounds) -> None:
    for bound_m in bounds.position_m:
        if not MIN_ERROR_M <= bound_m <= MAX_ERROR_M:
            raise UsageError(
                "max-error-out-of-range",
                "max_error_m",
                found=f"{bound_m} m",
                expected=f"{MIN_ERROR_M} to {MAX_ERROR_M} m ({MIN_ERROR_M * 1e3:g} to {MAX_ERROR_M * 1e3:g} mm)",
                fix="Ask for an error bound in this range; 1 mm suits most avatars.",
            )


def refuse_names(names: Sequence[str], taken: Sequence[str]) -> None:
    """Refuse what cannot be the names of clips, or is taken.

    Raises:
        InputError: ``clip-name-invalid``, ``clip-name-taken``.
    """
    for name in names:
        if not name or not is_text(name, MANIFEST_MAX_NAME_CHARS) or names.count(name) > 1:
            raise InputError(
                "clip-name-invalid",
                f"clip {name!r}",
                found="a name that is empty, too long, unprintable or used twice",
                expected=f"unique printable names of at most {MANIFEST_MAX_NAME_CHARS} characters",
                fix="Rename the motion file; a clip is named after it.",
            )
        if name in taken:
            raise InputError(
                "clip-name-taken",
                f"clip {name}",
                found="a clip of that name in the package",
                expected="a new name",
                fix="Rename the motion file, or pass --force to replace the clip.",
            )


def _check_clips(avatar: Avatar, clips: Sequence[ClipSource], taken: Sequence[str]) -> None:
    refuse_names([clip.name for clip in clips], taken)
    for clip in clips:
        _check_clip(avatar, clip)


def _check_clip(avatar: Avatar, clip: ClipSource) -> None:
    if clip.motion.joint_names != avatar.skeleton.joint_names:
        raise MotionError(
            "motion-other-skeleton",
            f"clip {clip.name}",
            found=f"{len(clip.motion.joint_names)} joints ({', '.join(clip.motion.joint_names[:3])}, …)",
            expected=f"the avatar's {avatar.skeleton.joint_count} ({', '.join(avatar.skeleton.joint_names[:3])}, …)",
            fix="Retarget the motion to the avatar's skeleton first.",
        )
    residual = clip.residual
    if residual is None:
        return
    found = (residual.frame_count, residual.gaussian_count)
    expected = (clip.motion.frame_count, avatar.count)
    if found != expected:
        raise ResidualError(
            "residual-wrong-shape",
            f"clip {clip.name}",
            found=f"a residual of {found[0]} frames and {found[1]} Gaussians",
            expected=f"{expected[0]} frames and {expected[1]} Gaussians",
            fix="Give the residual that was made for this motion and this avatar.",
        )


def _silent(_: float) -> None:
    pass
