# pyright: basic
"""Eight pixels at a time: vector arithmetic for numba kernels, written out as LLVM instructions.

LLVM's own vectoriser gives up on the blend loops (selects become branches, two buffers may overlap), at a loss of three
times the speed. :class:`Lanes` lets an intrinsic write the formula with operators and get eight-wide instructions for
it on any CPU; LLVM splits them where vectors are narrower.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils
from numpy.typing import ArrayLike

from ani3d_runtime.render.conventions import FAST_MATH

LANES = 8

_FLAGS = tuple(sorted(FAST_MATH))
_FLOAT, _INT = ir.FloatType(), ir.IntType(32)
_FLOATS, _INTS = ir.VectorType(_FLOAT, LANES), ir.VectorType(_INT, LANES)

_LOG2_E = 1.4426950408889634
_SMALLEST_EXPONENT = -126.0
_EXPONENT_BIAS, _MANTISSA_BITS = 127, 23
# Polynomial for 2^f on (-1, 0] of equal relative error, about 1e-7: a least-squares fit at Chebyshev points.
_POWER_OF_TWO = (
    1.0,
    0.6931470036506653,
    0.2402239441871643,
    0.05548930913209915,
    0.009576802141964436,
    0.0012728723231703043,
    0.00010845304495887831,
)


class Lanes:
    """Eight float32 side by side in a kernel that is being built; operators append instructions to it."""

    def __init__(self, builder: Any, value: Any) -> None:
        self.builder = builder
        self.value = value

    @classmethod
    def constant(cls, builder: Any, values: ArrayLike) -> Lanes:
        """The same number, or eight given ones."""
        numbers = np.broadcast_to(np.asarray(values, np.float32), LANES)
        return cls(builder, ir.Constant(_FLOATS, [ir.Constant(_FLOAT, float(number)) for number in numbers]))

    @classmethod
    def spread(cls, builder: Any, scalar: Any) -> Lanes:
        """A scalar of the kernel in all lanes."""
        undefined = ir.Constant(_FLOATS, ir.Undefined)
        first = builder.insert_element(undefined, scalar, ir.Constant(_INT, 0))
        mask = ir.Constant(_INTS, [ir.Constant(_INT, 0)] * LANES)
        return cls(builder, builder.shuffle_vector(first, undefined, mask))

    @classmethod
    def load(cls, builder: Any, pointer: Any) -> Lanes:
        """Eight floats from memory, aligned only to a float."""
        return cls(builder, builder.load(builder.bitcast(pointer, _FLOATS.as_pointer()), align=4))

    def store(self, pointer: Any) -> None:
        """Write the eight floats to memory."""
        self.builder.store(self.value, self.builder.bitcast(pointer, _FLOATS.as_pointer()), align=4)

    def __add__(self, other: Lanes) -> Lanes:
        return Lanes(self.builder, self.builder.fadd(self.value, other.value, flags=_FLAGS))

    def __sub__(self, other: Lanes) -> Lanes:
        return Lanes(self.builder, self.builder.fsub(self.value, other.value, flags=_FLAGS))

    def __mul__(self, other: Lanes) -> Lanes:
        return Lanes(self.builder, self.builder.fmul(self.value, other.value, flags=_FLAGS))

    def __truediv__(self, other: Lanes) -> Lanes:
        return Lanes(self.builder, self.builder.fdiv(self.value, other.value, flags=_FLAGS))

    def __gt__(self, other: Lanes) -> Any:
        return self.builder.fcmp_ordered(">", self.value, other.value, flags=_FLAGS)

    def __ge__(self, other: Lanes) -> Any:
        return self.builder.fcmp_ordered(">=", self.value, other.value, flags=_FLAGS)

    def __lt__(self, other: Lanes) -> Any:
        return self.builder.fcmp_ordered("<", self.value, other.value, flags=_FLAGS)

    def where(self, condition: Any, otherwise: Lanes) -> Lanes:
        """This where the condition holds, else ``otherwise``, lane by lane."""
        return Lanes(self.builder, self.builder.select(condition, self.value, otherwise.value))

    def at_most(self, limit: Lanes) -> Lanes:
        """The smaller of the two, lane by lane."""
        return self.where(self < limit, limit)

    def at_least(self, limit: Lanes) -> Lanes:
        """The larger of the two, lane by lane."""
        return self.where(self > limit, limit)

    def square_root(self) -> Lanes:
        """Square root of lanes >= 0."""
        signature = ir.FunctionType(_FLOATS, [_FLOATS])
        root = cgutils.get_or_insert_function(self.builder.module, signature, f"llvm.sqrt.v{LANES}f32")
        return Lanes(self.builder, self.builder.call(root, [self.value]))

    def to_integers(self) -> Any:
        """LLVM value of eight int32: the lanes cut to their integer part, which must fit."""
        return self.builder.fptosi(self.value, _INTS)

    def exp_of_negative(self) -> Lanes:
        """exp of lanes <= 0, relative error about 1e-7: 2^whole by exponent bits times a polynomial for the rest."""
        build = self.builder
        power = self * Lanes.constant(build, _LOG2_E)
        power = power.at_least(Lanes.constant(build, _SMALLEST_EXPONENT))
        whole = power.to_integers()
        rest = power - Lanes(build, build.sitofp(whole, _FLOATS))
        polynomial = Lanes.constant(build, _POWER_OF_TWO[-1])
        for coefficient in reversed(_POWER_OF_TWO[:-1]):
            polynomial = polynomial * rest + Lanes.constant(build, coefficient)
        biased = build.add(whole, ir.Constant(_INTS, [ir.Constant(_INT, _EXPONENT_BIAS)] * LANES))
        bits = build.shl(biased, ir.Constant(_INTS, [ir.Constant(_INT, _MANTISSA_BITS)] * LANES))
        return polynomial * Lanes(build, build.bitcast(bits, _FLOATS))
