"""Writing packages: encode, read back, measure, write whole or not at all."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ani3d_runtime import __version__
from ani3d_runtime.avatar import Avatar, Part
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.codec.bounds import PartBounds
from ani3d_runtime.codec.canonical import decode_canonical, encode_canonical
from ani3d_runtime.codec.order import StorageOrder, encode_order, storage_order
from ani3d_runtime.codec.pose import encode_pose_group
from ani3d_runtime.codec.residual import (
    FRAMES_PER_GROUP,
    ErrorReport,
    ResidualEncoder,
    ResidualGroup,
    ResidualModel,
    measure_error,
)
from ani3d_runtime.errors import InputError, MotionError, ResidualError, UsageError
from ani3d_runtime.package.assembly import EncodedSection, assembled
from ani3d_runtime.package.manifest import MAX_CLIP_NAME_CHARS, ClipManifest, Manifest
from ani3d_runtime.package.readable import BytesReadable
from ani3d_runtime.package.reader import Package, group_count
from ani3d_runtime.package.skeleton_section import encode_skeleton
from ani3d_runtime.progress import ProgressCallback
from ani3d_runtime.replacing import replacing_file
from ani3d_runtime.residual import ResidualLayer

DEFAULT_MAX_ERROR_M = 1e-3
_MIN_ERROR_M, _MAX_ERROR_M = 1e-5, 1.0
_NO_ERROR = ErrorReport(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class ClipSource:
    """A clip to be written, in the avatar's own order of Gaussians.

    Attributes:
        name: unique within the package.
        motion: poses of the avatar's skeleton.
        residual: of as many frames as the motion; None for the rigid layer alone.
    """

    name: str
    motion: Motion
    residual: ResidualLayer | None = None


@dataclass(frozen=True)
class ClipReport:
    """What became of one clip.

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
    """What was written.

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
        """As scripts read it."""
        clips = [asdict(clip) | {"kb_per_frame": clip.kb_per_frame} for clip in self.clips]
        return asdict(self) | {"path": str(self.path), "clips": clips}


def write_package(
    path: str | Path,
    avatar: Avatar,
    clips: Sequence[ClipSource],
    *,
    max_error_m: float = DEFAULT_MAX_ERROR_M,
    bounds: PartBounds | None = None,
    provenance: Mapping[str, str] | None = None,
    thumbnail_png: bytes | None = None,
    progress: ProgressCallback | None = None,
) -> WriteReport:
    """Write one avatar and its clips; the same input gives the same bytes.

    The package is decoded again before it is written and its error measured on every Gaussian in every frame; the file
    is read back and compared before it takes its name.

    Args:
        path: the .a3d file to write or replace.
        avatar: in its own order of Gaussians, which the package keeps as ``Package.input_order``.
        clips: motions with or without a residual layer.
        max_error_m: bound on every Gaussian's position in every frame, in rest-pose space, the same for every part.
        bounds: bounds part by part, instead of ``max_error_m``; ``PartBounds.of_quality`` has presets.
        provenance: where it all came from, as text; kept in the manifest.
        thumbnail_png: a small picture.
        progress: called with the fraction done.

    Raises:
        UsageError, InputError: the input cannot be packed. ResourceError: ``disk-full``, ``output-unwritable``.
    """
    started = time.perf_counter()
    report = progress or _silent
    chosen = bounds or PartBounds.uniform(max_error_m)
    _check(avatar, clips, chosen)
    draft = _Draft(avatar, clips, chosen, dict(provenance or {}), thumbnail_png)
    draft.encode(_within(report, 0.0, 0.7))
    errors = draft.measured_errors(_within(report, 0.7, 0.95))
    pieces = list(assembled(draft.sections(errors)))
    target = Path(path)
    with replacing_file(target) as file:
        for piece in pieces:
            file.write(piece)
        file.flush()
        _compare(Path(file.name), pieces)
    report(1.0)
    with Package.open(target) as written:
        return _report(target, written, time.perf_counter() - started)


class _Draft:
    """Everything that goes into a package, encoded section by section."""

    def __init__(
        self,
        avatar: Avatar,
        clips: Sequence[ClipSource],
        bounds: PartBounds,
        provenance: dict[str, str],
        thumbnail_png: bytes | None,
    ) -> None:
        self.order: StorageOrder = storage_order(avatar)
        self.stored = avatar.take(self.order.permutation)
        self.clips = clips
        self.residuals = [self._moving(clip.residual) for clip in clips]
        self.bounds = bounds
        self.provenance = provenance
        self.thumbnail_png = thumbnail_png
        self.node_count = self.corrective_count = 0
        self._model: list[EncodedSection] = []
        self._groups: list[EncodedSection] = []

    def _moving(self, residual: ResidualLayer | None) -> ResidualLayer | None:
        return self.order.reordered(residual) if residual is not None and len(residual.indices) else None

    def encode(self, progress: ProgressCallback) -> None:
        """Fill in all sections but the manifest."""
        levels = self.order.level_sizes
        self._splats = encode_canonical(self.stored, levels, steps=self.bounds.rest)
        splats, binding = decode_canonical(self._splats, levels, joint_count=self.stored.skeleton.joint_count)
        decoded = Avatar(self.stored.name, splats, self.stored.skeleton, binding)
        encoder: ResidualEncoder | None = None
        moving = [residual for residual in self.residuals if residual is not None]
        if moving:
            # What is kept back lets a displacement be compared with its source without the source's rest positions.
            encoder = ResidualEncoder(self.stored, decoded, bounds=self.bounds.less_rest(), level_sizes=levels)
            model = encoder.fit(moving, _within(progress, 0.0, 0.4))
            self.node_count = model.deformation.node_count
            self.corrective_count = model.deformation.corrective_count
            self._model = [EncodedSection(name, data) for name, data in encoder.encode_model().items()]
        total = sum(group_count(clip.motion.frame_count, FRAMES_PER_GROUP) for clip in self.clips)
        fraction = _within(progress, 0.4, 1.0)
        for section in self._encoded_groups(encoder):
            self._groups.append(section)
            if section.name == "pose":
                fraction(sum(s.name == "pose" for s in self._groups) / total)

    def _encoded_groups(self, encoder: ResidualEncoder | None) -> Iterator[EncodedSection]:
        coded = 0
        for number, (clip, residual) in enumerate(zip(self.clips, self.residuals, strict=True)):
            motion = clip.motion
            coded_groups = encoder.encoded_groups(coded) if encoder is not None and residual is not None else None
            for group in range(group_count(motion.frame_count, FRAMES_PER_GROUP)):
                frames = slice(group * FRAMES_PER_GROUP, (group + 1) * FRAMES_PER_GROUP)
                pose = encode_pose_group(
                    motion.root_translation_m[frames],
                    motion.joint_rotations_wxyz[frames],
                    bound_m=min(self.bounds.position_m),
                )
                yield EncodedSection("pose", pose, number, group)
                if coded_groups is not None:
                    for name, data in next(coded_groups).items():
                        yield EncodedSection(name, data, number, group)
            coded += residual is not None

    def sections(self, errors: Sequence[ErrorReport]) -> list[EncodedSection]:
        """In the order in which they become useful: the avatar at its coarsest first."""
        result = [
            EncodedSection("manifest", self._manifest(errors).to_bytes()),
            EncodedSection("skeleton", encode_skeleton(self.stored.skeleton)),
            *(EncodedSection(name, data) for name, data in self._splats.items()),
            *self._model,
            *self._groups,
            EncodedSection("order", encode_order(self.order)),
        ]
        if self.thumbnail_png is not None:
            result.append(EncodedSection("thumbnail", self.thumbnail_png, critical=False))
        return result

    def measured_errors(self, progress: ProgressCallback) -> list[ErrorReport]:
        """Read the package back from memory and compare every Gaussian in every frame with the source.

        Raises:
            ResidualError: ``residual-bound-missed``.
        """
        data = b"".join(assembled(self.sections([_NO_ERROR] * len(self.clips))))
        package = Package.open(BytesReadable(data, "package being written"))
        decoded, model = package.avatar(), package.residual_model
        errors: list[ErrorReport] = []
        for number, (clip, residual) in enumerate(zip(self.clips, self.residuals, strict=True)):
            share = _within(progress, number / len(self.clips), (number + 1) / len(self.clips))
            groups = _groups_of(package, clip.name, share)
            own_model = ResidualModel.empty(self.stored.count) if residual is None else model
            error = measure_error(
                self.stored, residual, decoded, own_model, groups, frame_count=clip.motion.frame_count
            )
            self._require_kept(clip.name, error)
            errors.append(error)
        return errors

    def _require_kept(self, clip_name: str, error: ErrorReport) -> None:
        bounds = self.bounds
        found = {
            f"position of {part.name.lower()}": (error.part_max_m[part], bounds.position_m[part]) for part in Part
        } | {f"shape of {part.name.lower()}": (error.part_shape_max_m[part], bounds.shape_m[part]) for part in Part}
        for what, (reached, allowed) in found.items():
            if reached > allowed:
                raise ResidualError(
                    "residual-bound-missed",
                    f"clip {clip_name}: {what}",
                    found=f"an error of {reached * 1e3:.4f} mm after coding",
                    expected=f"at most {allowed * 1e3:.4f} mm",
                    fix="Allow a larger error, and report this: the coder should have kept the bound.",
                )

    def _manifest(self, errors: Sequence[ErrorReport]) -> Manifest:
        avatar, bounds = self.stored, self.bounds
        part_counts = tuple(int(n) for n in np.bincount(avatar.binding.parts, minlength=len(Part)))
        occurring = [part for part in Part if part_counts[part]]
        return Manifest(
            writer=f"ani3d {__version__}",
            avatar_name=avatar.name,
            gaussian_count=avatar.count,
            joint_count=avatar.skeleton.joint_count,
            sh_degree=avatar.splats.sh_degree,
            level_sizes=self.order.level_sizes,
            part_counts=part_counts,
            node_count=self.node_count,
            corrective_count=self.corrective_count,
            frames_per_group=FRAMES_PER_GROUP,
            max_error_m=max(bounds.position_m[part] for part in occurring),
            canonical_error_m=bounds.rest.position_error_m,
            max_shape_error_m=max(bounds.shape_m[part] for part in occurring),
            max_colour_error=bounds.colour,
            part_max_error_m=bounds.position_m,
            part_max_shape_error_m=bounds.shape_m,
            clips=tuple(
                ClipManifest(clip.name, clip.motion.fps, clip.motion.frame_count, residual is not None, error)
                for clip, residual, error in zip(self.clips, self.residuals, errors, strict=True)
            ),
            provenance=self.provenance,
        )


def _groups_of(package: Package, clip_name: str, progress: ProgressCallback) -> Iterator[ResidualGroup]:
    clip = package.clip(clip_name)
    for number in range(clip.group_count):
        group = clip.residual_group(number)
        if group is not None:
            yield group
        progress((number + 1) / clip.group_count)


def _compare(path: Path, pieces: Sequence[bytes]) -> None:
    """Read back what was written: a failing disk is noticed now, not in front of an audience."""
    with path.open("rb") as file:
        for piece in pieces:
            if file.read(len(piece)) != piece:
                raise OSError(5, "the disk gave back other bytes than were written")


def _report(path: Path, package: Package, seconds: float) -> WriteReport:
    by_name: dict[str, int] = {}
    for section in package.toc.sections:
        kind = "splats" if section.name.startswith("splats.") else section.name
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


def _check(avatar: Avatar, clips: Sequence[ClipSource], bounds: PartBounds) -> None:
    for bound_m in bounds.position_m:
        if not _MIN_ERROR_M <= bound_m <= _MAX_ERROR_M:
            raise UsageError(
                "max-error-out-of-range",
                "max_error_m",
                found=f"{bound_m} m",
                expected=f"{_MIN_ERROR_M} to {_MAX_ERROR_M} m (0.01 to 1000 mm)",
                fix="Ask for an error bound in this range; 1 mm suits most avatars.",
            )
    names = [clip.name for clip in clips]
    for name in names:
        if not 0 < len(name) <= MAX_CLIP_NAME_CHARS or not name.isprintable() or names.count(name) > 1:
            raise InputError(
                "clip-name-invalid",
                f"clip {name!r}",
                found="a name that is empty, too long, unprintable or used twice",
                expected=f"unique printable names of at most {MAX_CLIP_NAME_CHARS} characters",
                fix="Rename the motion file; a clip is named after it.",
            )
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


def _within(progress: ProgressCallback, start: float, stop: float) -> ProgressCallback:
    """ProgressCallback of one step as a part of the whole."""
    return lambda fraction: progress(start + fraction * (stop - start))
