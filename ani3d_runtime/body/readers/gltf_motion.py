"""Animations of glTF: .glb and .gltf of any tool, and VRMA, VRM's animation format.

https://registry.khronos.org/glTF/specs/2.0/glTF-2.0.html#animations,
https://github.com/vrm-c/vrm-specification/tree/master/specification/VRMC_vrm_animation-1.0. Keys are read at a rate of
frames; metres and Y up are the format's. Nodes stand in their rest pose where no animation moves them. VRM says which
node is which human bone.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.body.readers.captured import CapturedMotion
from ani3d_runtime.body.readers.node_motion import NodeMotion, frame_count_of, whole_rate
from ani3d_runtime.body.readers.notes import Say
from ani3d_runtime.body.readers.takes import chosen_take, distinct, doubt_about_takes
from ani3d_runtime.errors import MotionError
from ani3d_runtime.formats.glb import Glb
from ani3d_runtime.formats.gltf_nodes import NodeTree
from ani3d_runtime.geometry.quaternion import normalised, slerp

_PATHS = {"translation": 3, "rotation": 4, "scale": 3}
_INTERPOLATIONS = ("LINEAR", "STEP", "CUBICSPLINE")
# Keys further apart than this are corners that a person set, not frames.
_FRAME_GAP_S = 1 / 12
_USUAL_FPS = 30.0
_MOST_FPS = 240.0
# Nobody sets so many keys so far apart by hand: what is meant is frames, or milliseconds.
_MANY_GAPS, _DOUBTFUL_GAP_S, _IMPOSSIBLE_GAP_S = 8, 0.75, 5.0
_FASTEST_FPS = 400.0


def read_gltf_motion(path: Path, take: str | None, say: Say) -> CapturedMotion:
    """The animation of a glTF: the one that is named, its only one, or the one with the most moving nodes.

    Args:
        path: the file.
        take: name of an animation, or None.
        say: takes what was decided, and doubts.

    Raises:
        MotionError: ``motion-no-animation``, ``motion-*``. InputError: ``gltf-*``. UsageError: ``motion-unknown-take``.
    """
    glb = Glb.open(path)
    tree = NodeTree.of(glb)
    animations = glb.items("animations")
    channels = [_channels(glb, animation) for animation in animations]
    moving = [index for index, found in enumerate(channels) if found]
    if not moving:
        raise MotionError(
            "motion-no-animation",
            path,
            found=f"{len(animations)} animations of nodes, and {len(tree.names)} nodes",
            expected="an animated skeleton",
            fix="Export the armature with its animation; Gaussians in glTF are an avatar, not a motion.",
        )
    names = distinct([str(animations[index].get("name", f"animation {index}")) for index in moving])
    chosen = chosen_take(path, names, take)
    if chosen is None:
        chosen = max(range(len(moving)), key=lambda place: len({node for node, _ in channels[moving[place]]}))
        if len(moving) > 1:
            say(doubt_about_takes(path, names, names[chosen]))
    ever_moving = {node for each in channels for node, _ in each}
    return _motion(glb, tree, channels[moving[chosen]], ever_moving, say).captured(path)


class _Channel:
    """Keys of one property of one node."""

    def __init__(self, glb: Glb, sampler: dict[str, Any], width: int) -> None:
        times, values = glb.array(sampler.get("input")), glb.array(sampler.get("output"))
        self.interpolation = str(sampler.get("interpolation", "LINEAR"))
        each = 3 if self.interpolation == "CUBICSPLINE" else 1
        if (
            self.interpolation not in _INTERPOLATIONS
            or times.ndim != 1
            or not len(times)
            or values.shape != (each * len(times), width)
        ):
            raise glb.damaged(f"keys of shape {values.shape} at {times.shape} times", f"{width} numbers at each time")
        self.times = times.astype(np.float64)
        if not (np.isfinite(self.times).all() and np.isfinite(values).all() and (np.diff(self.times) >= 0).all()):
            raise glb.damaged("keys out of order, or with NaN", "finite keys in the order of their times")
        self.values = values.astype(np.float64).reshape(len(times), each, width)

    def at(self, times: Float64Array) -> Float64Array:
        """[T, width] values at these times; before the first key and behind the last those of the keys."""
        last = len(self.times) - 1
        right = np.clip(np.searchsorted(self.times, times, side="right"), 1, max(last, 1))
        left = right - 1
        right = np.minimum(right, last)
        gap = self.times[right] - self.times[left]
        share = np.clip((times - self.times[left]) / np.where(gap > 0, gap, 1), 0, 1)[:, None]
        if self.interpolation == "STEP":
            return self.values[np.where(times >= self.times[right], right, left), 0]
        if self.interpolation == "CUBICSPLINE":
            return self._spline(left, right, share, gap[:, None])
        start, end = self.values[left, 0], self.values[right, 0]
        if self.values.shape[2] == 4:
            return slerp(normalised(start[:, [3, 0, 1, 2]]), normalised(end[:, [3, 0, 1, 2]]), share)[:, [1, 2, 3, 0]]
        return start + share * (end - start)

    def _spline(
        self, left: NDArray[np.intp], right: NDArray[np.intp], share: Float64Array, gap: Float64Array
    ) -> Float64Array:
        """Cubic Hermite, glTF's appendix C: in-tangent, value and out-tangent of each key."""
        square, cube = share**2, share**3
        return (
            (2 * cube - 3 * square + 1) * self.values[left, 1]
            + gap * (cube - 2 * square + share) * self.values[left, 2]
            + (3 * square - 2 * cube) * self.values[right, 1]
            + gap * (cube - square) * self.values[right, 0]
        )


