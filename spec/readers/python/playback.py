"""Our player at the times of a golden vector."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any, cast

import numpy as np

from ani3d_runtime.deformation import Detail, Frame
from ani3d_runtime.geometry.quaternion import normalised, quaternion_from_rotation_vector
from ani3d_runtime.package.playing import Playing, Travel
from ani3d_runtime.package.readable import BytesReadable
from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.frame_row import FrameRow
from ani3d_runtime.playback.player import ClipPlayer
from ani3d_runtime.playback.root_path import GroundMotion, RootMotion

# Beside rotations, which are shown as quaternions: vectors of more than half a turn have equals.
CHANNELS = {"position_m": "dpos_m", "logscale": "dlogscale", "colour": "dcolour"}


def played(vector: dict[str, Any]) -> dict[str, Any]:
    """Frames at times, and steps of the root between times."""
    if "clip" in vector:
        row = row_of(vector["clip"], np.array(vector["root_joint_m"], dtype=np.float32))
        return _shown(
            vector,
            lambda time_s, root: row.at(*row.place(time_s), root=root),
            lambda start_s, end_s: row.root_step(row.place(start_s), row.place(end_s)),
        )
    with Package.open(BytesReadable(base64.b64decode(vector["package_base64"]))) as package:
        player = ClipPlayer(package, vector["clip_name"])
        return _shown(vector, lambda time_s, root: player.frame_at(time_s, root=root), player.root_step)


def row_of(clip: dict[str, Any], root_joint_m: np.ndarray) -> FrameRow:
    """The clip of a vector."""
    frames = [frame_of(frame) for frame in clip["frames"]]
    travel = clip["travel"]
    moves = None if travel is None else Travel(tuple(travel["translation_m"]), travel["heading_rad"])
    playing = Playing(loops=clip["loops"], travel=moves, in_place=clip.get("in_place", False))
    light = frames.__getitem__
    return FrameRow(len(frames), clip["fps"], playing, root_joint_m, light, lambda index: frames[index].detail)


def frame_of(told: dict[str, Any]) -> Frame:
    """A frame of a vector."""
    channels = {field: _vectors(told[f"detail_{name}"]) for name, field in CHANNELS.items()}
    detail = Detail(
        np.array(told["detail_indices"], dtype=np.int32), drot_rad=_vectors(told["detail_rotation_rad"]), **channels
    )
    return Frame(
        0.0,
        np.array(told["root_translation_m"], dtype=np.float32),
        _quats(told["joint_rotations_wxyz"]),
        _vectors(told["node_displacements_m"]),
        _quats(told["node_rotations_wxyz"]),
        np.zeros(0, dtype=np.float32),
        detail if len(detail.indices) else None,
    )


def frame_fields(frame: Frame, wanted: list[int] | None = None) -> dict[str, Any]:
    """A frame as vectors have it; detail of all Gaussians that have some, or of those that are asked for."""
    detail = frame.detail or Detail(np.zeros(0, dtype=np.int32))
    indices = detail.indices.tolist() if wanted is None else wanted

    def channel(values: Any) -> np.ndarray:
        spread = np.zeros((len(indices), 3))
        rows = [row for row, index in enumerate(indices) if index in known]
        if values is not None and rows:
            spread[rows] = values[[known[indices[row]] for row in rows]]
        return spread

    known = {int(index): row for row, index in enumerate(detail.indices)}
    fields = {f"detail_{name}": channel(getattr(detail, field)) for name, field in CHANNELS.items()}
    return {
        "root_translation_m": numbers(frame.root_translation_m),
        "joint_rotations_wxyz": numbers(frame.joint_rotations_wxyz),
        "node_displacements_m": numbers(frame.node_displacements_m),
        "node_rotations_wxyz": numbers(frame.node_rotations_wxyz),
        "detail_indices": indices,
        "detail_rotations_wxyz": numbers(quaternion_from_rotation_vector(channel(detail.drot_rad))),
        **{name: numbers(values) for name, values in fields.items()},
    }


def numbers(values: Any) -> Any:
    """Nested lists of eight digits behind the point."""
    return np.round(np.asarray(values, dtype=np.float64), 8).tolist()


def _shown(
    vector: dict[str, Any],
    frame_at: Callable[[float, RootMotion], Frame],
    step: Callable[[float, float], GroundMotion],
) -> dict[str, Any]:
    wanted = vector.get("detail_of")
    frames = [frame_at(each["time_s"], cast("RootMotion", each["root"])) for each in vector["shown"]]
    return {
        "frames": [frame_fields(frame, wanted) for frame in frames],
        "steps": [numbers(step(*times)) for times in vector["steps"]],
    }


def _vectors(values: Any) -> np.ndarray:
    return np.array(values, dtype=np.float32).reshape(-1, 3)


def _quats(values: Any) -> np.ndarray:
    return normalised(np.array(values, dtype=np.float64).reshape(-1, 4)).astype(np.float32)
