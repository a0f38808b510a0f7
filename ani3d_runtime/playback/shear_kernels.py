# pyright: basic
"""From L to a view rotation and from L R(q') S' to a quaternion and scales, for many Gaussians at a time.

A Gaussian that hangs on several joints has an L that is no rotation. Its polar rotation P is found by Newton's method,
and the axes of the posed covariance by one-sided Jacobi on G = (P R')ᵀ L R' S', whose rows are made orthogonal: float32
suffices, since small scales keep their relative precision. G is right for any P, so the covariance is exact wherever
the iteration stands.

A pack holds LANES Gaussians: value ``field`` of lane ``l`` is at ``field + l``, where fields lie LANES apart. Every
loop over lanes is free of branches, with offsets known to the compiler, which makes vector instructions of it.
"""

from __future__ import annotations

import math

import numpy as np

from ani3d_runtime.kernels import inner

LANES = 16
# Fields of a pack.
LINEAR = 0  # L, later M = Pᵀ L, later G, row by row
VIEW = 9 * LANES  # quaternion of P
TURN = 13 * LANES  # q', later the posed quaternion
SCALE = 17 * LANES  # s', later the posed scales
AXES = 20 * LANES  # quaternion of the axes relative to P R', not unit
ERROR = 24 * LANES  # what the last iteration still had to do
RATIO = 25 * LANES  # largest of s'
PACK = 26 * LANES

_MAX_POLAR_STEPS = 10
_MAX_SWEEPS = 8
_F = np.float32
_ZERO, _HALF, _ONE, _TWO = _F(0), _F(0.5), _F(1), _F(2)
_TINY = _F(1e-30)
# Squared: 3e-6 rad of rotation, 1e-6 of the cosine between two axes.
_POLAR_DONE = _F(1e-11)
_SWEEP_DONE = _F(1e-12)
_SINGULAR = _F(1e-6)

_lane_loop = _inlined = inner(fastmath={"contract", "nsz", "arcp"})


@_inlined
def _rotation(w, x, y, z):
    """Rotation matrix of a unit quaternion, nine entries row by row."""
    return (
        _ONE - _TWO * (y * y + z * z),
        _TWO * (x * y - w * z),
        _TWO * (x * z + w * y),
        _TWO * (x * y + w * z),
        _ONE - _TWO * (x * x + z * z),
        _TWO * (y * z - w * x),
        _TWO * (x * z - w * y),
        _TWO * (y * z + w * x),
        _ONE - _TWO * (x * x + y * y),
    )


@_lane_loop
def _copy_linear(ws, out):
    """Keep L, which M overwrites."""
    for i in range(9 * LANES):
        out[i] = ws[i]


