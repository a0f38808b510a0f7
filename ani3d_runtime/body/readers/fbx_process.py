"""Reads an FBX with ufbx in a process of its own, which :mod:`ani3d_runtime.body.readers.fbx_motion` starts.

What parses files of strangers is native code of others. Should it crash or take memory without end, this process ends,
and nothing else. It writes arrays as .npz to standard output, or a line of what is wrong to standard error.
"""

from __future__ import annotations

import contextlib
import gc
import io
import os
import sys
from typing import Any

import numpy as np

from ani3d_runtime.body.readers.node_limits import MOST_NODES, MOST_VALUES
from ani3d_runtime.body.readers.takes import distinct
from ani3d_runtime.geometry.quaternion import conjugate, matrix_from_quaternion, multiply, quaternion_from_matrix

MEMORY_BYTES = 4 << 30
NO_LIBRARY, UNREADABLE, TOO_LARGE = 10, 11, 12
_KEPT: list[Any] = []


def main() -> int:
    """Read the file that is named, and tell how it went by the exit code."""
    _limit_memory()
    # ufbx 0.0.5 crashes where its objects are cleared up; this process is too short to need that.
    gc.disable()
    try:
        import ufbx  # pyright: ignore[reportMissingImports]
    except ImportError:
        return NO_LIBRARY
    try:
        arrays = _arrays_of(ufbx, sys.argv[1], *sys.argv[2:])
    except _TooLargeError as error:
        return _told(str(error), TOO_LARGE)
    except Exception as error:
        # Whatever it is, the file cannot be read; the library has an error class for each of some forty reasons.
        return _told(f"{type(error).__name__}: {error}", UNREADABLE)
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    sys.stdout.buffer.write(buffer.getvalue())
    sys.stdout.buffer.flush()
    return 0


def _kept(value: Any) -> Any:
    """The same, never cleared up."""
    _KEPT.append(value)
    return value


class _TooLargeError(Exception):
    """More frames or nodes than are taken."""


def _arrays_of(ufbx: Any, path: str, asked: str | None = None) -> dict[str, Any]:
    scene = _kept(
        ufbx.load_file(
            path,
            ignore_geometry=False,
            ignore_embedded=True,
            skip_mesh_parts=True,
            load_external_files=False,
            target_axes=ufbx.axes_right_handed_y_up,
            target_unit_meters=1.0,
            space_conversion=ufbx.SpaceConversion.ADJUST_TRANSFORMS,
        )
    )
    nodes = _kept(list(_kept(scene.nodes)))
    place_of = {node.element_id: place for place, node in enumerate(nodes)}
    takes = _kept(_takes(ufbx, scene))
    if not takes:
        raise ValueError("no animation with a duration")
    names = distinct([take[0] for take in takes])
    # Whoever asks for another is told by the process that started this one.
    wanted = [take for take, name in zip(takes, names, strict=True) if name == asked]
    taken = max(wanted or takes, key=lambda take: (len(take[4]), take[2] - take[1]))
    _, begin, end, anim, moving = taken
    fps = float(scene.settings.frames_per_second) or 30.0
    frames = 1 + int(min((end - begin) * fps + 1e-3, 1e12))
    if len(nodes) > MOST_NODES or frames * len(nodes) > MOST_VALUES:
        raise _TooLargeError(f"{frames} frames of {len(nodes)} nodes")
    rest = _rest_of(scene, nodes, place_of)
    still = [node.local_transform for node in nodes]
    translations = np.tile(np.array([_vec(each.translation) for each in still]), (frames, 1, 1))
    rotations = np.tile(np.array([_quat(each.rotation) for each in still]), (frames, 1, 1))
    for place, node in enumerate(nodes):
        if node.typed_id in moving:
            for frame in range(frames):
                pose = node.evaluate_transform(anim, begin + frame / fps)
                translations[frame, place] = _vec(pose.translation)
                rotations[frame, place] = _quat(pose.rotation)
    ever_moving = set[int]().union(*(take[4] for take in takes))
    bones = [node.bone is not None or node.typed_id in ever_moving for node in nodes]
    return {
        "names": np.array([node.name or f"node {place}" for place, node in enumerate(nodes)], dtype=np.str_),
        "parents": np.array([-1 if node.parent is None else place_of[node.parent.element_id] for node in nodes]),
        "translations": translations,
        "rotations": rotations,
        "scales": np.array([_vec(each.scale) for each in still]),
        "is_joint": np.array(bones),
        "rest": rest,
        "fps": np.array(fps),
        "takes": np.array(names, dtype=np.str_),
        "take": np.array(names[takes.index(taken)], dtype=np.str_),
    }


