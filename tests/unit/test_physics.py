"""The particle solver against what mechanics says."""

from __future__ import annotations

import numpy as np
import pytest

from ani3d_runtime.geometry.root_track import Carrying
from ani3d_runtime.physics.grid import nearest_points, thin_to_blue_noise
from ani3d_runtime.physics.particles import (
    Links,
    Material,
    ParticleSystem,
    edges_of,
    opposite_pairs_of,
)
from ani3d_runtime.physics.solver import Solver, Surface

GRAVITY = 9.81
NO_TRIANGLES = np.zeros((0, 3), dtype=np.int32)


def _sheet(side: int, spacing_m: float = 0.02) -> tuple[np.ndarray, np.ndarray]:
    grid = np.stack(np.meshgrid(np.arange(side), np.arange(side), indexing="ij"), axis=-1).reshape(-1, 2) * spacing_m
    points = np.stack([grid[:, 0], np.zeros(len(grid)), grid[:, 1]], axis=1)
    index = np.arange(side * side).reshape(side, side)
    a, b, c, d = (part.ravel() for part in (index[:-1, :-1], index[1:, :-1], index[:-1, 1:], index[1:, 1:]))
    triangles = np.concatenate([np.stack([a, c, b], axis=1), np.stack([b, c, d], axis=1)]).astype(np.int32)
    return points, triangles


def _hanging_sheet(side: int = 12) -> tuple[ParticleSystem, np.ndarray]:
    points, triangles = _sheet(side)
    links = Links.joined(
        Links.between(points, edges_of(triangles), 1e-8), Links.between(points, opposite_pairs_of(triangles), 1e-5)
    ).shuffled(0)
    pinned = np.arange(len(points)) < side
    return ParticleSystem(len(points), pinned, np.full(len(points), np.inf), links, triangles), points


def test_a_pendulum_swings_with_its_period() -> None:
    length = 0.5
    angle = 0.1
    points = np.array([[0.0, 0.0, 0.0], [length * np.sin(angle), -length * np.cos(angle), 0.0]])
    system = ParticleSystem(
        2, np.array([True, False]), np.full(2, np.inf), Links.between(points, np.array([[0, 1]]), 0.0), NO_TRIANGLES
    )
    solver = Solver(system, Material(damping_hz=0.0, substep_hz=2400.0), points, points)
    dt = 1 / 120
    x = np.array([solver.step(dt, points)[1, 0] for _ in range(600)])
    crossings = np.flatnonzero((x[:-1] < 0) & (x[1:] >= 0))
    exact = crossings + x[crossings] / (x[crossings] - x[crossings + 1])
    period = np.diff(exact).mean() * dt
    expected = 2 * np.pi * np.sqrt(length / GRAVITY) * (1 + angle**2 / 16)
    assert period == pytest.approx(expected, rel=0.01)


def test_hanging_cloth_loses_energy_and_comes_to_rest() -> None:
    system, points = _hanging_sheet()
    solver = Solver(system, Material(damping_hz=2.0, drag=1.0), points, points)
    energies = []
    for _ in range(240):
        position = solver.step(1 / 30, points)
        energies.append(GRAVITY * position[:, 1].sum() + 0.5 * (solver.velocities_m_s**2).sum())
    speed = np.linalg.norm(solver.velocities_m_s, axis=1)
    assert energies[60] < energies[0]
    assert abs(energies[-1] - energies[-30]) < 0.002 * abs(energies[-1])
    assert np.quantile(speed, 0.95) < 0.05
    # It hangs straight down at its own length.
    drop = -solver.positions_m[:, 1].min()
    assert drop == pytest.approx(0.02 * 11, rel=0.05)


def test_the_same_calls_give_the_same_bits() -> None:
    def run() -> np.ndarray:
        system, points = _hanging_sheet(8)
        solver = Solver(system, Material(drag=1.0), points, points)
        for frame in range(20):
            moved = points + np.array([0.02 * np.sin(frame), 0, 0])
            solver.step(1 / 30, moved)
        return solver.positions_m

    assert np.array_equal(run(), run())