@_lane_loop
def _polar_step(linear, ws, rate):
    """M = Pᵀ L for every lane, and ``rate`` (0 or 1) of a Newton step of P where M is not symmetric yet.

    The step ω that makes M symmetric solves (tr(M_s) I − M_s) ω = axial(M − Mᵀ). Where that system is singular (joints
    turned against each other by 180°) no rotation is distinguished and P stays.
    """
    for lane in range(LANES):
        w = ws[lane + VIEW]
        x = ws[lane + VIEW + LANES]
        y = ws[lane + VIEW + 2 * LANES]
        z = ws[lane + VIEW + 3 * LANES]
        p00, p01, p02, p10, p11, p12, p20, p21, p22 = _rotation(w, x, y, z)
        l0 = linear[lane]
        l1 = linear[lane + 3 * LANES]
        l2 = linear[lane + 6 * LANES]
        m00 = p00 * l0 + p10 * l1 + p20 * l2
        m10 = p01 * l0 + p11 * l1 + p21 * l2
        m20 = p02 * l0 + p12 * l1 + p22 * l2
        l0 = linear[lane + LANES]
        l1 = linear[lane + 4 * LANES]
        l2 = linear[lane + 7 * LANES]
        m01 = p00 * l0 + p10 * l1 + p20 * l2
        m11 = p01 * l0 + p11 * l1 + p21 * l2
        m21 = p02 * l0 + p12 * l1 + p22 * l2
        l0 = linear[lane + 2 * LANES]
        l1 = linear[lane + 5 * LANES]
        l2 = linear[lane + 8 * LANES]
        m02 = p00 * l0 + p10 * l1 + p20 * l2
        m12 = p01 * l0 + p11 * l1 + p21 * l2
        m22 = p02 * l0 + p12 * l1 + p22 * l2
        ws[lane] = m00
        ws[lane + LANES] = m01
        ws[lane + 2 * LANES] = m02
        ws[lane + 3 * LANES] = m10
        ws[lane + 4 * LANES] = m11
        ws[lane + 5 * LANES] = m12
        ws[lane + 6 * LANES] = m20
        ws[lane + 7 * LANES] = m21
        ws[lane + 8 * LANES] = m22
        ax = m21 - m12
        ay = m02 - m20
        az = m10 - m01
        b01 = -_HALF * (m01 + m10)
        b02 = -_HALF * (m02 + m20)
        b12 = -_HALF * (m12 + m21)
        b00 = m11 + m22
        b11 = m00 + m22
        b22 = m00 + m11
        c00 = b11 * b22 - b12 * b12
        c01 = b02 * b12 - b01 * b22
        c02 = b01 * b12 - b02 * b11
        c11 = b00 * b22 - b02 * b02
        c12 = b01 * b02 - b00 * b12
        c22 = b00 * b11 - b01 * b01
        determinant = b00 * c00 + b01 * c01 + b02 * c02
        open_angle = ax * ax + ay * ay + az * az if determinant > _SINGULAR else _ZERO
        ws[lane + ERROR] = open_angle
        half = rate * _HALF / (determinant if determinant > _SINGULAR else _ONE) if open_angle > _POLAR_DONE else _ZERO
        ox = half * (c00 * ax + c01 * ay + c02 * az)
        oy = half * (c01 * ax + c11 * ay + c12 * az)
        oz = half * (c02 * ax + c12 * ay + c22 * az)
        nw = w - x * ox - y * oy - z * oz
        nx = x + w * ox + y * oz - z * oy
        ny = y + w * oy + z * ox - x * oz
        nz = z + w * oz + x * oy - y * ox
        length = _ONE / math.sqrt(nw * nw + nx * nx + ny * ny + nz * nz)
        ws[lane + VIEW] = nw * length
        ws[lane + VIEW + LANES] = nx * length
        ws[lane + VIEW + 2 * LANES] = ny * length
        ws[lane + VIEW + 3 * LANES] = nz * length


