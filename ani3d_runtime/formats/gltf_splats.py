"""Gaussians in glTF by KHR_gaussian_splatting: points whose attributes are Gaussians'.

https://github.com/KhronosGroup/glTF/tree/main/extensions/2.0/Khronos/KHR_gaussian_splatting. Y up; scales and opacities
are linear, rotations xyzw, harmonics an attribute per coefficient in 3DGS' signs. COLOR_0 is what viewers without the
extension show.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float32Array, Float64Array
from ani3d_runtime.formats.glb import ARRAY_BUFFER, Glb, GlbDraft
from ani3d_runtime.formats.gltf_nodes import NodeTree
from ani3d_runtime.formats.splat_file import SplatFile, checked_cloud, refuse_empty
from ani3d_runtime.geometry.frames import turned_harmonics
from ani3d_runtime.geometry.harmonics import SH_C0
from ani3d_runtime.geometry.quaternion import multiply, normalised, quaternion_from_matrix
from ani3d_runtime.splats import SplatCloud

EXTENSION = "KHR_gaussian_splatting"
_DESCRIPTION = {
    "kernel": "ellipse",
    "colorSpace": "srgb_rec709_display",
    "sortingMethod": "cameraDistance",
    "projection": "perspective",
}
_POINTS = 0
_TERM = re.compile(rf"{EXTENSION}:SH_DEGREE_(\d)_COEF_(\d)")


def _term(degree: int, index: int) -> str:
    return f"{EXTENSION}:SH_DEGREE_{degree}_COEF_{index}"


def gltf_bytes(cloud: SplatCloud) -> bytes:
    """A .glb of a cloud in glTF's axes (Y up), in the cloud's order."""
    draft = GlbDraft()

    def add(values: NDArray[Any], **how: Any) -> int:
        return draft.add(values, target=ARRAY_BUFFER, **how)

    colours = np.concatenate([cloud.sh[:, 0] * SH_C0 + 0.5, cloud.opacities[:, None]], axis=1)
    attributes = {
        "POSITION": add(cloud.means_m, bounds=True),
        "COLOR_0": add(np.clip(np.rint(colours * 255), 0, 255).astype(np.uint8), normalised=True),
        f"{EXTENSION}:ROTATION": add(cloud.quats_wxyz[:, [1, 2, 3, 0]]),
        f"{EXTENSION}:SCALE": add(cloud.scales_m),
        f"{EXTENSION}:OPACITY": add(cloud.opacities),
    }
    for degree in range(cloud.sh_degree + 1):
        for index in range(2 * degree + 1):
            attributes[_term(degree, index)] = add(np.ascontiguousarray(cloud.sh[:, degree**2 + index]))
    primitive = {"attributes": attributes, "mode": _POINTS, "extensions": {EXTENSION: _DESCRIPTION}}
    return draft.bytes_of(
        {
            "extensionsUsed": [EXTENSION],
            "scene": 0,
            "scenes": [{"nodes": [0]}],
            "nodes": [{"mesh": 0}],
            "meshes": [{"primitives": [primitive]}],
        }
    )


def read_gltf_splats(path: Path | str) -> SplatFile:
    """Read all Gaussians of a glTF, as its nodes place them.

    Raises:
        InputError: ``gltf-*``. SplatFileError: ``splat-file-*``.
    """
    glb = Glb.open(path)
    clouds: list[SplatCloud] = []
    tree = NodeTree.of(glb)
    worlds = tree.rest_worlds()
    for node, world in zip(glb.items("nodes"), worlds, strict=True):
        for primitive in _primitives(glb, node):
            clouds.append(_placed(glb, _cloud_of(glb, primitive), world))
    refuse_empty(glb.path, len(clouds))
    terms = max(cloud.sh.shape[1] for cloud in clouds)
    cloud = SplatCloud(
        np.concatenate([cloud.means_m for cloud in clouds]),
        np.concatenate([cloud.quats_wxyz for cloud in clouds]),
        np.concatenate([cloud.scales_m for cloud in clouds]),
        np.concatenate([cloud.opacities for cloud in clouds]),
        np.concatenate([np.pad(c.sh, ((0, 0), (0, terms - c.sh.shape[1]), (0, 0))) for c in clouds]),
    )
    return SplatFile(cloud, axes="yup")


def _primitives(glb: Glb, node: dict[str, Any]) -> list[dict[str, Any]]:
    """What of a node's mesh is Gaussians."""
    if "mesh" not in node:
        return []
    primitives = glb.item("meshes", node["mesh"]).get("primitives")
    if not isinstance(primitives, list) or not all(isinstance(one, dict) for one in primitives):
        raise glb.damaged("a mesh without primitives", "a list of them")
    found = [one for one in primitives if EXTENSION in (one.get("extensions") or {})]
    for one in found:
        inner = one["extensions"][EXTENSION]
        packed = inner.get("extensions") if isinstance(inner, dict) else None
        if packed:
            raise glb.unsupported(f"Gaussians packed by {', '.join(map(str, packed))}", f"{EXTENSION} alone")
    return found


