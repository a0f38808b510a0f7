"""Figure: the built-in body in a character's shape, standing in the pose in which the character is built."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import numpy as np

from ani3d_runtime.arrays import Float32Array, Float64Array, Int32Array, UInt8Array
from ani3d_runtime.bake.characters.mesh import Mesh, smoothed, unit, vertex_normals
from ani3d_runtime.body.model import SMPL_JOINT_NAMES, ShapedBody, load_builtin_body
from ani3d_runtime.geometry.quaternion import quaternion_from_rotation_vector

# Arms hang most of the time, so the body is built (pose correctives, light, cloth) with its arms well below a T.
ARM_DROP_RAD = np.deg2rad(48.0)
LEG_SPREAD_RAD = 0.06
SKIN, EYE_BACK, EYE_FRONT, CAVITY = range(4)


@lru_cache(maxsize=1)
def _regions() -> dict[str, UInt8Array]:
    source = resources.files("ani3d_runtime.body") / "data" / "regions.npz"
    with source.open("rb") as stream, np.load(stream, allow_pickle=False) as data:
        return {name: data[name] for name in data.files}


def build_pose() -> Float32Array:
    """[1, 24, 4] the building pose: an A pose."""
    vectors = np.zeros((24, 3))
    vectors[joint("left_shoulder"), 2] = -ARM_DROP_RAD
    vectors[joint("right_shoulder"), 2] = ARM_DROP_RAD
    vectors[joint("left_hip"), 2] = LEG_SPREAD_RAD
    vectors[joint("right_hip"), 2] = -LEG_SPREAD_RAD
    return quaternion_from_rotation_vector(vectors).astype(np.float32)[None]


def joint(name: str) -> int:
    """Index of a joint of the built-in body."""
    return SMPL_JOINT_NAMES.index(name)


@dataclass(frozen=True)
class BodyPoint:
    """Pattern coordinates of points on the body: zero-pose position and skin weights, [N, 27]."""

    pattern: Float64Array

    @property
    def x(self) -> Float64Array:
        """Zero-pose X, metres, to the body's left."""
        return self.pattern[:, 0]

    @property
    def y(self) -> Float64Array:
        """Zero-pose Y, metres, up."""
        return self.pattern[:, 1]

    @property
    def z(self) -> Float64Array:
        """Zero-pose Z, metres, forward."""
        return self.pattern[:, 2]

    @property
    def position(self) -> Float64Array:
        """[N, 3]."""
        return self.pattern[:, :3]

    @property
    def folded(self) -> Float64Array:
        """[N, 3] mirrored to the left side."""
        return self.position * np.where(self.x < 0, -1.0, 1.0)[:, None] ** np.array([1, 0, 0])

    def weight(self, *names: str) -> Float64Array:
        """[N] summed skin weight of joints; a bare name means both sides."""
        columns = [3 + k for k, full in enumerate(SMPL_JOINT_NAMES) if full in names or full.split("_")[-1] in names]
        return self.pattern[:, columns].sum(axis=1)