@_lane_loop
def _start_axes(ws):
    """M becomes G = R'ᵀ M R' S' / max(s'); the axes start as those of P R'."""
    for lane in range(LANES):
        r00, r01, r02, r10, r11, r12, r20, r21, r22 = _rotation(
            ws[lane + TURN], ws[lane + TURN + LANES], ws[lane + TURN + 2 * LANES], ws[lane + TURN + 3 * LANES]
        )
        m0 = ws[lane]
        m1 = ws[lane + LANES]
        m2 = ws[lane + 2 * LANES]
        t00 = m0 * r00 + m1 * r10 + m2 * r20
        t01 = m0 * r01 + m1 * r11 + m2 * r21
        t02 = m0 * r02 + m1 * r12 + m2 * r22
        m0 = ws[lane + 3 * LANES]
        m1 = ws[lane + 4 * LANES]
        m2 = ws[lane + 5 * LANES]
        t10 = m0 * r00 + m1 * r10 + m2 * r20
        t11 = m0 * r01 + m1 * r11 + m2 * r21
        t12 = m0 * r02 + m1 * r12 + m2 * r22
        m0 = ws[lane + 6 * LANES]
        m1 = ws[lane + 7 * LANES]
        m2 = ws[lane + 8 * LANES]
        t20 = m0 * r00 + m1 * r10 + m2 * r20
        t21 = m0 * r01 + m1 * r11 + m2 * r21
        t22 = m0 * r02 + m1 * r12 + m2 * r22
        s0 = ws[lane + SCALE]
        s1 = ws[lane + SCALE + LANES]
        s2 = ws[lane + SCALE + 2 * LANES]
        largest = s0 if s0 > s1 else s1
        largest = largest if largest > s2 else s2
        # One over a subnormal number is infinite.
        largest = largest if largest > _TINY else _TINY
        ws[lane + RATIO] = largest
        shrink = _ONE / largest
        s0 *= shrink
        s1 *= shrink
        s2 *= shrink
        ws[lane] = s0 * (r00 * t00 + r10 * t10 + r20 * t20)
        ws[lane + LANES] = s1 * (r00 * t01 + r10 * t11 + r20 * t21)
        ws[lane + 2 * LANES] = s2 * (r00 * t02 + r10 * t12 + r20 * t22)
        ws[lane + 3 * LANES] = s0 * (r01 * t00 + r11 * t10 + r21 * t20)
        ws[lane + 4 * LANES] = s1 * (r01 * t01 + r11 * t11 + r21 * t21)
        ws[lane + 5 * LANES] = s2 * (r01 * t02 + r11 * t12 + r21 * t22)
        ws[lane + 6 * LANES] = s0 * (r02 * t00 + r12 * t10 + r22 * t20)
        ws[lane + 7 * LANES] = s1 * (r02 * t01 + r12 * t11 + r22 * t21)
        ws[lane + 8 * LANES] = s2 * (r02 * t02 + r12 * t12 + r22 * t22)
        ws[lane + AXES] = _ONE
        ws[lane + AXES + LANES] = _ZERO
        ws[lane + AXES + 2 * LANES] = _ZERO
        ws[lane + AXES + 3 * LANES] = _ZERO


@_inlined
def _turn(a0, a1, a2, b0, b1, b2):
    """Turn rows a and b in their plane until they are orthogonal: (rows, tan of half the angle, cosine² before)."""
    aa = a0 * a0 + a1 * a1 + a2 * a2
    bb = b0 * b0 + b1 * b1 + b2 * b2
    twice = _TWO * (a0 * b0 + a1 * b1 + a2 * b2)
    difference = bb - aa
    hypotenuse = math.sqrt(difference * difference + twice * twice) + _TINY
    tangent = twice / (difference + (hypotenuse if difference >= _ZERO else -hypotenuse))
    secant = math.sqrt(_ONE + tangent * tangent)
    c = _ONE / secant
    s = tangent * c
    half = tangent / (_ONE + secant)
    squared_cosine = _HALF * _HALF * twice * twice / (aa * bb + _TINY)
    return (
        c * a0 - s * b0,
        c * a1 - s * b1,
        c * a2 - s * b2,
        s * a0 + c * b0,
        s * a1 + c * b1,
        s * a2 + c * b2,
        half,
        squared_cosine,
    )


@_lane_loop
def _sweep(ws):
    """One Jacobi sweep over the three pairs of rows of G."""
    for lane in range(LANES):
        g00 = ws[lane]
        g01 = ws[lane + LANES]
        g02 = ws[lane + 2 * LANES]
        g10 = ws[lane + 3 * LANES]
        g11 = ws[lane + 4 * LANES]
        g12 = ws[lane + 5 * LANES]
        g20 = ws[lane + 6 * LANES]
        g21 = ws[lane + 7 * LANES]
        g22 = ws[lane + 8 * LANES]
        w = ws[lane + AXES]
        x = ws[lane + AXES + LANES]
        y = ws[lane + AXES + 2 * LANES]
        z = ws[lane + AXES + 3 * LANES]
        # A turn in the plane of axes p and q is the quaternion (1, ±tan of half the angle) about the third.
        g00, g01, g02, g10, g11, g12, half, worst = _turn(g00, g01, g02, g10, g11, g12)
        w, x, y, z = w + z * half, x - y * half, y + x * half, z - w * half
        g00, g01, g02, g20, g21, g22, half, cosine = _turn(g00, g01, g02, g20, g21, g22)
        worst = worst if worst > cosine else cosine
        w, x, y, z = w - y * half, x - z * half, y + w * half, z + x * half
        g10, g11, g12, g20, g21, g22, half, cosine = _turn(g10, g11, g12, g20, g21, g22)
        worst = worst if worst > cosine else cosine
        w, x, y, z = w + x * half, x - w * half, y - z * half, z + y * half
        ws[lane] = g00
        ws[lane + LANES] = g01
        ws[lane + 2 * LANES] = g02
        ws[lane + 3 * LANES] = g10
        ws[lane + 4 * LANES] = g11
        ws[lane + 5 * LANES] = g12
        ws[lane + 6 * LANES] = g20
        ws[lane + 7 * LANES] = g21
        ws[lane + 8 * LANES] = g22
        ws[lane + AXES] = w
        ws[lane + AXES + LANES] = x
        ws[lane + AXES + 2 * LANES] = y
        ws[lane + AXES + 3 * LANES] = z
        ws[lane + ERROR] = worst


