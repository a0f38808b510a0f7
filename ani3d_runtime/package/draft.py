"""Draft: everything that goes into a package, encoded section by section, before it is a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ani3d_runtime import __version__
from ani3d_runtime.avatar import Avatar, Part
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.codec.encoder.bounds import PartBounds
from ani3d_runtime.codec.encoder.residual_encoder import FRAMES_PER_GROUP, ResidualEncoder
from ani3d_runtime.codec.sections.driver import encode_driver
from ani3d_runtime.codec.sections.driver_model import DriverModel
from ani3d_runtime.codec.sections.group import ResidualGroup
from ani3d_runtime.codec.sections.model import ResidualModel
from ani3d_runtime.codec.sections.order import StorageOrder, encode_order
from ani3d_runtime.codec.sections.pose import encode_pose_group
from ani3d_runtime.codec.sections.splats import decode_canonical, encode_canonical
from ani3d_runtime.errors import ResidualError
from ani3d_runtime.package.assembly import EncodedSection, assembled
from ani3d_runtime.package.error_report import ErrorReport, measure_error
from ani3d_runtime.package.manifest import ClipManifest, Manifest
from ani3d_runtime.package.packaged_clip import group_count
from ani3d_runtime.package.playing import Playing
from ani3d_runtime.package.readable import BytesReadable
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.recipe import Recipe
from ani3d_runtime.package.sections import (
    DRIVER,
    MANIFEST,
    MODEL,
    ORDER,
    POSE,
    RECIPE,
    SKELETON,
    THUMBNAIL,
    appearance_name,
)
from ani3d_runtime.package.skeleton_section import encode_skeleton
from ani3d_runtime.package.texts import manifest_text
from ani3d_runtime.progress import ProgressCallback, part_of
from ani3d_runtime.residual import ResidualLayer

# Fits what moves the control nodes live to a package that is not yet a file; None where nothing can. The order leads
# from that of the clips as they were given to the package's.
DriverFit = Callable[[Package, StorageOrder, ProgressCallback], "DriverModel | None"]
# Codes how the levels of an avatar look, by level; the avatar is in storage order, as readers decode it.
LevelLooks = Callable[[Avatar], Mapping[int, bytes]]
_NO_ERROR = ErrorReport(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class ClipSource:
    """A clip to be written, in the avatar's own order of Gaussians.

    Attributes:
        name: unique within the package.
        motion: poses of the avatar's skeleton.
        residual: of as many frames as the motion; None for the rigid layer alone.
        playing: whether it loops, how its root is meant to be played, its markers.
    """

    name: str
    motion: Motion
    residual: ResidualLayer | None = None
    playing: Playing = field(default_factory=Playing)


@dataclass(frozen=True)
class KeptClip:
    """A clip that is copied as it is.

    Attributes:
        manifest: what the package says of it.
        sections: its sections, in file order.
    """

    manifest: ClipManifest
    sections: tuple[EncodedSection, ...]


@dataclass(frozen=True)
class Stage:
    """The parts of a package that clips are coded against: the stored avatar, and the model if there is one.

    Attributes:
        source: the avatar before coding, in storage order.
        decoded: the avatar as readers have it.
        order: from the input's order to storage order, whether or not the package keeps it.
        manifest: bounds, counts and provenance; its clips are not looked at.
        bounds: the same bounds, and what else the coder aims at.
        front: sections before the model: skeleton, splats and appearances.
        back: sections behind the clips: order, thumbnail and recipe.
        model: section ``model`` and what it decodes to, None where no clip had a residual layer so far.
    """

    source: Avatar
    decoded: Avatar
    order: StorageOrder
    manifest: Manifest
    bounds: PartBounds
    front: tuple[EncodedSection, ...]
    back: tuple[EncodedSection, ...]
    model: tuple[EncodedSection, ResidualModel] | None = None


def new_stage(
    avatar: Avatar,
    order: StorageOrder,
    bounds: PartBounds,
    *,
    keeps_order: bool,
    provenance: Mapping[str, str],
    recipe: Recipe | None,
    thumbnail_png: bytes | None,
    looks: LevelLooks | None,
) -> Stage:
    """Code an avatar that has no package yet; see :func:`~ani3d_runtime.package.writer.write_package`."""
    levels = order.level_sizes
    source = avatar.take(order.permutation)
    splats = encode_canonical(source, levels, steps=bounds.rest)
    cloud, binding = decode_canonical(splats, levels, joint_count=source.skeleton.joint_count)
    kept = order if keeps_order else StorageOrder(np.arange(avatar.count, dtype=np.int32), levels)
    thumbnail = () if thumbnail_png is None else (EncodedSection.of(THUMBNAIL, thumbnail_png),)
    decoded = Avatar(source.name, cloud, source.skeleton, binding)
    appearances = {} if looks is None else looks(decoded)
    return Stage(
        source,
        decoded,
        order,
        _first_manifest(source, order, bounds, provenance),
        bounds,
        front=(
            EncodedSection.of(SKELETON, encode_skeleton(source.skeleton)),
            *(EncodedSection(name, data) for name, data in splats.items()),
            *(EncodedSection(appearance_name(level), data) for level, data in appearances.items()),
        ),
        back=(EncodedSection.of(ORDER, encode_order(kept)), *thumbnail, *recipe_section(recipe)),
    )


def recipe_section(recipe: Recipe | None) -> tuple[EncodedSection, ...]:
    """Section ``recipe``, where there is one."""
    return () if recipe is None else (EncodedSection.of(RECIPE, recipe.to_bytes()),)


def _first_manifest(source: Avatar, order: StorageOrder, bounds: PartBounds, provenance: Mapping[str, str]) -> Manifest:
    part_counts = tuple(int(n) for n in np.bincount(source.binding.parts, minlength=len(Part)))
    occurring = [part for part in Part if part_counts[part]]
    return Manifest(
        writer=f"ani3d {__version__}",
        avatar_name=manifest_text(source.name),
        gaussian_count=source.count,
        joint_count=source.skeleton.joint_count,
        sh_degree=source.splats.sh_degree,
        level_sizes=order.level_sizes,
        part_counts=part_counts,
        node_count=0,
        corrective_count=0,
        frames_per_group=FRAMES_PER_GROUP,
        max_error_m=max(bounds.position_m[part] for part in occurring),
        canonical_error_m=bounds.rest.position_error_m,
        max_shape_error_m=max(bounds.shape_m[part] for part in occurring),
        max_colour_error=bounds.colour,
        part_max_error_m=bounds.position_m,
        part_max_shape_error_m=bounds.shape_m,
        clips=(),
        provenance={key: manifest_text(value) for key, value in provenance.items()},
    )


class Draft:
    """A stage and its clips, those that are kept and those that are coded now."""

    def __init__(self, stage: Stage, clips: Sequence[ClipSource | KeptClip]) -> None:
        """Prepare; sources are in the order of the stage's input, and become storage order here."""
        self._stage = stage
        self._clips = clips
        self._sources = {number: clip for number, clip in enumerate(clips) if isinstance(clip, ClipSource)}
        self._residuals = {number: self._moving(clip.residual) for number, clip in self._sources.items()}
        self._coded: dict[int, list[EncodedSection]] = {number: [] for number in self._sources}
        self._model = stage.model
        self._driver: tuple[EncodedSection, ...] = ()

    def _moving(self, residual: ResidualLayer | None) -> ResidualLayer | None:
        return self._stage.order.reordered(residual) if residual is not None and len(residual.indices) else None

    def encode(self, progress: ProgressCallback) -> None:
        """Fill in the sections of the clips, and of the model where the stage has none."""
        encoder = self._encoder(part_of(progress, 0.0, 0.4))
        fraction = part_of(progress, 0.4, 1.0)
        per_group = self._stage.manifest.frames_per_group
        total = sum(group_count(clip.motion.frame_count, per_group) for clip in self._sources.values())
        done = 0
        for number, section in self._encoded_groups(encoder):
            self._coded[number].append(section)
            if section.name == POSE.name:
                done += 1
                fraction(done / total)

    def modelled(self, progress: ProgressCallback) -> Stage:
        """The stage with the model that fits the clips."""
        self._encoder(progress)
        return replace(self._stage, model=self._model)

    def fit_driver(self, fit: DriverFit, progress: ProgressCallback) -> None:
        """Add what moves the control nodes live, fitted to what readers will find."""
        model = fit(self._in_memory(), self._stage.order, progress)
        if model is not None:
            self._driver = (EncodedSection.of(DRIVER, encode_driver(model)),)

    def _in_memory(self) -> Package:
        """The package as readers will have it, all but the measured errors of its clips."""
        data = b"".join(assembled(self.sections(dict.fromkeys(self._sources, _NO_ERROR))))
        return Package.open(BytesReadable(data, "package being written"))

    def _encoder(self, progress: ProgressCallback) -> ResidualEncoder | None:
        moving = [residual for residual in self._residuals.values() if residual is not None]
        if not moving:
            return None
        stage = self._stage
        # What is kept back lets a displacement be compared with its source without the source's rest positions.
        encoder = ResidualEncoder(
            stage.source,
            stage.decoded,
            bounds=stage.bounds.less_rest(),
            level_sizes=stage.order.level_sizes,
            frames_per_group=stage.manifest.frames_per_group,
        )
        if self._model is None:
            model = encoder.fit(moving, progress)
            self._model = EncodedSection.of(MODEL, encoder.encode_model()[MODEL.name]), model
        else:
            encoder.adopt(self._model[1], moving, progress)
        return encoder

    def _encoded_groups(self, encoder: ResidualEncoder | None) -> Iterator[tuple[int, EncodedSection]]:
        coded = 0
        per_group = self._stage.manifest.frames_per_group
        for number, clip in self._sources.items():
            motion, moves = clip.motion, self._residuals[number] is not None
            groups = encoder.encoded_groups(coded) if encoder is not None and moves else None
            if encoder is not None and moves:
                for name, data in encoder.encode_further(coded).items():
                    yield number, EncodedSection(name, data, number)
            for group in range(group_count(motion.frame_count, per_group)):
                frames = slice(group * per_group, (group + 1) * per_group)
                pose = encode_pose_group(
                    motion.root_translation_m[frames],
                    motion.joint_rotations_wxyz[frames],
                    bound_m=min(self._stage.bounds.position_m),
                )
                yield number, EncodedSection.of(POSE, pose, number, group)
                if groups is not None:
                    for name, data in next(groups).items():
                        yield number, EncodedSection(name, data, number, group)
            coded += moves

    def sections(self, errors: Mapping[int, ErrorReport]) -> list[EncodedSection]:
        """All sections in file order, which is the order of their use: the coarsest avatar comes first.

        Args:
            errors: of the clips that are coded, by number.
        """
        stage = self._stage
        return [
            EncodedSection.of(MANIFEST, self._manifest(errors).to_bytes()),
            *stage.front,
            *(() if self._model is None else (self._model[0],)),
            *(
                section
                for number, clip in enumerate(self._clips)
                for section in (clip.sections if isinstance(clip, KeptClip) else self._coded[number])
            ),
            *(section for section in stage.back if section.name != DRIVER.name or not self._driver),
            *self._driver,
        ]

    def measured_errors(self, progress: ProgressCallback) -> dict[int, ErrorReport]:
        """Read the package back from memory and compare every Gaussian in every frame with the source.

        Raises:
            ResidualError: ``residual-bound-missed``.
        """
        package = self._in_memory()
        source, decoded = self._stage.source, package.avatar()
        errors: dict[int, ErrorReport] = {}
        for done, (number, clip) in enumerate(self._sources.items()):
            share = part_of(progress, done / len(self._sources), (done + 1) / len(self._sources))
            packaged, residual = package.clip(clip.name), self._residuals[number]
            model = ResidualModel.empty(source.count) if residual is None else packaged.residual_model
            groups = _groups_of(package, clip.name, share)
            error = measure_error(source, residual, decoded, model, groups, frame_count=clip.motion.frame_count)
            self._require_kept(clip.name, error)
            errors[number] = error
        return errors

    def _require_kept(self, clip_name: str, error: ErrorReport) -> None:
        bounds = self._stage.bounds
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

    def _manifest(self, errors: Mapping[int, ErrorReport]) -> Manifest:
        deformation = None if self._model is None else self._model[1].deformation
        return replace(
            self._stage.manifest,
            writer=f"ani3d {__version__}",
            node_count=0 if deformation is None else deformation.node_count,
            corrective_count=0 if deformation is None else deformation.corrective_count,
            clips=tuple(
                clip.manifest if isinstance(clip, KeptClip) else self._clip_manifest(number, clip, errors[number])
                for number, clip in enumerate(self._clips)
            ),
        )

    def _clip_manifest(self, number: int, clip: ClipSource, error: ErrorReport) -> ClipManifest:
        moves = self._residuals[number] is not None
        return ClipManifest(clip.name, clip.motion.fps, clip.motion.frame_count, moves, error, clip.playing)


def _groups_of(package: Package, clip_name: str, progress: ProgressCallback) -> Iterator[ResidualGroup]:
    clip = package.clip(clip_name)
    for number in range(clip.group_count):
        group = clip.residual_group(number)
        if group is not None:
            yield group
        progress((number + 1) / clip.group_count)
