# pyright: basic
"""Control nodes in numba: what they do to the Gaussians that hang on them, and what their cloth resists.

A node's state is a row of seven: v_n, its displacement in the world, and a quaternion less the identity, whose
normalised sum with it is q_n, its rotation in the world on top of the rigid layer's P_n. With g_n = M_n c_n where the
rigid layer has the node,

    Δ_i   = sum_n a_in [ (R(q_n) - I) P_n (x_i - c_n) + v_n ]       what moves in the world
    move  = L_i^-1 Δ_i                                              the same in rest-pose space
    turn  = normalised (1 - sum_n a_in) + sum_n a_in P_n^-1 q_n P_n
"""

from __future__ import annotations

import math

import numpy as np

from ani3d_runtime.bake.fit4d.posing_kernels import linear_part, rotation_into
from ani3d_runtime.kernels import inner, kernel
from ani3d_runtime.parallel import parallel_kernel

_F = np.float32
_FAST = {"contract", "nsz", "arcp"}
# A blend of joints turned against each other is flat; a floor keeps its inverse finite.
FLAT = _F(1e-2)
# Numbers of a state that are moves; the others are turns.
MOVES = 3
TINY = 1e-9


@inner(inline="always", fastmath=_FAST)
def _inverse_into(m, out):
    c00 = m[1, 1] * m[2, 2] - m[1, 2] * m[2, 1]
    c01 = m[1, 2] * m[2, 0] - m[1, 0] * m[2, 2]
    c02 = m[1, 0] * m[2, 1] - m[1, 1] * m[2, 0]
    det = m[0, 0] * c00 + m[0, 1] * c01 + m[0, 2] * c02
    if abs(det) < FLAT:
        det = FLAT if det >= 0 else -FLAT
    r = _F(1) / det
    out[0, 0], out[1, 0], out[2, 0] = c00 * r, c01 * r, c02 * r
    out[0, 1] = (m[0, 2] * m[2, 1] - m[0, 1] * m[2, 2]) * r
    out[1, 1] = (m[0, 0] * m[2, 2] - m[0, 2] * m[2, 0]) * r
    out[2, 1] = (m[0, 1] * m[2, 0] - m[0, 0] * m[2, 1]) * r
    out[0, 2] = (m[0, 1] * m[1, 2] - m[0, 2] * m[1, 1]) * r
    out[1, 2] = (m[0, 2] * m[1, 0] - m[0, 0] * m[1, 2]) * r
    out[2, 2] = (m[0, 0] * m[1, 1] - m[0, 1] * m[1, 0]) * r


@inner(inline="always")
def _product(a, b, out):
    """out = a ⊗ b."""
    out[0] = a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3]
    out[1] = a[0] * b[1] + a[1] * b[0] + a[2] * b[3] - a[3] * b[2]
    out[2] = a[0] * b[2] - a[1] * b[3] + a[2] * b[0] + a[3] * b[1]
    out[3] = a[0] * b[3] + a[1] * b[2] - a[2] * b[1] + a[3] * b[0]


@inner(inline="always")
def _conjugated_product(a, b, out):
    """out = a* ⊗ b."""
    out[0] = a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3]
    out[1] = a[0] * b[1] - a[1] * b[0] - a[2] * b[3] + a[3] * b[2]
    out[2] = a[0] * b[2] + a[1] * b[3] - a[2] * b[0] - a[3] * b[1]
    out[3] = a[0] * b[3] - a[1] * b[2] + a[2] * b[1] - a[3] * b[0]


@inner(inline="always")
def _product_conjugated(a, b, out):
    """out = a ⊗ b*."""
    out[0] = a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3]
    out[1] = -a[0] * b[1] + a[1] * b[0] - a[2] * b[3] + a[3] * b[2]
    out[2] = -a[0] * b[2] + a[1] * b[3] + a[2] * b[0] - a[3] * b[1]
    out[3] = -a[0] * b[3] - a[1] * b[2] + a[2] * b[1] + a[3] * b[0]


@inner(inline="always")
def _unit_into(state, n, out):
    """q_n of a state; returns one over its length before normalising."""
    w = 1 + state[n, 3]
    x, y, z = state[n, 4], state[n, 5], state[n, 6]
    inverse = _F(1) / math.sqrt(w * w + x * x + y * y + z * z)
    out[0], out[1], out[2], out[3] = w * inverse, x * inverse, y * inverse, z * inverse
    return inverse