def test_cloth_stays_outside_the_body() -> None:
    points, triangles = _sheet(14)
    points = points - points.mean(axis=0) + [0, 0.13, 0]
    links = Links.between(points, edges_of(triangles), 1e-8).shuffled(0)
    free = np.zeros(len(points), dtype=bool)
    system = ParticleSystem(len(points), free, np.full(len(points), np.inf), links, triangles)
    rng = np.random.default_rng(0)
    normals = rng.normal(size=(6000, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    normals = normals[thin_to_blue_noise(normals, np.full(len(normals), 0.1))]
    ball = Surface(0.1 * normals, normals)
    solver = Solver(system, Material(thickness_m=0.008, friction=0.4, damping_hz=3.0), points, points, ball)
    for _ in range(45):
        solver.step(1 / 30, points, ball)
    distance = np.linalg.norm(solver.positions_m, axis=1)
    near = solver.positions_m[:, 1] > 0
    assert distance[near].min() > 0.1
    assert near.sum() > 60  # it lies on the ball and has not fallen through


def test_a_tether_is_slack_inwards_and_taut_outwards() -> None:
    points = np.array([[0.0, 0, 0], [0.0, -0.1, 0]])
    links = Links(np.array([[0, 1]], dtype=np.int32), np.array([0.3]), np.array([-1.0]))
    system = ParticleSystem(2, np.array([True, False]), np.full(2, np.inf), links, NO_TRIANGLES)
    solver = Solver(system, Material(), points, points)
    first = solver.step(1 / 60, points)[1, 1]
    assert first == pytest.approx(-0.1 - 0.5 * GRAVITY / 3600, abs=5e-4)  # free fall
    for _ in range(60):
        last = solver.step(1 / 60, points)[1, 1]
    assert last == pytest.approx(-0.3, abs=2e-3)


def test_a_cut_in_the_motion_carries_the_cloth_along() -> None:
    system, points = _hanging_sheet(8)
    solver = Solver(system, Material(damping_hz=4.0), points, points)
    for _ in range(60):
        before = solver.step(1 / 30, points)
    turn = np.array([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]])
    after = solver.step(1 / 30, points @ turn.T + [50.0, 3.0, -20.0])
    assert np.abs(after - (before @ turn.T + [50.0, 3.0, -20.0])).max() < 0.02
    assert np.linalg.norm(solver.velocities_m_s, axis=1).max() < 2


def test_a_turn_of_the_root_carries_velocities_along() -> None:
    """Cloth that swings goes on swinging, in the turned world, as if nothing had been."""
    system, points = _hanging_sheet(8)
    turn, there = np.array([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]]), np.array([2.0, 0.5, -1.0])
    straight, turned = (Solver(system, Material(damping_hz=1.0), points, points) for _ in range(2))
    swaying = [points + np.array([0.1 * np.sin(0.3 * step), 0, 0]) for step in range(60)]
    for targets in swaying[:30]:
        straight.step(1 / 30, targets)
        turned.step(1 / 30, targets)
    turned.carry(Carrying(turn, np.zeros(3), there))
    for targets in swaying[30:]:
        wanted = straight.step(1 / 30, targets)
        found = turned.step(1 / 30, targets @ turn.T + there)
    np.testing.assert_allclose(found, wanted @ turn.T + there, atol=1e-6)


def test_a_steady_run_faster_than_the_clamp_does_not_tear_the_cloth() -> None:
    system, points = _hanging_sheet(8)
    solver = Solver(system, Material(max_speed_m_s=3.0), points, points)
    for frame in range(1, 31):
        now = solver.step(1 / 30, points + np.array([0.5 * frame, 0, 0]))  # 15 m/s
    stretched = np.linalg.norm(now[system.links.pairs[:, 0]] - now[system.links.pairs[:, 1]], axis=1)
    rigid = system.links.compliances < 1e-6
    assert (stretched / system.links.lengths_m)[rigid].max() < 1.25


def test_nearest_points_agrees_with_brute_force() -> None:
    rng = np.random.default_rng(1)
    points, queries = rng.uniform(-0.3, 0.3, (400, 3)), rng.uniform(-0.35, 0.35, (150, 3))
    found = nearest_points(points, queries, 0.08, 3)
    distances = np.linalg.norm(queries[:, None] - points[None], axis=2)
    for row, query_distances in zip(found, distances, strict=True):
        expected = [i for i in np.argsort(query_distances)[:3] if query_distances[i] < 0.08]
        assert [i for i in row if i >= 0] == expected


def test_thinning_keeps_its_distance_and_leaves_no_holes() -> None:
    rng = np.random.default_rng(2)
    points = rng.random((5000, 3)) * [1, 1, 0]
    kept = thin_to_blue_noise(points, np.full(len(points), 0.05))
    distances = np.linalg.norm(points[kept][:, None] - points[kept][None], axis=2)
    np.fill_diagonal(distances, 1)
    assert distances.min() >= 0.05
    assert np.linalg.norm(points[:, None] - points[kept][None], axis=2).min(axis=1).max() < 0.05


def test_mesh_pairs_of_a_square() -> None:
    triangles = np.array([[0, 1, 2], [2, 1, 3]], dtype=np.int32)
    assert edges_of(triangles).tolist() == [[0, 1], [0, 2], [1, 2], [1, 3], [2, 3]]
    assert [sorted(p) for p in opposite_pairs_of(triangles).tolist()] == [[0, 3]]
