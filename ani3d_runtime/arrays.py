"""Array types, and the one check that turns a wrong array into a coded error."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ani3d_runtime.errors import Ani3dError, InputError

Float32Array: TypeAlias = NDArray[np.float32]
Float64Array: TypeAlias = NDArray[np.float64]
Int32Array: TypeAlias = NDArray[np.int32]
Int8Array: TypeAlias = NDArray[np.int8]
UInt8Array: TypeAlias = NDArray[np.uint8]
UInt32Array: TypeAlias = NDArray[np.uint32]


def checked_float32(
    value: ArrayLike,
    shape: tuple[int | None, ...],
    *,
    name: str,
    error: type[Ani3dError] = InputError,
    code_prefix: str = "array",
) -> Float32Array:
    """Return ``value`` as a contiguous finite float32 array of the given shape.

    Args:
        value: anything numpy can read as numbers.
        shape: expected lengths; ``None`` accepts any length.
        name: what the array is called in an error.
        error: the kind of error to raise.
        code_prefix: first part of the error code, so that codes name the object.

    Raises:
        Ani3dError: ``<prefix>-not-numeric``, ``<prefix>-wrong-shape`` or ``<prefix>-not-finite``.
    """
    try:
        array: NDArray[Any] = np.asarray(value)
        # What overflows becomes infinite and is refused below.
        with np.errstate(over="ignore"):
            result = np.ascontiguousarray(array, dtype=np.float32)
    except (TypeError, ValueError):
        raise error(
            f"{code_prefix}-not-numeric",
            name,
            found="values that are not numbers",
            expected="an array of real numbers",
            fix="Save it as a plain float array.",
        ) from None
    if array.dtype.kind == "c" or not _shape_matches(array.shape, shape):
        raise error(
            f"{code_prefix}-wrong-shape",
            name,
            found=f"shape {array.shape} of {array.dtype}",
            expected=f"shape ({', '.join('any' if n is None else str(n) for n in shape)})",
            fix="Check that the array belongs to this avatar and motion.",
        )
    finite = np.isfinite(result)
    if not finite.all():
        first = tuple(int(i) for i in np.argwhere(~finite)[0])
        raise error(
            f"{code_prefix}-not-finite",
            name,
            found=f"{int((~finite).sum())} values that are NaN or infinite, the first at index {first}",
            expected="finite numbers",
            fix="Remove or repair these entries before baking.",
        )
    return result


def _shape_matches(found: tuple[int, ...], expected: tuple[int | None, ...]) -> bool:
    return len(found) == len(expected) and all(
        want is None or have == want for have, want in zip(found, expected, strict=True)
    )