def _channels(glb: Glb, animation: dict[str, Any]) -> dict[tuple[int, str], _Channel]:
    """Node and property → its keys."""
    samplers, listed = animation.get("samplers"), animation.get("channels")
    if not isinstance(samplers, list) or not isinstance(listed, list):
        raise glb.damaged("an animation without samplers or channels", "lists of both")
    found: dict[tuple[int, str], _Channel] = {}
    for channel in listed:
        target = channel.get("target") if isinstance(channel, dict) else None
        sampler = channel.get("sampler") if isinstance(channel, dict) else None
        if not isinstance(target, dict) or not isinstance(sampler, int) or not 0 <= sampler < len(samplers):
            raise glb.damaged(f"a channel {str(channel)[:80]}", "a sampler and a target")
        path = target.get("path")
        if path not in _PATHS or "node" not in target:
            continue
        glb.item("nodes", target["node"])
        if not isinstance(samplers[sampler], dict):
            raise glb.damaged("a sampler that is no map", "input and output")
        found[target["node"], path] = _Channel(glb, samplers[sampler], _PATHS[path])
    return found


def _motion(
    glb: Glb, tree: NodeTree, channels: dict[tuple[int, str], _Channel], ever_moving: set[int], say: Say
) -> NodeMotion:
    begin = min(float(channel.times[0]) for channel in channels.values())
    end = max(float(channel.times[-1]) for channel in channels.values())
    fps = _rate(glb.path, list(channels.values()), say)
    order = list(tree.order)
    frames = frame_count_of(glb.path, end - begin, fps, len(order))
    times = begin + np.arange(frames) / fps
    place_of = {node: place for place, node in enumerate(order)}
    translations = np.tile(tree.translations[order], (frames, 1, 1))
    rotations = np.tile(tree.rotations_wxyz[order], (frames, 1, 1))
    for (node, path), channel in channels.items():
        if path == "translation":
            translations[:, place_of[node]] = channel.at(times)
        elif path == "rotation":
            quats = channel.at(times)[:, [3, 0, 1, 2]]
            if (np.linalg.norm(quats, axis=1) < 1e-6).any():
                raise glb.damaged("a rotation of length zero", "unit quaternions")
            rotations[:, place_of[node]] = normalised(quats)
    joints = _joints(glb) | ever_moving
    human = _human_bones(glb)
    parents = tree.parents[order]
    return NodeMotion(
        names=tuple(human.get(node, tree.names[node]) for node in order),
        parents=np.array([place_of[parent] if parent >= 0 else -1 for parent in parents.tolist()], dtype=np.int32),
        translations=translations,
        rotations_wxyz=rotations,
        scales=tree.scales[order],
        is_joint=np.array([node in joints for node in order]),
        rest_rotations_wxyz=tree.rotations_wxyz[order],
        fps=fps,
    )


def _rate(path: Path, channels: list[_Channel], say: Say) -> float:
    """Frames per second of the channel with the most keys; the usual ones where keys are sparse.

    Raises:
        MotionError: ``motion-key-times``, where so many keys are so far apart that times are no seconds.
    """
    densest = max(channels, key=lambda channel: len(channel.times))
    gaps = np.diff(densest.times)
    gaps = gaps[gaps > 0]
    if not len(gaps):
        return _USUAL_FPS
    gap_s = float(np.median(gaps))
    if len(gaps) >= _MANY_GAPS and (gap_s > _DOUBTFUL_GAP_S or gap_s * _FASTEST_FPS < 1):
        doubt = _key_times(path, len(gaps) + 1, gap_s)
        if gap_s > _IMPOSSIBLE_GAP_S:
            raise doubt
        say(doubt)
    return _USUAL_FPS if gap_s > _FRAME_GAP_S else whole_rate(min(1 / gap_s, _MOST_FPS))


def _key_times(path: Path, count: int, gap_s: float) -> MotionError:
    return MotionError(
        "motion-key-times",
        path,
        found=f"{count} keys that are {gap_s:.4g} s apart",
        expected="times in seconds, as glTF has: keys of a capture are 0.004 s to 0.1 s apart",
        fix="Export it again with times in seconds; these may be milliseconds, or numbers of frames.",
    )


def _joints(glb: Glb) -> set[int]:
    """Nodes that a skin binds to."""
    found: set[int] = set()
    for skin in glb.items("skins"):
        joints = skin.get("joints", [])
        found |= {joint for joint in joints if isinstance(joint, int)} if isinstance(joints, list) else set()
    return found


def _human_bones(glb: Glb) -> dict[int, str]:
    """Node → its human bone's name, as VRM of either version and VRMA say it."""
    extensions = glb.json.get("extensions")
    extensions = extensions if isinstance(extensions, dict) else {}
    found: dict[int, str] = {}
    for name in ("VRMC_vrm_animation", "VRMC_vrm", "VRM"):
        extension = extensions.get(name)
        humanoid = extension.get("humanoid") if isinstance(extension, dict) else None
        bones = humanoid.get("humanBones") if isinstance(humanoid, dict) else None
        if isinstance(bones, dict):
            pairs = [(bone, each.get("node")) for bone, each in bones.items() if isinstance(each, dict)]
        elif isinstance(bones, list):
            pairs = [(each.get("bone"), each.get("node")) for each in bones if isinstance(each, dict)]
        else:
            continue
        found |= {node: str(bone) for bone, node in pairs if isinstance(node, int) and isinstance(bone, str)}
    return found
