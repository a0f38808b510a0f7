# pyright: basic
"""Numba kernels: how a Gaussian's disc must turn and grow so that it follows the surface around it."""

from __future__ import annotations

import math

import numpy as np

from ani3d_runtime.geometry.matrix_kernels import adjugate_into
from ani3d_runtime.kernels import inner
from ani3d_runtime.parallel import parallel_kernel

# Numbers that one frame says of one Gaussian: see `disc_changes`.
CHANGE = 8
_MOST_STRETCH, _UNSEEN = 3.0, 1.01
# Frames to either side over which shapes are averaged, and the directions of stretches: what flutters is no shape.
_CALM, _CALM_DIRECTION = 2, 5
# Share of the neighbours' squared distances that one deformation may leave unexplained: wholly trusted, and not at all.
# Beyond that they lie on different folds.
_TRUSTED, _DOUBTED = 0.1, 0.3


@inner()
def _cross(a, b, out):
    out[0] = a[1] * b[2] - a[2] * b[1]
    out[1] = a[2] * b[0] - a[0] * b[2]
    out[2] = a[0] * b[1] - a[1] * b[0]


@inner()
def _dot(a, b):
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


@inner()
def _unit(a):
    length = math.sqrt(_dot(a, a))
    if length < 1e-12:
        return False
    for k in range(3):
        a[k] /= length
    return True


@inner()
def _axis_into(q, axis, out):
    """Column ``axis`` of the rotation matrix of a unit quaternion."""
    w, x, y, z = q[0], q[1], q[2], q[3]
    if axis == 0:
        out[0], out[1], out[2] = 1 - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y)
    elif axis == 1:
        out[0], out[1], out[2] = 2 * (x * y - w * z), 1 - 2 * (x * x + z * z), 2 * (y * z + w * x)
    else:
        out[0], out[1], out[2] = 2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y)


@inner()
def _turned_into(v, q, out):
    """The quaternion exp(v) q."""
    angle = math.sqrt(_dot(v, v))
    half = 0.5 * angle
    factor = math.sin(half) / angle if angle > 1e-8 else 0.5
    w, x, y, z = math.cos(half), factor * v[0], factor * v[1], factor * v[2]
    a, b, c, d = q[0], q[1], q[2], q[3]
    out[0] = w * a - x * b - y * c - z * d
    out[1] = w * b + x * a + y * d - z * c
    out[2] = w * c - x * d + y * a + z * b
    out[3] = w * d + x * c - y * b + z * a


@inner()
def _minimal_into(a, b, v, out):
    """v turned by the least rotation that takes unit vector a to unit vector b; they are less than pi apart."""
    axis0, axis1, axis2 = a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]
    cosine = _dot(a, b)
    along = (axis0 * v[0] + axis1 * v[1] + axis2 * v[2]) / (1 + cosine)
    out[0] = cosine * v[0] + axis1 * v[2] - axis2 * v[1] + axis0 * along
    out[1] = cosine * v[1] + axis2 * v[0] - axis0 * v[2] + axis1 * along
    out[2] = cosine * v[2] + axis0 * v[1] - axis1 * v[0] + axis2 * along


@inner()
def _invert_into(m, out):
    """Inverse of a 3x3 matrix; whether there is one that is worth using."""
    det = adjugate_into(m, out)
    if det < 1e-2:
        return False
    for a in range(3):
        for b in range(3):
            out[a, b] /= det
    return True


@inner()
def _apply(m, v, factor, out):
    for a in range(3):
        out[a] = factor * (m[a, 0] * v[0] + m[a, 1] * v[1] + m[a, 2] * v[2])


