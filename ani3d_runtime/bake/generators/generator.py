"""AvatarGenerator and ResidualGenerator: what a plugin subclasses; docs/generators.md shows both."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from ani3d_runtime.avatar import Avatar
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.formats.gaussian_ply import gaussian_ply_bytes
from ani3d_runtime.geometry.frames import Axes
from ani3d_runtime.geometry.quaternion import rotation_vector_from_quaternion
from ani3d_runtime.progress import ProgressCallback


class Generator(ABC):
    """What both kinds have in common.

    Subclasses take no constructor arguments, and import what is heavy when they work.

    Attributes:
        summary: one line for ``ani3d formats``.
    """

    summary: ClassVar[str]

    @abstractmethod
    def version(self) -> str:
        """What decides the result beside the input: of the model, and a digest of its weights.

        Results are kept under it, and packages say it.
        """


@dataclass(frozen=True)
class GeneratedAvatar:
    """A person as a generator leaves it. All files lie in the folder that it was given.

    Attributes:
        splats: Gaussians, in any format that ani3d reads.
        rest_pose: the pose they stand in: ``t``, ``a``, ``auto`` to have it found, or the name of an .npz with
            ``poses`` [J, 3] rotation vectors of an SMPL body, and optional ``trans`` [3] metres and ``betas`` [B].
        axes: how the file's axes lie; None for its format's own.
        parts: .npz with ``parts`` [N], values of :class:`~ani3d_runtime.avatar.Part`; None to have them guessed.
    """

    splats: Path
    rest_pose: str = "auto"
    axes: Axes | None = None
    parts: Path | None = None


class AvatarGenerator(Generator):
    """Pictures of a person → an avatar. Its entry point is in the group ``ani3d.avatars``."""

    @abstractmethod
    def generate(self, pictures: Sequence[Path], folder: Path, progress: ProgressCallback) -> GeneratedAvatar:
        """Make an avatar.

        Args:
            pictures: files, in the order of their names.
            folder: an empty folder for all that is made; its path is absolute.
            progress: takes the fraction done, 0..1.

        Raises:
            Ani3dError: why there is none.
        """


@dataclass(frozen=True)
class ResidualRequest:
    """What a residual layer is wanted for.

    Attributes:
        avatar: its Gaussians, skeleton and binding, in rest pose; metres, Y up, looking along +Z.
        motion: of which T = ``motion.frame_count`` frames are wanted.
        folder: an empty folder for all that is made; its path is absolute.
    """

    avatar: Avatar
    motion: Motion
    folder: Path

    def write_inputs(self) -> tuple[Path, Path]:
        """Both as files, for a model in a process of its own.

        Returns:
            a 3DGS .ply of the avatar in rest pose, N Gaussians in its own order, and an .npz of the motion: ``poses``
            [T, J, 3] rotation vectors relative to the body's zero pose, ``trans`` [T, 3] metres, ``fps``,
            ``joint_names`` [J].
        """
        splats, motion = self.folder / "avatar.ply", self.folder / "motion.npz"
        splats.write_bytes(gaussian_ply_bytes(self.avatar.splats))
        rotations = rotation_vector_from_quaternion(self.motion.joint_rotations_wxyz)
        np.savez(
            motion,
            poses=rotations.astype(np.float32),
            trans=self.motion.root_translation_m,
            fps=np.float32(self.motion.fps),
            joint_names=np.array(self.motion.joint_names),
        )
        return splats, motion


class ResidualGenerator(Generator):
    """An avatar and a motion → how cloth and hair move in it. Its entry point is in the group ``ani3d.residuals``."""

    @abstractmethod
    def generate(self, request: ResidualRequest, progress: ProgressCallback) -> Path:
        """Make a residual layer.

        Args:
            request: what it is wanted for.
            progress: takes the fraction done, 0..1.

        Returns:
            an .npz in the request's folder with ``dpos_m`` [T, N, 3] and optional ``drot_rad``, ``dlogscale`` and
            ``dcolour``, as ``--residual FILE`` takes it: in rest-pose space, in the avatar's order of Gaussians.

        Raises:
            Ani3dError: why there is none.
        """
