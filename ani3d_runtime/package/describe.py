"""PackageDescription: the facts that ``ani3d info`` shows, read without decoding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from ani3d_runtime.avatar import Part
from ani3d_runtime.errors import PackageError
from ani3d_runtime.package.error_report import ErrorReport
from ani3d_runtime.package.playing import Playing
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.recipe import Recipe
from ani3d_runtime.package.sections import appearance_name
from ani3d_runtime.spec.format import CONTAINER_MAJOR_VERSION


@dataclass(frozen=True)
class ClipDescription:
    """One clip.

    Attributes:
        duration_s: seconds from its first frame to its last.
        period_s: seconds after which it is shown again where it loops, else ``duration_s``.
        stored_bytes: bytes that belong to this clip alone.
        kb_per_frame: kilobytes (1000 bytes) a frame.
        bitrate_kbit_s: at the clip's own rate.
        error: decoded against source, as the writer measured it.
        playing: whether it loops, how its root is meant to be played, its markers.
    """

    name: str
    fps: float
    frame_count: int
    duration_s: float
    period_s: float
    has_residual: bool
    playing: Playing
    stored_bytes: int
    kb_per_frame: float
    bitrate_kbit_s: float
    error: ErrorReport

    def to_json(self) -> dict[str, Any]:
        """The same as JSON; ``loops``, ``in_place``, ``travel`` and ``markers`` beside the rest."""
        fields = asdict(self)
        playing = fields.pop("playing")
        return fields | playing | {"error": self.error.to_json()}


@dataclass(frozen=True)
class SectionDescription:
    """All sections of one kind.

    Attributes:
        name: kind.
        count: how many there are.
        stored_bytes: their bytes in the file.
    """

    name: str
    count: int
    stored_bytes: int


@dataclass(frozen=True)
class PackageDescription:
    """A package.

    Attributes:
        format_version: of the container.
        shared_bytes: bytes that all clips share.
        part_counts: Gaussians per part, by name.
        level_sizes: Gaussians per level of detail, coarsest first.
        fitted_levels: levels of detail that the package tells the look of, besides the finest.
        max_error_m: bound on positions in rest-pose space, the largest of all parts.
        part_max_error_m: the same of each part that occurs, by name.
        recipe: what the package was baked from and with; None where it does not say so, or not in a form to be read.
        recipe_refusal: why the recipe that is there cannot be read.
    """

    name: str
    avatar_name: str
    format_version: str
    writer: str
    digest: str
    file_bytes: int
    shared_bytes: int
    gaussian_count: int
    joint_count: int
    joint_names: tuple[str, ...]
    sh_degree: int
    part_counts: Mapping[str, int]
    level_sizes: tuple[int, ...]
    fitted_levels: tuple[int, ...]
    node_count: int
    corrective_count: int
    frames_per_group: int
    max_error_m: float
    canonical_error_m: float
    max_shape_error_m: float
    max_colour_error: float
    part_max_error_m: Mapping[str, float]
    clips: tuple[ClipDescription, ...]
    sections: tuple[SectionDescription, ...]
    provenance: Mapping[str, str]
    recipe: Recipe | None = None
    recipe_refusal: PackageError | None = None

    def to_json(self) -> dict[str, Any]:
        """The same as JSON."""
        others = replace(self, recipe=None, recipe_refusal=None)
        return asdict(others) | {
            "clips": [clip.to_json() for clip in self.clips],
            "recipe": None if self.recipe is None else self.recipe.to_json(),
            "recipe_refusal": None if self.recipe_refusal is None else self.recipe_refusal.to_json(),
        }


def describe_package(package: Package) -> PackageDescription:
    """Describe an open package from its table of contents, manifest and skeleton."""
    manifest = package.manifest
    counts = manifest.part_counts
    clips = tuple(_described_clip(package, name) for name in package.clip_names)
    recipe, recipe_refusal = _recipe_of(package)
    return PackageDescription(
        name=package.name,
        avatar_name=manifest.avatar_name,
        format_version=f"{CONTAINER_MAJOR_VERSION}.{package.minor_version}",
        writer=manifest.writer,
        digest=package.digest,
        file_bytes=package.size_bytes,
        shared_bytes=package.size_bytes - sum(clip.stored_bytes for clip in clips),
        gaussian_count=manifest.gaussian_count,
        joint_count=manifest.joint_count,
        joint_names=package.skeleton.joint_names,
        sh_degree=manifest.sh_degree,
        part_counts={part.name.lower(): n for part, n in zip(Part, manifest.part_counts, strict=False) if n},
        level_sizes=manifest.level_sizes,
        fitted_levels=tuple(
            level for level in range(package.level_count) if package.find_section(appearance_name(level)) is not None
        ),
        node_count=manifest.node_count,
        corrective_count=manifest.corrective_count,
        frames_per_group=manifest.frames_per_group,
        max_error_m=manifest.max_error_m,
        canonical_error_m=manifest.canonical_error_m,
        max_shape_error_m=manifest.max_shape_error_m,
        max_colour_error=manifest.max_colour_error,
        part_max_error_m={part.name.lower(): manifest.part_max_error_m[part] for part in Part if counts[part]},
        clips=clips,
        sections=_described_sections(package),
        provenance=manifest.provenance,
        recipe=recipe,
        recipe_refusal=recipe_refusal,
    )


def _recipe_of(package: Package) -> tuple[Recipe | None, PackageError | None]:
    """A package with a damaged recipe plays, and so it can be described."""
    try:
        return package.recipe, None
    except PackageError as refusal:
        return None, refusal


def _described_clip(package: Package, name: str) -> ClipDescription:
    clip = package.clip(name)
    per_frame = clip.stored_bytes / clip.frame_count
    return ClipDescription(
        name=name,
        fps=clip.fps,
        frame_count=clip.frame_count,
        duration_s=clip.duration_s,
        period_s=clip.period_s if clip.playing.loops else clip.duration_s,
        has_residual=clip.has_residual,
        playing=clip.playing,
        stored_bytes=clip.stored_bytes,
        kb_per_frame=per_frame / 1000,
        bitrate_kbit_s=per_frame * clip.fps * 8 / 1000,
        error=clip.error,
    )


def _described_sections(package: Package) -> tuple[SectionDescription, ...]:
    kinds: dict[str, list[int]] = {}
    for section in package.toc.sections:
        kinds.setdefault(section.name, []).append(section.stored_bytes)
    return tuple(SectionDescription(name, len(sizes), sum(sizes)) for name, sizes in kinds.items())
