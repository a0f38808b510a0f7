"""Training clips: simulated characters seen along random trajectories, coarse and true, as bytes on disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from ani3d_runtime.arrays import Float32Array, Float64Array, UInt8Array
from ani3d_runtime.bake.characters.build import build_character, build_styled
from ani3d_runtime.bake.characters.character import Character
from ani3d_runtime.bake.coarse.piercing import Coverings
from ani3d_runtime.bake.coarse.render import WHITE, render_coarse
from ani3d_runtime.bake.coarse.velocity import vector_map
from ani3d_runtime.bake.posing import MotionPoser
from ani3d_runtime.bake.prior.builtin.degradation import Degradation
from ani3d_runtime.bake.prior.builtin.looks import random_style
from ani3d_runtime.bake.prior.builtin.motions import random_motion
from ani3d_runtime.bake.prior.builtin.view import WorkingView
from ani3d_runtime.bake.prior.builtin.windows import RATE_HZ
from ani3d_runtime.bake.sampling.framing import Framing
from ani3d_runtime.bake.sampling.trajectory import Trajectory, TrajectoryPlan, diagonal_trajectories, row_trajectories
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.readers import read_motion
from ani3d_runtime.playback.posed import PosedSplats
from ani3d_runtime.render.camera import Camera
from ani3d_runtime.render.rasterise import render_cloud
from ani3d_runtime.replacing import replacing_file
from ani3d_runtime.residual import ResidualLayer

SIZE_PX = 128
EVALUATED_GAUSSIANS = 9_000
# Bytes stand for -1..1 of these.
VELOCITY_RANGE_M_S = 6.4
DISPLACEMENT_RANGE_M = 0.64
# In the pixels of the picture that is kept.
SOURCE_RANGE_PX = 32.0
# Where each map lies along the last axis of a clip.
COARSE, PRESERVE, CONTROL, VELOCITY = slice(0, 3), slice(3, 4), slice(4, 7), slice(7, 10)
TRUTH, ALPHA, DISPLACEMENT = slice(10, 13), slice(13, 14), slice(14, 17)
SOURCE = slice(17, 19)
CHANNELS = 19


@dataclass(frozen=True)
class ClipRecipe:
    """How many clips, and how long.

    Attributes:
        actors: random characters, each with its own look.
        motions: random motions of each.
        views: trajectories of each motion.
        frames: of each motion, 30 per second; every second one is seen.
        gaussians: fewest and most of a character.
        seed: of everything.
    """

    actors: int = 60
    motions: int = 3
    views: int = 2
    frames: int = 120
    gaussians: tuple[int, int] = (5_500, 9_000)
    seed: int = 0


def write_clips(
    recipe: ClipRecipe,
    folder: Path,
    actors: range,
    say: Callable[[str], None],
    *,
    reduced: bool = True,
    degraded: bool = False,
) -> None:
    """Write the clips of some of the recipe's actors to ``folder``; those that are there already are kept.

    Each is an array [views, F, H, W, 19] of bytes: at 64 pixels around the actor as the network is trained on them, or,
    not ``reduced``, the whole picture of 128 pixels. The coarse pictures of two of three clips are of a degraded avatar
    where ``degraded``. Actor k is drawn from seed (recipe.seed, k), so that several processes can share the work and
    stopping loses nothing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for actor in actors:
        paths = [folder / f"clip-{actor:04d}-{index:02d}.npy" for index in range(recipe.motions)]
        if all(path.exists() for path in paths):
            continue
        rng = np.random.default_rng((recipe.seed, actor))
        style = random_style(f"actor{actor}", rng)
        character = build_styled(style, seed=actor, detail=int(rng.integers(*recipe.gaussians)))
        for path in paths:
            motion = random_motion(path.stem, character.avatar.skeleton, recipe.frames, rng)
            degradation = Degradation.drawn(rng) if degraded else Degradation()
            clip = clip_of(character, motion, recipe.views, rng, degradation)
            if reduced:
                clip = np.stack([around_actor(view) for view in clip])
            with replacing_file(path) as file:
                np.save(file, clip)
            say(path.stem)


def write_evaluated_clip(folder: Path) -> Path:
    """The dancer doing the dance, of which training sees neither, as clips are: one diagonal, then one row."""
    path = folder / "clip-dancer-dance.npy"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    character = build_character("dancer", detail=EVALUATED_GAUSSIANS)
    motion = read_motion("dance", character.avatar.skeleton)
    framing = Framing.around(character.avatar, motion, SIZE_PX, SIZE_PX)
    frames = int(motion.duration_s * RATE_HZ) + 1
    plan = TrajectoryPlan(frame_count=frames, view_count=1, span_rad=2 * np.pi, fps=RATE_HZ)
    paths = [direction(framing, motion.duration_s, plan)[0] for direction in (diagonal_trajectories, row_trajectories)]
    layer = character.simulate(motion)
    with replacing_file(path) as file:
        np.save(file, np.stack([seen_along(character, motion, layer, path) for path in paths]))
    return path


