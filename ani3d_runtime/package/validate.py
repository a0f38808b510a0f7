"""Validation: is every byte as it was written, does everything decode, and is the stated error bound kept?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ani3d_runtime.avatar import Avatar, Part
from ani3d_runtime.channel import Channel
from ani3d_runtime.codec.sections.group import ResidualGroup
from ani3d_runtime.codec.sections.model import ResidualModel
from ani3d_runtime.errors import Ani3dError, PackageError, ResidualError
from ani3d_runtime.package.error_report import ErrorMeter, ErrorReport
from ani3d_runtime.package.layout import broken, content_digest
from ani3d_runtime.package.packaged_clip import PackagedClip
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.sections import appearance_name
from ani3d_runtime.residual import ResidualLayer
from ani3d_runtime.spec.format import PACKAGE_VALUES_BELOW

# float32 arithmetic on metres, once in the writer and once here.
_ROUNDING_M = 1e-6


@dataclass(frozen=True)
class Finding:
    """One rule that a package breaks."""

    code: str
    subject: str
    found: str
    expected: str
    fix: str


@dataclass(frozen=True)
class SourceComparison:
    """A clip against the residual layer it was baked from.

    The package does not hold the source's rest positions, only positions within ``canonical_error_m`` of them. So
    displacements are compared; the writer keeps them within ``max_error_m`` too. What it measured on whole positions,
    with the source at hand, is ``written_max_m``.

    Attributes:
        clip: its name.
        rms_m, p99_9_m, max_m: |decoded displacement - source displacement| over all Gaussians and frames, in
            rest-pose space.
        written_max_m: |decoded position - source position|, as the writer measured it.
        max_error_m: the bound on both that the package states, the largest of all parts.
        part_max_m, part_written_max_m, part_max_error_m: the same three for each part, in the order of its numbers.
        canonical_error_m: bound on the rest positions alone.
        allowed_m: ``max_error_m`` and what float32 rounding adds.
    """

    clip: str
    rms_m: float
    p99_9_m: float
    max_m: float
    written_max_m: float
    max_error_m: float
    canonical_error_m: float
    allowed_m: float
    part_max_m: tuple[float, ...]
    part_written_max_m: tuple[float, ...]
    part_max_error_m: tuple[float, ...]

    @property
    def kept(self) -> bool:
        """True if every part keeps its stated bound."""
        found = map(max, self.part_max_m, self.part_written_max_m)
        return all(error <= bound + _ROUNDING_M for error, bound in zip(found, self.part_max_error_m, strict=True))


@dataclass(frozen=True)
class ValidationReport:
    """The outcome of a validation.

    Attributes:
        path: the package.
        findings: empty where nothing is wrong.
        sections_checked: sections whose checksum was compared.
        groups_decoded: groups of frames that were decoded.
        comparisons: clips compared with their source.
    """

    path: str
    findings: tuple[Finding, ...]
    sections_checked: int = 0
    groups_decoded: int = 0
    comparisons: tuple[SourceComparison, ...] = ()

    @property
    def ok(self) -> bool:
        """True if the package is valid."""
        return not self.findings

    def to_json(self) -> dict[str, Any]:
        """The same as JSON."""
        comparisons = [asdict(comparison) | {"kept": comparison.kept} for comparison in self.comparisons]
        return asdict(self) | {"ok": self.ok, "comparisons": comparisons}


def validate_package(
    path: str | Path,
    against: Mapping[str, ResidualLayer] | None = None,
    *,
    progress: Callable[[float], None] | None = None,
) -> ValidationReport:
    """Check structure, checksums and digest, decode everything, compare with the sources.

    What is wrong with the package is reported, not raised; all findings are collected as far as the damage allows.

    Args:
        path: the package.
        against: residual layers that clips were baked from, by clip name, in the input's order of Gaussians.
        progress: called with the fraction done.

    Raises:
        InputError: ``file-not-found``. ResourceError: ``file-unreadable``.
        NotFoundError: ``clip-not-found``, ResidualError: ``residual-wrong-shape``, for ``against``.
    """
    try:
        package = Package.open(path)
    except PackageError as error:
        return ValidationReport(str(path), (_finding(error),))
    with package:
        sources = dict(against or {})
        for name, source in sources.items():
            _check_source(package.clip(name), package, source)
        return _Validation(package, sources, progress or (lambda _: None)).run()


class _Validation:
    """One pass over an open package."""

    def __init__(self, package: Package, sources: Mapping[str, ResidualLayer], progress: Callable[[float], None]):
        self._package = package
        self._sources = sources
        self._progress = progress
        self._findings: list[Finding] = []
        self._groups = 0
        self._comparisons: list[SourceComparison] = []

    def run(self) -> ValidationReport:
        """Everything, in the order that spec/SPEC-container.md gives: what the sections hold, then all bytes."""
        avatar = self._attempt(self._decoded_avatar)
        if avatar is not None:
            self._check_clips(avatar)
        self._check_bytes()
        self._check_recipe()
        # A damaged section is found by who decodes it, and again among all bytes.
        findings = tuple(dict.fromkeys(self._findings))
        sections = self._package.toc.sections
        report = ValidationReport(self._package.name, findings, len(sections), self._groups, tuple(self._comparisons))
        self._progress(1.0)
        return report

    def _attempt(self, step: Callable[..., Any], *arguments: object) -> Any:
        try:
            return step(*arguments)
        except PackageError as error:
            self._findings.append(_finding(error))
            return None

    def _check_recipe(self) -> None:
        """Last, because it stops no player."""
        try:
            _ = self._package.recipe
        except PackageError as error:
            finding = _finding(error)
            self._findings.append(replace(finding, subject=f"recipe: {finding.subject}"))

    def _check_bytes(self) -> None:
        """Every section's checksum, the gaps between sections, then the digest over all of them; nothing is decoded."""
        package = self._package
        sections = package.toc.sections

        def stored() -> Any:
            for number, section in enumerate(sections):
                data = package.read_stored(section)
                self._attempt(package.check_stored, section, data)
                yield data
                self._progress(0.8 + 0.2 * (number + 1) / len(sections))

        digest = content_digest(sections, stored())
        self._attempt(package.check_padding)
        if not self._findings and digest != package.toc.content_digest:
            error = broken("package-digest-wrong", package.name, "content with another SHA-256", package.digest)
            self._findings.append(_finding(error))

    def _decoded_avatar(self) -> Avatar:
        package = self._package
        # The order before the splats: it costs little, and is no permutation where the count of Gaussians is made up.
        _ = package.skeleton, package.input_order
        avatar = package.avatar()
        splats = avatar.splats
        for name, array in (("means", splats.means_m), ("scales", splats.scales_m), ("harmonics", splats.sh)):
            self._require_sane(name, array)
        counts = np.bincount(avatar.binding.parts, minlength=len(package.manifest.part_counts))
        if tuple(counts) != package.manifest.part_counts:
            raise broken("splats-invalid", package.name, f"parts {counts.tolist()}", f"{package.manifest.part_counts}")
        for level in range(package.level_count - 1):
            self._check_level(level)
        _ = package.deformation, package.driver_model, package.thumbnail_png
        return avatar

    def _check_level(self, level: int) -> None:
        """How a level of detail looks, where the package tells."""
        if self._package.find_section(appearance_name(level)) is None:
            return
        shown = self._package.shown_at(level).splats
        for name, array in (("means", shown.means_m), ("scales", shown.scales_m), ("harmonics", shown.sh)):
            self._require_sane(f"{name} of level {level}", array)

    def _check_clips(self, avatar: Avatar) -> None:
        names = self._package.clip_names
        for number, name in enumerate(names):
            clip = self._package.clip(name)
            comparison = self._attempt(self._check_clip, clip, avatar)
            if comparison is not None:
                self._comparisons.append(comparison)
                if not comparison.kept:
                    self._findings.append(_bound_missed(comparison))
            self._progress(0.8 * (number + 1) / len(names))

    def _check_clip(self, clip: PackagedClip, avatar: Avatar) -> SourceComparison | None:
        """Decode every group, and compare it with the source where there is one.

        The source is placed on the decoded avatar: see :class:`SourceComparison`.
        """
        package = self._package
        source = self._sources.get(clip.name)
        stored = None if source is None else package.order.reordered(source)
        if clip.has_residual:
            _ = clip.residual_model
        meter = None if stored is None else _meter(avatar, clip.residual_model, stored)
        for number in range(clip.group_count):
            root, rotations = clip.pose_group(number)
            self._require_sane(f"clip {clip.name}: pose", root, rotations)
            group = clip.residual_group(number)
            if group is not None:
                self._check_residual(clip, group)
            if meter is not None:
                nodes = package.deformation.node_count
                meter.add(group or ResidualGroup.still(*clip.group_frames(number), nodes))
            self._groups += 1
        return None if meter is None else self._comparison(clip, meter.report())

    def _check_residual(self, clip: PackagedClip, group: ResidualGroup) -> None:
        """Frame by frame: all frames at once of a group that says little may take hundreds of times its bytes."""
        for frame in range(group.frame_count):
            detail = group.detail(frame)
            values = () if detail is None else (getattr(detail, channel.field) for channel in Channel)
            held = (value for value in values if value is not None)
            self._require_sane(f"clip {clip.name}: residual", *group.nodes(frame), *held)

    def _comparison(self, clip: PackagedClip, error: ErrorReport) -> SourceComparison:
        manifest = self._package.manifest
        return SourceComparison(
            clip=clip.name,
            rms_m=error.rms_m,
            p99_9_m=error.p99_9_m,
            max_m=error.max_m,
            written_max_m=clip.error.max_m,
            max_error_m=manifest.max_error_m,
            canonical_error_m=manifest.canonical_error_m,
            allowed_m=manifest.max_error_m + _ROUNDING_M,
            part_max_m=error.part_max_m,
            part_written_max_m=clip.error.part_max_m,
            part_max_error_m=manifest.part_max_error_m,
        )

    def _require_sane(self, what: str, *arrays: Any) -> None:
        for array in arrays:
            if array.size and not (np.abs(array) < PACKAGE_VALUES_BELOW).all():
                raise broken(
                    "package-not-finite", f"{self._package.name}: {what}", "NaN, infinite or absurd values", "numbers"
                )


