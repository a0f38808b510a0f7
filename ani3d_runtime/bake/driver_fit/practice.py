"""Practice: made-up motions that are simulated to show the driver more than a package's clips do, and then dropped."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from ani3d_runtime.bake.driver_fit.clip_tracks import ClipTracks
from ani3d_runtime.bake.practice.motions import made_up_motion
from ani3d_runtime.bake.practice_count import DEFAULT_MOTIONS
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.pose import Pose
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.codec.encoder.coding import channel_over
from ani3d_runtime.codec.encoder.node_fit import fit_tracks
from ani3d_runtime.codec.sections.order import StorageOrder
from ani3d_runtime.package.reader import Package
from ani3d_runtime.progress import ProgressCallback, side_by_side
from ani3d_runtime.residual import ResidualLayer

# Four seconds each: more motions teach more than longer ones, but each begins with two seconds until cloth hangs.
_FRAMES = 120
_GAIT_EVERY = 3
_AT_ONCE = 2


@dataclass(frozen=True)
class Practice:
    """How a driver practises.

    Attributes:
        simulate: residual layer of a motion, in the avatar's own order of Gaussians.
        count: so many motions; motion k is the same whatever their number.
        seed: of the motions.
    """

    simulate: Callable[[Motion, ProgressCallback], ResidualLayer]
    count: int = DEFAULT_MOTIONS
    seed: int = 0

    def motions(self, skeleton: Skeleton, numbers: range | None = None) -> list[Motion]:
        """Two dances for each gait, from quiet to wild; all of them, or some by their numbers."""
        return [self._motion(skeleton, number) for number in numbers or range(self.count)]

    def tracks(
        self, package: Package, order: StorageOrder, progress: ProgressCallback, numbers: range | None = None
    ) -> list[ClipTracks]:
        """What the package's control nodes do in each motion; several are simulated at once.

        Args:
            package: whose nodes.
            order: leads from the simulation's order of Gaussians to the package's.
            progress: called with the fraction done.
            numbers: of the motions; all of them when left out.
        """
        motions = self.motions(package.skeleton, numbers)

        def practised(motion: Motion, tell: ProgressCallback) -> ClipTracks:
            return tracks_of(package, motion, order.reordered(self.simulate(motion, tell)))

        # A simulation keeps little more than one core busy, and its kernels release the interpreter lock.
        with ThreadPoolExecutor(_AT_ONCE) as pool, side_by_side(progress, len(motions)) as parts:
            return list(pool.map(practised, motions, parts))

    def _motion(self, skeleton: Skeleton, number: int) -> Motion:
        kind = "gait" if number % _GAIT_EVERY == _GAIT_EVERY - 1 else "dance"
        generator = np.random.default_rng((self.seed, number))
        return made_up_motion(f"practice {number + 1}", kind, skeleton, _FRAMES, generator)


def tracks_of(package: Package, motion: Motion, layer: ResidualLayer) -> ClipTracks:
    """The motion of a package's control nodes in a residual layer, which is in storage order and is not coded."""
    avatar, model = package.avatar(), package.deformation
    hanging = np.flatnonzero(model.node_weights.any(axis=1)).astype(np.int32)
    found = fit_tracks(
        avatar.splats.means_m[hanging],
        avatar.binding.parts[hanging],
        channel_over(hanging, layer, layer.dpos_m),
        None if layer.drot_rad is None else channel_over(hanging, layer, layer.drot_rad),
        model.node_rest_m,
        model.node_indices[hanging],
        model.node_weights[hanging],
    )
    poses = tuple(map(Pose, motion.root_translation_m, motion.joint_rotations_wxyz))
    return ClipTracks(motion.fps, poses, found.displacements_m.astype(np.float64))
