"""Manifest: what a package says about itself, and all that is needed to list it without reading more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ani3d_runtime.avatar import Part
from ani3d_runtime.body.skeleton import MAX_JOINTS
from ani3d_runtime.codec.sections.order import MAX_LEVELS
from ani3d_runtime.package.error_report import ErrorReport
from ani3d_runtime.package.fields import Fields
from ani3d_runtime.package.layout import MAX_CLIPS, broken, pack, unpack
from ani3d_runtime.splats import MAX_SH_DEGREE

MAX_MANIFEST_BYTES = 16 << 20
MAX_GAUSSIANS = 16_000_000
MAX_FRAMES = 10_000_000
MAX_FRAMES_PER_GROUP = 1024
# Frames times Gaussians of one group with a residual layer: each may have three coefficients a channel.
MAX_GROUP_VALUES = 1 << 25
MAX_NODES = 65_535
MAX_CORRECTIVES = 1024
MAX_CLIP_NAME_CHARS = 200
MAX_PROVENANCE = 256
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
    """

    name: str
    fps: float
    frame_count: int
    has_residual: bool
    error: ErrorReport


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
        """Whether any clip carries a residual layer, and so the package a residual model."""
        return any(clip.has_residual for clip in self.clips)

    def to_json(self) -> dict[str, Any]:
        """As scripts and servers pass it on."""
        return asdict(self)

    def to_bytes(self) -> bytes:
        """msgpack map of the attributes."""
        return pack(asdict(self))

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
            gaussian_count=fields.integer("gaussian_count", 1, MAX_GAUSSIANS),
            joint_count=fields.integer("joint_count", 1, MAX_JOINTS),
            sh_degree=fields.integer("sh_degree", 0, MAX_SH_DEGREE),
            level_sizes=fields.integers("level_sizes", 1, MAX_GAUSSIANS, max_count=MAX_LEVELS),
            part_counts=fields.integers("part_counts", 0, MAX_GAUSSIANS, max_count=len(Part)),
            node_count=fields.integer("node_count", 0, MAX_NODES),
            corrective_count=fields.integer("corrective_count", 0, MAX_CORRECTIVES),
            frames_per_group=fields.integer("frames_per_group", 1, MAX_FRAMES_PER_GROUP),
            max_error_m=fields.number("max_error_m", 0, 1e6),
            canonical_error_m=fields.number("canonical_error_m", 0, 1e6),
            max_shape_error_m=fields.number("max_shape_error_m", 0, 1e6),
            max_colour_error=fields.number("max_colour_error", 0, 1e6),
            part_max_error_m=fields.numbers("part_max_error_m", 0, 1e6, count=len(Part)),
            part_max_shape_error_m=fields.numbers("part_max_shape_error_m", 0, 1e6, count=len(Part)),
            clips=tuple(_clip(clip) for clip in fields.maps("clips", max_count=MAX_CLIPS)),
            provenance=fields.map("provenance").texts(max_count=MAX_PROVENANCE),
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
            or self.frames_per_group * self.gaussian_count <= MAX_GROUP_VALUES,
        }
        for finding, fine in findings.items():
            if not fine:
                raise broken("manifest-invalid", f"{name}: manifest", finding, "a manifest that agrees with itself")


def _clip(fields: Fields) -> ClipManifest:
    error = fields.map("error")
    return ClipManifest(
        name=fields.text("name", max_chars=MAX_CLIP_NAME_CHARS),
        fps=fields.number("fps", 1e-3, 1000),
        frame_count=fields.integer("frame_count", 1, MAX_FRAMES),
        has_residual=fields.flag("has_residual"),
        error=ErrorReport(
            *(error.number(name, 0, 1e6) for name in _ERRORS),
            part_max_m=error.numbers("part_max_m", 0, 1e6, count=len(Part)),
            part_shape_max_m=error.numbers("part_shape_max_m", 0, 1e6, count=len(Part)),
        ),
    )
