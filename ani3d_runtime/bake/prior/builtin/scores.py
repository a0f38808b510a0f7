"""Scores of a prior on clips whose truth is known, where the rigid layer is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ani3d_runtime.arrays import Float32Array, UInt8Array
from ani3d_runtime.bake.prior.builtin import clips
from ani3d_runtime.bake.prior.builtin.restorer import DEFAULT_SAMPLING, BuiltinPrior
from ani3d_runtime.bake.prior.builtin.view import SEEN_BELOW
from ani3d_runtime.bake.prior.builtin.windows import RATE_HZ
from ani3d_runtime.bake.prior.prior import Prior, RestoreRequest
from ani3d_runtime.bake.sampling.settings import SamplingSettings

# A pixel counts where some channel of the coarse picture is this far from the true one.
CHANGED = 0.04
# Skin shows there.
PRESERVED = 0.9

_ODE = replace(DEFAULT_SAMPLING, renoise=0.0, self_guidance=0.0)
SCORED: dict[str, SamplingSettings] = {
    "one step": replace(_ODE, steps=1, strength=1.0),
    "ODE": _ODE,
    "SDE, γ 1": replace(_ODE, renoise=1.0),
    "SGSS γ 1, λ .05": replace(DEFAULT_SAMPLING, self_guidance=0.05, anneal=True),
    "SGSS γ 1, λ 1, annealed": replace(DEFAULT_SAMPLING, anneal=True),
    "SGSS γ σ, λ 1": replace(DEFAULT_SAMPLING, renoise="sigma"),
    "SGSS γ 1, λ 1": DEFAULT_SAMPLING,
}


def scored(
    prior: BuiltinPrior, paths: Sequence[Path], frames: int, ways: Mapping[str, SamplingSettings]
) -> dict[str, dict[str, dict[str, float]]]:
    """By clip and way: PSNR in dB where coarse and truth differ (``changed``), and where skin shows (``preserved``).

    By clip and "guess": what guessed displacements leave of the rigid layer's error (``left``, rms over free pixels),
    their ``cosine`` with the true ones, and how many times as long the true ones are along them (``longer``).
    """
    table: dict[str, dict[str, dict[str, float]]] = {}
    for path in paths:
        clip = np.load(path, mmap_mode="r")[0, 15 : 15 + frames]
        request, truth = request_of(clip)
        changed = np.abs(request.coarse - truth).max(axis=-1) > CHANGED
        kept = request.preserve > PRESERVED
        row = {"coarse": _psnrs(request.coarse, truth, changed, kept)}
        for name, sampling in ways.items():
            row[name] = _psnrs(prior.restore(request, sampling, _ignored), truth, changed, kept)
        row["guess"] = _guessed(prior, request, clip)
        table[path.stem] = row
    return table


def strip(prior: Prior, path: Path, columns: int = 8, enlarged: int = 2) -> Float32Array:
    """Picture of a clip: coarse, restored, true, one column per frame."""
    request, truth = request_of(np.load(path, mmap_mode="r")[0])
    restored = prior.restore(request, DEFAULT_SAMPLING, _ignored)
    chosen = np.linspace(0, len(truth) - 1, columns + 2).astype(int)[1:-1]
    rows = [np.concatenate(list(video[chosen]), axis=1) for video in (request.coarse, restored, truth)]
    return np.concatenate(rows).repeat(enlarged, axis=0).repeat(enlarged, axis=1)


def request_of(clip: UInt8Array) -> tuple[RestoreRequest, Float32Array]:
    """What a prior is asked, and the true video [F, H, W, 3], of a clip's bytes [F, H, W, 19]."""
    maps: Float32Array = np.divide(clip, np.float32(255), dtype=np.float32)
    velocity = (maps[..., clips.VELOCITY] - np.float32(0.5)) * np.float32(2 * clips.VELOCITY_RANGE_M_S)
    request = RestoreRequest(
        maps[..., clips.COARSE],
        maps[..., clips.PRESERVE][..., 0],
        maps[..., clips.CONTROL],
        maps[0, ..., clips.COARSE],
        RATE_HZ,
        velocity,
    )
    return request, maps[..., clips.TRUTH]


def _guessed(prior: BuiltinPrior, request: RestoreRequest, clip: UInt8Array) -> dict[str, float]:
    free = (request.preserve < 1 - PRESERVED) & (request.coarse.min(axis=-1) < SEEN_BELOW)
    guess = prior.guess(request).displacement_m[free].astype(np.float64)
    shares = clip[..., clips.DISPLACEMENT][free] / 255 - 0.5
    truth = shares * (2 * clips.DISPLACEMENT_RANGE_M)
    along, guessed, true = (float(np.vdot(a, b)) for a, b in ((guess, truth), (guess, guess), (truth, truth)))
    found = {
        "left": np.sqrt((true - 2 * along + guessed) / true),
        "cosine": along / np.sqrt(guessed * true),
        "longer": along / guessed,
    }
    return {name: round(float(value), 3) for name, value in found.items()}


def _psnrs(video: Float32Array, truth: Float32Array, changed: np.ndarray, kept: np.ndarray) -> dict[str, float]:
    error = ((video - truth) ** 2).mean(axis=-1)
    return {
        name: round(float(-10 * np.log10(error[mask].mean() + 1e-12)), 3)
        for name, mask in (("changed", changed), ("preserved", kept))
        if mask.any()
    }


def _ignored(share: float) -> None:
    """Nobody watches."""