@inner(inline="always")
def _rotation_gradient(q, by_matrix, out):
    """Add the gradient by the quaternion q from that by its rotation matrix."""
    w, x, y, z = q[0], q[1], q[2], q[3]
    g = by_matrix
    out[0] += 2 * (x * (g[2, 1] - g[1, 2]) + y * (g[0, 2] - g[2, 0]) + z * (g[1, 0] - g[0, 1]))
    out[1] += 2 * (
        y * (g[0, 1] + g[1, 0]) + z * (g[0, 2] + g[2, 0]) + w * (g[2, 1] - g[1, 2]) - 2 * x * (g[1, 1] + g[2, 2])
    )
    out[2] += 2 * (
        x * (g[0, 1] + g[1, 0]) + z * (g[1, 2] + g[2, 1]) + w * (g[0, 2] - g[2, 0]) - 2 * y * (g[0, 0] + g[2, 2])
    )
    out[3] += 2 * (
        x * (g[0, 2] + g[2, 0]) + y * (g[1, 2] + g[2, 1]) + w * (g[1, 0] - g[0, 1]) - 2 * z * (g[0, 0] + g[1, 1])
    )


@kernel()
def node_motion(state, rigid_quats, rigid_rotations, motions, rest_quats):
    """(R(q_n) - I) P_n into ``motions`` [M, 3, 3], and q_n taken back to rest pose into ``rest_quats`` [M, 4]."""
    q, forward, turn = np.empty(4, _F), np.empty(4, _F), np.empty((3, 3), _F)
    for n in range(state.shape[0]):
        _unit_into(state, n, q)
        rotation_into(q[0], q[1], q[2], q[3], turn)
        for a in range(3):
            turn[a, a] -= _F(1)
        for a in range(3):
            for b in range(3):
                motions[n, a, b] = (
                    turn[a, 0] * rigid_rotations[n, 0, b]
                    + turn[a, 1] * rigid_rotations[n, 1, b]
                    + turn[a, 2] * rigid_rotations[n, 2, b]
                )
        _product(q, rigid_quats[n], forward)
        _conjugated_product(rigid_quats[n], forward, rest_quats[n])


@parallel_kernel(chunk=1024, fastmath=_FAST)
def inverse_linear_parts(first, last, members, joints, weights, matrices, inverses):
    """L_i^-1 of Gaussians ``members`` [S] into ``inverses`` [S, 3, 3]; the rest as ``linear_part`` takes it."""
    for row in range(first, last):
        linear = np.empty((3, 3), _F)
        linear_part(members[row], joints, weights, matrices, linear)
        _inverse_into(linear, inverses[row])


@parallel_kernel(chunk=1024, fastmath=_FAST)
def carry(
    first,
    last,
    state,  # [M, 7]
    motions,  # [M, 3, 3]
    rest_quats,  # [M, 4]
    offsets,  # [S, 4, 3] x_i - c_n
    indices,  # [S, 4]
    shares,  # [S, 4]
    inverses,  # [S, 3, 3] L_i^-1
    lengths,  # [S] out, of the blended quaternions, inverted
    moves,  # [S, 3] out
    turns,  # [S, 4] out
):
    """The residual of what hangs on the nodes."""
    for row in range(first, last):
        dx = dy = dz = _F(0)
        rw = _F(1)
        rx = ry = rz = _F(0)
        for slot in range(4):
            a = shares[row, slot]
            if a == 0.0:
                continue
            n = indices[row, slot]
            m, ox, oy, oz = motions[n], offsets[row, slot, 0], offsets[row, slot, 1], offsets[row, slot, 2]
            dx += a * (m[0, 0] * ox + m[0, 1] * oy + m[0, 2] * oz + state[n, 0])
            dy += a * (m[1, 0] * ox + m[1, 1] * oy + m[1, 2] * oz + state[n, 1])
            dz += a * (m[2, 0] * ox + m[2, 1] * oy + m[2, 2] * oz + state[n, 2])
            # Quaternions start at the identity and stay on its side of the sphere.
            rw += a * (rest_quats[n, 0] - _F(1))
            rx += a * rest_quats[n, 1]
            ry += a * rest_quats[n, 2]
            rz += a * rest_quats[n, 3]
        inverse = inverses[row]
        for b in range(3):
            moves[row, b] = inverse[b, 0] * dx + inverse[b, 1] * dy + inverse[b, 2] * dz
        length = _F(1) / max(math.sqrt(rw * rw + rx * rx + ry * ry + rz * rz), _F(1e-6))
        lengths[row] = length
        turns[row, 0], turns[row, 1] = rw * length, rx * length
        turns[row, 2], turns[row, 3] = ry * length, rz * length


