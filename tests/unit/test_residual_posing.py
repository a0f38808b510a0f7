"""Gradients that the fit is made of, against the same equations written out in torch and float64."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ani3d_runtime.bake.fit4d.graph import NodeGraph
from ani3d_runtime.bake.fit4d.losses import LossWeights, TargetPicture, picture_loss, picture_loss_by_torch
from ani3d_runtime.bake.fit4d.node_field import ClothResistance, NodeCarrier, NodeMoment
from ani3d_runtime.bake.fit4d.node_reference import carried_by_torch, resisted_by_torch
from ani3d_runtime.bake.fit4d.posing import (
    JointPose,
    Residual,
    ResidualPoser,
    diagonalised,
    posed_by_torch,
    rotation_matrices,
)
from ani3d_runtime.bake.fit4d.scene import SkeletonTimes
from ani3d_runtime.bake.fit4d.settings import ClothWeights
from ani3d_runtime.bake.posing import MotionPoser
from ani3d_runtime.bake.simulate.skinning import blended
from ani3d_runtime.geometry.quaternion import quaternion_from_rotation_vector, rotation_vector_from_quaternion
from ani3d_runtime.residual import ResidualLayer
from ani3d_runtime.testing.avatars import synthetic_avatar, synthetic_motion

COUNT, MOVING = 90, 60


@pytest.fixture(scope="module")
def joints() -> JointPose:
    avatar = synthetic_avatar(COUNT)
    motion = synthetic_motion(avatar.skeleton)
    return SkeletonTimes(avatar, MotionPoser(avatar, motion)).at(0.21)


def random_residual(dtype: torch.dtype) -> list[torch.Tensor]:
    random = np.random.default_rng(5)
    turns = quaternion_from_rotation_vector(random.normal(0, 0.6, (MOVING, 3))).astype(np.float32)
    arrays = (random.normal(0, 0.03, (MOVING, 3)), turns, random.normal(0, 0.2, (MOVING, 3)))
    return [torch.from_numpy(array.astype(np.float32)).to(dtype).requires_grad_() for array in arrays]


def tangent(gradient: torch.Tensor, turns: torch.Tensor) -> torch.Tensor:
    """What a gradient by unit quaternions says about rotations; its length along them says nothing."""
    return gradient - (gradient * turns).sum(1, keepdim=True) * turns


def test_posing_and_its_gradient_agree_with_torch_in_float64(joints: JointPose) -> None:
    avatar = synthetic_avatar(COUNT)
    splats, binding = avatar.splats, avatar.binding
    weight = torch.from_numpy(np.random.default_rng(1).normal(size=(COUNT, 12)))
    results = []
    for dtype in (torch.float32, torch.float64):
        moves, turns, stretches = residual = random_residual(dtype)
        if dtype == torch.float32:
            posed = ResidualPoser(avatar, MOVING, torch.device("cpu")).pose(joints, Residual(*residual))
        else:
            arrays = (splats.means_m, splats.quats_wxyz, splats.scales_m, binding.weights)
            rest = [torch.from_numpy(array).double() for array in arrays]
            posed = posed_by_torch(
                *rest, torch.from_numpy(binding.joints.astype(np.int64)), joints, Residual(*residual)
            )
        shape = rotation_matrices(posed.quats) * posed.scales[:, None]
        covariance = 1e4 * shape @ shape.transpose(1, 2)
        seen = torch.cat((posed.means, covariance.flatten(1)), 1)
        (seen * weight.to(dtype)).sum().backward()
        results.append((seen.double(), moves.grad, tangent(turns.grad, turns.detach()), stretches.grad))
    mine, theirs = results
    torch.testing.assert_close(mine[0], theirs[0], atol=2e-4, rtol=1e-4)
    for gradient, expected in zip(mine[1:], theirs[1:], strict=True):
        assert (gradient.double() - expected).norm() < 1e-4 * expected.norm()


def test_the_gradient_of_diagonalising_is_that_of_the_covariance() -> None:
    """Whatever is computed from axes and scales as a covariance must not notice that it was taken apart."""
    random = np.random.default_rng(2)
    factors = torch.from_numpy(random.normal(size=(20, 3, 3)))
    # Two equal variances, as strands of hair have.
    factors[0] = torch.diag(torch.tensor([1.0, 0.5, 0.5], dtype=torch.float64))
    weight = torch.from_numpy(random.normal(size=(20, 3, 3)))
    covariance = (factors @ factors.transpose(1, 2)).requires_grad_()
    quats, scales = diagonalised(covariance)
    shape = rotation_matrices(quats) * scales[:, None]
    rebuilt = shape @ shape.transpose(1, 2)
    torch.testing.assert_close(rebuilt, covariance)
    (gradient,) = torch.autograd.grad((rebuilt * weight).sum(), covariance)
    expected = (weight + weight.transpose(1, 2)) / 2
    torch.testing.assert_close(gradient[1:], expected[1:], atol=1e-5, rtol=1e-5)
    assert torch.isfinite(gradient).all()


def test_what_is_posed_is_what_is_played(joints: JointPose) -> None:
    """The residual as a layer, through the player, puts every Gaussian where the fit had it."""
    avatar = synthetic_avatar(COUNT)
    motion = synthetic_motion(avatar.skeleton)
    moves, turns, _ = random_residual(torch.float32)
    posed = ResidualPoser(avatar, MOVING, torch.device("cpu")).pose(joints, Residual(moves, turns))
    vectors = rotation_vector_from_quaternion(turns.detach().numpy())
    indices = np.arange(COUNT - MOVING, COUNT, dtype=np.int32)
    frames = motion.frame_count
    layer = ResidualLayer(
        COUNT,
        indices,
        np.repeat(moves.detach().numpy()[None], frames, 0),
        np.repeat(vectors.astype(np.float32)[None], frames, 0),
    )
    played = MotionPoser(avatar, motion, layer).pose(0.21).cloud
    np.testing.assert_allclose(posed.means.detach(), played.means_m, atol=1e-6)
    np.testing.assert_allclose(posed.scales.detach(), played.scales_m, rtol=1e-4)


def node_scene() -> tuple[NodeCarrier, tuple[NodeMoment, NodeMoment, NodeMoment], JointPose, np.ndarray]:
    avatar = synthetic_avatar(400, sh_degree=0)
    motion = synthetic_motion(avatar.skeleton)
    freedom = np.linspace(0, 1, avatar.count, dtype=np.float32)
    graph = NodeGraph.over(avatar, freedom, 24)
    # Points of a cloud hang together nowhere; a ring of edges stands for cloth.
    ring = np.arange(graph.count, dtype=np.int32)
    object.__setattr__(graph, "edges", np.stack([ring, np.roll(ring, 1)], 1))
    skeletons = SkeletonTimes(avatar, MotionPoser(avatar, motion))
    before, now, after = (NodeMoment(graph, skeletons.at(time)) for time in (0.1, 0.2, 0.3))
    states = np.random.default_rng(3).normal(0, 0.2, (3, graph.count, 7)).astype(np.float32)
    return NodeCarrier(graph, avatar), (before, now, after), skeletons.at(0.2), states


def test_what_hangs_on_nodes_and_its_gradient_agree_with_torch() -> None:
    carrier, (_, now, _), joints, states = node_scene()
    graph, binding = carrier.graph, carrier.avatar.binding
    random = np.random.default_rng(4)
    weights = torch.from_numpy(random.normal(size=(len(graph.members), 7)))
    linear = blended(binding.joints[graph.members], binding.weights[graph.members], joints.matrices)[:, :, :3]
    results = []
    for dtype in (torch.float32, torch.float64):
        state = torch.from_numpy(states[1]).to(dtype).requires_grad_()
        if dtype == torch.float32:
            residual = carrier.residual(state, now, joints)
        else:
            arrays = (now.quats, now.rotations, carrier.offsets, graph.indices.astype(np.int64), graph.shares)
            tensors = [torch.from_numpy(array) for array in arrays]
            tensors = [t if t.dtype == torch.int64 else t.double() for t in tensors]
            residual = carried_by_torch(state, *tensors, torch.from_numpy(linear))
        both = torch.cat((residual.moves, residual.turns), 1)
        (both * weights.to(dtype)).sum().backward()
        results.append((both.double(), state.grad.double()))
    torch.testing.assert_close(results[0][0], results[1][0], atol=1e-5, rtol=1e-4)
    assert (results[0][1] - results[1][1]).norm() < 1e-4 * results[1][1].norm()


def test_nodes_at_rest_are_the_rigid_layer() -> None:
    carrier, (_, now, _), joints, states = node_scene()
    residual = carrier.residual(torch.zeros(states.shape[1:]), now, joints)
    assert residual.moves.abs().max() == 0
    torch.testing.assert_close(residual.turns, torch.tensor([[1.0, 0, 0, 0]]).expand_as(residual.turns))


def test_freedom_scales_what_a_gaussian_does() -> None:
    carrier, _, _, _ = node_scene()
    freedom = np.linspace(0, 1, carrier.avatar.count, dtype=np.float32)
    np.testing.assert_allclose(carrier.graph.shares.sum(axis=1), freedom[carrier.graph.members], rtol=1e-5)
    assert 0 not in carrier.graph.members


def test_cloth_resistance_agrees_with_torch() -> None:
    carrier, moments, _, states = node_scene()
    graph = carrier.graph
    resistance = ClothResistance(graph, ClothWeights(0.7, 0.2, 0.05, 0.1, 0.3))
    mine = torch.from_numpy(states).requires_grad_()
    loss = resistance.loss(mine, moments)
    loss.backward()
    theirs = torch.from_numpy(states).double().requires_grad_()
    places = np.stack([moment.places_m for moment in moments])
    arrays = (places, moments[1].rotations, graph.rest_m, graph.edges.astype(np.int64), resistance.lengths)
    tensors = [torch.from_numpy(array) for array in (*arrays, resistance.holds, resistance.weights)]
    expected = resisted_by_torch(theirs, *(t if t.dtype == torch.int64 else t.double() for t in tensors))
    expected.backward()
    assert loss.item() == pytest.approx(expected.item(), rel=1e-5)
    assert (mine.grad.double() - theirs.grad).norm() < 1e-4 * theirs.grad.norm()


@pytest.mark.parametrize("size", [(37, 50), (64, 41)])
def test_picture_loss_agrees_with_torch_in_float64(size: tuple[int, int]) -> None:
    random = np.random.default_rng(6)

    def image(*channels: int) -> np.ndarray:
        return random.random((*size, *channels), dtype=np.float32)

    weights = LossWeights((1.0, 0.5, 0.7), (0.3, 0.2, 0.1), (0.4, 0.0, 0.2), coverage=0.6, depth=0.3)
    target = TargetPicture(image(3), image(), image(), 3 * image(), 3)
    rgb, alpha, depth = np.clip(target.rgb + random.normal(0, 0.2, (*size, 3)), 0, 1), image(), 3 * image()
    results = []
    for loss_of, dtype in ((picture_loss, torch.float32), (picture_loss_by_torch, torch.float64)):
        inputs = [torch.from_numpy(a.astype(np.float32)).to(dtype).requires_grad_() for a in (rgb, alpha, depth)]
        loss = loss_of(*inputs, target, weights)
        loss.backward()
        results.append((loss.item(), [tensor.grad.double() for tensor in inputs]))
    assert results[0][0] == pytest.approx(results[1][0], rel=1e-5)
    for gradient, expected in zip(results[0][1], results[1][1], strict=True):
        assert (gradient - expected).norm() < 1e-4 * expected.norm()
