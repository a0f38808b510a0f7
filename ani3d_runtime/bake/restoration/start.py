# pyright: basic
"""guided_start: where a fit starts when the prior has said how far what a pixel shows has to go.

Pictures alone lead a fit astray where cloth has moved further than it is wide: every fold has neighbours that look like
it. A prior that guesses displacements settles which one is meant. Gaussians that a coarse picture shows take the guess
at their pixel; nodes take the mean of their Gaussians over all views; where nobody has seen a node, its neighbours and
the resistance of cloth decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from scipy.sparse import csr_matrix

from ani3d_runtime.arrays import Float32Array, Float64Array, Int32Array
from ani3d_runtime.avatar import Avatar
from ani3d_runtime.bake.fit4d.optimiser import KnotOptimiser
from ani3d_runtime.bake.fit4d.settings import FitSettings
from ani3d_runtime.bake.fit4d.stage import FitNodes
from ani3d_runtime.bake.fit4d.state import FitState
from ani3d_runtime.bake.posing import MotionPoser
from ani3d_runtime.bake.restoration.video import RestoredVideo
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.progress import ProgressCallback
from ani3d_runtime.render.camera import Camera
from ani3d_runtime.residual import ResidualLayer

# Of the small optimisation that makes the guesses agree; no more than the fit itself takes.
_STEPS = 400
# Of the coarse picture's depth; what lies deeper is hidden.
_BEHIND_M = 0.03
_COVERED = 0.6
# Deviations from the guess of this size count as much as a unit of the cloth's resistance.
_TRUSTED_M = 0.05
_FRAMES_PER_STEP = 32
# Full steps are larger than the fit's, which has pictures to look at.
_RATE = 2.5
_RESISTED_PER_STEP = 2
# Of the way from where physics has a node to where the prior has it.
_PRIOR_SHARE = 0.5


def guided_start(
    avatar: Avatar,
    motion: Motion,
    videos: Sequence[RestoredVideo],
    settings: FitSettings,
    freedom: Float32Array,
    progress: ProgressCallback,
    *,
    physics: ResidualLayer | None = None,
) -> FitState:
    """The state of a fit whose nodes are where the guesses and physics say.

    Args:
        avatar, motion: whose layer is going to be fitted.
        videos: whose displacements the prior has guessed.
        settings: of the fit that goes on from here.
        freedom: [N] as the fit is given it.
        progress: called with the fraction done.
        physics: what a simulation makes of the motion; nodes start between it and the guesses.
    """
    steps = min(_STEPS, settings.step_count)
    torch.manual_seed(settings.seed)
    nodes = FitNodes.of(avatar, motion, freedom, settings)
    goals, trust = _node_goals(avatar, motion, nodes, videos)
    if physics is not None:
        simulated = _simulated_goals(avatar, motion, nodes, physics)
        share = (_PRIOR_SHARE * trust)[..., None]
        goals, trust = simulated + share * (goals - simulated), np.ones_like(trust)
    first = FitState.fresh(tuple(nodes.field.knots.shape))
    optimiser = KnotOptimiser(nodes.field.knots, first)
    random = np.random.default_rng(settings.seed)
    wanted, weight = torch.from_numpy(goals), torch.from_numpy(trust)[..., None]
    for step in range(steps):
        frames = random.integers(0, motion.frame_count, _FRAMES_PER_STEP)
        states = nodes.field.states(frames.astype(np.float64))
        gap = (states[..., :3] - wanted[frames]) / _TRUSTED_M
        loss = (weight[frames] * gap.square()).sum() / (_FRAMES_PER_STEP * nodes.graph.count)
        for frame in random.integers(0, motion.frame_count, _RESISTED_PER_STEP).tolist():
            around = nodes.field.states(np.array([frame - 1, frame, frame + 1], dtype=np.float64))
            before, now, after = (nodes.moments.at((frame + offset) / motion.fps) for offset in (-1, 0, 1))
            loss = loss + nodes.resistance.loss(around, (before, now, after)) / _RESISTED_PER_STEP
        loss.backward()
        rate = _RATE * min(1.0, 2.0 * (1 - step / steps))
        optimiser.step(settings.move_rate_m * rate, settings.turn_rate * rate)
        progress((step + 1) / steps)
    # The gradients of pictures are of another size: the fit gathers its own.
    return replace(first, knots=optimiser.state(0).knots)


def _simulated_goals(avatar: Avatar, motion: Motion, nodes: FitNodes, physics: ResidualLayer) -> Float32Array:
    """[T, M, 3] mean displacement, in the world, that a layer gives to what hangs on each node."""
    shares = _shares(nodes)
    total = np.maximum(np.asarray(shares.sum(axis=1)), 1e-9)
    rigid, moved = MotionPoser(avatar, motion), MotionPoser(avatar, motion, physics)
    goals = np.empty((motion.frame_count, nodes.graph.count, 3), np.float32)
    for frame in range(motion.frame_count):
        time_s = frame / motion.fps
        moves = (moved.pose(time_s).cloud.means_m - rigid.pose(time_s).cloud.means_m)[nodes.graph.members]
        goals[frame] = (shares @ moves) / total
    return goals


def _shares(nodes: FitNodes) -> csr_matrix:
    """[M, S] how much of each node's movement each Gaussian that hangs on nodes makes."""
    graph = nodes.graph
    rows = np.repeat(np.arange(len(graph.members)), graph.indices.shape[1])
    entries = (graph.shares.ravel(), (graph.indices.ravel(), rows))
    return csr_matrix(entries, shape=(graph.count, len(graph.members)))


