"""What the table compares: sampling settings and directions, all at the same number of pictures and of fit steps."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ani3d_runtime.bake.sampling.settings import SamplingSettings
from ani3d_runtime.bake.sampling.trajectory import Direction


@dataclass(frozen=True)
class RowSpec:
    """One way to restore.

    Attributes:
        name: of the sampling.
        direction: how view and time are crossed.
        sampling: how the prior is sampled.
        masked: whether self-guidance keeps to what is to be preserved.
    """

    name: str
    direction: Direction
    sampling: SamplingSettings
    masked: bool = True


def row_specs(base: SamplingSettings, *, full: bool, sampled: bool) -> list[RowSpec]:
    """The rows.

    Args:
        base: what suits the prior; its γ and λ are what "SGSS" means.
        full: sweep λ and γ further, and all samplings in all directions.
        sampled: whether sampling matters at all; the truth has no sampling.
    """
    if not sampled:
        return [RowSpec("truth", direction, base) for direction in ("diagonal", "row", "column")]
    ode = replace(base, renoise=0.0, self_guidance=0.0)
    sde = replace(base, self_guidance=0.0)
    named = [("ODE (γ=0, λ=0)", ode, True), ("stochastic (λ=0)", sde, True), ("SGSS", base, True)]
    named.append(("SGSS, no mask", base, False))
    rows = [RowSpec(name, "diagonal", sampling, masked) for name, sampling, masked in named]
    others: tuple[Direction, ...] = ("row", "column")
    for direction in others:
        chosen = named if full else [named[0], named[2]]
        rows += [RowSpec(name, direction, sampling, masked) for name, sampling, masked in chosen]
    for strength in (0.05, 0.2, 0.5, 1.0) if full else (0.05,):
        if strength != base.self_guidance:
            rows.append(RowSpec(f"SGSS, λ={strength:g}", "diagonal", replace(base, self_guidance=strength)))
    for renoise in (0.0, 0.5, "sigma", 1.0) if full else (0.0, "sigma"):
        if renoise != base.renoise:
            rows.append(RowSpec(f"SGSS, γ={renoise}", "diagonal", replace(base, renoise=renoise)))
    if full:
        rows.append(RowSpec("SGSS, paper's form", "diagonal", replace(base, form="paper", renoise="sigma")))
    return rows
