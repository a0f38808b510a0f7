"""``gltf-proxy``: the body under the Gaussians as a skinned mesh with its skeleton and the clip.

For what engines do with bodies and cannot do with Gaussians: shadows, collision, ragdolls, retargeting. It has neither
cloth nor hair.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ani3d_exporters.base import Exporter, ExportReport, ExportRequest, ProgressCallback
from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.body.model import BodyModel, ShapedBody, load_builtin_body
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.errors import NotFoundError, UsageError
from ani3d_runtime.formats.glb import ARRAY_BUFFER, ELEMENT_ARRAY_BUFFER, GlbDraft
from ani3d_runtime.replacing import replacing_file

_INFLUENCES = 4
# Betas that no joint speaks of stay near zero.
_RIDGE = 1e-4
_COLOUR = [0.62, 0.52, 0.47, 1.0]


class GltfProxyExporter(Exporter):
    """A skinned mesh and its animation."""

    description = "a skinned mesh of the body with skeleton and clip, for shadows, collision and ragdolls; no Gaussians"
    suffix = ".glb"
    usual_axes = "yup"
    axes_fixed = True

    def export(self, request: ExportRequest, progress: ProgressCallback) -> ExportReport:
        """Write the frames of the request as one animation.

        Raises:
            UsageError: ``export-suffix``, ``output-exists``, ``export-idle-option``.
            NotFoundError: ``frame-not-found``, ``export-no-body``.
        """
        self.check_output(request.output, request.overwrite)
        if request.lod is not None:
            raise UsageError(
                "export-idle-option",
                "--level",
                found="a level of detail for a mesh of the body",
                expected="no level",
                fix="Leave --level out.",
            )
        skeleton = request.package.skeleton
        body = load_builtin_body()
        joint_of = _joint_of(body, skeleton)
        shaped = _shaped(body, skeleton, joint_of)
        progress(0.3)
        content = _glb_of(request, shaped, skeleton, joint_of)
        request.output.parent.mkdir(parents=True, exist_ok=True)
        with replacing_file(request.output) as stream:
            stream.write(content)
        progress(1.0)
        off_mm = 1e3 * float(
            np.linalg.norm(shaped.skeleton.zero_joints_m - skeleton.zero_joints_m[joint_of], axis=1).max()
        )
        losses = [
            "Gaussians: a mesh of the bare body in their place, without cloth, hair and colours",
            f"shape: fitted to the package's joints; the mesh's lie up to {off_mm:.1f} mm from them",
        ]
        return ExportReport([str(request.output)], 0, len(content), losses, "yup")


def _joint_of(body: BodyModel, skeleton: Skeleton) -> NDArray[np.int_]:
    """[J] the package's joint for each of the body's: of its name, or the nearest above it."""
    index = {name: joint for joint, name in enumerate(skeleton.joint_names)}
    found: list[int] = []
    for joint, name in enumerate(body.joint_names):
        parent = int(body.parents[joint])
        if name not in index and (parent < 0 or joint < 22):
            raise NotFoundError(
                "export-no-body",
                "gltf-proxy",
                found=f"a skeleton without {name}: {', '.join(skeleton.joint_names[:8])} …",
                expected="the joints of SMPL's body",
                fix="Export Gaussians instead, for instance with --to gltf.",
            )
        found.append(index[name] if name in index else found[parent])
    return np.array(found)


def _shaped(body: BodyModel, skeleton: Skeleton, joint_of: NDArray[np.int_]) -> ShapedBody:
    """The body whose joints are nearest to the package's: least squares over its shape."""
    used = [joint for joint, name in enumerate(body.joint_names) if name in skeleton.joint_names]
    base = body.skeleton.zero_joints_m[used].astype(np.float64)
    regressor = body.joint_regressor.astype(np.float64)[used]
    directions = np.einsum("jv,vab->jab", regressor, body.shape_directions.astype(np.float64))
    matrix = directions.reshape(-1, body.shape_count)
    wanted = (skeleton.zero_joints_m[joint_of[used]] - base).reshape(-1)
    damped = matrix.T @ matrix + _RIDGE * np.trace(matrix.T @ matrix) / body.shape_count * np.eye(body.shape_count)
    return body.shaped(np.linalg.solve(damped, matrix.T @ wanted).astype(np.float32))