@inner()
def _missing(target1, target2, given):
    """By how much a disc is too small in its surface, as a share of its width; and the sine by which it stands up.

    Args:
        target1, target2: half axes that the disc should have, world. given: [3, 3] rows of those it has.
    """
    n, t2 = np.empty(3), np.empty(3)
    _cross(target1, target2, n)
    t1 = target1.copy()
    if not _unit(n) or not _unit(t1):
        return 0.0, 0.0
    _cross(n, t1, t2)
    g11, g12, g22, up = 0.0, 0.0, 0.0, 0.0
    for k in range(3):
        a, b, c = _dot(given[k], t1), _dot(given[k], t2), _dot(given[k], n)
        g11 += a * a
        g12 += a * b
        g22 += b * b
        up += c * c
    a1, a2, b2 = _dot(target1, t1), _dot(target2, t1), _dot(target2, t2)
    w11, w12, w22 = a1 * a1 + a2 * a2, a2 * b2, b2 * b2
    det = max(g11 * g22 - g12 * g12, 1e-24)
    # The largest eigenvalue of given^-1 target.
    half = 0.5 * (g22 * w11 - 2 * g12 * w12 + g11 * w22) / det
    largest = half + math.sqrt(max(half * half - (w11 * w22 - w12 * w12) / det, 0.0))
    size = math.sqrt(_dot(given[0], given[0]))
    standing = (math.sqrt(up) - math.sqrt(_dot(given[2], given[2]))) / max(size, 1e-9)
    return max(math.sqrt(largest) - 1.0, 0.0), max(standing, 0.0)


@inner()
def _strength(wrong, allowed, full):
    share = min(1.0, max(0.0, (wrong - allowed) / (full - allowed)))
    return share * share * (3 - 2 * share)


@inner()
def _unexplained(rest, means, deform, i, neighbours, gradients):
    """Share of the squared distances to neighbours that a deformation of the surface leaves unexplained."""
    total, left = 1e-18, 0.0
    for k in range(len(neighbours)):
        if gradients[k, 0] == 0.0 and gradients[k, 1] == 0.0 and gradients[k, 2] == 0.0:
            continue
        j = neighbours[k]
        for a in range(3):
            now = means[j, a] - means[i, a]
            difference = now
            for b in range(3):
                difference -= deform[a, b] * (rest[j, b] - rest[i, b])
            total += now * now
            left += difference * difference
    return left / total


@parallel_kernel(chunk=128)
def disc_changes(
    first, last, rest, means, transforms, joints, weights, quats, scales, turns, rows, members, axes, neighbours,
    gradients, changes,
):  # fmt: skip
    """What one frame asks of every disc, beyond the shape that the runtime equation gives it.

    Args:
        rest, means: [N, 3] centres at rest and posed. transforms: [J, 3, 4]. joints, weights: [N, 4].
        quats: [N, 4] rest rotations, unit. scales: [N, 3].
        turns: [M, 3] rotation vectors of the residual layer, of length 0 where it has none; rows: [N] which of them,
            or -1.
        members, axes, neighbours, gradients: of the sheet.
        changes: [S, 8] out: by which share the disc is too small; the sine by which it stands up from the surface; the
            least turn that lays it there, as a rotation vector in rest-pose space; and the covariance that it should
            have in its plane after that turn, m^2: of its first axis, of its second, and between them.
    """
    skin, inverse, deform, given = np.empty((3, 3)), np.empty((3, 3)), np.empty((3, 3)), np.empty((3, 3))
    base, turned = np.empty(4), np.empty(4)
    u1, u2, u3, r1, r2 = np.empty(3), np.empty(3), np.empty(3), np.empty(3), np.empty(3)
    w1, w2, b1, b2, m, v1, v2 = (
        np.empty(3), np.empty(3), np.empty(3), np.empty(3), np.empty(3), np.empty(3), np.empty(3),
    )  # fmt: skip
    for number in range(first, last):
        i = members[number]
        out = changes[number]
        out[:] = 0.0
        skin[:] = 0.0
        for slot in range(4):
            w = weights[i, slot]
            if w > 0:
                for a in range(3):
                    for b in range(3):
                        skin[a, b] += w * transforms[joints[i, slot], a, b]
        deform[:] = 0.0
        for k in range(neighbours.shape[1]):
            j = neighbours[number, k]
            for a in range(3):
                offset = means[j, a] - means[i, a]
                for b in range(3):
                    deform[a, b] += offset * gradients[number, k, b]
        trust = 1.0 - _strength(
            _unexplained(rest, means, deform, i, neighbours[number], gradients[number]), _TRUSTED, _DOUBTED
        )
        for k in range(4):
            base[k] = quats[i, k]
        _axis_into(base, axes[number, 0], r1)
        _axis_into(base, axes[number, 1], r2)
        row = rows[i]
        if row >= 0 and len(turns):
            _turned_into(turns[row], base, turned)
        else:
            for k in range(4):
                turned[k] = base[k]
        _axis_into(turned, axes[number, 0], u1)
        _axis_into(turned, axes[number, 1], u2)
        # An ellipsoid has no sides: the third axis may be either end of its own.
        _cross(u1, u2, u3)
        s1, s2, s3 = scales[i, axes[number, 0]], scales[i, axes[number, 1]], scales[i, axes[number, 2]]
        out[5], out[6] = s1 * s1, s2 * s2
        _apply(skin, u1, s1, given[0])
        _apply(skin, u2, s2, given[1])
        _apply(skin, u3, s3, given[2])
        _apply(deform, r1, s1, w1)
        _apply(deform, r2, s2, w2)
        if not _invert_into(skin, inverse):
            continue
        _apply(inverse, w1, 1.0, b1)
        _apply(inverse, w2, 1.0, b2)
        _cross(b1, b2, m)
        if not _unit(m) or _dot(m, u3) < -0.5:
            continue
        missing, standing = _missing(w1, w2, given)
        out[0], out[1] = trust * missing, trust * standing
        _minimal_into(u3, m, u1, v1)
        _minimal_into(u3, m, u2, v2)
        a11, a21, a12, a22 = _dot(b1, v1), _dot(b1, v2), _dot(b2, v1), _dot(b2, v2)
        out[5], out[6], out[7] = a11 * a11 + a12 * a12, a21 * a21 + a22 * a22, a11 * a21 + a12 * a22
        _cross(u3, m, v1)
        sine = math.sqrt(_dot(v1, v1))
        factor = math.atan2(sine, _dot(u3, m)) / sine if sine > 1e-9 else 1.0
        out[2], out[3], out[4] = factor * v1[0], factor * v1[1], factor * v1[2]