def _takes(ufbx: Any, scene: Any) -> list[tuple[str, float, float, Any, set[int]]]:
    """Name, begin, end, animation and numbers of moving nodes of each take in which anything moves."""
    takes: list[tuple[str, float, float, Any, set[int]]] = []
    for stack in _kept(list(_kept(scene.anim_stacks))):
        begin, end = float(stack.time_begin), float(stack.time_end)
        anim = _kept(stack.anim)
        baked = _kept(ufbx.bake_anim(scene, anim, maximum_sample_rate=2.0, resample_rate=2.0))
        keys = _kept(list(_kept(baked.nodes)))
        moving = {node.typed_id for node in keys if not (node.constant_translation and node.constant_rotation)}
        keyed = {node.typed_id for node in keys}
        if moving and end > begin:
            takes.append((stack.name, begin, end, anim, keyed))
    return takes


def _rest_of(scene: Any, nodes: list[Any], place_of: dict[int, int]) -> Any:
    """[K, 4] local rotations of the pose that the skeleton was built in.

    That is the pose in which it was bound to a mesh. Without one it is the pose of no rotation but for the joints' own
    orientations: Maya and Mixamo build skeletons so, and whether it stands is seen later.
    """
    bound: dict[int, Any] = {}
    for pose in _kept(list(_kept(scene.poses))):
        if pose.is_bind_pose:
            for bone in _kept(list(_kept(pose.bone_poses))):
                bound.setdefault(bone.bone_node.element_id, bone.bone_to_world)
    for cluster in _kept(list(_kept(scene.skin_clusters))):
        if cluster.bone_node is not None:
            bound[cluster.bone_node.element_id] = cluster.bind_to_world
    if not bound:
        return np.array([_orientation(node) for node in nodes])
    world: list[Any] = []
    for node in nodes:
        above = np.eye(3) if node.parent is None else world[place_of[node.parent.element_id]]
        if node.element_id in bound:
            world.append(_turn(bound[node.element_id]))
        else:
            world.append(above @ matrix_from_quaternion(np.array(_quat(node.local_transform.rotation))))
    above = [np.eye(3) if node.parent is None else world[place_of[node.parent.element_id]] for node in nodes]
    return np.array([quaternion_from_matrix(one.T @ own) for one, own in zip(above, world, strict=True)])


def _orientation(node: Any) -> Any:
    """[4] the local rotation of a joint that is not rotated."""
    return multiply(_euler(node, "PreRotation"), conjugate(_euler(node, "PostRotation")))


def _euler(node: Any, name: str) -> Any:
    """[4] the rotation of a property of degrees about x, then y, then z."""
    found = node.props.find_prop(name)
    turn = np.array([1.0, 0.0, 0.0, 0.0])
    for axis, degrees in enumerate((0, 0, 0) if found is None else _vec(found.value_vec4)):
        each = np.zeros(4)
        each[0], each[1 + axis] = np.cos(np.deg2rad(degrees) / 2), np.sin(np.deg2rad(degrees) / 2)
        turn = multiply(each, turn)
    return turn


def _turn(matrix: Any) -> Any:
    """The rotation nearest to a matrix's columns."""
    columns = np.array([_vec(matrix.c0), _vec(matrix.c1), _vec(matrix.c2)]).T
    u, _, v = np.linalg.svd(columns)
    turn = u @ v
    return turn if np.linalg.det(turn) > 0 else -turn


def _vec(value: Any) -> list[float]:
    return [value.x, value.y, value.z]


def _quat(value: Any) -> list[float]:
    return [value.w, value.x, value.y, value.z]


def _limit_memory() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def _told(reason: str, code: int) -> int:
    sys.stderr.write(reason[:400] + "\n")
    sys.stderr.flush()
    return code


if __name__ == "__main__":
    # Left without clearing up, for the same reason.
    os._exit(main())