def _meter(avatar: Avatar, model: ResidualModel, stored: ResidualLayer) -> ErrorMeter:
    """Compares with a source that stands on the decoded avatar, and may move Gaussians that the package does not."""
    moving = np.union1d(model.moving, stored.indices).astype(np.int32)
    return ErrorMeter(avatar, stored, avatar, replace(model, moving=moving), stored.frame_count)


def _check_source(clip: PackagedClip, package: Package, source: ResidualLayer) -> None:
    found = (source.frame_count, source.gaussian_count)
    expected = (clip.frame_count, package.manifest.gaussian_count)
    if found != expected:
        raise ResidualError(
            "residual-wrong-shape",
            f"source of clip {clip.name}",
            found=f"{found[0]} frames and {found[1]} Gaussians",
            expected=f"{expected[0]} frames and {expected[1]} Gaussians",
            fix="Give the residual that this clip was baked from.",
        )


def _bound_missed(comparison: SourceComparison) -> Finding:
    beyond = np.array(comparison.part_max_m) - np.array(comparison.part_max_error_m)
    part = Part(int(beyond.argmax()))
    return Finding(
        "residual-bound-missed",
        f"clip {comparison.clip}: {part.name.lower()}",
        f"displacements up to {comparison.part_max_m[part] * 1e3:.4f} mm from the source",
        f"at most {comparison.part_max_error_m[part] * 1e3:.4f} mm",
        "Check that the source is the one the clip was baked from; otherwise bake again.",
    )


def _finding(error: Ani3dError) -> Finding:
    return Finding(**error.to_json())
