"""Solver: the moving state of one particle system."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.geometry.root_track import Carrying
from ani3d_runtime.physics.grid import nearest_points
from ani3d_runtime.physics.kernels import advance
from ani3d_runtime.physics.particles import Material, ParticleSystem

CONTACT_RADIUS_M = 0.06
CONTACTS_PER_PARTICLE = 3
CONTACT_REFRESH_HZ = 60.0
TELEPORT_SPEED_M_S = 30.0


@dataclass(frozen=True)
class Surface:
    """Points of a body's surface at one instant.

    Attributes:
        points_m: [C, 3].
        normals: [C, 3] unit, outwards.
    """

    points_m: Float64Array
    normals: Float64Array

    @classmethod
    def empty(cls) -> Surface:
        """Nothing to collide with."""
        return cls(np.zeros((0, 3)), np.zeros((0, 3)))


class Solver:
    """Advances particles from frame to frame. Deterministic: the same calls give the same bits.

    Args:
        system: the particles and their links.
        material: gravity, air and contact.
        positions_m: [P, 3] where they start, at rest.
        targets_m: [P, 3] where particles would be led at the start: pinned and following ones obey, and all of them
            say how the whole is carried when the motion is cut.
        surface: the body at the start.
    """

    def __init__(
        self,
        system: ParticleSystem,
        material: Material,
        positions_m: Float64Array,
        targets_m: Float64Array,
        surface: Surface | None = None,
    ) -> None:
        self._system = system
        self._material = material
        self._movable = ~np.asarray(system.pinned, dtype=bool)
        self._led = ~self._movable | np.isfinite(system.follow_compliances)
        self._follow = np.where(np.isfinite(system.follow_compliances), system.follow_compliances, 1e12)
        self._targets = np.array(targets_m, dtype=np.float64)
        self._surface = surface or Surface.empty()
        self.positions_m: Float64Array = np.array(positions_m, dtype=np.float64)
        self.velocities_m_s: Float64Array = np.zeros_like(self.positions_m)

    def carry(self, carrying: Carrying) -> None:
        """Take particles, their velocities, targets and body along with a root that was put elsewhere or turned."""
        self.positions_m, self._targets = carrying.points(self.positions_m), carrying.points(self._targets)
        self.velocities_m_s = carrying.vectors(self.velocities_m_s)
        surface = self._surface
        self._surface = Surface(carrying.points(surface.points_m), carrying.vectors(surface.normals))

    def step(
        self,
        duration_s: float,
        targets_m: Float64Array,
        surface: Surface | None = None,
        wind_m_s: tuple[float, float, float] = (0.0, 0.0, 0.0),
    ) -> Float64Array:
        """Advance by ``duration_s`` while targets and body move linearly to their new places; [P, 3]."""
        surface = surface or Surface.empty()
        targets = np.asarray(targets_m, dtype=np.float64)
        if self._teleported(targets, duration_s):
            self._cut(targets)
            self._targets, self._surface = targets.copy(), surface
        carrier = self._mean_shift(targets) / duration_s
        intervals = max(1, round(duration_s * CONTACT_REFRESH_HZ))
        substeps = max(1, round(duration_s * self._material.substep_hz / intervals))
        if len(surface.points_m) != len(self._surface.points_m):
            self._surface = surface
        for k in range(intervals):
            self._advance(
                _mixed(self._targets, targets, k / intervals),
                _mixed(self._targets, targets, (k + 1) / intervals),
                _mixed_surface(self._surface, surface, k / intervals),
                _mixed_surface(self._surface, surface, (k + 1) / intervals),
                carrier,
                duration_s / intervals,
                substeps,
                np.asarray(wind_m_s, dtype=np.float64),
            )
        self._targets, self._surface = targets.copy(), surface
        return self.positions_m.copy()

    def _advance(
        self,
        targets_start: Float64Array,
        targets_end: Float64Array,
        surface_start: Surface,
        surface_end: Surface,
        carrier: Float64Array,
        duration_s: float,
        substeps: int,
        wind: Float64Array,
    ) -> None:
        near = np.full((0, CONTACTS_PER_PARTICLE), -1, dtype=np.int32)
        if len(surface_start.points_m):
            near = nearest_points(surface_start.points_m, self.positions_m, CONTACT_RADIUS_M, CONTACTS_PER_PARTICLE)
        links, material = self._system.links, self._material
        advance(
            self.positions_m, self.velocities_m_s, self._movable, self._follow, targets_start, targets_end, carrier,
            links.pairs, links.lengths_m, links.compliances, self._system.triangles, wind,
            near, surface_start.points_m, surface_end.points_m, surface_start.normals, surface_end.normals,
            material.thickness_m, material.friction, material.damping_hz, material.drag, material.max_speed_m_s,
            material.gravity_m_s2, duration_s, substeps,
        )  # fmt: skip

    def _mean_shift(self, targets: Float64Array) -> Float64Array:
        if not self._led.any():
            return np.zeros(3)
        return (targets[self._led] - self._targets[self._led]).mean(axis=0)

    def _teleported(self, targets: Float64Array, duration_s: float) -> bool:
        return float(np.linalg.norm(self._mean_shift(targets))) > TELEPORT_SPEED_M_S * duration_s

    def _cut(self, targets: Float64Array) -> None:
        """After a cut in the motion: move everything with the targets' rigid motion and come to rest."""
        before, after = self._targets, targets
        centre_before, centre_after = before.mean(axis=0), after.mean(axis=0)
        u, _, vt = np.linalg.svd((after - centre_after).T @ (before - centre_before))
        turn = u @ np.diag([1.0, 1.0, np.sign(np.linalg.det(u @ vt))]) @ vt
        self.positions_m = (self.positions_m - centre_before) @ turn.T + centre_after
        self.velocities_m_s = np.zeros_like(self.positions_m)


def _mixed(start: Float64Array, end: Float64Array, fraction: float) -> Float64Array:
    return start * (1 - fraction) + end * fraction


def _mixed_surface(start: Surface, end: Surface, fraction: float) -> Surface:
    return Surface(_mixed(start.points_m, end.points_m, fraction), _mixed(start.normals, end.normals, fraction))
