"""Package: an open .a3d file. Opening reads the header, the table of contents and the manifest; all else on demand."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar, cast

from ani3d_runtime.arrays import Int32Array
from ani3d_runtime.avatar import Avatar
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.codec import entropy
from ani3d_runtime.codec.sections.appearance import LevelAppearance, decode_appearance
from ani3d_runtime.codec.sections.driver import decode_driver
from ani3d_runtime.codec.sections.driver_model import DriverModel
from ani3d_runtime.codec.sections.further import decode_further
from ani3d_runtime.codec.sections.model import ResidualModel, decode_model
from ani3d_runtime.codec.sections.order import StorageOrder, decode_order
from ani3d_runtime.codec.sections.splats import decode_canonical, splats_fit
from ani3d_runtime.deformation import DeformationModel
from ani3d_runtime.errors import FuturePackageError, NotFoundError, UsageError
from ani3d_runtime.package.layout import (
    Header,
    Section,
    TableOfContents,
    broken,
    content_digest,
)
from ani3d_runtime.package.manifest import Manifest
from ani3d_runtime.package.packaged_clip import PackagedClip
from ani3d_runtime.package.readable import FileReadable, Readable
from ani3d_runtime.package.recipe import Recipe
from ani3d_runtime.package.section_places import group_count, refuse_misplaced
from ani3d_runtime.package.sections import (
    DRIVER,
    FURTHER,
    MANIFEST,
    MODEL,
    ORDER,
    POSE,
    RECIPE,
    SKELETON,
    THUMBNAIL,
    appearance_name,
    kind_of,
    level_name,
)
from ani3d_runtime.package.skeleton_section import decode_skeleton
from ani3d_runtime.package.store import Store, is_url
from ani3d_runtime.spec.format import (
    CONTAINER_HEADER_BYTES,
    CONTAINER_NO_CLIP,
    MANIFEST_MAX_BYTES,
    RECIPE_MAX_BYTES,
)

_T = TypeVar("_T")


class Package:
    """One avatar and its clips, in storage order: ``avatar().take(input_order)`` is the order of the input file.

    Everything that is decoded for the avatar is kept; groups of frames are not. Threads may share a package.

    Attributes:
        manifest: what the package says about itself.
        toc: its sections.
        name: how errors name it.
        minor_version: of the container.
    """

    def __init__(self, readable: Readable, name: str) -> None:
        """Use :meth:`open`."""
        self._readable = readable
        self.name = name
        self._size = readable.size()
        head = readable.read(0, min(CONTAINER_HEADER_BYTES, self._size))
        header = Header.from_bytes(head, name, self._size)
        self.minor_version = header.minor
        toc = readable.read(header.toc_offset, header.toc_bytes)
        if zlib.crc32(toc) != header.toc_crc32:
            raise broken("package-toc-damaged", name, "a table that fails its checksum", "an undamaged one")
        self._toc_start, self._toc_end = header.toc_offset, header.toc_offset + header.toc_bytes
        self.toc = TableOfContents.from_bytes(toc, name, self._size, start=self._toc_end)
        self._index = {(s.name, s.clip, s.group): s for s in self.toc.sections}
        self._lock = threading.RLock()
        self._kept: dict[object, object] = {}
        self._refuse_unknown_sections()
        self.manifest = Manifest.from_bytes(self.read_section(MANIFEST.name, max_bytes=MANIFEST_MAX_BYTES), name)
        refuse_misplaced(self.toc.sections, self.manifest, name)
        self._check_levels()
        self._check_model()
        self._check_clips()

    @classmethod
    def open(cls, source: str | Path | Readable) -> Package:
        """Open a package.

        Args:
            source: a path, a URL of a store, or anything with the two methods of ``Readable``.

        Raises:
            NotAPackageError, FuturePackageError, BrokenPackageError: why it cannot be read.
            InputError: ``file-not-found``. ResourceError: ``file-unreadable``. ServiceError: ``store-*``.
        """
        if isinstance(source, str) and is_url(source):
            source = Store(source).whole()
        if not isinstance(source, (str, Path)):
            return cls(source, str(getattr(source, "name", "package")))
        file = FileReadable(Path(source))
        try:
            return cls(file, str(source))
        except BaseException:
            file.close()
            raise

    def close(self) -> None:
        """Give the file back; what was decoded stays usable."""
        if isinstance(self._readable, FileReadable):
            self._readable.close()

    def __enter__(self) -> Package:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def size_bytes(self) -> int:
        """Length of the file."""
        return self._size

    @property
    def digest(self) -> str:
        """SHA-256 of the content, hexadecimal, as the writer stated it; :meth:`check_content` checks it."""
        return self.toc.content_digest.hex()

    @property
    def level_count(self) -> int:
        """Levels of detail."""
        return len(self.manifest.level_sizes)

    @property
    def clip_names(self) -> tuple[str, ...]:
        """The clips, in the order they were given."""
        return tuple(clip.name for clip in self.manifest.clips)

    def clip(self, name: str) -> PackagedClip:
        """One clip.

        Raises:
            NotFoundError: ``clip-not-found``.
        """
        for number, clip in enumerate(self.manifest.clips):
            if clip.name == name:
                return PackagedClip(self, number, clip)
        raise NotFoundError(
            "clip-not-found",
            f"clip {name[:128]!r} of {self.name}",
            found="no such clip",
            expected=f"one of: {', '.join(self.clip_names) or 'none, the package has no clips'}",
            fix="Name one of the package's clips; 'ani3d info' lists them.",
        )

    @property
    def skeleton(self) -> Skeleton:
        """The avatar's skeleton."""
        joints = self.manifest.joint_count
        return self._once(SKELETON, lambda: decode_skeleton(self.read_section(SKELETON.name), joints, self.name))

    def avatar(self, lod: int | None = None) -> Avatar:
        """The avatar, in storage order.

        Args:
            lod: finest level of detail wanted, 0 the coarsest; all levels by default. Gaussians of a coarser level
                are the first of a finer one.

        Raises:
            NotFoundError: ``lod-not-found``.
        """
        levels = self._levels(lod)

        def decode() -> Avatar:
            manifest = self.manifest
            sections = {name: self.read_section(name) for name in map(level_name, range(levels))}
            splats, binding = decode_canonical(
                sections, manifest.level_sizes, joint_count=manifest.joint_count, levels=levels
            )
            if splats.sh_degree != manifest.sh_degree:
                raise broken("splats-invalid", self.name, f"degree {splats.sh_degree}", f"{manifest.sh_degree}")
            return Avatar(manifest.avatar_name, splats, self.skeleton, binding)

        return self._once(("avatar", levels), decode)

    def shown_at(self, lod: int | None = None) -> Avatar:
        """The avatar as it is to be drawn at a level of detail: ``avatar(lod)`` with the level's appearance.

        Raises:
            NotFoundError: ``lod-not-found``.
        """
        levels = self._levels(lod)
        if levels == self.level_count:
            return self.avatar()
        return self._once(("shown", levels), lambda: self._wearing(levels - 1, self.appearance(levels - 1)))

    def shown_between(self, lod: int, share: float) -> Avatar:
        """The avatar on the way from a level of detail to the next finer one, of whose Gaussians it consists.

        Args:
            lod: the coarser level.
            share: 0, where the finer level's own Gaussians are not seen yet, to 1, the finer level.

        Raises:
            NotFoundError: ``lod-not-found``, of the finer level too. UsageError: ``lod-share-out-of-range``.
        """
        self._levels(lod + 1)
        if not 0 <= share <= 1:
            raise UsageError(
                "lod-share-out-of-range",
                f"{self.name}: between levels {lod} and {lod + 1}",
                found=str(share),
                expected="0, the coarser level, to 1, the finer one",
                fix="Correct the share.",
            )
        return self._wearing(lod + 1, self.appearance(lod).towards(self.appearance(lod + 1), share))

    def appearance(self, lod: int) -> LevelAppearance:
        """How the Gaussians of a level of detail look; the finest level's are as they are stored.

        Raises:
            NotFoundError: ``lod-not-found``. BrokenPackageError: ``section-*``, ``appearance-invalid``.
        """
        count = self.count_at(lod)
        name = appearance_name(lod)
        section = self.find_section(name)
        if section is None:
            return LevelAppearance.unfitted(self.avatar(lod).splats.opacities, self.manifest.gaussian_count)
        stored = section.stored_bytes
        return self._once(
            ("appearance", lod),
            lambda: decode_appearance(self.read_section(name), name, count, stored_bytes=stored),
        )

    def _wearing(self, lod: int, appearance: LevelAppearance) -> Avatar:
        avatar = self.avatar(lod)
        return replace(avatar, splats=appearance.worn_by(avatar.splats))

    @property
    def residual_model(self) -> ResidualModel:
        """The part of the residual layer that all clips share; see :attr:`PackagedClip.residual_model`."""
        count = self.manifest.gaussian_count

        def decode() -> ResidualModel:
            if self.find_section(MODEL.name) is None:
                return ResidualModel.empty(count)
            model = decode_model({MODEL.name: self.read_section(MODEL.name)}, count)
            found = (model.deformation.node_count, model.deformation.corrective_count)
            stated = (self.manifest.node_count, self.manifest.corrective_count)
            if found != stated:
                raise broken("model-invalid", f"{self.name}: model", f"{found} nodes, correctives", f"{stated}")
            return model

        return self._once(MODEL, decode)

    def residual_model_of(self, number: int) -> ResidualModel:
        """The residual model as clip ``number`` uses it: it may move Gaussians that no other does."""
        if self.find_section(FURTHER.name, number) is None:
            return self.residual_model
        return decode_further(
            self.read_section(FURTHER.name, number), self.residual_model, self.manifest.gaussian_count
        )

    @property
    def deformation(self) -> DeformationModel:
        """Control nodes and correctives of the whole avatar, in storage order."""
        return self.residual_model.deformation

    def count_at(self, lod: int | None) -> int:
        """The number of Gaussians of ``avatar(lod)``."""
        return sum(self.manifest.level_sizes[: self._levels(lod)])

    def deformation_at(self, lod: int | None) -> DeformationModel:
        """Control nodes and correctives for the Gaussians of ``avatar(lod)``."""
        whole = self.deformation
        count = self.count_at(lod)
        return replace(
            whole,
            node_indices=whole.node_indices[:count],
            node_weights=whole.node_weights[:count],
            basis_position_m=whole.basis_position_m[:, :count],
            basis_rotation_rad=whole.basis_rotation_rad[:, :count],
            basis_logscale=whole.basis_logscale[:, :count],
            basis_colour=whole.basis_colour[:, :count],
        )

    @property
    def order(self) -> StorageOrder:
        """The order of the input file's Gaussians in the package."""
        stated = self.manifest.level_sizes

        def decode() -> StorageOrder:
            order = decode_order(self.read_section(ORDER.name), self.manifest.gaussian_count)
            if order.level_sizes != stated:
                raise broken("order-invalid", f"{self.name}: order", f"levels of {order.level_sizes}", f"{stated}")
            return order

        return self._once(ORDER, decode)

    @property
    def input_order(self) -> Int32Array:
        """[N] where each Gaussian of the input file is stored: ``avatar().take(input_order)`` restores its order."""
        return self.order.inverse

    @property
    def driver_model(self) -> DriverModel | None:
        """The model that drives the control nodes in motions that were never baked, or None."""
        if self.find_section(DRIVER.name) is None:
            return None
        manifest = self.manifest
        return self._once(
            DRIVER,
            lambda: decode_driver(self.read_section(DRIVER.name), manifest.node_count, manifest.joint_count),
        )

    @property
    def recipe(self) -> Recipe | None:
        """What the package was baked from and with; None where it does not say so.

        Raises:
            BrokenPackageError: ``recipe-invalid``, ``section-*``. Nothing that plays the package reads it.
        """
        if self.find_section(RECIPE.name) is None:
            return None
        return self._once(
            RECIPE, lambda: Recipe.from_bytes(self.read_section(RECIPE.name, max_bytes=RECIPE_MAX_BYTES), self.name)
        )

    @property
    def thumbnail_png(self) -> bytes | None:
        """A small picture of the avatar, where the package carries one."""
        return self.read_section(THUMBNAIL.name) if self.find_section(THUMBNAIL.name) is not None else None

    def find_section(self, name: str, clip: int = CONTAINER_NO_CLIP, group: int = 0) -> Section | None:
        """The entry of a section, or None where there is none."""
        return self._index.get((name, clip, group))

    def read_section(
        self, name: str, clip: int = CONTAINER_NO_CLIP, group: int = 0, *, max_bytes: int | None = None
    ) -> bytes:
        """The decoded bytes of one section, checked.

        Raises:
            BrokenPackageError: ``section-missing``, ``section-damaged``, ``section-too-large``.
        """
        section = self.find_section(name, clip, group)
        if section is None:
            raise broken("section-missing", f"{self.name}: {name}", "no such section", "one")
        if max_bytes is not None and max(section.stored_bytes, section.raw_bytes) > max_bytes:
            raise broken("section-too-large", f"{self.name}: {name}", f"{section.raw_bytes} bytes", f"{max_bytes}")
        return self.decode_section(section, self.read_stored(section))

    def read_stored(self, section: Section) -> bytes:
        """The bytes of a section as they lie in the file, not checked."""
        return self._readable.read(section.offset, section.stored_bytes)

    def decode_section(self, section: Section, stored: bytes) -> bytes:
        """The decoded bytes of a section, after a check of their checksum."""
        self.check_stored(section, stored)
        return entropy.decode(entropy.codec_of_number(section.codec), stored, section.raw_bytes)

    def check_content(self) -> None:
        """Compare the checksum of every section, then the digest over all of them; decode none.

        Raises:
            BrokenPackageError: ``section-damaged``, ``package-digest-wrong``.
        """

        def stored() -> Iterator[bytes]:
            for section in self.toc.sections:
                data = self.read_stored(section)
                self.check_stored(section, data)
                yield data

        if content_digest(self.toc.sections, stored()) != self.toc.content_digest:
            raise broken("package-digest-wrong", self.name, "content with another SHA-256", self.digest)

    def check_padding(self) -> None:
        """Refuse bytes that belong to no section and are not zero.

        Raises:
            BrokenPackageError: ``package-padding``.
        """
        position = CONTAINER_HEADER_BYTES
        spans = [(self._toc_start, self._toc_end)]
        spans += [(section.offset, section.offset + section.stored_bytes) for section in self.toc.sections]
        for start, end in spans:
            if any(self._readable.read(position, start - position)):
                raise broken(
                    "package-padding", f"{self.name}: byte {position}", "stray bytes", "zeros between sections"
                )
            position = end
        if position != self._size:
            raise broken("package-padding", f"{self.name}: byte {position}", "stray bytes", "the end of the file")

    def check_stored(self, section: Section, stored: bytes) -> None:
        """Compare the checksum of bytes from :meth:`read_stored`.

        Raises:
            BrokenPackageError: ``section-damaged``.
        """
        if zlib.crc32(stored) != section.crc32:
            raise broken(
                "section-damaged", f"{self.name}: {section.label}", "bytes that fail their checksum", "undamaged bytes"
            )

    def _levels(self, lod: int | None) -> int:
        count = self.level_count
        if lod is not None and not 0 <= lod < count:
            raise NotFoundError(
                "lod-not-found",
                self.name,
                found=f"level of detail {lod}",
                expected=f"0..{count - 1}",
                fix="Choose a level that the package has.",
            )
        return count if lod is None else lod + 1

    def _once(self, key: object, make: Callable[[], _T]) -> _T:
        with self._lock:
            if key not in self._kept:
                self._kept[key] = make()
            return cast("_T", self._kept[key])

    def _refuse_unknown_sections(self) -> None:
        for section in self.toc.sections:
            if section.critical and kind_of(section.name) is None:
                raise FuturePackageError(
                    "package-unknown-section",
                    self.name,
                    found=f"a critical section {section.name!r}",
                    expected="sections of version 1",
                    fix="Update ani3d.",
                )

    def _check_levels(self) -> None:
        """Every level is there, and all together have bytes enough for the Gaussians that are claimed for them."""
        manifest = self.manifest
        stored_bytes = 0
        for level in range(self.level_count):
            section = self.find_section(level_name(level))
            if section is None:
                raise broken("section-missing", f"{self.name}: splats.{level}", "no such section", "one per level")
            stored_bytes += section.stored_bytes
        if not splats_fit(manifest.gaussian_count, manifest.sh_degree, stored_bytes):
            raise broken(
                "splats-invalid",
                f"{self.name}: splats",
                f"{manifest.gaussian_count} Gaussians of degree {manifest.sh_degree} in {stored_bytes} bytes",
                "no more than so many bytes may hold",
            )

    def _check_model(self) -> None:
        """A model is there where a clip needs one; it may outlive the last clip that does."""
        if self.find_section(MODEL.name) is not None:
            return
        if self.manifest.has_residual:
            raise broken("section-missing", f"{self.name}: model", "no such section", "one for the residual layers")
        if self.manifest.node_count:
            found = f"{self.manifest.node_count} control nodes"
            raise broken("manifest-invalid", f"{self.name}: manifest", found, "none without a section model")

    def _check_clips(self) -> None:
        for number, clip in enumerate(self.manifest.clips):
            for group in range(group_count(clip.frame_count, self.manifest.frames_per_group)):
                if self.find_section(POSE.name, number, group) is None:
                    raise broken(
                        "section-missing", f"{self.name}: clip {clip.name}", f"no pose of group {group}", "all groups"
                    )