def _glb_of(request: ExportRequest, shaped: ShapedBody, skeleton: Skeleton, joint_of: NDArray[np.int_]) -> bytes:
    draft = GlbDraft()
    joints, weights = _influences(shaped.skin_weights, joint_of, skeleton.joint_count)
    attributes = {
        "POSITION": draft.add(shaped.vertices_m, target=ARRAY_BUFFER, bounds=True),
        "NORMAL": draft.add(_normals(shaped), target=ARRAY_BUFFER),
        "JOINTS_0": draft.add(joints, target=ARRAY_BUFFER),
        "WEIGHTS_0": draft.add(weights, target=ARRAY_BUFFER),
    }
    indices = draft.add(shaped.faces.astype(np.uint32).reshape(-1), target=ELEMENT_ARRAY_BUFFER)
    zero = skeleton.zero_joints_m
    inverse = np.tile(np.eye(4, dtype=np.float32), (skeleton.joint_count, 1, 1))
    # Columns first: the translation is the last row here.
    inverse[:, 3, :3] = -zero
    bind = draft.add(inverse.reshape(-1, 16), kind="MAT4")
    primitive = {"attributes": attributes, "indices": indices, "material": 0}
    return draft.bytes_of(
        {
            "scene": 0,
            "scenes": [{"nodes": [skeleton.joint_count, 0]}],
            "nodes": [*_nodes(skeleton), {"name": "body", "mesh": 0, "skin": 0}],
            "meshes": [{"name": "body", "primitives": [primitive]}],
            "materials": [
                {"name": "body", "pbrMetallicRoughness": {"baseColorFactor": _COLOUR, "metallicFactor": 0.0}}
            ],
            "skins": [{"inverseBindMatrices": bind, "joints": list(range(skeleton.joint_count)), "skeleton": 0}],
            "animations": [_animation(request, draft, skeleton)],
        }
    )


def _nodes(skeleton: Skeleton) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = []
    for joint, (name, parent) in enumerate(zip(skeleton.joint_names, skeleton.parents.tolist(), strict=True)):
        place = skeleton.zero_joints_m[joint] - (skeleton.zero_joints_m[parent] if parent >= 0 else 0)
        nodes.append({"name": name, "translation": [float(value) for value in place]})
        if parent >= 0:
            nodes[parent].setdefault("children", []).append(joint)
    return nodes


def _animation(request: ExportRequest, draft: GlbDraft, skeleton: Skeleton) -> dict[str, Any]:
    clip = request.package.clip(request.clip_name)
    outside = [frame for frame in request.frames if not 0 <= frame < clip.frame_count]
    if outside:
        raise NotFoundError(
            "frame-not-found",
            request.clip_name,
            found=f"frame {outside[0]}",
            expected=f"0..{clip.frame_count - 1}",
            fix="Choose frames of this clip; 'ani3d info' lists how many it has.",
        )
    frames = np.unique(np.array(request.frames))
    motion = clip.motion()
    times = draft.add(((frames - frames[0]) / clip.fps).astype(np.float32), bounds=True)
    samplers: list[dict[str, Any]] = []
    channels: list[dict[str, Any]] = []

    def keyed(node: int, path: str, values: Float32Array) -> None:
        samplers.append({"input": times, "output": draft.add(values), "interpolation": "LINEAR"})
        channels.append({"sampler": len(samplers) - 1, "target": {"node": node, "path": path}})

    keyed(0, "translation", (skeleton.zero_joints_m[0] + motion.root_translation_m[frames]).astype(np.float32))
    for joint in range(skeleton.joint_count):
        quats = motion.joint_rotations_wxyz[frames, joint][:, [1, 2, 3, 0]]
        # The shorter way from key to key: a quaternion and its negative are one rotation.
        flips = np.where((quats[1:] * quats[:-1]).sum(axis=1) < 0, -1, 1).cumprod()
        keyed(joint, "rotation", (quats * np.concatenate([[1], flips])[:, None]).astype(np.float32))
    return {"name": clip.name, "samplers": samplers, "channels": channels}


def _influences(
    skin_weights: Float32Array, joint_of: NDArray[np.int_], joint_count: int
) -> tuple[NDArray[np.uint16], Float32Array]:
    """[V, 4] the joints that move each vertex most, and by how much."""
    spread = np.zeros((len(skin_weights), joint_count), dtype=np.float64)
    for joint, ours in enumerate(joint_of.tolist()):
        spread[:, ours] += skin_weights[:, joint]
    joints = np.argsort(-spread, axis=1, kind="stable")[:, :_INFLUENCES]
    weights = np.take_along_axis(spread, joints, axis=1)
    weights = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    # Joints of no weight are 0, as glTF wants it.
    return np.where(weights > 0, joints, 0).astype(np.uint16), weights


def _normals(shaped: ShapedBody) -> Float32Array:
    """[V, 3] unit normals, each the mean of its faces by area."""
    corners = shaped.vertices_m[shaped.faces].astype(np.float64)
    of_faces = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.zeros(shaped.vertices_m.shape)
    for corner in range(3):
        np.add.at(normals, shaped.faces[:, corner], of_faces)
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    return np.where(lengths > 0, normals / np.maximum(lengths, 1e-12), [0.0, 1.0, 0.0]).astype(np.float32)
