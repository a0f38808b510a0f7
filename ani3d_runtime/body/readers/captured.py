"""CapturedMotion: what a motion file says of a skeleton of its own, whatever its format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float64Array, Int32Array
from ani3d_runtime.body.retarget import Capture
from ani3d_runtime.geometry.frames import Axes
from ani3d_runtime.geometry.quaternion import conjugate, multiply, rotate

# Takes x to -x: points, and the rotations of a mirrored world.
_MIRRORED_POINT = np.array([-1.0, 1.0, 1.0])
_MIRRORED_TURN = np.array([1.0, 1.0, -1.0, -1.0])
# Frames that stand for all where a median is taken.
_MOST_FRAMES = 256


@dataclass(frozen=True)
class CapturedMotion:
    """A motion on its own skeleton, in its own unit and axes.

    Attributes:
        joint_names: K names, parents before children.
        parents: [K] int32, -1 for the root, which is joint 0.
        offsets: [K, 3] from the parent, in the parent's frame, file unit.
        rotations_wxyz: [T, K, 4] local.
        root_position: [T, 3] of joint 0, file unit.
        fps: frames per second, Hz.
        is_end: [K] bool, True for ends of bones, which are no joints.
        positions: joint → [T, 3] translation in the parent's frame in each frame, in place of its offset.
        rest_rotations_wxyz: [K, 4] local rotations of the pose that the skeleton was built in; None for the identity.
        metres_per_unit: where the format says it; else None.
        axes: of the world, where the format says them; else None.
    """

    joint_names: tuple[str, ...]
    parents: Int32Array
    offsets: Float64Array
    rotations_wxyz: Float64Array
    root_position: Float64Array
    fps: float
    is_end: NDArray[np.bool_]
    positions: Mapping[int, Float64Array] = field(default_factory=dict[int, Float64Array])
    rest_rotations_wxyz: Float64Array | None = None
    metres_per_unit: float | None = None
    axes: Axes | None = None

    @property
    def frame_count(self) -> int:
        """T, the number of frames."""
        return len(self.root_position)

    def mirrored(self) -> CapturedMotion:
        """The same motion seen in a mirror, x to -x: what a left-handed file means in right-handed axes."""
        rest = self.rest_rotations_wxyz
        return replace(
            self,
            offsets=self.offsets * _MIRRORED_POINT,
            rotations_wxyz=self.rotations_wxyz * _MIRRORED_TURN,
            root_position=self.root_position * _MIRRORED_POINT,
            positions={joint: moved * _MIRRORED_POINT for joint, moved in self.positions.items()},
            rest_rotations_wxyz=None if rest is None else rest * _MIRRORED_TURN,
        )

    def rooted_at(self, pelvis: int, body_joints: Mapping[int, str]) -> Capture:
        """The motion of the pelvis and of what hangs on it.

        All that turns or moves a joint between the root and the pelvis goes into the pelvis's path: still turns of an
        armature, and the position channels of any joint. Matched joints that hang on the root instead are hung on the
        pelvis; their places in the first frames stand for their offsets.

        Args:
            pelvis: the joint of the body's pelvis.
            body_joints: joint → body joint.
        """
        turns, places = self._forward()
        below = self._below(pelvis)
        kept = [pelvis, *(k for k in range(len(self.parents)) if k != pelvis and (below[k] or k in body_joints))]
        place_of = {joint: place for place, joint in enumerate(kept)}
        parents = np.full(len(kept), -1, dtype=np.int32)
        offsets = np.zeros((len(kept), 3))
        rotations = np.empty((self.frame_count, len(kept), 4))
        rotations[:, 0] = turns[:, pelvis]
        step = slice(None, None, max(1, self.frame_count // _MOST_FRAMES))
        for place, joint in enumerate(kept[1:], start=1):
            parent = int(self.parents[joint])
            while parent not in place_of and parent >= 0:
                parent = int(self.parents[parent])
            parent = pelvis if parent < 0 else parent
            parents[place] = place_of[parent]
            is_direct = parent == int(self.parents[joint])
            back = conjugate(turns[:, parent])
            rotations[:, place] = self.rotations_wxyz[:, joint] if is_direct else multiply(back, turns[:, joint])
            offsets[place] = self.offsets[joint]
            if not is_direct or joint in self.positions:
                arms = rotate(back[step], places[step, joint] - places[step, parent])
                offsets[place] = np.median(arms, axis=0)
        matched = {place_of[joint]: ours for joint, ours in body_joints.items()}
        rest = self.rest_rotations_wxyz
        kept_rest = None if rest is None else self._rest_of(rest, kept, parents)
        names = tuple(self.joint_names[joint] for joint in kept)
        return Capture(parents, offsets, rotations, places[:, pelvis].copy(), self.fps, matched, kept_rest, names)

    def _below(self, pelvis: int) -> NDArray[np.bool_]:
        below = np.zeros(len(self.parents), dtype=bool)
        below[pelvis] = True
        for joint in range(1, len(self.parents)):
            below[joint] |= below[self.parents[joint]]
        return below

    def _rest_of(self, rest: Float64Array, kept: list[int], parents: Int32Array) -> Float64Array:
        """[K', 4] local rotations of the rest pose of the joints that are kept."""
        turns = rest.copy()
        for joint in range(1, len(self.parents)):
            turns[joint] = multiply(turns[self.parents[joint]], rest[joint])
        local = turns[kept].copy()
        for place in range(1, len(kept)):
            local[place] = multiply(conjugate(turns[kept[parents[place]]]), turns[kept[place]])
        return local

    def _forward(self) -> tuple[Float64Array, Float64Array]:
        """Global rotations [T, K, 4] and places [T, K, 3], with the positions of every joint."""
        turns = self.rotations_wxyz.copy()
        places = np.empty((*turns.shape[:2], 3))
        places[:, 0] = self.root_position
        for joint in range(1, len(self.parents)):
            parent = self.parents[joint]
            arm = self.positions.get(joint)
            if arm is None:
                arm = np.broadcast_to(self.offsets[joint], (len(turns), 3))
            places[:, joint] = places[:, parent] + rotate(turns[:, parent], arm)
            turns[:, joint] = multiply(turns[:, parent], self.rotations_wxyz[:, joint])
        return turns, places
