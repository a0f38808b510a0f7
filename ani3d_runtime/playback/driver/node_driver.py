"""NodeDriver: control nodes that swing as cloth and hair, with what clips taught about them on top."""

from __future__ import annotations

import numpy as np

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.body.pose import Pose
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.codec.sections.driver_model import DriverModel
from ani3d_runtime.geometry.root_track import RootTrack
from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback import deform_kernels
from ani3d_runtime.playback.driver import node_kernels
from ani3d_runtime.playback.driver.pose_history import PoseHistory, scaled
from ani3d_runtime.playback.live import Driven

GRAVITY_M_S2 = 9.81
MAX_SPEED_M_S = 12.0
SUBSTEP_HZ = 240.0
MAX_SUBSTEPS = 16
MIN_STEP_S, MAX_STEP_S = 1e-3, 0.5
# After a cut, nodes settle around the pose for so long, under damping that leaves no swing.
_SETTLING_STEPS, _SETTLING_STEP_S = 12, 1 / 30
_SETTLING_DAMPING_HZ = 6.0
# A body that no skeleton of metres reaches; beyond, poses are not taken.
_MAX_ROOT_M = 1e5


class NodeDriver:
    """Drives the control nodes of one avatar; deterministic, and bounded whatever the poses are.

    Poses that are not numbers are not taken: the answer is that of the pose before.

    Args:
        model: what the package knows of its nodes.
        skeleton: of the avatar.
        node_rest_m: [M, 3].
        corrective_count: K, of coefficients, which stay zero.
    """

    def __init__(
        self, model: DriverModel, skeleton: Skeleton, node_rest_m: Float64Array, corrective_count: int = 0
    ) -> None:
        self.model = model
        nodes, kinds = model.nodes, model.nodes.kinds
        count = len(nodes.joints)
        self._rest = np.ascontiguousarray(node_rest_m, dtype=np.float64)
        self._parents = np.ascontiguousarray(skeleton.parents, dtype=np.int32)
        self._zero_joints, self._inverse_bind = skeleton.zero_joints_m.astype(np.float64), skeleton.inverse_bind()
        rest_joints = skeleton.global_transforms(skeleton.rest_rotations_wxyz[None], skeleton.rest_translation_m[None])[
            0, :, :, 3
        ]
        self._rest_root_m = rest_joints[0]
        self._root = RootTrack(np.zeros(3), np.eye(3))
        self._history = PoseHistory(model.correctives, rest_joints) if len(model.correctives.weights) else None
        self._coefficients = np.zeros(corrective_count, dtype=np.float32)

        self._mobility = np.where(nodes.follow > 0, 1.0, 0.0)
        materials = model.materials
        self._damping, self._drag = materials.damping_hz[kinds], materials.drag[kinds]
        self._friction = materials.friction[kinds]
        self._gaps = np.empty((len(model.capsules.joints), count))
        node_kernels.gaps_kept(
            self._rest + nodes.mean_m, model.capsules.ends_m, model.capsules.radii_m, materials.thickness_m[kinds],
            self._gaps,
        )  # fmt: skip
        self._share = materials.share[kinds][:, None]
        self._first = np.ascontiguousarray(model.links.pairs[:, 0])
        self._second = np.ascontiguousarray(model.links.pairs[:, 1])
        self._lengths = np.linalg.norm(self._rest[self._first] - self._rest[self._second], axis=1)
        self._basis = model.correctives.basis_m.reshape(-1, 3 * count)

        self._positions, self._velocities = np.zeros((count, 3)), np.zeros((count, 3))
        self._rotations = np.zeros((count, 4))
        self._matrices, self._normals = np.zeros((count, 3, 4)), np.zeros((count, 3))
        self._targets, self._capsules = np.zeros((count, 3)), np.zeros((len(model.capsules.joints), 2, 3))
        self._started = False
        self._last = self._at_rest()

    @property
    def carried_count(self) -> int:
        """Steps since the last reset in which the root was put elsewhere, and cloth and hair were carried along."""
        return self._root.carried_count

    def reset(self, pose: Pose) -> None:
        """Put the avatar into ``pose`` at once, with cloth and hair at rest and zero velocities."""
        transforms = self._transforms(pose)
        if transforms is None:
            return
        node_kernels.carry(self.model.nodes.joints, self.model.nodes.weights, transforms, self._matrices)
        self._targets, self._capsules = self._hung(), self._posed_capsules(transforms)
        self._positions = self._targets.copy()
        self._velocities[:] = 0
        self._rotations[:] = (1, 0, 0, 0)
        for _ in range(_SETTLING_STEPS):
            moved = self._swing(transforms, _SETTLING_STEP_S, np.maximum(self._damping, _SETTLING_DAMPING_HZ))
            self._turn(moved)
        self._velocities[:] = 0
        self._started = True
        self._root = RootTrack(*self._root_of(transforms))
        if self._history is not None:
            self._history.reset(transforms)

    def step(self, pose: Pose, dt_s: float) -> Driven:
        """Go on to the next pose, ``dt_s`` > 0 seconds after the last; the arrays are the caller's to keep."""
        transforms = self._transforms(pose)
        if transforms is None or not np.isfinite(dt_s):
            return self._last
        if not self._started:
            self.reset(pose)
        dt_s = min(max(dt_s, MIN_STEP_S), MAX_STEP_S)
        self._carry(transforms, dt_s)
        if self._root.has_stopped:
            self.reset(pose)
        shown = self._share * self._swing(transforms, dt_s, self._damping)
        if self._history is not None:
            learned = self.model.correctives
            shown += ((learned.weights @ scaled(self._history.step(transforms, dt_s), learned)) @ self._basis).reshape(
                -1, 3
            )
        shown = self._outside_capsules(_within_reach(shown, self.model.reach_m))
        self._turn(shown)
        self._last = Driven(
            shown.astype(np.float32),
            self._rotations.astype(np.float32),
            self._coefficients,
        )
        return self._last

    def _carry(self, transforms: Float64Array, dt_s: float) -> None:
        """Take all that is remembered along where the root was put elsewhere: a jump or a turn swings nothing."""
        carrying = self._root.step(*self._root_of(transforms), dt_s)
        if carrying is None:
            return
        self._positions, self._targets = carrying.points(self._positions), carrying.points(self._targets)
        self._velocities = carrying.vectors(self._velocities)
        self._capsules = carrying.points(self._capsules)
        # Of the last step's matrices only the turn is asked for, by the normals.
        self._matrices[:, :, :3] = carrying.turn @ self._matrices[:, :, :3]
        if self._history is not None:
            self._history.carry(carrying)

    def _root_of(self, transforms: Float64Array) -> tuple[Float64Array, Float64Array]:
        """Place and rotation of the root joint."""
        rotation = transforms[0, :, :3].copy()
        return rotation @ self._rest_root_m + transforms[0, :, 3], rotation

    def _swing(self, transforms: Float64Array, dt_s: float, damping: Float64Array) -> Float64Array:
        """Simulate up to this pose; [M, 3] displacements."""
        model = self.model
        before = self._targets
        node_kernels.turned_normals(self._matrices, self._rotations, model.nodes.normals, self._normals)
        node_kernels.carry(model.nodes.joints, model.nodes.weights, transforms, self._matrices)
        self._targets, capsules = self._hung(), self._posed_capsules(transforms)
        node_kernels.advance(
            self._positions, self._velocities, self._mobility, model.nodes.follow, damping, self._drag,
            self._gaps, self._friction, self._normals, self._first, self._second, self._lengths,
            model.links.compliances, before, self._targets, self._capsules, capsules, model.capsules.radii_m,
            (self._targets - before).mean(axis=0) / dt_s, GRAVITY_M_S2, MAX_SPEED_M_S, dt_s,
            min(MAX_SUBSTEPS, max(1, round(dt_s * SUBSTEP_HZ))),
        )  # fmt: skip
        self._capsules = capsules
        moved = np.empty_like(self._positions)
        node_kernels.displacements(self._matrices, self._rest, model.reach_m, self._positions, self._velocities, moved)
        return moved

    def _outside_capsules(self, shown: Float64Array) -> Float64Array:
        """What is shown is less than what was simulated, and more was learned: neither may show the body."""
        model, places = self.model, np.empty_like(shown)
        node_kernels.place(self._matrices, self._rest + shown, places)
        pushed = places.copy()
        node_kernels.keep_outside(
            pushed, places, self._mobility, self._capsules, self._capsules, model.capsules.radii_m, self._gaps,
            np.zeros(len(places)), 1.0, 0.0,
        )  # fmt: skip
        moved = (pushed != places).any(axis=1)
        outside = np.empty_like(shown)
        node_kernels.displacements(self._matrices, self._rest, model.reach_m, pushed, np.zeros_like(shown), outside)
        return np.where(moved[:, None], outside, shown)

    def _turn(self, displacements: Float64Array) -> None:
        """Rotations of the nodes, read from where their links lead."""
        places = np.empty_like(self._rest)
        node_kernels.place(self._matrices, self._rest + displacements, places)
        node_kernels.rotations(self._matrices, self._rest, self._first, self._second, places, self._rotations)

    def _transforms(self, pose: Pose) -> Float64Array | None:
        """A_j [J, 3, 4] of the runtime equation; None for what is no pose."""
        rotations = np.asarray(pose.joint_rotations_wxyz, dtype=np.float64)
        root = np.asarray(pose.root_translation_m, dtype=np.float64)
        lengths = np.sqrt(np.einsum("ja,ja->j", rotations, rotations))[:, None]
        if not (np.isfinite(lengths).all() and lengths.min() > 1e-6 and np.abs(root).max() < _MAX_ROOT_M):
            return None
        matrices, quats = np.empty((len(self._parents), 3, 4)), np.empty((len(self._parents), 4))
        deform_kernels.joint_transforms(
            self._parents, self._zero_joints, self._inverse_bind, rotations / lengths, root, matrices, quats
        )
        return matrices

    def _hung(self) -> Float64Array:
        """[M, 3] where the nodes hang on average, carried by the skeleton."""
        targets = np.empty_like(self._rest)
        node_kernels.place(self._matrices, self._rest + self.model.nodes.mean_m, targets)
        return targets

    def _posed_capsules(self, transforms: Float64Array) -> Float64Array:
        carried = transforms[self.model.capsules.joints]
        ends = np.einsum("qab,qeb->qea", carried[:, :, :3], self.model.capsules.ends_m)
        return ends + carried[:, None, :, 3]

    def _at_rest(self) -> Driven:
        rotations = np.zeros((len(self._rest), 4), dtype=np.float32)
        rotations[:, 0] = 1
        return Driven(np.zeros((len(self._rest), 3), dtype=np.float32), rotations, self._coefficients)


def driver_of(package: Package) -> NodeDriver | None:
    """A driver with the state of one avatar; None where the package brings none."""
    model = package.driver_model
    if model is None:
        return None
    deformation = package.deformation
    return NodeDriver(model, package.skeleton, deformation.node_rest_m.astype(np.float64), deformation.corrective_count)


def _within_reach(displacements: Float64Array, reach_m: float) -> Float64Array:
    lengths = np.sqrt(np.einsum("na,na->n", displacements, displacements))
    return displacements * np.minimum(1.0, reach_m / np.maximum(lengths, 1e-12))[:, None]
