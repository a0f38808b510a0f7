# pyright: basic
"""exp for the blend kernels: a polynomial that LLVM can turn into vector instructions, unlike a call into libm."""

from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from ani3d_runtime.render.conventions import FAST_MATH

_LOG2_E = np.float32(1.4426950408889634)
_SMALLEST_EXPONENT = np.float32(-126)


# Polynomial for 2^f on (-1, 0] of equal relative error, about 1e-7: a least-squares fit at Chebyshev points.
_P0, _P1, _P2 = np.float32(1.0), np.float32(0.6931470036506653), np.float32(0.2402239441871643)
_P3, _P4 = np.float32(0.05548930913209915), np.float32(0.009576802141964436)
_P5, _P6 = np.float32(0.0012728723231703043), np.float32(0.00010845304495887831)


@intrinsic
def _truncated(typing_context, value):
    """float32 cut to its integer part, without the range checks of ``math.trunc`` that stop vectorisation."""

    def generate(context, builder, signature, arguments):
        return builder.sitofp(builder.fptosi(arguments[0], ir.IntType(32)), ir.FloatType())

    return types.float32(types.float32), generate


@intrinsic
def _two_to_the(typing_context, exponent):
    """2^exponent of an integral float32 in -126..127, by writing the exponent bits."""

    def generate(context, builder, signature, arguments):
        bits = builder.add(builder.fptosi(arguments[0], ir.IntType(32)), ir.Constant(ir.IntType(32), 127))
        return builder.bitcast(builder.shl(bits, ir.Constant(ir.IntType(32), 23)), ir.FloatType())

    return types.float32(types.float32), generate


@njit(inline="always", fastmath=FAST_MATH)
def exp_negative(x):
    """exp(x) of a float32 x <= 0, relative error about 1e-7."""
    power = x * _LOG2_E
    power = power if power > _SMALLEST_EXPONENT else _SMALLEST_EXPONENT
    whole = _truncated(power)
    f = power - whole
    return ((((((_P6 * f + _P5) * f + _P4) * f + _P3) * f + _P2) * f + _P1) * f + _P0) * _two_to_the(whole)
