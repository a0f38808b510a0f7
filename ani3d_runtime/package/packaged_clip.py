"""PackagedClip: one clip of an open package, decoded group by group."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.channel import Channel
from ani3d_runtime.codec.sections.group import ResidualGroup, decode_group
from ani3d_runtime.codec.sections.model import ResidualModel
from ani3d_runtime.codec.sections.pose import decode_pose_group
from ani3d_runtime.errors import NotFoundError
from ani3d_runtime.package.manifest import ClipManifest
from ani3d_runtime.package.section_places import group_count
from ani3d_runtime.package.sections import NODES, POSE

if TYPE_CHECKING:
    from ani3d_runtime.package.reader import Package


class PackagedClip:
    """One clip of a package, read group by group.

    Attributes:
        name: unique in the package.
        fps: frames per second, Hz.
        frame_count: T.
        frames_per_group: length of every group but the last.
        has_residual: whether there is a residual layer.
        error: decoded against source, as the writer measured it.
        playing: whether it loops, how its root is meant to be played, its markers.
    """

    def __init__(self, package: Package, number: int, manifest: ClipManifest) -> None:
        self._package = package
        self._number = number
        self.name = manifest.name
        self.fps = manifest.fps
        self.frame_count = manifest.frame_count
        self.frames_per_group = package.manifest.frames_per_group
        self.has_residual = manifest.has_residual
        self.error = manifest.error
        self.playing = manifest.playing

    @property
    def duration_s(self) -> float:
        """Seconds from the first frame to the last."""
        return (self.frame_count - 1) / self.fps

    @property
    def period_s(self) -> float:
        """Seconds from the first frame of a looping clip to where it is shown again."""
        return self.frame_count / self.fps

    @property
    def group_count(self) -> int:
        """Groups of frames that can be decoded alone."""
        return group_count(self.frame_count, self.frames_per_group)

    @functools.cached_property
    def residual_model(self) -> ResidualModel:
        """The package's, and what this clip moves besides. Kept as long as this clip is: there may be many clips."""
        return self._package.residual_model_of(self._number)

    @property
    def stored_bytes(self) -> int:
        """Bytes of the file that belong to this clip alone."""
        return sum(s.stored_bytes for s in self._package.toc.sections if s.clip == self._number)

    def group_frames(self, group: int) -> tuple[int, int]:
        """(first frame, frame count) of a group.

        Raises:
            NotFoundError: ``group-not-found``.
        """
        if not 0 <= group < self.group_count:
            raise NotFoundError(
                "group-not-found",
                f"clip {self.name}",
                found=f"group {group}",
                expected=f"0..{self.group_count - 1}",
                fix="Ask for a group that the clip has.",
            )
        first = group * self.frames_per_group
        return first, min(self.frames_per_group, self.frame_count - first)

    def pose_group(self, group: int) -> tuple[Float32Array, Float32Array]:
        """([F, 3] root translation in metres, [F, J, 4] local joint rotations wxyz) of one group."""
        _, frames = self.group_frames(group)
        section = self._package.read_section(POSE.name, self._number, group)
        return decode_pose_group(section, frames, self._package.manifest.joint_count)

    def motion(self) -> Motion:
        """The whole clip's motion."""
        groups = [self.pose_group(group) for group in range(self.group_count)]
        return Motion(
            self.name,
            self.fps,
            self._package.skeleton.joint_names,
            np.concatenate([root for root, _ in groups]),
            np.concatenate([rotations for _, rotations in groups]),
        )

    def residual_group(self, group: int, *, detail: bool = True, lod: int | None = None) -> ResidualGroup | None:
        """The residual layer of one group, or None where the clip has none.

        Args:
            group: number of the group.
            detail: with what is stored per Gaussian; without it only node motion and coefficients are read.
            lod: finest level of detail whose Gaussians are wanted; all by default.
        """
        first, frames = self.group_frames(group)
        if not self.has_residual:
            return None
        names = (NODES.name, *(channel.section for channel in Channel)) if detail else (NODES.name,)
        entries = {name: self._package.find_section(name, self._number, group) for name in names}
        stored_bytes = {name: entry.stored_bytes for name, entry in entries.items() if entry}
        return decode_group(
            _GroupSections(self._package, self._number, group, tuple(stored_bytes)),
            self.residual_model,
            first_frame=first,
            frame_count=frames,
            gaussian_count=self._package.count_at(lod),
            stored_bytes=stored_bytes,
        )


class _GroupSections(Mapping[str, bytes]):
    """Sections of one group, each decoded when it is asked for.

    So what one section holds is checked before the entropy codec of the next (SPEC-container.md, "Order of checks").
    """

    def __init__(self, package: Package, clip: int, group: int, names: tuple[str, ...]) -> None:
        self._package, self._clip, self._group, self._names = package, clip, group, names

    def __getitem__(self, name: str) -> bytes:
        if name not in self._names:
            raise KeyError(name)
        return self._package.read_section(name, self._clip, self._group)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
