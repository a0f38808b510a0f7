"""Manifest: what a package says about itself, and all that is needed to list it without reading more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ani3d_runtime.avatar import Part
from ani3d_runtime.package.error_report import ErrorReport
from ani3d_runtime.package.fields import Fields
from ani3d_runtime.package.layout import broken, pack, unpack
from ani3d_runtime.package.playing import Playing
from ani3d_runtime.spec.format import (
    CONTAINER_MAX_CLIPS,
    MANIFEST_MAX_CORRECTIVES,
    MANIFEST_MAX_FPS,
    MANIFEST_MAX_FRAMES,
    MANIFEST_MAX_FRAMES_PER_GROUP,
    MANIFEST_MAX_GAUSSIANS,
    MANIFEST_MAX_GROUP_VALUES,
    MANIFEST_MAX_JOINTS,
    MANIFEST_MAX_LEVELS,
    MANIFEST_MAX_MEASURE,
    MANIFEST_MAX_NAME_CHARS,
    MANIFEST_MAX_PROVENANCE_ENTRIES,
    MANIFEST_MAX_SH_DEGREE,
    MANIFEST_MIN_FPS,
    MODEL_MAX_NODES,
)

_ERRORS = ("rms_m", "p99_9_m", "max_m", "rotation_rms_rad", "rotation_max_rad", "shape_max_m", "colour_max")


@dataclass(frozen=True)
class ClipManifest:
    """One clip.

    Attributes:
        name: unique within the package.
        fps: frames per second, Hz.
        frame_count: T.
        has_residual: whether it carries a residual layer.
        error: decoded against source, measured by the writer on what it wrote.
        playing: whether it loops, how its root is meant to be played, its markers.
    """

    name: str
    fps: float
    frame_count: int
    has_residual: bool
    error: ErrorReport
    playing: Playing = field(default_factory=Playing)

    def to_fields(self) -> dict[str, Any]:
        """The clip's map."""
        fields = {name: value for name, value in asdict(self).items() if name != "playing"}
        return fields | self.playing.to_fields()


