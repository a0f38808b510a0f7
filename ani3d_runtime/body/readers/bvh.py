"""BVH: a skeleton of offsets and a table of channels, Biovision's motion capture text format.

Angles are degrees and their order is each joint's own: channels are applied from left to right, the last one first to a
point. A joint's position channels give its place in its parent, in place of its OFFSET; some writers add them to it
instead. No unit is declared. Tools differ in spaces, in the case of keywords, in comments and in how ends of bones are
written; all that can be told apart is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.body.readers.captured import CapturedMotion
from ani3d_runtime.errors import MotionError
from ani3d_runtime.geometry.quaternion import multiply

_MAX_BYTES = 1 << 30
_MAX_JOINTS = 1024
_AXES = "XYZ"
_KINDS = ("position", "rotation", "scale")
_COMMENT = re.compile(r"^[ \t]*(#|//|;).*$", re.MULTILINE)
_HIERARCHY = re.compile(r"\s*HIERARCHY\b", re.IGNORECASE)
# A line of its own: a joint may be called MOTION_arm.
_MOTION = re.compile(r"^[ \t]*MOTION[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_NEXT_HIERARCHY = re.compile(r"^[ \t]*HIERARCHY[ \t]*$", re.IGNORECASE | re.MULTILINE)
_FRAMES = re.compile(r"\bFrames[ \t]*:\s*([^\s]+)", re.IGNORECASE)
_FRAME_TIME = re.compile(r"\bFrame[ \t]*Time[ \t]*:\s*([^\s]+)", re.IGNORECASE)
# A position this near to zero, in shares of the offset, is added to the offset.
_ADDED_SHARE = 0.3


@dataclass
class _Joint:
    name: str
    parent: int
    is_end: bool = False
    offset: tuple[float, float, float] = (0.0, 0.0, 0.0)
    channels: tuple[str, ...] = ()


@dataclass(frozen=True)
class BvhMotion(CapturedMotion):
    """A BVH file as it stands, in its own unit and axes; ends of bones are named ``<parent> end``.

    Attributes:
        declared_frame_count: what the file says T is; some files hold more, none may hold less.
        widest_angle: the largest number in any rotation channel; degrees, so the format says.
    """

    declared_frame_count: int = 0
    widest_angle: float = 0.0


def bvh_takes(path: Path | str) -> tuple[str, ...]:
    """Numbers of a file's takes, from 1: some tools write one file behind the other, or several MOTION sections.

    Raises:
        MotionError: ``motion-missing-file``, ``bvh-too-large``.
    """
    return tuple(str(1 + index) for index in range(max(1, len(_MOTION.findall(_text_of(Path(path)))))))


def read_bvh(path: Path | str, take: int = 0) -> BvhMotion:
    """Read a BVH file.

    Args:
        path: the file.
        take: which of its MOTION sections, counted from 0; a section's skeleton is the last one before it.

    Raises:
        MotionError: ``motion-missing-file``, ``bvh-not-bvh``, ``bvh-bad-hierarchy``, ``bvh-truncated``,
            ``bvh-not-numeric``, ``bvh-frame-rate``, ``motion-not-finite``, ``motion-empty``.
    """
    path = Path(path)
    text = _text_of(path)
    motions = list(_MOTION.finditer(text))
    if take < len(motions):
        begins = [found.start() for found in _NEXT_HIERARCHY.finditer(text)]
        begin = max((at for at in begins if at < motions[take].start()), default=0) if take else 0
        first = next(found for found in motions if found.start() >= begin)
        stops = [*begins, *(found.start() for found in motions)]
        end = min((at for at in stops if at > motions[take].start()), default=len(text))
        head, tail = text[begin : first.start()], text[motions[take].end() : end]
    else:
        head, tail = text, ""
    head = _COMMENT.sub("", head)
    begin_at = _HIERARCHY.match(head)
    if begin_at is None:
        raise _refused("bvh-not-bvh", path, f"a file that begins with {text[:12]!r}", "HIERARCHY")
    if not motions:
        raise _refused("bvh-truncated", path, "no MOTION section", "HIERARCHY and MOTION")
    joints = _parse_hierarchy(path, head[begin_at.end() :])
    table, fps, declared = _parse_motion(path, _COMMENT.sub("", tail), sum(len(joint.channels) for joint in joints))
    rotations, positions = _decode_channels(joints, table)
    offsets = np.array([joint.offset for joint in joints])
    root_position = positions.pop(0, np.tile(offsets[0], (len(table), 1)))
    return BvhMotion(
        joint_names=tuple(joint.name for joint in joints),
        parents=np.array([joint.parent for joint in joints], dtype=np.int32),
        offsets=offsets,
        rotations_wxyz=rotations,
        root_position=root_position,
        fps=fps,
        is_end=np.array([joint.is_end for joint in joints]),
        positions=_placed(positions, offsets),
        declared_frame_count=declared,
        widest_angle=_widest_angle(joints, table),
    )


def _text_of(path: Path) -> str:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise _refused("bvh-too-large", path, f"{path.stat().st_size} bytes", f"at most {_MAX_BYTES} bytes")
        data = path.read_bytes()
    except OSError as exc:
        raise _refused("motion-missing-file", path, exc.strerror or str(exc), "a BVH file") from None
    # Windows' editors save "Unicode" as UTF-16, behind a mark.
    is_utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = data.decode("utf-16" if is_utf16 else "utf-8-sig", errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _refused(code: str, path: Path, found: str, expected: str) -> MotionError:
    return MotionError(code, path, found=found, expected=expected, fix="Export the motion again as BVH.")


def _parse_hierarchy(path: Path, text: str) -> list[_Joint]:
    words = iter(text.replace("{", " { ").replace("}", " } ").split())
    joints: list[_Joint] = []
    open_joints: list[int] = []
    try:
        for word in words:
            keyword = word.upper()
            if keyword in ("ROOT", "JOINT", "END", "ENDSITE"):
                if len(joints) >= _MAX_JOINTS or (keyword == "ROOT") != (not joints):
                    raise _refused("bvh-bad-hierarchy", path, f"{word} after {len(joints)} joints", "one ROOT, a tree")
                parent, is_end = (open_joints[-1] if joints else -1), keyword.startswith("END")
                name = _words_until_brace(words)
                joints.append(_Joint(f"{joints[parent].name} end" if is_end else name, parent, is_end))
                open_joints.append(len(joints) - 1)
            elif keyword == "OFFSET":
                joints[open_joints[-1]].offset = (float(next(words)), float(next(words)), float(next(words)))
            elif keyword == "CHANNELS":
                count = int(next(words))
                joints[open_joints[-1]].channels = _checked_channels(path, [next(words) for _ in range(count)])
            elif word == "}":
                open_joints.pop()
            else:
                raise _refused("bvh-bad-hierarchy", path, repr(word[:40]), "ROOT, JOINT, End Site, OFFSET or CHANNELS")
    except (StopIteration, IndexError, ValueError, RuntimeError):
        raise _refused("bvh-bad-hierarchy", path, "a hierarchy that breaks off", "complete joints in braces") from None
    names = [joint.name for joint in joints if not joint.is_end]
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
    known = {f"{axis}{kind}" for axis in _AXES for kind in _KINDS}
    if set(names) - known or len(set(names)) != len(names):
        raise _refused(
            "bvh-bad-hierarchy", path, f"channels {' '.join(channels)[:80]}", "X, Y and Zposition, -rotation"
        )
    return tuple(names)


def _parse_motion(path: Path, text: str, channel_count: int) -> tuple[Float64Array, float, int]:
    """[T, C] channel values, the frame rate, and the declared number of frames."""
    frames_at, time_at = _FRAMES.search(text), _FRAME_TIME.search(text)
    try:
        if frames_at is None or time_at is None:
            raise ValueError
        frame_count, frame_time_s = int(float(frames_at[1])), float(time_at[1].replace(",", "."))
    except (ValueError, OverflowError):
        raise _refused("bvh-truncated", path, "no 'Frames:' and 'Frame Time:'", "both, after MOTION") from None
    if not 0.001 <= frame_time_s <= 10:
        raise MotionError(
            "bvh-frame-rate",
            path,
            found=f"a frame time of {frame_time_s} s",
            expected="0.001 s to 10 s",
            fix="Write the seconds from frame to frame behind 'Frame Time:', such as 0.033333; some write milliseconds "
            "there, or the rate.",
        )
    if frame_count <= 0:
        raise _refused("motion-empty", path, f"{frame_count} frames", "at least one frame")
    rows = text[max(frames_at.end(), time_at.end()) :]
    if "," in rows:  # between the digits where no number has a point, else between the numbers
        rows = rows.replace(",", " " if "." in rows else ".")
    values = rows.split()
    if not channel_count or len(values) < frame_count * channel_count or len(values) % channel_count:
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


def _widest_angle(joints: list[_Joint], table: Float64Array) -> float:
    turns = [channel.endswith("rotation") for joint in joints for channel in joint.channels]
    return float(np.abs(table[:, turns]).max(initial=0.0))


def _whole_rate(fps: float) -> float:
    """Frame times are written with few digits: 0.0083333 means 120 frames per second."""
    return float(round(fps)) if abs(fps - round(fps)) < 1e-4 * fps else fps


def _decode_channels(joints: list[_Joint], table: Float64Array) -> tuple[Float64Array, dict[int, Float64Array]]:
    """[T, K, 4] local rotations, and [T, 3] of each joint that has position channels."""
    frames = len(table)
    rotations = np.zeros((frames, len(joints), 4))
    rotations[..., 0] = 1
    positions: dict[int, Float64Array] = {}
    column = 0
    for index, joint in enumerate(joints):
        for channel in joint.channels:
            axis = _AXES.index(channel[0])
            if channel.endswith("rotation"):
                half_rad = np.deg2rad(table[:, column]) / 2
                turn = np.zeros((frames, 4))
                turn[:, 0], turn[:, 1 + axis] = np.cos(half_rad), np.sin(half_rad)
                rotations[:, index] = multiply(rotations[:, index], turn)
            elif channel.endswith("position"):
                moved = positions.setdefault(index, np.tile(np.array(joint.offset), (frames, 1)))
                moved[:, axis] = table[:, column]
            column += 1
    return rotations, positions


def _placed(positions: dict[int, Float64Array], offsets: Float64Array) -> dict[int, Float64Array]:
    """Places of joints in their parents: position channels, added to the offset by writers who mean that.

    What is added to an offset is near zero along it on average, and what stands for it is near its length.
    """
    placed: dict[int, Float64Array] = {}
    for joint, moved in positions.items():
        offset = offsets[joint]
        length_squared = float(offset @ offset)
        along = float(np.median(moved @ offset)) / length_squared if length_squared > 0 else 1.0
        placed[joint] = moved + offset if abs(along) < _ADDED_SHARE else moved
    return placed