def clip_of(
    character: Character,
    motion: Motion,
    views: int,
    rng: np.random.Generator,
    degradation: Degradation = Degradation(),  # noqa: B008 (frozen)
) -> UInt8Array:
    """[views, F, 128, 128, 19] one simulated motion along random diagonals, all maps as bytes."""
    layer = character.simulate(motion)
    paths = random_paths(character, motion, views, rng)
    return np.stack([seen_along(character, motion, layer, path, degradation) for path in paths])


def random_paths(character: Character, motion: Motion, views: int, rng: np.random.Generator) -> list[Trajectory]:
    """Diagonals as the pipeline renders them, at random elevations, distances and speeds around the actor."""
    framing = Framing.around(character.avatar, motion, SIZE_PX, SIZE_PX)
    times = np.arange(0, motion.duration_s + 1e-6, 1 / RATE_HZ)
    result: list[Trajectory] = []
    for view in range(views):
        orbit = replace(framing.orbit, elevation_rad=float(rng.uniform(-0.05, 0.35)))
        nearer = replace(framing, orbit=orbit, distance_m=framing.distance_m * rng.uniform(0.78, 1.05))
        turn_rad_s = rng.choice((-1, 1)) * rng.uniform(0, 1) ** 2 * 1.0
        azimuths = rng.uniform(0, 2 * np.pi) + turn_rad_s * times
        cameras = tuple(nearer.camera(float(t), float(a)) for t, a in zip(times, azimuths, strict=True))
        result.append(Trajectory(f"random-{view}", cameras, times, RATE_HZ))
    return result


def seen_along(
    character: Character,
    motion: Motion,
    layer: ResidualLayer,
    path: Trajectory,
    degradation: Degradation = Degradation(),  # noqa: B008 (frozen)
) -> UInt8Array:
    """[F, 128, 128, 19] coarse, true, and what moves where; what is coarse shows the avatar degraded."""
    avatar = character.avatar
    worn = degradation.applied(avatar)
    coarse = render_coarse(worn, motion, path, coverings=Coverings.of(worn))
    rigid, moved = MotionPoser(avatar, motion), MotionPoser(avatar, motion, layer)
    result = np.empty((path.frame_count, SIZE_PX, SIZE_PX, CHANNELS), dtype=np.uint8)
    result[..., COARSE], result[..., CONTROL] = _bytes(coarse.rgb), _bytes(coarse.control)
    result[..., VELOCITY] = _bytes(coarse.velocity_m_s / VELOCITY_RANGE_M_S * 0.5 + 0.5)
    result[..., PRESERVE] = _bytes(coarse.preserve[..., None])
    for index, (camera, time_s) in enumerate(zip(path.cameras, path.times_s.tolist(), strict=True)):
        before, after = rigid.pose(time_s), moved.pose(time_s)
        truth = render_cloud(after.cloud, camera, colours=after.colours_seen_from(camera.position_m), background=WHITE)
        result[index, ..., TRUTH], result[index, ..., ALPHA] = _bytes(truth.rgb), _bytes(truth.alpha[..., None])
        shift = vector_map(before, after.cloud.means_m - before.cloud.means_m, camera)
        result[index, ..., DISPLACEMENT] = _bytes(shift / DISPLACEMENT_RANGE_M * 0.5 + 0.5)
        result[index, ..., SOURCE] = _bytes(source_map(before, after, camera) / SOURCE_RANGE_PX * 0.5 + 0.5)
    return result


def around_actor(clip: UInt8Array) -> UInt8Array:
    """[F, 64, 64, 19] of [F, 128, 128, 19]: what the network is shown of a clip, by the code that shows it videos."""
    maps = torch.from_numpy(clip.astype(np.float32) / 255).permute(0, 3, 1, 2)
    view = WorkingView.around_actor(maps[:, COARSE].permute(0, 2, 3, 1).numpy())
    reduced = view.reduced(maps)
    # Shorter ways in larger pixels.
    reduced[:, SOURCE] = (reduced[:, SOURCE] - 0.5) / view.scale + 0.5
    return _bytes(reduced.permute(0, 2, 3, 1).numpy())


def source_map(before: PosedSplats, after: PosedSplats, camera: Camera) -> Float32Array:
    """[H, W, 2] px (right, down): how far from what a pixel of ``after`` shows lay in the picture of ``before``."""
    moved = _on_screen(before, camera) - _on_screen(after, camera)
    colours = np.concatenate([moved, np.zeros_like(moved[:, :1])], axis=1)
    return render_cloud(after.cloud, camera, colours=colours).rgb[..., :2]


def _on_screen(posed: PosedSplats, camera: Camera) -> Float64Array:
    """[N, 2] px."""
    seen = posed.cloud.means_m @ camera.world_to_camera[:3, :3].T + camera.world_to_camera[:3, 3]
    projected = seen @ camera.intrinsics_px.T.astype(np.float64)
    return projected[:, :2] / projected[:, 2:]


def _bytes(unit: Float32Array | Float64Array) -> UInt8Array:
    return np.rint(np.clip(unit, 0, 1) * 255).astype(np.uint8)