@inner()
def _calm(values, reach, spare):
    """Means over ``reach`` frames to either side, of the last one beyond the ends, three times; in place."""
    frames = len(values)
    for _ in range(3):
        # Number by number: numba compiles 3 CPU-s for what copies an array to one of another shape.
        for t in range(frames):
            spare[t] = values[t]
        for t in range(frames):
            total = 0.0
            for k in range(t - reach, t + reach + 1):
                total += spare[min(max(k, 0), frames - 1)]
            values[t] = total / (2 * reach + 1)


@inner()
def _directions(along, across, directed, spare):
    """Calm angles, from cosines ``along`` and sines of doubled angles, each times what it counts; into ``along``."""
    if not directed:
        along[:] = 0.0
        return
    _calm(along, _CALM_DIRECTION, spare)
    _calm(across, _CALM_DIRECTION, spare)
    double, total = 0.0, 0.0
    for t in range(len(along)):
        now = math.atan2(across[t], along[t])
        double += now - double - 2 * math.pi * np.rint((now - double) / (2 * math.pi))
        along[t] = 0.5 * double
        total += along[t]
    # The axes may as well change their places, which is a smaller turn.
    back = 0.5 * math.pi * np.rint(total / len(along) / (0.5 * math.pi))
    for t in range(len(along)):
        along[t] -= back


