"""Motions that tools read from videos, and AIST++: maps of arrays, nested as each tool likes.

| tool | where the poses are |
|---|---|
| WHAM | subject → ``pose_world`` [T, 72], ``trans_world``, ``betas`` |
| TRAM | ``pred_rotmat`` [T, 24, 3, 3], ``pred_trans``, ``pred_shape`` |
| GVHMR | ``smpl_params_global`` → ``global_orient``, ``body_pose`` [T, 63], ``transl``, ``betas`` |
| PromptHMR | ``people`` → number → ``smplx_world`` → ``pose`` [T, 165], ``trans``, ``shape`` |
| 4D-Humans, ROMP | a map of frames, each with ``smpl`` or ``smpl_thetas`` of the people in it |
| AIST++ | ``smpl_poses`` [T, 72], ``smpl_trans``, ``smpl_scaling`` |

Of several people the longest track is read, poses in the world rather than in the camera.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.body.readers.joint_layouts import layout_of
from ani3d_runtime.body.readers.notes import Say
from ani3d_runtime.body.readers.plain_pickle import read_plain_pickle
from ani3d_runtime.body.readers.smpl_motion import SmplMotion
from ani3d_runtime.errors import MotionError
from ani3d_runtime.geometry.quaternion import quaternion_from_matrix, rotation_vector_from_quaternion

# Names of whole poses, best first; of paths that belong to them; of shapes.
_WHOLE = ("pose_world", "poses_world", "smpl_poses", "poses", "pred_rotmat", "pose", "smpl_thetas", "thetas")
_PATHS = ("trans_world", "smpl_trans", "pred_trans_world", "pred_trans", "transl", "trans", "translation")
_SHAPES = ("betas", "shape", "pred_shape", "smpl_betas")
_RATES = ("fps", "frame_rate", "mocap_framerate", "mocap_frame_rate")
_ROOTS, _BODIES = ("global_orient", "root_orient"), ("body_pose", "pose_body")
_IN_CAMERA = ("cam", "incam", "camera")
_AIST_FPS = 60.0
_MOST_DEPTH = 6


@dataclass(frozen=True)
class _Track:
    """Poses of one person.

    Attributes:
        where: the names on the way to them.
        poses: [T, J, 3] rotation vectors.
        source: the map that they are of.
        scale: of the path.
    """

    where: tuple[str, ...]
    poses: Float64Array
    source: Mapping[str, Any]
    scale: float = 1.0

    @property
    def is_in_camera(self) -> bool:
        """Whether the names say that poses are relative to the camera."""
        words = " ".join(self.where).lower()
        world = any(name in self.source for name in ("pose_world", "poses_world"))
        return not world and any(word in words for word in _IN_CAMERA)


def read_pickle_motion(path: Path, say: Say) -> SmplMotion:
    """The poses of one person in a pickle, .pt, .npy or .npz of objects.

    Args:
        path: the file.
        say: takes what was decided, and doubts.

    Raises:
        MotionError: ``motion-missing-array`` where no poses are found; ``motion-unsafe-pickle``, ``motion-unreadable``.
    """
    content = read_plain_pickle(path)
    tracks = list(_tracks(content, ()))
    if not tracks:
        names = ", ".join(content) if isinstance(content, dict) else type(content).__name__
        raise MotionError(
            "motion-missing-array",
            path,
            found=f"{names[:300] or 'nothing'}",
            expected="poses of the SMPL family, as WHAM, TRAM, GVHMR, 4D-Humans, PromptHMR, ROMP or AIST++ write them",
            fix="Save rotation vectors with numpy.savez(poses=[T, J, 3], trans=[T, 3], fps=…).",
        )
    world = [track for track in tracks if not track.is_in_camera] or tracks
    track = max(world, key=lambda one: len(one.poses))
    people = {one.where for one in world}
    if len(people) > 1:
        say(
            MotionError(
                "motion-people",
                path,
                found=f"{len(people)} tracks of people; {'/'.join(track.where) or 'the first'} with "
                f"{len(track.poses)} frames is read",
                expected="one person",
                fix="Save the person that is meant with numpy.savez(poses=…, trans=…, fps=…).",
            )
        )
    return _smpl_of(track)


def _smpl_of(track: _Track) -> SmplMotion:
    source = track.source
    count = len(track.poses)
    path = next((_rows(source[name], count, 3) for name in _PATHS if name in source), None)
    shape = next((np.asarray(source[name], dtype=np.float32) for name in _SHAPES if name in source), None)
    rate = next((source[name] for name in _RATES if name in source), None)
    fps = float(np.asarray(rate).reshape(-1)[0]) if rate is not None and np.size(rate) == 1 else None
    is_aist = "smpl_scaling" in source
    return SmplMotion(
        poses=track.poses,
        trans=None if path is None else path / track.scale,
        fps=_AIST_FPS if is_aist and fps is None else fps,
        betas=None if shape is None or not shape.size else shape.reshape(-1, shape.shape[-1] if shape.ndim else 1)[0],
        axes_hint="rdf" if track.is_in_camera else "yup",
        hint="as poses in a camera have" if track.is_in_camera else "as such files usually have",
    )


def _tracks(value: Any, where: tuple[str, ...]) -> Iterator[_Track]:
    """Every map in which poses are found, the outermost first."""
    if len(where) > _MOST_DEPTH:
        return
    if isinstance(value, dict):
        track = _track(value, where) or _track_of_frames(value, where)
        if track is not None:
            yield track
            return
        for name, each in value.items():
            yield from _tracks(each, (*where, name))
    elif isinstance(value, list):
        for number, each in enumerate(value[:64]):
            yield from _tracks(each, (*where, str(number)))


def _track(source: Mapping[str, Any], where: tuple[str, ...]) -> _Track | None:
    root = next((source[name] for name in _ROOTS if name in source), None)
    body = next((source[name] for name in _BODIES if name in source), None)
    if root is not None and body is not None:
        parts = _vectors(root), _vectors(body)
        if parts[0] is not None and parts[1] is not None and len(parts[0]) == len(parts[1]):
            return _checked(np.concatenate([parts[0][:, :1], parts[1]], axis=1), source, where)
    for name in _WHOLE:
        poses = _vectors(source[name]) if name in source else None
        if poses is not None and layout_of(poses.shape[1]) is not None:
            return _checked(poses, source, where)
    return None


def _checked(poses: Float64Array, source: Mapping[str, Any], where: tuple[str, ...]) -> _Track | None:
    if layout_of(poses.shape[1]) is None or len(poses) < 2 or not np.isfinite(poses).all():
        return None
    scaling = np.asarray(source.get("smpl_scaling", 1.0), dtype=np.float64)
    scale = float(scaling.reshape(-1)[0]) if scaling.size and abs(float(scaling.reshape(-1)[0])) > 1e-9 else 1.0
    return _Track(where, poses, source, scale)


def _track_of_frames(frames: Mapping[str, Any], where: tuple[str, ...]) -> _Track | None:
    """A map of frames, each of which has the poses of the people in it: the person who is in most of them."""
    poses: dict[str, list[Float64Array]] = {}
    for frame in sorted(frames):
        people = frames[frame]
        for person, pose in _people_in(people) if isinstance(people, dict) else ():
            poses.setdefault(person, []).append(pose)
    if not poses:
        return None
    longest = max(poses.values(), key=len)
    return _checked(np.concatenate(longest), {}, (*where, "camera")) if len(longest) > 1 else None


def _people_in(frame: Mapping[str, Any]) -> Iterator[tuple[str, Float64Array]]:
    """Name and [1, J, 3] pose of everybody in a frame."""
    numbers = np.asarray(frame.get("tracked_ids", frame.get("tid", frame.get("track_ids", [])))).reshape(-1)
    listed = frame.get("smpl")
    if isinstance(listed, list):
        for place, person in enumerate(listed):
            track = _one_pose(person) if isinstance(person, dict) else None
            if track is not None:
                yield str(numbers[place]) if place < len(numbers) else str(place), track
        return
    thetas = frame.get("smpl_thetas")
    whole = None if thetas is None else _vectors(np.atleast_2d(np.asarray(thetas)))
    for place in range(0 if whole is None else len(whole)):
        yield str(numbers[place]) if place < len(numbers) else str(place), whole[place : place + 1]  # pyright: ignore


def _one_pose(person: Mapping[str, Any]) -> Float64Array | None:
    parts: list[Float64Array] = []
    for names in (_ROOTS, _BODIES):
        value = next((np.asarray(person[name]) for name in names if name in person), None)
        if value is None or value.size % 3:
            return None
        is_matrix = value.shape[-2:] == (3, 3)
        vectors = _vectors(value.reshape(1, -1, 3, 3) if is_matrix else value.reshape(1, -1, 3))
        if vectors is None:
            return None
        parts.append(vectors)
    poses = np.concatenate(parts, axis=1)
    return poses if layout_of(poses.shape[1]) is not None else None


def _vectors(value: Any) -> Float64Array | None:
    """[T, J, 3] rotation vectors of an array of them, or of matrices; None for anything else."""
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "fiu" or not value.size:
        return None
    array = value.astype(np.float64)
    if array.shape[-2:] == (3, 3) and array.ndim in (3, 4):
        matrices = array.reshape(len(array), -1, 3, 3)
        if not np.isfinite(matrices).all():
            return None
        return rotation_vector_from_quaternion(quaternion_from_matrix(matrices))
    if array.ndim in (2, 3) and array.size % (3 * len(array)) == 0:
        return array.reshape(len(array), -1, 3)
    return None


def _rows(value: Any, count: int, width: int) -> Float64Array | None:
    array = np.asarray(value, dtype=np.float64) if isinstance(value, np.ndarray) else np.empty(0)
    if array.size != count * width or not np.isfinite(array).all():
        return None
    return array.reshape(count, width)