@dataclass(frozen=True)
class Manifest:
    """A package's own description.

    Attributes:
        writer: program and version.
        avatar_name: the name the avatar was baked under.
        gaussian_count: N.
        joint_count: J.
        sh_degree: of the canonical splats.
        level_sizes: Gaussians per level of detail, coarsest first.
        part_counts: Gaussians per :class:`~ani3d_runtime.avatar.Part`.
        node_count, corrective_count: of the residual model; 0 where there is none.
        frames_per_group: length of every group but a clip's last.
        max_error_m: bound on every Gaussian's position in every frame, in rest-pose space, against the source.
        canonical_error_m: bound on the canonical means alone, contained in ``max_error_m``.
        max_shape_error_m: bound on the square root of the covariance, see ``ErrorReport``.
        part_max_error_m, part_max_shape_error_m: the same bounds for each part, in the order of its numbers;
            ``max_error_m`` and ``max_shape_error_m`` are the largest of the parts that occur.
        max_colour_error: bound on the degree-0 harmonics.
        clips: in the order they were given.
        provenance: where it all came from, as text.
    """

    writer: str
    avatar_name: str
    gaussian_count: int
    joint_count: int
    sh_degree: int
    level_sizes: tuple[int, ...]
    part_counts: tuple[int, ...]
    node_count: int
    corrective_count: int
    frames_per_group: int
    max_error_m: float
    canonical_error_m: float
    max_shape_error_m: float
    max_colour_error: float
    part_max_error_m: tuple[float, ...]
    part_max_shape_error_m: tuple[float, ...]
    clips: tuple[ClipManifest, ...]
    provenance: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def has_residual(self) -> bool:
        """True if any clip has a residual layer, so that the package has a residual model."""
        return any(clip.has_residual for clip in self.clips)

    def to_json(self) -> dict[str, Any]:
        """The manifest as JSON."""
        return asdict(replace(self, clips=())) | {"clips": [clip.to_fields() for clip in self.clips]}

    def to_bytes(self) -> bytes:
        """msgpack map of the attributes."""
        return pack(self.to_json())

    @classmethod
    def from_bytes(cls, data: bytes, name: str) -> Manifest:
        """Read and check a manifest field by field.

        Raises:
            BrokenPackageError: ``manifest-invalid``.
        """
        fields = Fields(unpack(data, f"{name}: manifest", "manifest-invalid"), "manifest")
        manifest = cls(
            writer=fields.text("writer"),
            avatar_name=fields.text("avatar_name"),
            gaussian_count=fields.integer("gaussian_count", 1, MANIFEST_MAX_GAUSSIANS),
            joint_count=fields.integer("joint_count", 1, MANIFEST_MAX_JOINTS),
            sh_degree=fields.integer("sh_degree", 0, MANIFEST_MAX_SH_DEGREE),
            level_sizes=fields.integers("level_sizes", 1, MANIFEST_MAX_GAUSSIANS, max_count=MANIFEST_MAX_LEVELS),
            part_counts=fields.integers("part_counts", 0, MANIFEST_MAX_GAUSSIANS, max_count=len(Part)),
            node_count=fields.integer("node_count", 0, MODEL_MAX_NODES),
            corrective_count=fields.integer("corrective_count", 0, MANIFEST_MAX_CORRECTIVES),
            frames_per_group=fields.integer("frames_per_group", 1, MANIFEST_MAX_FRAMES_PER_GROUP),
            max_error_m=fields.number("max_error_m", 0, MANIFEST_MAX_MEASURE),
            canonical_error_m=fields.number("canonical_error_m", 0, MANIFEST_MAX_MEASURE),
            max_shape_error_m=fields.number("max_shape_error_m", 0, MANIFEST_MAX_MEASURE),
            max_colour_error=fields.number("max_colour_error", 0, MANIFEST_MAX_MEASURE),
            part_max_error_m=fields.numbers("part_max_error_m", 0, MANIFEST_MAX_MEASURE, count=len(Part)),
            part_max_shape_error_m=fields.numbers("part_max_shape_error_m", 0, MANIFEST_MAX_MEASURE, count=len(Part)),
            clips=tuple(_clip(clip) for clip in fields.maps("clips", max_count=CONTAINER_MAX_CLIPS)),
            provenance=fields.map("provenance").texts(max_count=MANIFEST_MAX_PROVENANCE_ENTRIES),
        )
        manifest._check_sums(name)
        return manifest

    def _check_sums(self, name: str) -> None:
        names = [clip.name for clip in self.clips]
        findings = {
            "levels that do not sum to the Gaussians": sum(self.level_sizes) == self.gaussian_count,
            "parts that do not sum to the Gaussians": sum(self.part_counts) == self.gaussian_count,
            "counts of fewer parts than there are": len(self.part_counts) == len(Part),
            "two clips of one name": len(set(names)) == len(names),
            "groups too large to decode": not self.has_residual
            or self.frames_per_group * self.gaussian_count <= MANIFEST_MAX_GROUP_VALUES,
        }
        for finding, fine in findings.items():
            if not fine:
                raise broken("manifest-invalid", f"{name}: manifest", finding, "a manifest that agrees with itself")


def _clip(fields: Fields) -> ClipManifest:
    error = fields.map("error")
    fps = fields.number("fps", MANIFEST_MIN_FPS, MANIFEST_MAX_FPS)
    frame_count = fields.integer("frame_count", 1, MANIFEST_MAX_FRAMES)
    return ClipManifest(
        name=fields.text("name", max_chars=MANIFEST_MAX_NAME_CHARS),
        fps=fps,
        frame_count=frame_count,
        has_residual=fields.flag("has_residual"),
        error=ErrorReport(
            *(error.number(name, 0, MANIFEST_MAX_MEASURE) for name in _ERRORS),
            part_max_m=error.numbers("part_max_m", 0, MANIFEST_MAX_MEASURE, count=len(Part)),
            part_shape_max_m=error.numbers("part_shape_max_m", 0, MANIFEST_MAX_MEASURE, count=len(Part)),
        ),
        playing=Playing.from_fields(fields, fps, frame_count),
    )