@_inlined
def _product(aw, ax, ay, az, bw, bx, by, bz):
    """a ⊗ b."""
    return (
        aw * bw - ax * bx - ay * by - az * bz,
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
    )


@_lane_loop
def _finish(ws):
    """The posed quaternion P ⊗ q' ⊗ axes, and the posed scales."""
    for lane in range(LANES):
        w, x, y, z = _product(
            ws[lane + VIEW],
            ws[lane + VIEW + LANES],
            ws[lane + VIEW + 2 * LANES],
            ws[lane + VIEW + 3 * LANES],
            ws[lane + TURN],
            ws[lane + TURN + LANES],
            ws[lane + TURN + 2 * LANES],
            ws[lane + TURN + 3 * LANES],
        )
        w, x, y, z = _product(
            w,
            x,
            y,
            z,
            ws[lane + AXES],
            ws[lane + AXES + LANES],
            ws[lane + AXES + 2 * LANES],
            ws[lane + AXES + 3 * LANES],
        )
        length = _ONE / math.sqrt(w * w + x * x + y * y + z * z)
        ws[lane + TURN] = w * length
        ws[lane + TURN + LANES] = x * length
        ws[lane + TURN + 2 * LANES] = y * length
        ws[lane + TURN + 3 * LANES] = z * length
        for axis in range(3):
            g0 = ws[lane + 3 * axis * LANES]
            g1 = ws[lane + (3 * axis + 1) * LANES]
            g2 = ws[lane + (3 * axis + 2) * LANES]
            ws[lane + SCALE + axis * LANES] = ws[lane + RATIO] * math.sqrt(g0 * g0 + g1 * g1 + g2 * g2)


@_inlined
def _worst(ws):
    """Largest error of a pack's lanes."""
    worst = ws[ERROR]
    for lane in range(1, LANES):
        worst = max(worst, ws[ERROR + lane])
    return worst


@_inlined
def fill_idle_lane(ws, lane):
    """Give a lane that holds no Gaussian something harmless to work on."""
    for field in range(PACK // LANES):
        ws[field * LANES + lane] = _ZERO
    for field in (0, 4, 8, 9, 13, 17, 18, 19):
        ws[field * LANES + lane] = _ONE


@_inlined
def solve_pack(ws, linear):
    """From L, a guess of P, q' and s' to P, the posed quaternion and the posed scales, for one pack of lanes.

    Args:
        ws: [PACK] float32, see the module.
        linear: [9 * LANES] float32 scratch.
    """
    _copy_linear(ws, linear)
    for _ in range(_MAX_POLAR_STEPS):
        _polar_step(linear, ws, _ONE)
        if _worst(ws) <= _POLAR_DONE:
            break
    else:
        _polar_step(linear, ws, _ZERO)
    _start_axes(ws)
    for _ in range(_MAX_SWEEPS):
        _sweep(ws)
        if _worst(ws) <= _SWEEP_DONE:
            break
    _finish(ws)
