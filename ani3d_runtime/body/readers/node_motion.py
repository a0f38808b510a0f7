"""NodeMotion: nodes that translate, turn and scale, as FBX and glTF animate them, and the captured motion of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float64Array, Int32Array
from ani3d_runtime.body.readers.captured import CapturedMotion
from ani3d_runtime.body.readers.node_limits import MOST_NODES, MOST_VALUES
from ani3d_runtime.errors import MotionError

# A joint that moves less than this share of the skeleton's size keeps its offset.
_STILL_SHARE = 1e-4


@dataclass(frozen=True)
class NodeMotion:
    """A motion of nodes, in metres and Y up.

    Attributes:
        names: K names.
        parents: [K] int32, parents first, -1 for roots.
        translations: [T, K, 3] from the parent.
        rotations_wxyz: [T, K, 4] local.
        scales: [K, 3] local, the same in all frames.
        is_joint: [K] bool, whether a node is a joint or moves; others are only kept on the way to one that is.
        rest_rotations_wxyz: [K, 4] local rotations of the pose that the skeleton was built in; None where unknown.
        fps: frames per second, Hz.
    """

    names: tuple[str, ...]
    parents: Int32Array
    translations: Float64Array
    rotations_wxyz: Float64Array
    scales: Float64Array
    is_joint: NDArray[np.bool_]
    rest_rotations_wxyz: Float64Array | None
    fps: float

    def captured(self, path: Path) -> CapturedMotion:
        """The motion of the joints, and of the nodes on the way to them.

        Raises:
            MotionError: ``motion-no-skeleton``, ``motion-not-finite``.
        """
        kept = self._kept(path)
        place_of = {node: place for place, node in enumerate(kept)}
        parents = np.array([place_of.get(int(self.parents[node]), -1) for node in kept], dtype=np.int32)
        arms = self.translations[:, kept] * self._scale_above()[kept][None, :, None]
        rotations = self.rotations_wxyz[:, kept]
        rest = None if self.rest_rotations_wxyz is None else self.rest_rotations_wxyz[kept]
        names = _unique([self.names[node] for node in kept])
        if not (np.isfinite(arms).all() and np.isfinite(rotations).all()):
            raise MotionError(
                "motion-not-finite",
                path,
                found="nodes with NaN or infinity",
                expected="finite translations and rotations",
                fix="Export the animation again, baked to frames.",
            )
        if (parents < 0).sum() > 1:
            names, parents, arms, rotations, rest = _under_one_root(names, parents, arms, rotations, rest)
        offsets = np.median(arms, axis=0)
        size = float(np.linalg.norm(offsets, axis=1).sum())
        moves = np.abs(arms - offsets).max(axis=(0, 2)) > _STILL_SHARE * size
        return CapturedMotion(
            joint_names=names,
            parents=parents,
            offsets=offsets,
            rotations_wxyz=rotations,
            root_position=arms[:, 0].copy(),
            fps=self.fps,
            is_end=np.zeros(len(names), dtype=bool),
            positions={int(joint): arms[:, joint].copy() for joint in np.flatnonzero(moves) if joint},
            rest_rotations_wxyz=rest,
            metres_per_unit=1.0,
            axes="yup",
        )

    def _kept(self, path: Path) -> list[int]:
        needed = self.is_joint.copy()
        for node in range(len(self.names) - 1, -1, -1):
            if needed[node] and self.parents[node] >= 0:
                needed[self.parents[node]] = True
        if not needed.any():
            raise MotionError(
                "motion-no-skeleton",
                path,
                found=f"{len(self.names)} nodes, none of them a bone or animated",
                expected="an animated skeleton",
                fix="Export the armature with its animation.",
            )
        return np.flatnonzero(needed).tolist()

    def _scale_above(self) -> Float64Array:
        """[K] the scale that a node's translation is under."""
        own = np.abs(self.scales).mean(axis=1)
        above = np.ones(len(own))
        for node, parent in enumerate(self.parents.tolist()):
            if parent >= 0:
                above[node] = above[parent] * own[parent]
        return above


def frame_count_of(path: Path, seconds: float, fps: float, node_count: int) -> int:
    """Frames of an animation that lasts so long.

    Raises:
        MotionError: ``motion-too-large``, ``motion-frame-rate``.
    """
    if not 0 < fps <= 1000:
        raise MotionError(
            "motion-frame-rate",
            path,
            found=f"{fps:g} frames per second",
            expected="above 0 and at most 1000",
            fix="Set the frame rate before exporting.",
        )
    frames = 1 + int(min(max(seconds, 0.0) * fps + 1e-3, 1e12))
    if node_count > MOST_NODES or frames * node_count > MOST_VALUES:
        raise MotionError(
            "motion-too-large",
            path,
            found=f"{frames} frames of {node_count} nodes",
            expected=f"at most {MOST_NODES} nodes, and {MOST_VALUES} values of frames times nodes",
            fix="Export the skeleton alone, in shorter takes.",
        )
    return frames


def whole_rate(fps: float) -> float:
    """Rates are written with few digits: 30.0003 means 30."""
    return float(round(fps)) if abs(fps - round(fps)) < 1e-3 * fps else fps


def _unique(names: list[str]) -> tuple[str, ...]:
    seen: dict[str, int] = {}
    unique: list[str] = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        unique.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return tuple(unique)


def _under_one_root(
    names: tuple[str, ...],
    parents: Int32Array,
    arms: Float64Array,
    rotations: Float64Array,
    rest: Float64Array | None,
) -> tuple[tuple[str, ...], Int32Array, Float64Array, Float64Array, Float64Array | None]:
    """The same under a root that stands still."""
    identity = np.array([1.0, 0.0, 0.0, 0.0])
    root_turns = np.broadcast_to(identity, (len(arms), 1, 4))
    return (
        ("(scene)", *names),
        np.concatenate([[-1], parents + 1]).astype(np.int32),
        np.concatenate([np.zeros((len(arms), 1, 3)), arms], axis=1),
        np.concatenate([root_turns, rotations], axis=1),
        None if rest is None else np.concatenate([identity[None], rest]),
    )
