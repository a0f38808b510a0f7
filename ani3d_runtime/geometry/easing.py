"""Easing: ways from 0 to 1 that begin and end gently."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Share = TypeVar("Share", float, NDArray[np.float64])


def quintic(share: Share) -> Share:
    """From 0 at 0 to 1 at 1, with no speed and no acceleration at either end."""
    return share**3 * (10 - 15 * share + 6 * share**2)
