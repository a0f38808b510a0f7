"""Character: a built-in avatar that knows how its cloth and hair move."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.avatar import Avatar
from ani3d_runtime.bake.simulate.motion import simulate_particles
from ani3d_runtime.bake.simulate.proxy import Attachment, Proxy
from ani3d_runtime.bake.simulate.residual import residual_of
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.residual import ResidualLayer


@dataclass(frozen=True)
class Character:
    """A built-in character.

    Attributes:
        avatar: Gaussians in the zero pose.
        betas: [B] shape of the built-in body it stands in.
        hanging_pose_wxyz: [J, 4] local rotations of the pose in which its cloth was draped.
        proxies: garments and hair that move by themselves.
        attachments: which Gaussians hang on them.
    """

    avatar: Avatar
    betas: Float32Array
    hanging_pose_wxyz: Float32Array
    proxies: tuple[Proxy, ...]
    attachments: tuple[Attachment, ...]

    def simulate(
        self,
        motion: Motion,
        progress: Callable[[float], None] | None = None,
        *,
        wind_m_s: tuple[float, float, float] = (0.0, 0.0, 0.0),
    ) -> ResidualLayer:
        """The residual layer of cloth and hair for ``motion``, which must be on the avatar's skeleton.

        Raises:
            MotionError: ``motion-other-skeleton``.
        """
        if not self.proxies:
            empty = np.zeros((motion.frame_count, 0, 3), dtype=np.float32)
            return ResidualLayer(self.avatar.count, np.zeros(0, dtype=np.int32), empty, empty)

        def first_part(share: float) -> None:
            if progress is not None:
                progress(0.75 * share)

        particles = simulate_particles(
            self.proxies,
            self.avatar.skeleton,
            motion,
            self.hanging_pose_wxyz,
            wind_m_s=wind_m_s,
            progress=first_part,
        )
        layer = residual_of(self.avatar, self.proxies, self.attachments, particles, motion)
        if progress is not None:
            progress(1.0)
        return layer
