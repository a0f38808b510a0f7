"""The driver's equations in plain float64 numpy, one node, link and capsule at a time, from spec/DRIVER.md alone.

It shares no code with the package: singular values instead of a quartic, matrices instead of quaternions, its own walk
along the joints. It is the oracle for the golden vectors of drivers. Of the package it takes what a section decodes to.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.golden.reference import joint_worlds, rotation_matrix

Array = NDArray[np.float64]
_TURN, _SHIFT, _JUMP, _STOP = (0.25, 15.0), (0.15, 9.0), (0.06, 3.0), 3.0


class ReferenceDriver:
    """Section ``driver`` as arrays (a decoded model), a skeleton as the vectors have it, and rest places [M, 3]."""

    def __init__(self, model: Any, skeleton: dict[str, Any], rest: Array) -> None:
        self.m, self.rest, self.count = model, rest, len(rest)
        self.parents = [int(parent) for parent in skeleton["parents"]]
        self.zero = np.array(skeleton["zero_joints_m"])
        self.bind = joint_worlds(
            self.parents, self.zero, np.array(skeleton["rest_rotations_wxyz"]), np.array(skeleton["rest_translation_m"])
        )
        kinds = model.nodes.kinds
        self.of = {n: getattr(model.materials, n)[kinds] for n in ("damping_hz", "drag", "thickness_m", "friction")}
        self.share = model.materials.share[kinds]
        self.joined = [[(i, j) for i, j in model.links.pairs.tolist() if n in (i, j)] for n in range(len(rest))]
        self.free = [float(follow > 0) for follow in model.nodes.follow]
        self.hung = rest + model.nodes.mean_m
        self.gaps = [
            [
                min(self.of["thickness_m"][n], self._clear(q, model.capsules.ends_m[q], p))
                for n, p in enumerate(self.hung)
            ]
            for q in range(len(model.capsules.joints))
        ]

    def reset(self, pose: dict[str, Any]) -> None:
        self._take(pose)
        self.x, self.v = self.targets.copy(), np.zeros((self.count, 3))
        self.q = [np.array([1.0, 0, 0, 0])] * self.count
        for _ in range(12):
            self._turn(self._swing(pose, 1 / 30, 6.0))
        self.v[:] = 0
        self.last_place, self.last_rotation = self._root()
        self.root_velocity, self.root_turning, self.root_seen = np.zeros(3), 0.0, 0.0
        self.elsewhere = False
        self.history = [self.last_place, self.last_rotation, np.zeros(3)]
        channels = self._channels(None)
        self.y = [channels.copy() for _ in self.m.correctives.poles]
        self.s = [0 * channels for _ in self.m.correctives.poles]

    def step(self, pose: dict[str, Any], dt: float) -> tuple[Array, Array]:
        dt = min(max(dt, 0.001), 0.5)
        self._carry(pose, dt)
        u = self._swing(pose, dt, 0.0)
        learned = self._learned(dt)
        shown = np.array([self._outside(n, self._within(self.share[n] * u[n] + learned[n])) for n in range(self.count)])
        self._turn(shown)
        return shown, np.array(self.q)

    def _carry(self, pose: dict[str, Any], dt: float) -> None:
        place, rotation = self._root(self._joints(pose))
        turn, shift = rotation @ self.last_rotation.T, place - self.last_place
        axis = np.array([turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1]]) / 2
        angle = math.atan2(np.linalg.norm(axis), (np.trace(turn) - 1) / 2)
        far, speed = np.linalg.norm(shift), np.linalg.norm(self.root_velocity)
        elsewhere = (
            far - self.root_seen * dt > max(_JUMP[0], _JUMP[1] * dt)
            or far - speed * dt > max(_SHIFT[0], _SHIFT[1] * dt)
            or angle - self.root_turning * dt > max(_TURN[0], _TURN[1] * dt)
        )
        self.root_seen = far / dt
        was_elsewhere, self.elsewhere = self.elsewhere, bool(elsewhere)
        before, self.last_place, self.last_rotation = self.last_place, place, rotation
        if not elsewhere:
            self.root_velocity, self.root_turning = shift / dt, angle / dt
            if was_elsewhere and speed - far / dt > _STOP:
                self.reset(pose)
            return
        self.root_velocity = turn @ self.root_velocity
        onto = place - dt * self.root_velocity

        def carried(points: Array) -> Array:
            return np.array([turn @ (point - before) + onto for point in points])

        self.x, self.targets = carried(self.x), carried(self.targets)
        self.v = np.array([turn @ v for v in self.v])
        self.ends = [carried(ends) for ends in self.ends]
        self.L = [turn @ L for L in self.L]
        self.history = [turn @ (self.history[0] - before) + onto, turn @ self.history[1], turn @ self.history[2]]

    def _joints(self, pose: dict[str, Any]) -> list[Array]:
        rotations, root = np.array(pose["joint_rotations_wxyz"]), np.array(pose["root_translation_m"])
        posed = joint_worlds(self.parents, self.zero, rotations, root)
        return [p @ np.linalg.inv(b) for p, b in zip(posed, self.bind, strict=True)]

    def _take(self, pose: dict[str, Any]) -> None:
        self.A, nodes = self._joints(pose), self.m.nodes
        blended = [sum(nodes.weights[n, k] * self.A[nodes.joints[n, k]] for k in range(4)) for n in range(self.count)]
        self.L, self.t = [M[:3, :3] for M in blended], [M[:3, 3] for M in blended]
        self.targets = np.array([self.L[n] @ self.hung[n] + self.t[n] for n in range(self.count)])
        capsules = self.m.capsules
        self.ends = [
            np.array([self.A[j][:3, :3] @ end + self.A[j][:3, 3] for end in capsules.ends_m[q]])
            for q, j in enumerate(capsules.joints)
        ]

    def _swing(self, pose: dict[str, Any], dt: float, least_damping: float) -> Array:
        normals = [self._normal(n) for n in range(self.count)]
        old_targets, old_ends = self.targets, self.ends
        self._take(pose)
        carrier = (self.targets - old_targets).mean(axis=0) / dt
        substeps = min(max(round(240 * dt), 1), 16)
        h = dt / substeps
        for s in range(1, substeps + 1):
            a, before = s / substeps, self.x.copy()
            for n in range(self.count):
                self._predict(n, normals[n], (1 - a) * old_targets[n] + a * self.targets[n], carrier, least_damping, h)
            for (i, j), compliance in zip(self.m.links.pairs, self.m.links.compliances, strict=True):
                self._pull(i, j, compliance, h)
            for q in range(len(self.ends)):
                way = (self.ends[q] - old_ends[q]) / substeps
                self._push(q, (1 - a) * old_ends[q] + a * self.ends[q], way, before)
            self.v = (self.x - before) / h
        return np.array([self._displacement(n) for n in range(self.count)])

    def _normal(self, n: int) -> Array:
        normal = self.m.nodes.normals[n]
        if not normal.any():
            return normal
        turned = self.L[n] @ rotation_matrix(self.q[n]) @ normal
        return turned / np.linalg.norm(turned)

    def _predict(self, n: int, normal: Array, target: Array, carrier: Array, least: float, h: float) -> None:
        if not self.free[n]:
            self.x[n] = target
            return
        v, drag = self.v[n], self.of["drag"][n]
        if normal.any():
            k = v @ normal
            v = v - min(drag * h * math.sqrt(abs(k)), 0.3) * k * normal
        else:
            v = v / (1 + h * drag * np.linalg.norm(v))
        relative = (v - carrier) / (1 + h * max(self.of["damping_hz"][n], least))
        v = carrier + relative * min(1.0, 12 / max(float(np.linalg.norm(relative)), 1e-12)) - [0, 9.81 * h, 0]
        x = self.x[n] + h * v
        self.x[n] = x + (target - x) / (1 + self.m.nodes.follow[n] / h**2)

    def _pull(self, i: int, j: int, compliance: float, h: float) -> None:
        if self.free[i] + self.free[j] == 0:
            return
        d, length = self.x[i] - self.x[j], np.linalg.norm(self.rest[i] - self.rest[j])
        long = np.linalg.norm(d) + 1e-12
        s = -(long - length) / ((self.free[i] + self.free[j] + compliance / h**2) * long)
        self.x[i] += self.free[i] * s * d
        self.x[j] -= self.free[j] * s * d

    def _push(self, q: int, ends: Array, way: Array, before: Array) -> None:
        for n in range(self.count):
            away, u, reach = self._from_axis(q, ends, self.x[n])
            distance = np.linalg.norm(away)
            if not self.free[n] or distance >= reach + self.gaps[q][n]:
                continue
            normal = away / distance
            self.x[n] = self.x[n] - away + (reach + self.gaps[q][n]) * normal
            slide = self.x[n] - before[n] - (1 - u) * way[0] - u * way[1]
            self.x[n] = self.x[n] - self.of["friction"][n] * (slide - (slide @ normal) * normal)

    def _from_axis(self, q: int, ends: Array, x: Array) -> tuple[Array, float, float]:
        a, b = ends
        u = min(max((x - a) @ (b - a) / ((b - a) @ (b - a)), 0.0), 1.0)
        radii = self.m.capsules.radii_m[q]
        return x - a - u * (b - a), u, (1 - u) * radii[0] + u * radii[1]

    def _clear(self, q: int, ends: Array, x: Array) -> float:
        away, _, reach = self._from_axis(q, ends, x)
        return float(np.linalg.norm(away)) - reach

    def _inverse(self, n: int) -> Array:
        return np.linalg.inv(self.L[n]) if np.linalg.det(self.L[n]) > 0.05 else self.L[n].T

    def _within(self, u: Array) -> Array:
        return u * min(1.0, self.m.reach_m / max(float(np.linalg.norm(u)), 1e-12))

    def _displacement(self, n: int) -> Array:
        u = self._inverse(n) @ (self.x[n] - self.t[n]) - self.rest[n]
        if np.linalg.norm(u) <= self.m.reach_m:
            return u
        u = self._within(u)
        self.x[n], self.v[n] = self.L[n] @ (self.rest[n] + u) + self.t[n], 0
        return u

    def _outside(self, n: int, shown: Array) -> Array:
        place = y = self.L[n] @ (self.rest[n] + shown) + self.t[n]
        for q in range(len(self.ends)):
            away, _, reach = self._from_axis(q, self.ends[q], y)
            distance = np.linalg.norm(away)
            if self.free[n] and distance < reach + self.gaps[q][n]:
                y = y + away / distance * (reach + self.gaps[q][n] - distance)
        return shown if y is place else self._within(self._inverse(n) @ (y - self.t[n]) - self.rest[n])

    def _turn(self, shown: Array) -> None:
        y = [self.L[n] @ (self.rest[n] + shown[n]) + self.t[n] for n in range(self.count)]
        for n in range(self.count):
            rest = [self.rest[j] - self.rest[i] for i, j in self.joined[n]]
            now = [y[j] - y[i] for i, j in self.joined[n]]
            spread = sum((np.outer(d, e) for d, e in zip(now, rest, strict=True)), np.zeros((3, 3)))
            pull = 0.02 * sum(e @ e for e in rest) + 1e-12
            self.q[n] = _quaternion(self._inverse(n) @ spread + pull * np.eye(3), self.q[n])

    def _root(self, joints: list[Array] | None = None) -> tuple[Array, Array]:
        A = (joints or self.A)[0]
        return A[:3, :3] @ self.bind[0][:3, 3] + A[:3, 3], A[:3, :3]

    def _channels(self, dt: float | None) -> Array:
        place, R = self._root()
        v = w = acceleration = np.zeros(3)
        if dt is not None:
            v = (place - self.history[0]) / dt
            acceleration = (v - self.history[2]) / dt
            back = self.history[1].T @ R
            w = np.array([back[2, 1] - back[1, 2], back[0, 2] - back[2, 0], back[1, 0] - back[0, 1]]) / (2 * dt)
        self.history = [place, R, v]
        tracked = [self.A[j][:3, :3] @ self.bind[j][:3, 3] + self.A[j][:3, 3] for j in self.m.correctives.tracked]
        squares = np.array([w[0] ** 2, w[1] ** 2, w[2] ** 2, w[0] * w[1], w[1] * w[2], w[2] * w[0]])
        groups = [(R.T @ (p - place), 3.0) for p in tracked]
        groups += [(R.T @ [0, -1, 0], 1.0), (R.T @ v, 10.0), (w, 20.0), (R.T @ acceleration, 50.0), (squares, 100.0)]
        return np.concatenate([np.clip(values, -limit, limit) for values, limit in groups])

    def _learned(self, dt: float) -> Array:
        learned = self.m.correctives
        if len(learned.weights) == 0:
            return np.zeros((self.count, 3))
        channels = self._channels(dt)
        steps = min(max(math.ceil(120 * dt - 1e-6), 1), 60)
        h, features = dt / steps, [channels]
        for k, (hz, ratio) in enumerate(learned.poles):
            w = 2 * math.pi * hz
            for _ in range(steps):
                self.s[k] = (self.s[k] + h * w**2 * (channels - self.y[k])) / (1 + 2 * ratio * w * h + (h * w) ** 2)
                self.y[k] = self.y[k] + h * self.s[k]
            features += [self.y[k], self.s[k] / w]
        z = np.clip((np.concatenate(features) - learned.means) / learned.scales, -3, 3)
        return sum((row @ z) * basis for row, basis in zip(learned.weights, learned.basis_m, strict=True))


def _quaternion(c: Array, last: Array) -> Array:
    """Of the rotation nearest to c; on the side of the last one."""
    u, _, vt = np.linalg.svd(c)
    r = u @ np.diag([1, 1, np.linalg.det(u @ vt)]) @ vt
    axis = np.array([r[2, 1] - r[1, 2], r[0, 2] - r[2, 0], r[1, 0] - r[0, 1]])
    w = math.sqrt(max(1 + np.trace(r), 0)) / 2
    q = np.concatenate([[w], axis / (4 * w)])
    return q if q @ last >= 0 else -q