@dataclass(frozen=True)
class Figure:
    """A shaped body in the building pose.

    Attributes:
        body: its shape in the zero pose.
        skin: the body's mesh.
        shell: the body's mesh smoothed over dents and swollen, on which tight clothes lie.
        face_regions: [F] SKIN, EYE_BACK, EYE_FRONT or CAVITY (mouth).
        transforms: [24, 3, 4] zero pose to building pose.
    """

    body: ShapedBody
    skin: Mesh
    shell: Mesh
    face_regions: UInt8Array
    transforms: Float64Array

    @classmethod
    def of_shape(cls, betas: tuple[float, ...]) -> Figure:
        """The built-in body with these shape coefficients."""
        body = load_builtin_body().shaped(betas)
        pose = build_pose()
        vertices = body.pose_vertices(pose, np.zeros((1, 3), dtype=np.float32))[0].astype(np.float64)
        zero = body.vertices_m.astype(np.float64)
        # The head stands upright in both poses, so the same offset gives both the friendlier mouth.
        friendlier = _smile(zero, body.skeleton.zero_joints_m[joint("head")])
        vertices, zero = vertices + friendlier, zero + friendlier
        weights = body.skin_weights.astype(np.float64)
        skin = Mesh(vertices, body.faces, weights, np.concatenate([zero, weights], axis=1))
        shell_vertices = _filled_out(vertices, body.faces)
        shell_zero = _filled_out(zero, body.faces)
        shell = Mesh(shell_vertices, body.faces, weights, np.concatenate([shell_zero, weights], axis=1))
        transforms = body.skeleton.skinning_transforms(pose, np.zeros((1, 3), dtype=np.float32))[0]
        return cls(body, skin, shell, _regions()["face_part"], transforms)

    def joint_m(self, name: str) -> Float64Array:
        """[3] zero-pose position of a joint."""
        return self.body.skeleton.zero_joints_m[joint(name)].astype(np.float64)

    @property
    def visible_faces(self) -> Int32Array:
        """[F', 3] faces of skin and eyes that can be seen."""
        return self.skin.faces[(self.face_regions == SKIN) | (self.face_regions == EYE_FRONT)]

    @property
    def skin_vertices(self) -> Float64Array:
        """[V] bool, vertices that belong to skin."""
        mask = np.zeros(len(self.skin.vertices_m), dtype=bool)
        mask[np.unique(self.skin.faces[self.face_regions == SKIN])] = True
        return mask

    def eye_vertices(self) -> Int32Array:
        """Vertices of the visible front of both eyeballs."""
        return np.unique(self.skin.faces[self.face_regions == EYE_FRONT])

    def eye_centres_m(self) -> Float64Array:
        """[2, 3] left and right, middle of the visible eyeball in the zero pose."""
        zero = self.skin.pattern[self.eye_vertices(), :3]
        return np.stack([zero[zero[:, 0] > 0].mean(axis=0), zero[zero[:, 0] < 0].mean(axis=0)])

    def mask(self, name: str) -> Float64Array:
        """[V] 0..1 painted mask: lips, ears, eyelids, fingernails, toenails or face."""
        texture_faces = load_builtin_body().texture_faces
        assert texture_faces is not None
        corners = self.skin.faces.ravel()
        values = _regions()[name].astype(np.float64)[texture_faces.ravel()] / 255.0
        # A vertex on a seam has several texture coordinates; its value is their mean.
        uses = np.maximum(np.bincount(corners, minlength=len(self.skin.vertices_m)), 1)
        return np.bincount(corners, values, len(self.skin.vertices_m)) / uses


def _smile(zero_m: Float64Array, head_m: Float32Array) -> Float64Array:
    """[V, 3] offsets that lift the corners of the mouth; the template's rest face looks stern."""
    lips = _regions()["lips"].astype(np.float64) / 255.0
    body = load_builtin_body()
    assert body.texture_faces is not None
    on_lips = np.unique(body.faces[lips[body.texture_faces] > 0.5])
    mouth = zero_m[on_lips]
    corner = mouth[mouth[:, 0].argmax()]
    offsets = np.zeros_like(zero_m)
    for side in (1.0, -1.0):
        distance = (zero_m - corner * [side, 1, 1]) / [0.016, 0.012, 0.022]
        share = np.exp(-(distance**2).sum(axis=1)) * (zero_m[:, 2] > head_m[2])
        offsets += share[:, None] * np.array([0.0012 * side, 0.0042, -0.0012])
    return offsets


def _filled_out(vertices_m: Float64Array, faces: Int32Array) -> Float64Array:
    """Vertices moved outwards to where cloth would bridge the body's dents."""
    normals = vertex_normals(vertices_m, faces)
    smooth = smoothed(vertices_m, faces, 14)
    outward = ((smooth - vertices_m) * normals).sum(axis=1, keepdims=True)
    sideways = smooth - vertices_m - outward * normals
    return vertices_m + normals * np.maximum(outward, 0) + 0.3 * sideways


def value_noise(points_m: Float64Array, frequency: float, seed: int, octaves: int = 3) -> Float64Array:
    """[N] smooth noise of about unit amplitude: sums of random plane waves."""
    rng = np.random.default_rng(seed)
    total = np.zeros(len(points_m))
    amplitude = 1.0
    for _ in range(octaves):
        for _ in range(4):
            direction = unit(rng.normal(size=3)) * frequency * 1.7
            total += amplitude * np.sin(points_m @ direction + rng.uniform(0, 2 * np.pi)) / 4
        frequency *= 2.1
        amplitude *= 0.55
    return total
