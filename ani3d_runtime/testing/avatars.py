"""Small seeded avatars, motions and residuals with every feature in them, built without a body or a simulation."""

from __future__ import annotations

import numpy as np

from ani3d_runtime.arrays import Float32Array, Float64Array
from ani3d_runtime.avatar import Avatar, Binding, Part
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.deformation import DeformationModel, Detail, Frame
from ani3d_runtime.geometry.quaternion import normalised, quaternion_from_rotation_vector
from ani3d_runtime.residual import ResidualLayer
from ani3d_runtime.splats import SplatCloud


def synthetic_skeleton(joint_count: int = 6, *, seed: int = 0, rest_bend_rad: float = 0.3) -> Skeleton:
    """A random tree of joints within 2 m, whose rest pose is bent away from the zero pose."""
    generator = np.random.default_rng(seed)
    parents = np.array([-1] + [int(generator.integers(0, j)) for j in range(1, joint_count)], dtype=np.int32)
    joints = np.zeros((joint_count, 3), dtype=np.float32)
    joints[0] = (0, 1, 0)
    for joint in range(1, joint_count):
        joints[joint] = joints[parents[joint]] + generator.uniform(-0.3, 0.3, 3)
    bends = generator.normal(0, rest_bend_rad, (joint_count, 3))
    return Skeleton(
        tuple(f"joint{j}" for j in range(joint_count)),
        parents,
        joints,
        quaternion_from_rotation_vector(bends).astype(np.float32),
        generator.uniform(-0.1, 0.1, 3).astype(np.float32),
    )


def synthetic_avatar(
    gaussian_count: int = 200, *, joint_count: int = 6, sh_degree: int = 1, seed: int = 0, name: str = "synthetic"
) -> Avatar:
    """An avatar of N Gaussians around its joints: thin, long and round ones, one to four joints each."""
    generator = np.random.default_rng(seed)
    count = gaussian_count
    skeleton = synthetic_skeleton(joint_count, seed=seed)
    bind = skeleton.global_transforms(skeleton.rest_rotations_wxyz[None], skeleton.rest_translation_m[None])[0]
    home = generator.integers(0, joint_count, count)
    means = bind[home, :, 3] + generator.normal(0, 0.08, (count, 3))
    splats = SplatCloud(
        means_m=means.astype(np.float32),
        quats_wxyz=normalised(generator.normal(0, 1, (count, 4))).astype(np.float32),
        scales_m=np.exp(generator.uniform(np.log(5e-4), np.log(2e-2), (count, 3))).astype(np.float32),
        opacities=generator.uniform(0.05, 1, count).astype(np.float32),
        sh=generator.normal(0, 0.4, (count, (sh_degree + 1) ** 2, 3)).astype(np.float32),
    )
    weights = generator.dirichlet((1, 1, 1, 1), count)
    weights[np.arange(4)[None] > generator.integers(0, 4, count)[:, None]] = 0
    weights /= weights.sum(axis=1, keepdims=True)
    joints = np.stack([generator.permutation(joint_count)[np.arange(4) % joint_count] for _ in range(count)])
    joints[:, 0] = home
    parts = generator.integers(0, len(Part), count).astype(np.uint8)
    binding = Binding(joints.astype(np.uint8), weights.astype(np.float32), parts)
    return Avatar(name, splats, skeleton, binding)


def synthetic_motion(
    skeleton: Skeleton, frame_count: int = 40, *, fps: float = 30.0, seed: int = 0, name: str = "synthetic"
) -> Motion:
    """Smooth random rotations about the zero pose, and a walk of the root."""
    generator = np.random.default_rng(seed + 1)
    times = np.arange(frame_count) / fps
    bends = _smooth(generator, times, (skeleton.joint_count, 3), 0.5)
    root = _smooth(generator, times, (3,), 0.3) + times[:, None] * np.array([0.5, 0, 0.2])
    return Motion(
        name,
        fps,
        skeleton.joint_names,
        root.astype(np.float32),
        quaternion_from_rotation_vector(bends).astype(np.float32),
    )