@parallel_kernel(chunk=1024, fastmath=_FAST)
def carry_backward_members(first, last, inverses, lengths, turns, by_moves, by_turns, by_world, by_blends):
    """By Δ_i into ``by_world`` [S, 3] and by the blended quaternion into ``by_blends`` [S, 4]."""
    for row in range(first, last):
        gx, gy, gz = by_moves[row, 0], by_moves[row, 1], by_moves[row, 2]
        inverse = inverses[row]
        for b in range(3):
            by_world[row, b] = inverse[0, b] * gx + inverse[1, b] * gy + inverse[2, b] * gz
        along = _F(0)
        for k in range(4):
            along += by_turns[row, k] * turns[row, k]
        for k in range(4):
            by_blends[row, k] = (by_turns[row, k] - along * turns[row, k]) * lengths[row]


@parallel_kernel(chunk=8, fastmath=_FAST)
def carry_backward_nodes(
    first,
    last,
    state,  # [M, 7]
    rigid_quats,  # [M, 4]
    rigid_rotations,  # [M, 3, 3]
    starts,  # [M + 1] of the pairs of each node
    rows,  # [P] the Gaussian of each pair
    offsets,  # [P, 3] x_i - c_n
    shares,  # [P]
    by_world,  # [S, 3]
    by_blends,  # [S, 4]
    by_state,  # [M, 7] out
):
    """Sums over what hangs on each node, in a fixed order."""
    for n in range(first, last):
        by_motion, by_turn = np.zeros((3, 3), _F), np.empty((3, 3), _F)
        by_rest, forward, by_q, q = np.zeros(4, _F), np.empty(4, _F), np.empty(4, _F), np.empty(4, _F)
        bx = by = bz = _F(0)
        for pair in range(starts[n], starts[n + 1]):
            row, a = rows[pair], shares[pair]
            gx, gy, gz = a * by_world[row, 0], a * by_world[row, 1], a * by_world[row, 2]
            bx += gx
            by += gy
            bz += gz
            for b in range(3):
                offset = offsets[pair, b]
                by_motion[0, b] += gx * offset
                by_motion[1, b] += gy * offset
                by_motion[2, b] += gz * offset
            for k in range(4):
                by_rest[k] += a * by_blends[row, k]
        for a in range(3):
            for b in range(3):
                by_turn[a, b] = (
                    by_motion[a, 0] * rigid_rotations[n, b, 0]
                    + by_motion[a, 1] * rigid_rotations[n, b, 1]
                    + by_motion[a, 2] * rigid_rotations[n, b, 2]
                )
        # rest = P* ⊗ q ⊗ P is a rotation of four-space; its transpose takes the gradient back.
        _product(rigid_quats[n], by_rest, forward)
        _product_conjugated(forward, rigid_quats[n], by_q)
        inverse = _unit_into(state, n, q)
        _rotation_gradient(q, by_turn, by_q)
        along = by_q[0] * q[0] + by_q[1] * q[1] + by_q[2] * q[2] + by_q[3] * q[3]
        by_state[n, 0], by_state[n, 1], by_state[n, 2] = bx, by, bz
        for k in range(4):
            by_state[n, 3 + k] = (by_q[k] - along * q[k]) * inverse


