"""BVH: a skeleton of offsets and a table of channels, Biovision's motion capture text format.

Angles are degrees and their order is each joint's own: channels are applied from left to right, the last one first to a
point. A root's position channels give its position; its OFFSET is then without meaning. No unit is declared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ani3d_runtime.arrays import Float64Array, Int32Array
from ani3d_runtime.errors import MotionError
from ani3d_runtime.geometry.quaternion import multiply

_MAX_BYTES = 1 << 30
_MAX_JOINTS = 1024
_AXES = "XYZ"


@dataclass
class _Joint:
    name: str
    parent: int
    offset: tuple[float, float, float] = (0.0, 0.0, 0.0)
    channels: tuple[str, ...] = ()


@dataclass(frozen=True)
class BvhMotion:
    """A BVH file as it stands, in its own unit and axes.

    Attributes:
        joint_names: K names, parents first; end sites are named ``<parent> end``.
        parents: [K] int32, -1 for the root.
        offsets: [K, 3] from the parent, file unit.
        is_end: [K] bool, True for end sites.
        root_position: [T, 3] of the root joint, file unit.
        rotations_wxyz: [T, K, 4] local.
        fps: frames per second, Hz.
        declared_frame_count: what the file says T is; some files hold more, none may hold less.
    """

    joint_names: tuple[str, ...]
    parents: Int32Array
    offsets: Float64Array
    is_end: np.ndarray[tuple[int], np.dtype[np.bool_]]
    root_position: Float64Array
    rotations_wxyz: Float64Array
    fps: float
    declared_frame_count: int

    @property
    def frame_count(self) -> int:
        """T, the number of frames."""
        return len(self.root_position)


def read_bvh(path: Path | str) -> BvhMotion:
    """Read a BVH file.

    Raises:
        MotionError: ``motion-missing-file``, ``bvh-not-bvh``, ``bvh-bad-hierarchy``, ``bvh-truncated``,
            ``bvh-not-numeric``, ``bvh-frame-rate``, ``motion-not-finite``, ``motion-empty``.
    """
    path = Path(path)
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise _refused("bvh-too-large", path, f"{path.stat().st_size} bytes", f"at most {_MAX_BYTES} bytes")
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as exc:
        raise _refused("motion-missing-file", path, exc.strerror or str(exc), "a BVH file") from None
    head, separator, tail = text.partition("MOTION")
    if not head.lstrip("\ufeff \t\r\n").startswith("HIERARCHY"):
        raise _refused("bvh-not-bvh", path, f"a file that begins with {text[:12]!r}", "HIERARCHY")
    if not separator:
        raise _refused("bvh-truncated", path, "no MOTION section", "HIERARCHY and MOTION")
    joints = _parse_hierarchy(path, head)
    table, fps, declared = _parse_motion(path, tail, sum(len(joint.channels) for joint in joints))
    root_position, rotations = _decode_channels(joints, table)
    return BvhMotion(
        tuple(joint.name for joint in joints),
        np.array([joint.parent for joint in joints], dtype=np.int32),
        np.array([joint.offset for joint in joints]),
        np.array([not joint.channels for joint in joints]),
        root_position,
        rotations,
        fps,
        declared,
    )


def _refused(code: str, path: Path, found: str, expected: str) -> MotionError:
    return MotionError(code, path, found=found, expected=expected, fix="Export the motion again as BVH.")


def _parse_hierarchy(path: Path, text: str) -> list[_Joint]:
    words = iter(text.replace("{", " { ").replace("}", " } ").split())
    joints: list[_Joint] = []
    open_joints: list[int] = []
    try:
        for word in words:
            if word in ("ROOT", "JOINT", "End"):
                if len(joints) >= _MAX_JOINTS or (word == "ROOT") != (not joints):
                    raise _refused("bvh-bad-hierarchy", path, f"{word} after {len(joints)} joints", "one ROOT, a tree")
                parent = open_joints[-1] if joints else -1
                name = _words_until_brace(words)
                joints.append(_Joint(f"{joints[parent].name} end" if word == "End" else name, parent))
                open_joints.append(len(joints) - 1)
            elif word == "OFFSET":
                joints[open_joints[-1]].offset = (float(next(words)), float(next(words)), float(next(words)))
            elif word == "CHANNELS":
                count = int(next(words))
                joints[open_joints[-1]].channels = _checked_channels(path, [next(words) for _ in range(count)])
            elif word == "}":
                open_joints.pop()
            elif word != "HIERARCHY":
                raise _refused("bvh-bad-hierarchy", path, repr(word[:40]), "ROOT, JOINT, End Site, OFFSET or CHANNELS")
    except (StopIteration, IndexError, ValueError, RuntimeError):
        raise _refused("bvh-bad-hierarchy", path, "a hierarchy that breaks off", "complete joints in braces") from None
    names = [joint.name for joint in joints]
    if open_joints or not joints or len(set(names)) != len(names) or not np.isfinite([j.offset for j in joints]).all():
        raise _refused(
            "bvh-bad-hierarchy",
            path,
            f"{len(joints)} joints, {len(open_joints)} of them not closed, {len(set(names))} names",
            "closed joints with names of their own and finite offsets",
        )
    return joints


def _words_until_brace(words: Iterator[str]) -> str:
    name: list[str] = []
    for word in words:
        if word == "{":
            break
        name.append(word)
    return " ".join(name)


def _checked_channels(path: Path, channels: list[str]) -> tuple[str, ...]:
    names = [channel.capitalize() for channel in channels]
    known = {f"{axis}{kind}" for axis in _AXES for kind in ("position", "rotation")}
    if not names or set(names) - known or len(set(names)) != len(names):
        raise _refused(
            "bvh-bad-hierarchy", path, f"channels {' '.join(channels)[:80]}", "X, Y and Zposition, -rotation"
        )
    return tuple(names)


def _parse_motion(path: Path, text: str, channel_count: int) -> tuple[Float64Array, float, int]:
    """[T, C] channel values, the frame rate, and the declared number of frames."""
    words = text.split()
    try:
        frames_at, time_at = words.index("Frames:"), words.index("Time:")
        frame_count, frame_time_s = int(words[frames_at + 1]), float(words[time_at + 1])
    except (ValueError, IndexError):
        raise _refused("bvh-truncated", path, "no 'Frames:' and 'Frame Time:'", "both, after MOTION") from None
    if not 0.001 <= frame_time_s <= 10:
        raise _refused("bvh-frame-rate", path, f"a frame time of {frame_time_s} s", "0.001 s to 10 s")
    if frame_count <= 0:
        raise _refused("motion-empty", path, f"{frame_count} frames", "at least one frame")
    values = words[time_at + 2 :]
    if len(values) < frame_count * channel_count or len(values) % max(channel_count, 1):
        raise _refused(
            "bvh-truncated",
            path,
            f"{len(values)} values",
            f"{frame_count} frames of {channel_count} channels, {frame_count * channel_count} values",
        )
    try:
        table = np.array(values).astype(np.float64).reshape(-1, channel_count)
    except ValueError as exc:
        raise _refused("bvh-not-numeric", path, str(exc), "numbers") from None
    if not np.isfinite(table).all():
        frame = int(np.argwhere(~np.isfinite(table))[0, 0])
        raise _refused("motion-not-finite", path, f"NaN or infinity in frame {frame}", "finite numbers")
    return table, _whole_rate(1 / frame_time_s), frame_count


def _whole_rate(fps: float) -> float:
    """Frame times are written with few digits: 0.0083333 means 120 frames per second."""
    return float(round(fps)) if abs(fps - round(fps)) < 1e-4 * fps else fps


def _decode_channels(joints: list[_Joint], table: Float64Array) -> tuple[Float64Array, Float64Array]:
    frames = len(table)
    rotations = np.zeros((frames, len(joints), 4))
    rotations[..., 0] = 1
    root_position = np.tile(np.array(joints[0].offset), (frames, 1))
    column = 0
    for index, joint in enumerate(joints):
        for channel in joint.channels:
            axis = _AXES.index(channel[0])
            if channel.endswith("rotation"):
                half_rad = np.deg2rad(table[:, column]) / 2
                turn = np.zeros((frames, 4))
                turn[:, 0], turn[:, 1 + axis] = np.cos(half_rad), np.sin(half_rad)
                rotations[:, index] = multiply(rotations[:, index], turn)
            elif index == 0:
                root_position[:, axis] = table[:, column]
            column += 1
    return root_position, rotations