def synthetic_residual(
    avatar: Avatar, frame_count: int = 40, *, fps: float = 30.0, seed: int = 0, amplitude_m: float = 0.03
) -> ResidualLayer:
    """Displacements that are smooth in space and time, with a little jitter, on hair and garments only."""
    generator = np.random.default_rng(seed + 2)
    indices = np.flatnonzero(np.isin(avatar.binding.parts, (Part.HAIR, Part.GARMENT))).astype(np.int32)
    times = np.arange(frame_count) / fps
    modes = _smooth(generator, times, (8, 3), 1.0)
    waves = np.sin(avatar.splats.means_m[indices] @ generator.normal(0, 6, (3, 8)) + generator.uniform(0, 6, 8))
    dpos = amplitude_m / 3 * np.einsum("tka,sk->tsa", modes, waves)
    dpos += generator.normal(0, 1e-4, dpos.shape)
    return ResidualLayer(avatar.count, indices, dpos.astype(np.float32))


def synthetic_deformation(
    avatar: Avatar, *, node_count: int = 12, corrective_count: int = 3, seed: int = 0
) -> DeformationModel:
    """Control nodes under hair and garments, correctives everywhere, all channels in use."""
    generator = np.random.default_rng(seed + 3)
    count = avatar.count
    hanging = np.isin(avatar.binding.parts, (Part.HAIR, Part.GARMENT)) & (node_count > 0)
    weights = np.where(hanging[:, None], generator.dirichlet((1, 1, 1, 1), count), 0)
    rest = avatar.splats.means_m[generator.integers(0, count, node_count)].astype(np.float32)
    shape = (corrective_count, count, 3)
    return DeformationModel(
        node_rest_m=rest,
        node_indices=generator.integers(0, max(node_count, 1), (count, 4)).astype(np.int32),
        node_weights=weights.astype(np.float32),
        basis_position_m=generator.normal(0, 0.01, shape).astype(np.float32),
        basis_rotation_rad=generator.normal(0, 0.1, shape).astype(np.float32),
        basis_logscale=generator.normal(0, 0.1, shape).astype(np.float32),
        basis_colour=generator.normal(0, 0.1, shape).astype(np.float32),
    )


def synthetic_frame(
    avatar: Avatar, deformation: DeformationModel, *, detail_count: int = 20, bend_rad: float = 0.6, seed: int = 0
) -> Frame:
    """A random pose with random node motion, coefficients and detail; ``bend_rad`` is the rms joint rotation."""
    generator = np.random.default_rng(seed + 4)
    nodes = deformation.node_count
    chosen = np.sort(generator.choice(avatar.count, min(detail_count, avatar.count), replace=False)).astype(np.int32)

    def normal(scale: float, *shape: int) -> Float32Array:
        return generator.normal(0, scale, shape).astype(np.float32)

    detail = Detail(
        chosen, normal(0.01, len(chosen), 3), normal(0.2, len(chosen), 3), normal(0.1, len(chosen), 3),
        normal(0.1, len(chosen), 3),
    )  # fmt: skip
    return Frame(
        time_s=0.0,
        root_translation_m=normal(0.5, 3),
        joint_rotations_wxyz=quaternion_from_rotation_vector(normal(bend_rad, avatar.skeleton.joint_count, 3)).astype(
            np.float32
        ),
        node_displacements_m=normal(0.05, nodes, 3),
        node_rotations_wxyz=quaternion_from_rotation_vector(normal(0.4, nodes, 3)).astype(np.float32),
        coefficients=normal(1.0, deformation.corrective_count),
        detail=detail if detail_count else None,
    )


def _smooth(
    generator: np.random.Generator, times: Float64Array, shape: tuple[int, ...], amplitude: float
) -> Float64Array:
    """[T, *shape] sums of three slow sines."""
    result = np.zeros((len(times), *shape))
    for _ in range(3):
        frequency = generator.uniform(0.2, 1.5, shape)
        phase = generator.uniform(0, 2 * np.pi, shape)
        gain = generator.normal(0, amplitude / 3**0.5, shape)
        result += gain * np.sin(2 * np.pi * frequency * times.reshape((-1,) + (1,) * len(shape)) + phase)
    return result
