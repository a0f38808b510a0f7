"""Validation: is every byte as it was written, does everything decode, and is the stated error bound kept?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.avatar import Avatar
from ani3d_runtime.codec.residual import ResidualGroup
from ani3d_runtime.deformation import DeformationModel
from ani3d_runtime.errors import Ani3dError, PackageError, ResidualError
from ani3d_runtime.geometry.quaternion import rotate
from ani3d_runtime.package.layout import broken, content_digest
from ani3d_runtime.package.reader import Package, PackagedClip
from ani3d_runtime.residual import ResidualLayer

# Beyond this a decoded position is nonsense, whatever the file says.
_MAX_POSITION_M = 1e5
# float32 arithmetic on metres, once in the writer and once here.
_ROUNDING_M = 2e-6


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong."""

    code: str
    subject: str
    found: str
    expected: str
    fix: str


@dataclass(frozen=True)
class SourceComparison:
    """A clip against the residual layer it was baked from.

    The package does not hold the source's rest positions, so the source is placed on the decoded ones. Those lie within
    ``canonical_error_m`` of the source's, and the writer bounds the whole: the measured difference may therefore exceed
    ``max_error_m`` by that much and no more.

    Attributes:
        clip: its name.
        rms_m, p99_9_m, max_m: |decoded displacement - source displacement| over all Gaussians and frames, in
            rest-pose space.
        max_error_m: the bound on positions that the package states.
        canonical_error_m: the part of it that rest positions may use up.
        allowed_m: their sum, with what float32 rounding adds.
    """

    clip: str
    rms_m: float
    p99_9_m: float
    max_m: float
    max_error_m: float
    canonical_error_m: float
    allowed_m: float

    @property
    def kept(self) -> bool:
        """Whether the stated bound is kept."""
        return self.max_m <= self.allowed_m


@dataclass(frozen=True)
class ValidationReport:
    """What was looked at, and what was wrong.

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
        """Whether nothing is wrong."""
        return not self.findings

    def to_json(self) -> dict[str, Any]:
        """As scripts read it."""
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
        """Everything, in order of cost."""
        sections = self._package.toc.sections
        self._check_bytes()
        if not self._findings:
            avatar = self._attempt(self._decoded_avatar)
            if avatar is not None:
                self._check_clips(avatar)
        report = ValidationReport(
            self._package.name, tuple(self._findings), len(sections), self._groups, tuple(self._comparisons)
        )
        self._progress(1.0)
        return report

    def _attempt(self, step: Callable[..., Any], *arguments: object) -> Any:
        try:
            return step(*arguments)
        except PackageError as error:
            self._findings.append(_finding(error))
            return None

    def _check_bytes(self) -> None:
        """Every section's checksum, then the digest over all of them."""
        package = self._package
        sections = package.toc.sections

        def stored() -> Any:
            for number, section in enumerate(sections):
                data = package.read_stored(section)
                self._attempt(package.decode_section, section, data)
                yield data
                self._progress(0.2 * (number + 1) / len(sections))

        digest = self._attempt(lambda: content_digest(sections, stored()))
        if not self._findings and digest != package.toc.content_digest:
            error = broken("package-digest-wrong", package.name, "content with another SHA-256", package.digest)
            self._findings.append(_finding(error))

    def _decoded_avatar(self) -> Avatar:
        package = self._package
        avatar = package.avatar()
        _ = package.input_order, package.deformation
        splats = avatar.splats
        for name, array in (("means", splats.means_m), ("scales", splats.scales_m), ("harmonics", splats.sh)):
            self._require_sane(name, array)
        counts = np.bincount(avatar.binding.parts, minlength=len(package.manifest.part_counts))
        if tuple(counts) != package.manifest.part_counts:
            raise broken("splats-invalid", package.name, f"parts {counts.tolist()}", f"{package.manifest.part_counts}")
        return avatar

    def _check_clips(self, avatar: Avatar) -> None:
        names = self._package.clip_names
        for number, name in enumerate(names):
            clip = self._package.clip(name)
            comparison = self._attempt(self._check_clip, clip, avatar)
            if comparison is not None:
                self._comparisons.append(comparison)
                if not comparison.kept:
                    self._findings.append(_bound_missed(comparison))
            self._progress(0.2 + 0.8 * (number + 1) / len(names))

    def _check_clip(self, clip: PackagedClip, avatar: Avatar) -> SourceComparison | None:
        source = self._sources.get(clip.name)
        stored_source = None if source is None else _in_storage_order(source, self._package)
        model = self._package.deformation
        squares: list[Float64Array] = []
        for number in range(clip.group_count):
            root, rotations = clip.pose_group(number)
            self._require_sane(f"clip {clip.name}: pose", root, rotations)
            group = clip.residual_group(number)
            if group is not None:
                self._require_sane(
                    f"clip {clip.name}: residual",
                    *(a for a in vars(group).values() if isinstance(a, np.ndarray) and a.dtype == np.float32),
                )
            if stored_source is not None:
                first, count = clip.group_frames(number)
                squares.extend(
                    _squared_error(avatar, model, group, stored_source, frame, frame - first)
                    for frame in range(first, first + count)
                )
            self._groups += 1
        return None if stored_source is None else self._comparison(clip, squares)

    def _comparison(self, clip: PackagedClip, squares: list[Float64Array]) -> SourceComparison:
        manifest = self._package.manifest
        flat = np.concatenate(squares)
        return SourceComparison(
            clip=clip.name,
            rms_m=float(flat.mean() ** 0.5),
            p99_9_m=float(np.quantile(flat, 0.999) ** 0.5),
            max_m=float(flat.max() ** 0.5),
            max_error_m=manifest.max_error_m,
            canonical_error_m=manifest.canonical_error_m,
            allowed_m=manifest.max_error_m + manifest.canonical_error_m + _ROUNDING_M,
        )

    def _require_sane(self, what: str, *arrays: Any) -> None:
        for array in arrays:
            if array.size and not (np.abs(array) < _MAX_POSITION_M).all():
                raise broken(
                    "package-not-finite", f"{self._package.name}: {what}", "NaN, infinite or absurd values", "numbers"
                )