def _node_goals(
    avatar: Avatar, motion: Motion, nodes: FitNodes, videos: Sequence[RestoredVideo]
) -> tuple[Float32Array, Float32Array]:
    """[T, M, 3] mean displacement of what hangs on each node, in the world, and [T, M] how much it is to be trusted."""
    graph = nodes.graph
    shares = _shares(nodes)
    sums = np.zeros((motion.frame_count, graph.count, 3))
    weights = np.zeros((motion.frame_count, graph.count))
    rigid = MotionPoser(avatar, motion)
    for video in videos:
        for index, time_s in enumerate(video.trajectory.times_s.tolist()):
            means = rigid.pose(time_s).cloud.means_m[graph.members]
            seen, moves = _seen_moves(video, index, means)
            carried = np.asarray(shares[:, seen] @ np.concatenate([moves, np.ones((len(seen), 1))], axis=1))
            position = float(np.clip(time_s * motion.fps, 0, motion.frame_count - 1))
            before = int(position)
            for frame, share in ((before, 1 - position + before), (before + 1, position - before)):
                if share > 0:
                    sums[frame] += share * carried[:, :3]
                    weights[frame] += share * carried[:, 3]
    goals = sums / np.maximum(weights, 1e-9)[..., None]
    return goals.astype(np.float32), (weights / (weights + 1)).astype(np.float32)


def _seen_moves(video: RestoredVideo, index: int, means: Float32Array) -> tuple[Int32Array, Float64Array]:
    """Which Gaussians [n] a coarse picture shows, and where they have to go [n, 3], in the world."""
    assert video.displacement_m is not None
    camera = video.trajectory.cameras[index]
    view = camera.world_to_camera.astype(np.float64)
    points = means @ view[:3, :3].T + view[:3, 3]
    column, row = _pixels(camera, points)
    inside = (column >= 0) & (column < camera.width_px) & (row >= 0) & (row < camera.height_px)
    column, row = np.where(inside, column, 0), np.where(inside, row, 0)
    alpha, depth_m = video.coarse.alpha[index, row, column], video.coarse.depth_m[index, row, column]
    seen = np.flatnonzero(inside & (alpha > _COVERED) & (points[:, 2] < depth_m + _BEHIND_M)).astype(np.int32)
    along = video.displacement_m[index, row[seen], column[seen]] / alpha[seen, None]
    return seen, (along * (1, -1, -1)) @ view[:3, :3]


def _pixels(camera: Camera, points: Float64Array) -> tuple[Int32Array, Int32Array]:
    """Columns and rows of the pixels that show points [n, 3] in the camera's frame."""
    on_screen = points @ camera.intrinsics_px.T.astype(np.float64)
    places = np.floor(on_screen[:, :2] / np.maximum(on_screen[:, 2:], 1e-6))
    return places[:, 0].astype(np.int32), places[:, 1].astype(np.int32)