@parallel_kernel(chunk=16)
def shape_tracks(first, last, changes, quats, scales, axes, turns, small, standing, lopsided, drot, dlogscale):
    """Rotation vectors and log-scales of Gaussians over all frames, so that both are continuous.

    A disc grows alike in all directions of its plane: so it may be spun in it, which costs nothing to code. Where its
    stretch has a direction that shows, it is spun to that and grows along it more than across.

    Args:
        changes: [T, S, 8] of :func:`disc_changes`, which are changed.
        quats: [S, 4], scales: [S, 3] rest pose. axes: [S, 3] of the sheet.
        turns: [T, S, 3] rotation vectors of the residual layer.
        small, standing: from which share on it grows, and from which sine on it is laid down; and where it is wholly.
        lopsided: from which ratio of its axes on a stretch has a direction.
        drot, dlogscale: [T, S, 3] out.
    """
    frames = len(changes)
    for i in range(first, last):
        base, laid, spun = np.empty(4), np.empty(4), np.empty(4)
        u1, u2, normal, tilt, spare = np.empty(3), np.empty(3), np.empty(3), np.empty(3), np.empty(frames)
        identity = np.array((1.0, 0.0, 0.0, 0.0))
        one, two = axes[i, 0], axes[i, 1]
        s1, s2 = float(scales[i, one]), float(scales[i, two])
        angles, across = np.empty(frames), np.empty(frames)
        for t in range(frames):
            change = changes[t, i]
            wide = _strength(change[0], small[0], small[1])
            # What grows while it stands up would show as a thorn.
            up = max(wide, _strength(change[1], standing[0], standing[1]))
            for k in range(3):
                change[2 + k] *= up
            change[5] = s1 * s1 + wide * (change[5] - s1 * s1)
            change[6] = s2 * s2 + wide * (change[6] - s2 * s2)
            change[7] *= wide
        for k in range(2, 8):
            _calm(changes[:, i, k], _CALM, spare)
        most = 1.0
        for t in range(frames):
            change = changes[t, i]
            angles[t], across[t] = change[5] - change[6], 2 * change[7]
            uneven = math.sqrt(angles[t] ** 2 + across[t] ** 2)
            most = max(most, (change[5] + change[6] + uneven) / max(change[5] + change[6] - uneven, 1e-18))
        directed = most > lopsided * lopsided
        _directions(angles, across, directed, spare)
        before = np.zeros(3)
        for t in range(frames):
            change = changes[t, i]
            c, s = math.cos(angles[t]), math.sin(angles[t])
            if directed:
                first_square = c * c * change[5] + 2 * c * s * change[7] + s * s * change[6]
                second_square = s * s * change[5] - 2 * c * s * change[7] + c * c * change[6]
            else:
                grown = (change[5] + change[6]) / (s1 * s1 + s2 * s2)
                first_square, second_square = s1 * s1 * grown, s2 * s2 * grown
            dlogscale[t, i, one] = _log_of(first_square, s1)
            dlogscale[t, i, two] = _log_of(second_square, s2)
            dlogscale[t, i, axes[i, 2]] = 0.0
            for k in range(4):
                base[k] = quats[i, k]
            _turned_into(turns[t, i], base, laid)
            _axis_into(laid, one, u1)
            _axis_into(laid, two, u2)
            _cross(u1, u2, normal)
            for k in range(3):
                normal[k] *= angles[t]
                tilt[k] = change[2 + k]
            # First the spin around the disc's own normal, then its tilt.
            _turned_into(turns[t, i], identity, base)
            _turned_into(normal, base, spun)
            _turned_into(tilt, spun, laid)
            _vector_into(laid, before)
            for k in range(3):
                drot[t, i, k] = before[k]


@inner()
def _log_of(square, scale):
    """What a disc grows by; exactly 0 where nobody would see it, so that it costs nothing to code."""
    grown = min(max(math.sqrt(max(square, 0.0)) / scale, 1.0), _MOST_STRETCH)
    return math.log(grown) if grown > _UNSEEN else 0.0


@inner()
def _vector_into(q, before):
    """The rotation vector of a unit quaternion, of those a whole turn apart the one nearest to ``before``; in place."""
    sign = -1.0 if q[0] < 0 else 1.0
    sine = math.sqrt(q[1] * q[1] + q[2] * q[2] + q[3] * q[3])
    if sine < 1e-9:
        nx, ny, nz, angle = 0.0, 0.0, 0.0, 0.0
    else:
        nx, ny, nz = sign * q[1] / sine, sign * q[2] / sine, sign * q[3] / sine
        angle = 2 * math.atan2(sine, sign * q[0])
    along = nx * before[0] + ny * before[1] + nz * before[2]
    angle += 2 * math.pi * np.rint((along - angle) / (2 * math.pi))
    before[0], before[1], before[2] = angle * nx, angle * ny, angle * nz