def _squared_error(
    avatar: Avatar,
    model: DeformationModel,
    group: ResidualGroup | None,
    source: tuple[ResidualLayer, Float64Array],
    frame: int,
    row: int,
) -> Float64Array:
    """[N] squared distance between decoded and source displacement in one frame, in storage order."""
    layer, zero = source
    difference = zero.copy()
    if group is not None:
        difference += _node_displacement(avatar, model, group, row)
        if len(model.basis_position_m):
            difference += np.tensordot(group.coefficients[row], model.basis_position_m, axes=1)
        if group.dpos_m is not None:
            difference[group.indices] += group.dpos_m[row]
    difference[layer.indices] -= layer.dpos_m[frame]
    return (difference * difference).sum(axis=1)


def _node_displacement(avatar: Avatar, model: DeformationModel, group: ResidualGroup, row: int) -> Float64Array:
    """[N, 3] y_i - x_i of the runtime equation for one frame of a group."""
    result = np.zeros((avatar.count, 3))
    hanging = np.flatnonzero(model.node_weights.any(axis=1)) if model.node_count else np.zeros(0, dtype=np.int64)
    if not len(hanging):
        return result
    means = avatar.splats.means_m[hanging].astype(np.float64)
    for slot in range(model.node_indices.shape[1]):
        nodes = model.node_indices[hanging, slot]
        centres = model.node_rest_m[nodes]
        carried = rotate(group.node_rotations_wxyz[row, nodes], means - centres) + centres
        carried += group.node_displacements_m[row, nodes]
        result[hanging] += model.node_weights[hanging, slot, None] * carried
    # Weights sum to one only up to rounding, so x_i is taken off with their sum.
    result[hanging] -= model.node_weights[hanging].sum(axis=1, dtype=np.float64)[:, None] * means
    return result


def _in_storage_order(source: ResidualLayer, package: Package) -> tuple[ResidualLayer, Float64Array]:
    """The layer in storage order, and a zero displacement to start from."""
    return package.order.reordered(source), np.zeros((package.manifest.gaussian_count, 3))


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
    return Finding(
        "residual-bound-missed",
        f"clip {comparison.clip}",
        f"a displacement {comparison.max_m * 1e3:.4f} mm from the source",
        f"at most {comparison.allowed_m * 1e3:.4f} mm",
        "Check that the source is the one the clip was baked from; otherwise bake again.",
    )


def _finding(error: Ani3dError) -> Finding:
    return Finding(**error.to_json())
