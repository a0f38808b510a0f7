"""Freedom: how far each Gaussian may leave the rigid layer, as a fit takes it."""

from __future__ import annotations

import numpy as np

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.avatar import Avatar
from ani3d_runtime.bake.coarse.render import FREE_PARTS
from ani3d_runtime.errors import InputError

_LEAST = 0.05


def fitted_freedom(avatar: Avatar, freedom: Float32Array | None) -> Float32Array:
    """[N] freedom, 0..1; what hangs almost as the rigid layer does is left to it: it would cost as much.

    Args:
        avatar: whose Gaussians.
        freedom: [N] 0..1, as ``freedom_of`` gives it; None frees garments and hair.

    Raises:
        InputError: ``fit-wrong-freedom``, ``fit-nothing-free``.
    """
    if freedom is None:
        freedom = np.isin(avatar.binding.parts, [int(part) for part in FREE_PARTS]).astype(np.float32)
    if freedom.shape != (avatar.count,) or not ((freedom >= 0) & (freedom <= 1)).all():
        raise InputError(
            "fit-wrong-freedom",
            "freedom",
            found=f"shape {freedom.shape}, or values outside 0..1",
            expected=f"{avatar.count} numbers from 0 to 1, one per Gaussian",
            fix="Take it from freedom_of, or leave it out.",
        )
    if not (freedom >= _LEAST).any():
        raise InputError(
            "fit-nothing-free",
            avatar.name,
            found="no Gaussian that may leave the rigid layer",
            expected="some labelled garment or hair",
            fix="Label the parts, or bake with --residual none.",
        )
    return np.where(freedom < _LEAST, 0, freedom).astype(np.float32)
