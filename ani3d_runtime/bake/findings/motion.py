"""MotionFindings: what is understood of a motion file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ani3d_runtime.arrays import Float32Array, UInt8Array
from ani3d_runtime.avatar import Avatar, Binding, Part
from ani3d_runtime.bake.findings.sheet import sheet_of_frames
from ani3d_runtime.body.model import ShapedBody, load_builtin_body
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.readers import MotionOptions, read_motion
from ani3d_runtime.body.readers.notes import Remark
from ani3d_runtime.body.retarget import soles_m
from ani3d_runtime.errors import Ani3dError
from ani3d_runtime.geometry.harmonics import SH_C0
from ani3d_runtime.splats import SplatCloud

_COLUMNS = 6
_SKIN = np.array([0.72, 0.62, 0.55])
_LIGHT = np.array([0.4, 0.8, 0.45])


@dataclass(frozen=True)
class MotionFindings:
    """What is understood of a motion file.

    Attributes:
        source: the file, or a built-in name.
        motion: on the built-in body.
        notes: what was decided: names, axes, reference, unit.
        warnings: what is doubted.
    """

    source: str
    motion: Motion
    notes: tuple[str, ...]
    warnings: tuple[Ani3dError, ...]

    def to_json(self) -> dict[str, object]:
        """The findings as scripts read them."""
        motion, skeleton = self.motion, load_builtin_body().skeleton
        root = motion.root_translation_m.astype(np.float64)
        ground = root[:, [0, 2]]
        posed = skeleton.global_transforms(motion.joint_rotations_wxyz, motion.root_translation_m)[..., 3]
        spine = posed[:, skeleton.joint_names.index("head")] - posed[:, 0]
        cosine = spine[:, 1] / np.maximum(np.linalg.norm(spine, axis=1), 1e-9)
        return {
            "kind": "motion",
            "file": self.source,
            "frames": motion.frame_count,
            "fps": motion.fps,
            "seconds": round(motion.duration_s, 3),
            "path_m": round(float(np.linalg.norm(np.diff(ground, axis=0), axis=1).sum()), 3),
            "travel_m": [round(float(value), 3) for value in root[-1] - root[0]],
            "upright_cosine": round(float(cosine.mean()), 3),
            "soles_above_floor_m": round(soles_m(motion, skeleton), 3),
            "notes": list(self.notes),
            "warnings": [warning.to_json() for warning in self.warnings],
        }

    def picture(self) -> Float32Array:
        """[H, W, 3] six frames from the front, and the same from the left, over the floor at height zero."""
        frames = np.linspace(0, self.motion.frame_count - 1, _COLUMNS).astype(int)
        views = [("front", int(frame), 0.0) for frame in frames] + [("left", int(frame), 90.0) for frame in frames]
        return sheet_of_frames(_mannequin(load_builtin_body().shaped()), self.motion, views, columns=_COLUMNS)


def motion_findings(source: str, options: MotionOptions) -> MotionFindings:
    """Read a motion for the built-in body.

    Args:
        source: a file, or a built-in name.
        options: how it is to be understood.

    Raises:
        Ani3dError: as a bake of it would.
    """
    remarks: list[Remark] = []
    motion = read_motion(source, load_builtin_body().skeleton, options, say=remarks.append)
    return MotionFindings(
        source,
        motion,
        tuple(remark for remark in remarks if isinstance(remark, str)),
        tuple(remark for remark in remarks if not isinstance(remark, str)),
    )


def _mannequin(body: ShapedBody) -> Avatar:
    """The body as Gaussians, one for each vertex, lit from above."""
    used = np.unique(body.faces)
    vertices, weights = body.vertices_m[used], body.skin_weights[used]
    corners = body.vertices_m[body.faces]
    facing = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.zeros_like(body.vertices_m)
    for corner in range(3):
        np.add.at(normals, body.faces[:, corner], facing)
    normals = normals[used] / np.maximum(np.linalg.norm(normals[used], axis=1, keepdims=True), 1e-12)
    shade = 0.55 + 0.45 * np.clip(normals @ (_LIGHT / np.linalg.norm(_LIGHT)), -0.6, 1)
    colours = (shade[:, None] * _SKIN - 0.5) / SH_C0
    still = np.tile(np.array([1, 0, 0, 0], dtype=np.float32), (len(vertices), 1))
    cloud = SplatCloud.checked(
        vertices, still, np.full((len(vertices), 3), 0.011), np.full(len(vertices), 0.95), colours[:, None]
    )
    joints: UInt8Array = np.argsort(-weights, axis=1, kind="stable")[:, :4].astype(np.uint8)
    strongest = np.take_along_axis(weights, joints.astype(np.int64), axis=1)
    strongest = (strongest / strongest.sum(axis=1, keepdims=True)).astype(np.float32)
    parts = np.full(len(vertices), int(Part.SKIN), dtype=np.uint8)
    binding = Binding.checked(joints, strongest, parts, joint_count=body.skeleton.joint_count)
    return Avatar("mannequin", cloud, body.skeleton, binding)