@kernel()
def resistance(
    states,  # [3, M, 7] an instant with its two neighbours in time
    places,  # [3, M, 3] g_n
    rigid_rotations,  # [M, 3, 3] at the instant
    rest,  # [M, 3] c_n
    edges,  # [E, 2]
    lengths,  # [E] rest lengths
    holds,  # [M] 0..1, how much a node is held to the rigid layer
    weights,  # [4] of stretch, bend, swing and hold
    by_states,  # [3, M, 7] out
):
    """What cloth resists, and its gradient: four mean energies, summed with ``weights``.

    Stretch is as rigid as possible, |p_m - p_n - Q_n (c_m - c_n)|² / |c_m - c_n|² over the edges; bend |Q_m - Q_n|²
    over the edges; swing the squared second difference in time of p_n, in units of 10 mm; hold the square of v_n in
    those units.
    """
    count, edge_count = rest.shape[0], edges.shape[0]
    by_states[:] = 0.0
    turned = np.empty((count, 3, 3), _F)
    by_turned = np.zeros((count, 3, 3), _F)
    quats, inverses = np.empty((count, 4), _F), np.empty(count, _F)
    r = np.empty((3, 3), _F)
    for n in range(count):
        inverses[n] = _unit_into(states[1], n, quats[n])
        q = quats[n]
        rotation_into(q[0], q[1], q[2], q[3], r)
        for a in range(3):
            for b in range(3):
                turned[n, a, b] = (
                    r[a, 0] * rigid_rotations[n, 0, b]
                    + r[a, 1] * rigid_rotations[n, 1, b]
                    + r[a, 2] * rigid_rotations[n, 2, b]
                )
    stretch = bend = swing = hold = 0.0
    per_edge, per_node = _F(1) / max(edge_count, 1), _F(1) / count
    for e in range(edge_count):
        n, m = edges[e, 0], edges[e, 1]
        ox, oy, oz = rest[m, 0] - rest[n, 0], rest[m, 1] - rest[n, 1], rest[m, 2] - rest[n, 2]
        scale = per_edge / (lengths[e] * lengths[e])
        for a in range(3):
            gap = (
                places[1, m, a]
                + states[1, m, a]
                - places[1, n, a]
                - states[1, n, a]
                - (turned[n, a, 0] * ox + turned[n, a, 1] * oy + turned[n, a, 2] * oz)
            )
            stretch += scale * gap * gap
            g = 2 * weights[0] * scale * gap
            by_states[1, m, a] += g
            by_states[1, n, a] -= g
            by_turned[n, a, 0] -= g * ox
            by_turned[n, a, 1] -= g * oy
            by_turned[n, a, 2] -= g * oz
            for b in range(3):
                difference = turned[m, a, b] - turned[n, a, b]
                bend += per_edge * difference * difference
                g = 2 * weights[1] * per_edge * difference
                by_turned[m, a, b] += g
                by_turned[n, a, b] -= g
    unit = _F(1e4) * per_node
    for n in range(count):
        for a in range(3):
            change = (
                places[0, n, a] + states[0, n, a] + places[2, n, a] + states[2, n, a]
                - 2 * (places[1, n, a] + states[1, n, a])
            )  # fmt: skip
            swing += unit * change * change
            g = 2 * weights[2] * unit * change
            by_states[0, n, a] += g
            by_states[1, n, a] -= 2 * g
            by_states[2, n, a] += g
            v = states[1, n, a]
            hold += unit * holds[n] * v * v
            by_states[1, n, a] += 2 * weights[3] * unit * holds[n] * v
    by_q, by_r = np.empty(4, _F), np.empty((3, 3), _F)
    for n in range(count):
        for a in range(3):
            for b in range(3):
                by_r[a, b] = (
                    by_turned[n, a, 0] * rigid_rotations[n, b, 0]
                    + by_turned[n, a, 1] * rigid_rotations[n, b, 1]
                    + by_turned[n, a, 2] * rigid_rotations[n, b, 2]
                )
        by_q[:] = 0.0
        q = quats[n]
        _rotation_gradient(q, by_r, by_q)
        along = by_q[0] * q[0] + by_q[1] * q[1] + by_q[2] * q[2] + by_q[3] * q[3]
        for k in range(4):
            by_states[1, n, 3 + k] += (by_q[k] - along * q[k]) * inverses[n]
    return weights[0] * stretch + weights[1] * bend + weights[2] * swing + weights[3] * hold


@parallel_kernel(chunk=16, fastmath=True)
def adam_step(first, last, gradient, momentum, power, knots, home, hold, rates, keep_momentum, keep_power):
    """One step of Adam, in place, on arrays [K, L] with a rate for each of the L numbers of a knot.

    ``hold`` times the way from ``home`` is added to the gradient first. The gradient is zero afterwards: its megabyte
    is not made anew for every step. ``rates`` hold the corrections of the first steps.
    """
    b1, b2, tiny, held = _F(keep_momentum), _F(keep_power), _F(TINY), _F(hold)
    for k in range(first, last):
        g, m, v, x, there = gradient[k], momentum[k], power[k], knots[k], home[k]
        for c in range(knots.shape[1]):
            slope = g[c] + held * (x[c] - there[c])
            m[c] += (_F(1) - b1) * (slope - m[c])
            v[c] += (_F(1) - b2) * (slope * slope - v[c])
            x[c] -= rates[c] * m[c] / (math.sqrt(v[c]) + tiny)
            g[c] = _F(0)
