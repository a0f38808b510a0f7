# pyright: basic
"""NodeField: the residual as the motion of control nodes, smooth over the cloth and over time by construction.

Latent knots U [K, M, 7] are smoothed along the node graph and along time before they move anything: the state of frame
f is A_s (b_f · U), with A_s = (I + λ L)^-1 of the graph's Laplacian and b_f a row of S (I + μ D)^-1, S cubic B-splines
and D the Laplacian of the knots' chain (Nicolet et al. 2021, "Large Steps in Inverse Rendering of Geometry"). A step of
one picture then moves whole regions over whole moments, and no wavelength is out of reach.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from ani3d_runtime.arrays import Float32Array, Float64Array
from ani3d_runtime.avatar import Avatar
from ani3d_runtime.bake.fit4d import node_kernels
from ani3d_runtime.bake.fit4d.graph import NodeGraph
from ani3d_runtime.bake.fit4d.node_reference import carried_by_torch, resisted_by_torch
from ani3d_runtime.bake.fit4d.posing import JointPose, Residual
from ani3d_runtime.bake.fit4d.scene import SkeletonTimes
from ani3d_runtime.bake.fit4d.settings import ClothWeights
from ani3d_runtime.bake.simulate.skinning import blended, carried, polar_rotation
from ani3d_runtime.geometry.quaternion import quaternion_from_matrix

STATE_LENGTH = 7
# Weights of a smoothing row below this share of its largest are left out.
_NEGLIGIBLE = 2e-3
# Of what is worked out once for each instant.
_KEPT_BYTES = 1 << 28
# A picture and the frames beside it come again and again; larger sets are drawn at random and hardly ever do.
_KEPT_FRAMES = 3


class NodeMoment:
    """What the rigid layer does to the nodes at one instant: g_n, P_n as matrices and as quaternions."""

    def __init__(self, graph: NodeGraph, joints: JointPose) -> None:
        matrices = blended(graph.joints, graph.weights, joints.matrices)
        rotations = polar_rotation(matrices[:, :, :3])
        self.places_m: Float32Array = carried(matrices, graph.rest_m).astype(np.float32)
        self.rotations: Float32Array = rotations.astype(np.float32)
        self.quats: Float32Array = quaternion_from_matrix(rotations).astype(np.float32)


class NodeMoments:
    """Moments at any time, each worked out once."""

    def __init__(self, graph: NodeGraph, skeletons: SkeletonTimes) -> None:
        self._graph, self._skeletons = graph, skeletons
        self._known: dict[JointPose, NodeMoment] = {}

    def at(self, time_s: float) -> NodeMoment:
        """The moment of a time."""
        joints = self._skeletons.at(time_s)
        if joints not in self._known:
            self._known[joints] = NodeMoment(self._graph, joints)
        return self._known[joints]


class NodeField(nn.Module):
    """Tracks of control nodes over a clip.

    Args:
        graph: the nodes.
        frame_count: frames of the clip.
        knot_stride: frames from one knot to the next.
        space_smoothing: λ. time_smoothing: μ.
        device: where the knots lie.
    """

    def __init__(
        self,
        graph: NodeGraph,
        frame_count: int,
        *,
        knot_stride: int,
        space_smoothing: float,
        time_smoothing: float,
        device: torch.device,
    ) -> None:
        super().__init__()
        self.graph = graph
        self._rows = _time_rows(frame_count, knot_stride, time_smoothing)
        self._spread = torch.from_numpy(_space_smoothing(graph, space_smoothing)).to(device)
        self._known: dict[tuple[float, ...], tuple[int, Tensor]] = {}
        self.knots = nn.Parameter(torch.zeros(self._rows.shape[1], graph.count, STATE_LENGTH, device=device))

    def states(self, frames: Float64Array) -> Tensor:
        """[F, M, 7] states at fractional frames."""
        return _Smoothed.apply(self.knots, self, tuple(frames.tolist()))

    def states_of(self, knots: Tensor, frames: tuple[float, ...]) -> Tensor:
        """:meth:`states` of given knots, without gradients: two products of matrices instead of one for each frame."""
        first, share = self._shares(frames)
        mixed = share @ knots.detach()[first : first + share.shape[1]].flatten(1)
        return _over_nodes(self._spread, mixed.view(len(share), *knots.shape[1:]))

    def add_gradient(self, by_states: Tensor, frames: tuple[float, ...], by_knots: Tensor) -> None:
        """Add to ``by_knots`` [K, M, 7] the gradient that ``by_states`` [F, M, 7] are of :meth:`states`."""
        first, share = self._shares(frames)
        by_mixed = _over_nodes(self._spread.T, by_states).flatten(1)
        by_knots[first : first + share.shape[1]].flatten(1).addmm_(share.T, by_mixed)

    def _shares(self, frames: tuple[float, ...]) -> tuple[int, Tensor]:
        """The first knot that has a part in some frames, and the parts of it and those after it, [F, k]."""
        known = self._known.get(frames)
        if known is None:
            rows = _between_rows(self._rows, np.array(frames))
            used = np.flatnonzero(rows.any(axis=0))
            first, last = int(used[0]), int(used[-1]) + 1
            share = torch.from_numpy(np.ascontiguousarray(rows[:, first:last])).to(self.knots)
            known = first, share
            if len(frames) <= _KEPT_FRAMES:
                self._known[frames] = known
        return known


class _Smoothed(torch.autograd.Function):
    @staticmethod
    def forward(ctx, knots, field, frames):
        ctx.field, ctx.frames, ctx.shape = field, frames, knots.shape
        return field.states_of(knots, frames)

    @staticmethod
    @once_differentiable
    def backward(ctx, by_states):  # pyright: ignore[reportIncompatibleMethodOverride]
        by_knots = by_states.new_zeros(ctx.shape)
        ctx.field.add_gradient(by_states, ctx.frames, by_knots)
        return by_knots, None, None


def _over_nodes(matrix: Tensor, values: Tensor) -> Tensor:
    """``matrix`` [M, M] times each frame of ``values`` [F, M, 7]."""
    frames, nodes, length = values.shape
    # Nodes last: of the ways to put this product, the fastest for so few columns.
    rows = values.transpose(1, 2).reshape(frames * length, nodes)
    return (rows @ matrix.T).view(frames, length, nodes).transpose(1, 2).contiguous()


@dataclass(frozen=True)
class Carrying:
    """The residual of S Gaussians, moves [S, 3] and turns [S, 4], and what its gradient needs."""

    moves: Float32Array
    turns: Float32Array
    state: Float32Array
    moment: NodeMoment
    inverses: Float32Array
    lengths: Float32Array


class NodeCarrier:
    """Turns node states into the residual of the Gaussians of one avatar that hang on the nodes."""

    def __init__(self, graph: NodeGraph, avatar: Avatar) -> None:
        self.graph, self.avatar = graph, avatar
        offsets = avatar.splats.means_m[graph.members][:, None] - graph.rest_m[graph.indices]
        self.offsets: Float32Array = np.ascontiguousarray(offsets, dtype=np.float32)
        pairs = np.flatnonzero(graph.shares.ravel())
        order = pairs[np.argsort(graph.indices.ravel()[pairs], kind="stable")]
        # Pairs of a node and a Gaussian that hangs on it, node by node: read in a row, their gradients add up fast.
        self.rows = order // graph.shares.shape[1]
        self.pair_offsets = self.offsets.reshape(-1, 3)[order]
        self.pair_shares = graph.shares.ravel()[order]
        self.starts = np.searchsorted(graph.indices.ravel()[order], np.arange(graph.count + 1))
        self._inverses: dict[JointPose, Float32Array] = {}

    def inverses(self, joints: JointPose) -> Float32Array:
        """[S, 3, 3] L_i^-1 of the Gaussians that hang on nodes; kept while there is room."""
        known = self._inverses.get(joints)
        if known is None:
            members, binding = self.graph.members, self.avatar.binding
            known = np.empty((len(members), 3, 3), np.float32)
            node_kernels.inverse_linear_parts(
                len(members), members, binding.joints, binding.weights, joints.rounded, known
            )
            if (len(self._inverses) + 1) * known.nbytes < _KEPT_BYTES:
                self._inverses[joints] = known
        return known

    def carried(self, state: Float32Array, moment: NodeMoment, joints: JointPose) -> Carrying:
        """:meth:`residual` on arrays."""
        graph, count = self.graph, len(self.graph.members)
        motions, rest_quats = np.empty((graph.count, 3, 3), np.float32), np.empty((graph.count, 4), np.float32)
        node_kernels.node_motion(state, moment.quats, moment.rotations, motions, rest_quats)
        moves, turns = np.empty((count, 3), np.float32), np.empty((count, 4), np.float32)
        inverses, lengths = self.inverses(joints), np.empty(count, np.float32)
        node_kernels.carry(
            count,
            state,
            motions,
            rest_quats,
            self.offsets,
            graph.indices,
            graph.shares,
            inverses,
            lengths,
            moves,
            turns,
        )
        return Carrying(moves, turns, state, moment, inverses, lengths)

    def gradient(self, carrying: Carrying, by_moves: Float32Array, by_turns: Float32Array) -> Float32Array:
        """By the state [M, 7], from the gradients by what :meth:`carried` made of it."""
        count, moment = len(by_moves), carrying.moment
        by_world, by_blends = np.empty((count, 3), np.float32), np.empty((count, 4), np.float32)
        node_kernels.carry_backward_members(
            count, carrying.inverses, carrying.lengths, carrying.turns, by_moves, by_turns, by_world, by_blends
        )
        by_state = np.empty_like(carrying.state)
        node_kernels.carry_backward_nodes(
            len(by_state),
            carrying.state,
            moment.quats,
            moment.rotations,
            self.starts,
            self.rows,
            self.pair_offsets,
            self.pair_shares,
            by_world,
            by_blends,
            by_state,
        )
        return by_state

    def residual(self, state: Tensor, moment: NodeMoment, joints: JointPose) -> Residual:
        """The residual of one instant from its state [M, 7]."""
        if state.device.type == "cpu":
            return Residual(*_Carried.apply(self, moment, joints, state))
        graph, binding = self.graph, self.avatar.binding
        linear = blended(binding.joints[graph.members], binding.weights[graph.members], joints.matrices)[:, :, :3]
        floats = (moment.quats, moment.rotations, self.offsets, graph.shares, linear)
        quats, rotations, offsets, shares, tensors = (torch.from_numpy(array).to(state) for array in floats)
        indices = torch.from_numpy(graph.indices.astype(np.int64)).to(state.device)
        return carried_by_torch(state, quats, rotations, offsets, indices, shares, tensors)


class _Carried(torch.autograd.Function):
    @staticmethod
    def forward(ctx, carrier, moment, joints, state):
        ctx.carrier = carrier
        ctx.carrying = carrier.carried(state.detach().numpy(), moment, joints)
        return torch.from_numpy(ctx.carrying.moves), torch.from_numpy(ctx.carrying.turns)

    @staticmethod
    @once_differentiable
    def backward(ctx, by_moves, by_turns):  # pyright: ignore[reportIncompatibleMethodOverride]
        by = by_moves.contiguous().numpy(), by_turns.contiguous().numpy()
        return None, None, None, torch.from_numpy(ctx.carrier.gradient(ctx.carrying, *by))


class ClothResistance:
    """The regularisers of ``node_kernels.resistance`` as a loss on three neighbouring states.

    Args:
        graph: the nodes.
        cloth: weights of the four energies.
    """

    def __init__(self, graph: NodeGraph, cloth: ClothWeights) -> None:
        self.graph = graph
        gaps = graph.rest_m[graph.edges[:, 0]] - graph.rest_m[graph.edges[:, 1]]
        self.lengths = np.maximum(np.linalg.norm(gaps, axis=1), 1e-4).astype(np.float32)
        self.holds = (cloth.hold + cloth.anchor * (1 - graph.freedom)).astype(np.float32)
        self.weights = np.array([cloth.stretch, cloth.bend, cloth.swing, 1.0], dtype=np.float32)

    def measured(
        self, states: Float32Array, moments: tuple[NodeMoment, NodeMoment, NodeMoment]
    ) -> tuple[float, Float32Array]:
        """:meth:`loss` on arrays, and its gradient [3, M, 7]."""
        graph, by_states = self.graph, np.empty_like(states)
        places = np.stack([moment.places_m for moment in moments])
        turned = moments[1].rotations
        loss = node_kernels.resistance(
            states, places, turned, graph.rest_m, graph.edges, self.lengths, self.holds, self.weights, by_states
        )
        return loss, by_states

    def loss(self, states: Tensor, moments: tuple[NodeMoment, NodeMoment, NodeMoment]) -> Tensor:
        """The loss of the middle one of states [3, M, 7]."""
        if states.device.type == "cpu":
            return _Resisted.apply(self, moments, states)
        graph, places = self.graph, np.stack([moment.places_m for moment in moments])
        floats = (places, moments[1].rotations, graph.rest_m, self.lengths, self.holds, self.weights)
        there, turned, rest, lengths, holds, weights = (torch.from_numpy(array).to(states) for array in floats)
        edges = torch.from_numpy(graph.edges.astype(np.int64)).to(states.device)
        return resisted_by_torch(states, there, turned, rest, edges, lengths, holds, weights)


class _Resisted(torch.autograd.Function):
    @staticmethod
    def forward(ctx, resistance, moments, states):
        loss, by_states = resistance.measured(np.ascontiguousarray(states.detach().numpy()), moments)
        ctx.by_states = torch.from_numpy(by_states)
        return states.new_tensor(loss)

    @staticmethod
    @once_differentiable
    def backward(ctx, by_loss):  # pyright: ignore[reportIncompatibleMethodOverride]
        return None, None, by_loss * ctx.by_states


def _space_smoothing(graph: NodeGraph, strength: float) -> Float32Array:
    """(I + λ L)^-1, [M, M]."""
    laplacian = np.zeros((graph.count, graph.count))
    laplacian[graph.edges[:, 0], graph.edges[:, 1]] = -1
    laplacian[np.diag_indices(graph.count)] = -laplacian.sum(axis=1)
    return np.linalg.inv(np.eye(graph.count) + strength * laplacian).astype(np.float32)


def _time_rows(frame_count: int, stride: int, strength: float) -> Float64Array:
    """[T, K] weights of the knots in every frame, rows summing to one."""
    # Knot k lies at frame (k - 1) * stride; one more on each side carries the spline to the ends.
    count = int(np.ceil((frame_count - 1) / stride)) + 3
    position = np.arange(frame_count) / stride + 1
    splines = _cubic(position[:, None] - np.arange(count)[None])
    chain = np.zeros((count, count))
    steps = np.arange(count - 1)
    chain[steps, steps + 1] = chain[steps + 1, steps] = -1
    chain[np.diag_indices(count)] = -chain.sum(axis=1)
    rows = splines @ np.linalg.inv(np.eye(count) + strength * chain)
    rows[np.abs(rows) < _NEGLIGIBLE * rows.max(axis=1, keepdims=True)] = 0
    return rows / rows.sum(axis=1, keepdims=True)


def _cubic(distance: Float64Array) -> Float64Array:
    """The uniform cubic B-spline at a distance in knots."""
    x = np.abs(distance)
    return np.where(x < 1, 2 / 3 - x**2 + x**3 / 2, np.where(x < 2, (2 - x) ** 3 / 6, 0))


def _between_rows(rows: Float64Array, frames: Float64Array) -> Float64Array:
    """Rows at fractional frames: linear in between, as motions are played."""
    position = np.clip(frames, 0, len(rows) - 1)
    before = np.minimum(position.astype(np.int64), max(len(rows) - 2, 0))
    after = np.minimum(before + 1, len(rows) - 1)
    share = (position - before)[:, None]
    return (1 - share) * rows[before] + share * rows[after]
