"""Whatever the body does, particles stay finite and pinned ones stay where they are led."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ani3d_runtime.physics.particles import Links, Material, ParticleSystem
from ani3d_runtime.physics.solver import Solver, Surface


@given(
    seed=st.integers(0, 2**31),
    reach_m=st.sampled_from([0.0, 0.05, 1.0, 300.0]),
    frame_s=st.sampled_from([1 / 240, 1 / 30, 1.0]),
    thickness_m=st.floats(0, 0.05),
)
@settings(max_examples=40, deadline=None)
def test_wild_motion_stays_finite(seed: int, reach_m: float, frame_s: float, thickness_m: float) -> None:
    rng = np.random.default_rng(seed)
    count = 12
    # Particles may start in the same place and links may have no length.
    points = rng.normal(size=(count, 3)) * rng.choice([0.0, 0.02, 0.2])
    pairs = rng.integers(0, count, (30, 2)).astype(np.int32)
    links = Links.joined(
        Links.between(points, pairs[:20], float(rng.choice([0.0, 1e-8, 1.0]))), Links.between(points, pairs[20:], -1.0)
    )
    pinned = rng.random(count) < 0.3
    follow = np.where(rng.random(count) < 0.3, 10.0 ** rng.uniform(-6, 0, count), np.inf)
    triangles = rng.integers(0, count, (8, 3)).astype(np.int32)
    system = ParticleSystem(count, pinned, follow, links, triangles)
    material = Material(thickness_m=thickness_m, drag=2.0)
    solver = Solver(system, material, points, points)
    for _ in range(6):
        targets = points + rng.normal(size=(count, 3)) * reach_m
        normals = rng.normal(size=(20, 3))
        surface = Surface(
            rng.normal(size=(20, 3)) * max(reach_m, 0.05), normals / np.linalg.norm(normals, axis=1)[:, None]
        )
        now = solver.step(frame_s, targets, surface)
        assert np.isfinite(now).all()
        assert np.isfinite(solver.velocities_m_s).all()
        assert np.allclose(now[pinned], targets[pinned], atol=1e-9)
