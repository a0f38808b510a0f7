"""The runtime equation in plain float64 numpy, one Gaussian at a time, written from spec/CONVENTIONS.md alone.

It shares no code with the package: matrices instead of quaternions where the player uses quaternions, SVD instead of
Newton and Jacobi. It is the oracle for the golden vectors and for the player's kernels.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def rotation_matrix(q: Array) -> Array:
    """3x3 of a wxyz quaternion, by the vector formula v + 2w(u×v) + 2u×(u×v) on the unit axes."""
    w, u = q[0] / np.linalg.norm(q), q[1:] / np.linalg.norm(q)
    return np.stack([v + 2 * w * np.cross(u, v) + 2 * np.cross(u, np.cross(u, v)) for v in np.eye(3)], axis=1)


def exponential(rotvec: Array) -> Array:
    """3x3 of a rotation vector, by Rodrigues."""
    angle = np.linalg.norm(rotvec)
    if angle == 0:
        return np.eye(3)
    a, b, c = rotvec / angle
    k = np.array([[0, -c, b], [c, 0, -a], [-b, a, 0]])
    return np.eye(3) + np.sin(angle) * k + (1 - np.cos(angle)) * (k @ k)


def polar_rotation(matrix: Array) -> Array:
    """The rotation of L = P H."""
    u, _, vt = np.linalg.svd(matrix)
    return u @ np.diag([1, 1, np.linalg.det(u @ vt)]) @ vt


def joint_worlds(parents: list[int], zero_joints: Array, rotations: Array, root_translation: Array) -> list[Array]:
    """4x4 joint frames by walking each joint's chain up to the root."""
    worlds: list[Array] = []
    for joint, parent in enumerate(parents):
        local = np.eye(4)
        local[:3, :3] = rotation_matrix(rotations[joint])
        local[:3, 3] = zero_joints[joint] + root_translation if parent < 0 else zero_joints[joint] - zero_joints[parent]
        worlds.append(local if parent < 0 else worlds[parent] @ local)
    return worlds


def skinning_matrices(case: dict[str, dict[str, Array]]) -> list[Array]:
    """A_j, 4x4, rest pose to posed."""
    skeleton, frame = case["skeleton"], case["frame"]
    parents = [int(p) for p in skeleton["parents"]]
    zero = skeleton["zero_joints_m"]
    rest = joint_worlds(parents, zero, skeleton["rest_rotations_wxyz"], skeleton["rest_translation_m"])
    posed = joint_worlds(parents, zero, frame["joint_rotations_wxyz"], frame["root_translation_m"])
    return [p @ np.linalg.inv(r) for p, r in zip(posed, rest, strict=True)]


def sh_basis(direction: Array, degree: int) -> Array:
    """3DGS's basis up to degree 3, from the textbook normalisations."""
    x, y, z = direction / np.linalg.norm(direction)
    pi = np.pi
    values = [0.5 / np.sqrt(pi)]
    if degree >= 1:
        c = np.sqrt(3 / (4 * pi))
        values += [-c * y, c * z, -c * x]
    if degree >= 2:
        c, c0, c2 = np.sqrt(15 / (4 * pi)), np.sqrt(5 / (16 * pi)), np.sqrt(15 / (16 * pi))
        values += [c * x * y, -c * y * z, c0 * (3 * z * z - 1), -c * x * z, c2 * (x * x - y * y)]
    if degree >= 3:
        c3, c2, c1, c0 = (
            np.sqrt(35 / (32 * pi)), np.sqrt(105 / (4 * pi)), np.sqrt(21 / (32 * pi)), np.sqrt(7 / (16 * pi)),
        )  # fmt: skip
        values += [
            -c3 * y * (3 * x * x - y * y),
            c2 * x * y * z,
            -c1 * y * (5 * z * z - 1),
            c0 * z * (5 * z * z - 3),
            -c1 * x * (5 * z * z - 1),
            c2 / 2 * z * (x * x - y * y),
            -c3 * x * (x * x - 3 * y * y),
        ]
    return np.array(values)


def evaluate(case: dict[str, dict[str, Array]], camera_position_m: Array) -> dict[str, Array]:
    """Posed means [N, 3], covariances [N, 3, 3], view rotation matrices [N, 3, 3] and colours [N, 3]."""
    avatar, model, frame = case["avatar"], case["deformation"], case["frame"]
    transforms = skinning_matrices(case)
    detail_rows = {int(i): row for row, i in enumerate(frame["detail_indices"])}
    out: dict[str, list[Array]] = {"means_m": [], "covariances_m2": [], "view_rotations": [], "colours": []}
    for i, rest in enumerate(avatar["means_m"]):
        moved, node_rotation = _nodes(i, rest, model, frame)

        def channel(name: str, i: int = i) -> Array:
            total = sum(
                (a * b[i] for a, b in zip(frame["coefficients"], model[f"basis_{name}"], strict=True)), np.zeros(3)
            )
            row = detail_rows.get(i)
            values = frame[f"detail_{name}"]
            return total + values[row] if row is not None and len(values) else total

        mean = moved + channel("position_m")
        axes = exponential(channel("rotation_rad")) @ node_rotation @ rotation_matrix(avatar["quats_wxyz"][i])
        scales = avatar["scales_m"][i] * np.exp(channel("logscale"))
        matrix = sum(w * transforms[int(j)] for j, w in zip(avatar["joints"][i], avatar["weights"][i], strict=True))
        linear = matrix[:3, :3]
        spread = linear @ axes @ np.diag(scales)
        view = polar_rotation(linear)
        posed = linear @ mean + matrix[:3, 3]
        sh = np.array(avatar["sh"][i])
        sh[0] += channel("colour")
        direction = view.T @ (posed - camera_position_m)
        colour = 0.5 + sh_basis(direction, round(len(sh) ** 0.5) - 1) @ sh
        for name, value in zip(out, (posed, spread @ spread.T, view, np.maximum(colour, 0)), strict=True):
            out[name].append(value)
    return {name: np.array(values) for name, values in out.items()}


def _nodes(i: int, rest: Array, model: dict[str, Array], frame: dict[str, Array]) -> tuple[Array, Array]:
    """y_i, and r_i as a matrix."""
    weights = model["node_weights"][i] if len(model["node_weights"]) else np.zeros(4)
    if not weights.any():
        return rest, np.eye(3)
    position, blend = np.zeros(3), np.zeros(4)
    for n, a in zip(model["node_indices"][i].astype(int), weights, strict=True):
        if a == 0:
            continue
        centre, q = model["node_rest_m"][n], frame["node_rotations_wxyz"][n]
        q = q / np.linalg.norm(q)
        position += a * (rotation_matrix(q) @ (rest - centre) + centre + frame["node_displacements_m"][n])
        blend += a * (q if blend @ q >= 0 else -q)
    return position, rotation_matrix(blend)
