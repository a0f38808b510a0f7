# pyright: basic
"""FitState: where a fit stands, on disk as a whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ani3d_runtime.arrays import Float32Array, Float64Array
from ani3d_runtime.errors import InputError
from ani3d_runtime.npz import NpzArchive
from ani3d_runtime.replacing import replacing_file

_ARRAYS = ("knots", "momentum", "power", "losses")


@dataclass(frozen=True)
class FitState:
    """Everything a fit needs to go on as if it had never stopped.

    Attributes:
        knots: [K, M, 7] latent knots of the field.
        momentum: [K, M, 7] running mean of their gradient.
        power: [K, M, 7] running mean of its square.
        losses: [R, 3] steps done, picture loss and cloth loss, recorded along the way.
        steps: steps done in this fit.
        total_steps: steps done in this fit and those it goes on from.
    """

    knots: Float32Array
    momentum: Float32Array
    power: Float32Array
    losses: Float64Array
    steps: int
    total_steps: int

    @classmethod
    def fresh(cls, shape: Sequence[int]) -> FitState:
        """The rigid layer, before any step."""
        zeros = np.zeros(tuple(shape), np.float32)
        return cls(zeros, zeros.copy(), zeros.copy(), np.zeros((0, 3)), 0, 0)

    def as_start(self) -> FitState:
        """The same, as what another fit goes on from."""
        return replace(self, steps=0)

    def save(self, path: Path, key: str) -> None:
        """Write it, marked with the ``key`` of what is fitted to what and how.

        Raises:
            ResourceError: ``disk-full``, ``output-unwritable``.
        """
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        counts = np.array([self.steps, self.total_steps])
        with replacing_file(path) as file:
            np.savez(file, key=np.frombuffer(key.encode(), np.uint8), counts=counts, **arrays)

    @classmethod
    def load(cls, path: Path, key: str) -> FitState | None:
        """The state in a file; None where there is none, it is damaged, or it belongs to another fit."""
        if not path.is_file():
            return None
        try:
            archive = NpzArchive(path, code_prefix="fit-checkpoint")
            if archive.array("key").tobytes().decode() != key:
                return None
            steps, total = archive.array("counts").tolist()
            arrays = {name: np.array(archive.array(name)) for name in _ARRAYS}
        except (InputError, ValueError):
            # Whatever is wrong with it, the fit can be done anew.
            return None
        return cls(**arrays, steps=steps, total_steps=total)
