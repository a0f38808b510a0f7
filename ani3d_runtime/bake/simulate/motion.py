"""Run the physics of one or more proxies over a motion."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from ani3d_runtime.arrays import Float32Array, Float64Array
from ani3d_runtime.bake.simulate.proxy import Proxy
from ani3d_runtime.bake.simulate.rotations import particle_rotations
from ani3d_runtime.bake.simulate.skinning import blended, carried, polar_rotation
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.errors import MotionError
from ani3d_runtime.geometry.easing import quintic
from ani3d_runtime.geometry.quaternion import quaternion_from_matrix, slerp
from ani3d_runtime.geometry.root_track import Carrying, RootTrack
from ani3d_runtime.physics.solver import Solver
from ani3d_runtime.progress import ProgressCallback, side_by_side, silent

EASE_IN_S = 1.2
HOLD_S = 0.6


@dataclass(frozen=True)
class ParticleMotion:
    """Where a proxy's particles went.

    Attributes:
        positions_m: [T, P, 3] world. rotations_wxyz: [T, P, 4] from the rest pose to the world.
    """

    positions_m: Float32Array
    rotations_wxyz: Float32Array


def simulate_particles(
    proxies: Sequence[Proxy],
    skeleton: Skeleton,
    motion: Motion,
    starting_pose_wxyz: Float32Array,
    *,
    wind_m_s: tuple[float, float, float] = (0.0, 0.0, 0.0),
    progress: ProgressCallback | None = None,
) -> dict[str, ParticleMotion]:
    """Physics of every proxy over ``motion``, by proxy name.

    Before frame 0 the body eases from ``starting_pose_wxyz`` [J, 4], in which the cloth is known to hang, to the first
    frame and waits there, so that the first frame hangs naturally. Where the motion knows frames that led to its first
    one, it eases to the first of them and goes through them.

    Raises:
        MotionError: ``motion-other-skeleton``.
    """
    if motion.joint_names != skeleton.joint_names:
        raise MotionError(
            "motion-other-skeleton",
            motion.name,
            found=f"{len(motion.joint_names)} joints, the first {motion.joint_names[:3]}",
            expected=f"the avatar's {skeleton.joint_count} joints, the first {skeleton.joint_names[:3]}",
            fix="Retarget the motion to the avatar's skeleton first.",
        )
    transforms, lead_in = _led_in(skeleton, motion, starting_pose_wxyz)
    carryings = _carryings(skeleton, transforms, 1.0 / motion.fps)

    def run(proxy: Proxy, report: ProgressCallback) -> ParticleMotion:
        return _run_one(proxy, transforms, carryings, lead_in, 1.0 / motion.fps, wind_m_s, report)

    # The kernels release the interpreter lock, so two proxies use two cores.
    with ThreadPoolExecutor(max_workers=2) as pool, side_by_side(progress or silent, len(proxies)) as parts:
        results = list(pool.map(run, proxies, parts))
    return {proxy.name: result for proxy, result in zip(proxies, results, strict=True)}


def _led_in(skeleton: Skeleton, motion: Motion, starting_pose_wxyz: Float32Array) -> tuple[Float64Array, int]:
    """[L + T, J, 3, 4] skinning transforms of the lead-in and the motion, and L."""
    rotations, root = motion.joint_rotations_wxyz, motion.root_translation_m
    if motion.before is not None:
        rotations = np.concatenate([motion.before.joint_rotations_wxyz, rotations])
        root = np.concatenate([motion.before.root_translation_m, root])
    first = rotations[0]
    start = np.array(starting_pose_wxyz, dtype=np.float64)
    # Turning or carrying the whole body would only swing the cloth.
    start[0] = first[0]
    ease = max(2, round(EASE_IN_S * motion.fps))
    eased = np.stack([slerp(start, first, share) for share in quintic(np.linspace(0, 1, ease))])
    held = np.broadcast_to(first, (round(HOLD_S * motion.fps), *first.shape))
    standing = len(eased) + len(held)
    rotations = np.concatenate([eased, held, rotations])
    root = np.concatenate([np.broadcast_to(root[0], (standing, 3)), root])
    return skeleton.skinning_transforms(rotations.astype(np.float32), root), len(rotations) - motion.frame_count


def _carryings(skeleton: Skeleton, transforms: Float64Array, frame_s: float) -> list[Carrying | None]:
    """For every frame how the root's own jump or turn carries the particles; None where it goes on."""
    rest = skeleton.global_transforms(skeleton.rest_rotations_wxyz[None], skeleton.rest_translation_m[None])[0, 0, :, 3]
    rotations = transforms[:, 0, :, :3]
    places = rotations @ rest + transforms[:, 0, :, 3]
    track = RootTrack(places[0], rotations[0])
    return [track.step(place, rotation, frame_s) for place, rotation in zip(places, rotations, strict=True)]


def _run_one(
    proxy: Proxy,
    transforms: Float64Array,
    carryings: Sequence[Carrying | None],
    lead_in: int,
    frame_s: float,
    wind_m_s: tuple[float, float, float],
    report: ProgressCallback,
) -> ParticleMotion:
    frames = len(transforms) - lead_in
    positions = np.empty((frames, proxy.count, 3), dtype=np.float32)
    rotations = np.empty((frames, proxy.count, 4), dtype=np.float32)
    solver: Solver | None = None
    turned: Float64Array | None = None
    for index, joints in enumerate(transforms):
        matrices = blended(proxy.joints, proxy.weights, joints)
        targets = carried(matrices, proxy.rest_m)
        surface = proxy.collider.posed(joints)
        if solver is None:
            solver = Solver(proxy.system, proxy.material, targets, targets, surface)
        carrying = carryings[index]
        if carrying is not None:
            solver.carry(carrying)
        now = solver.step(frame_s, targets, surface, wind_m_s)
        if index < lead_in - 1:
            report(0.0)
            continue
        root = quaternion_from_matrix(polar_rotation(matrices[:, :, :3]))
        guess = root if turned is None else turned
        turned = particle_rotations(proxy, now, guess, root)
        if index >= lead_in:
            positions[index - lead_in] = now
            rotations[index - lead_in] = turned
            report((index - lead_in + 1) / frames)
    return ParticleMotion(positions, rotations)
