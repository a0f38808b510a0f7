"""LivePlayer: poses that were never baked → Frames, with a driver for what the pose alone does not say."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.body.pose import Pose
from ani3d_runtime.deformation import Frame
from ani3d_runtime.errors import MotionError
from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.deform import Deformer
from ani3d_runtime.playback.posed import PosedSplats

# A gap longer than this is a pause: cloth is put at rest instead of being swung through it.
PAUSE_S = 0.5
# What the joints of a person cannot do between two poses, even played several times as fast. Where the root alone is
# put elsewhere, the driver carries cloth and hair along.
_MEAN_TURN_RAD, _MEAN_TURN_RAD_S = 0.9, 60.0
_NOMINAL_STEP_S = 1 / 60


class Driven(NamedTuple):
    """The state of the residual layer at one time.

    Attributes:
        node_displacements_m: [M, 3] u_n.
        node_rotations_wxyz: [M, 4] q_n, unit.
        coefficients: [K] a_k.
    """

    node_displacements_m: Float32Array
    node_rotations_wxyz: Float32Array
    coefficients: Float32Array


class Driver(Protocol):
    """Moves control nodes and correctives for motions that were never baked. It holds the state of one avatar."""

    def reset(self, pose: Pose) -> None:
        """Put the avatar into ``pose`` at once, with cloth and hair at rest and zero velocities."""
        ...

    def step(self, pose: Pose, dt_s: float) -> Driven:
        """Go on to the next pose, ``dt_s`` > 0 seconds after the last; the arrays are the caller's to keep.

        A root that is put elsewhere or turned in one step is the driver's own matter: it carries what swings along.
        """
        ...


class LivePlayer:
    """Frames of one avatar from poses as they come; one source, one thread at a time.

    Args:
        package: an open package.
        driver: moves the residual layer; without one the rigid layer plays.
        lod: finest level of detail that :meth:`pose` gives; all by default.

    Attributes:
        reset_count: how often the motion did not go on from the pose before.
    """

    def __init__(self, package: Package, driver: Driver | None = None, *, lod: int | None = None) -> None:
        self.package = package
        self.driver = driver
        self.reset_count = 0
        self._lod = lod
        self._deformer: Deformer | None = None
        self._last: tuple[Pose, float] | None = None
        manifest = package.manifest
        rotations = np.zeros((manifest.node_count, 4), dtype=np.float32)
        rotations[:, 0] = 1
        self._still = Driven(
            np.zeros((manifest.node_count, 3), dtype=np.float32),
            rotations,
            np.zeros(manifest.corrective_count, dtype=np.float32),
        )

    @property
    def deformer(self) -> Deformer:
        """Evaluates the runtime equation; prepared on first use, because light frames do without."""
        if self._deformer is None:
            self._deformer = Deformer(self.package.shown_at(self._lod), self.package.deformation_at(self._lod))
        return self._deformer

    def still_frame(self) -> Frame:
        """The rest pose, cloth and hair where they hang; nothing is remembered of it."""
        skeleton = self.package.skeleton
        return self._frame(Pose(skeleton.rest_translation_m, skeleton.rest_rotations_wxyz), 0.0, self._still)

    def step(self, pose: Pose, time_s: float, *, discontinuous: bool = False) -> Frame:
        """The frame of a pose.

        Cuts, pauses and clocks that go backwards are noticed, and reset the driver. Where the root alone jumps or
        turns, the driver carries cloth and hair along.

        Args:
            pose: of the package's skeleton.
            time_s: media time.
            discontinuous: the source says itself that the motion does not go on from the pose before.

        Raises:
            MotionError: ``pose-not-finite``; the player is as if the pose had not come.
        """
        _refuse_no_pose(pose)
        driven = self._still
        if self.driver is not None:
            driven = self._driven(self.driver, pose, time_s, discontinuous)
        self._last = (pose, time_s)
        return self._frame(pose, time_s, driven)

    def pose(self, frame: Frame) -> PosedSplats:
        """World-space Gaussians of a frame, in storage order."""
        return self.deformer.pose(frame)

    def _frame(self, pose: Pose, time_s: float, driven: Driven) -> Frame:
        return Frame(
            time_s=time_s,
            root_translation_m=pose.root_translation_m,
            joint_rotations_wxyz=pose.joint_rotations_wxyz,
            node_displacements_m=driven.node_displacements_m,
            node_rotations_wxyz=driven.node_rotations_wxyz,
            coefficients=driven.coefficients,
        )

    def _driven(self, driver: Driver, pose: Pose, time_s: float, discontinuous: bool) -> Driven:
        dt_s = 0.0 if self._last is None else time_s - self._last[1]
        if discontinuous or self._last is None or not 0 < dt_s <= PAUSE_S or is_cut(self._last[0], pose, dt_s):
            self.reset_count += 1
            driver.reset(pose)
            dt_s = _NOMINAL_STEP_S
        return driver.step(pose, dt_s)


def is_cut(before: Pose, after: Pose, dt_s: float) -> bool:
    """True if no motion of the joints below the root leads from one pose to the other in ``dt_s`` seconds."""
    cosines = np.abs(np.einsum("ja,ja->j", before.joint_rotations_wxyz[1:], after.joint_rotations_wxyz[1:]))
    turned_rad = float((2 * np.arccos(np.minimum(cosines, 1.0))).mean()) if len(cosines) else 0.0
    return turned_rad > _MEAN_TURN_RAD and turned_rad > _MEAN_TURN_RAD_S * dt_s


def _refuse_no_pose(pose: Pose) -> None:
    if np.isfinite(pose.root_translation_m).all() and np.isfinite(pose.joint_rotations_wxyz).all():
        return
    bad = np.flatnonzero(~np.isfinite(pose.joint_rotations_wxyz).all(axis=1))
    raise MotionError(
        "pose-not-finite",
        "pose",
        found=f"NaN or infinity in the rotation of joint {bad[0]}"
        if len(bad)
        else "NaN or infinity in the root's place",
        expected="finite rotations and positions",
        fix="Correct the source; the next pose may pass.",
    )