def _cloud_of(glb: Glb, primitive: dict[str, Any]) -> SplatCloud:
    attributes = primitive.get("attributes")
    if not isinstance(attributes, dict):
        raise glb.damaged("Gaussians without attributes", "POSITION and others")

    def column(name: str, width: int, count: int | None = None) -> Float32Array:
        if name not in attributes:
            raise glb.damaged(f"Gaussians with {', '.join(sorted(attributes))[:200]}", f"also {name}")
        values = glb.array(attributes[name]).astype(np.float32)
        shape = (count if count is not None else len(values),) + ((width,) if width > 1 else ())
        if values.shape != shape or not np.isfinite(values).all():
            raise glb.damaged(f"{name} of shape {values.shape}, or with NaN", f"finite numbers of shape {shape}")
        return values

    means = column("POSITION", 3)
    count = len(means)
    refuse_empty(glb.path, count)
    degrees = {int(match[1]) for name in attributes if (match := _TERM.fullmatch(name))}
    degree = max((one for one in degrees if one <= 3), default=-1)
    if degree < 0:
        colour = column("COLOR_0", 4, count)[:, None, :3]
        sh = ((colour - 0.5) / SH_C0).astype(np.float32)
    else:
        terms = [column(_term(one, index), 3, count) for one in range(degree + 1) for index in range(2 * one + 1)]
        sh = np.stack(terms, axis=1)
    scales = column(f"{EXTENSION}:SCALE", 3, count)
    if float(scales.min()) < 0:
        raise glb.damaged(
            f"a {EXTENSION}:SCALE of {float(scales.min()):.3g}, as logarithms have, which early drafts stored",
            "standard deviations, 0 or more",
        )
    return checked_cloud(
        glb.path,
        means,
        column(f"{EXTENSION}:ROTATION", 4, count)[:, [3, 0, 1, 2]],
        scales,
        column(f"{EXTENSION}:OPACITY", 1, count),
        sh,
    )


def _placed(glb: Glb, cloud: SplatCloud, world: Float64Array) -> SplatCloud:
    """A cloud where its node stands."""
    linear, offset = world[:3, :3], world[:3, 3]
    scale = float(np.cbrt(np.linalg.det(linear)))
    if not (np.isfinite(world).all() and scale > 1e-9):
        raise glb.damaged("a node that mirrors or flattens its Gaussians", "one that turns, scales and moves them")
    turn = linear / scale
    if np.abs(turn @ turn.T - np.eye(3)).max() > 1e-3:
        raise glb.unsupported("a node that stretches its Gaussians", "the same scale in all directions")
    if np.allclose(world, np.eye(4)):
        return cloud
    quat = quaternion_from_matrix(turn)
    means = cloud.means_m.astype(np.float64) @ linear.T + offset
    quats = normalised(multiply(quat, cloud.quats_wxyz))
    return checked_cloud(
        glb.path, means, quats, cloud.scales_m * scale, cloud.opacities, turned_harmonics(cloud.sh, quat)
    )
