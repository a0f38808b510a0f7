"""What the tables compare: parents, blurs, and ways to sample, all at the same pictures and steps of the fit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from ani3d_runtime.bake.sampling.settings import SamplingSettings

# What makes a row's layer: nothing, physics alone, the prior's guess alone, or videos that a layer is fitted to.
RowKind: TypeAlias = Literal["rigid", "proxy", "driver", "guess", "blur", "restored"]
# What the prior preserves: skin, nothing, or the whole silhouette.
MaskKind: TypeAlias = Literal["skin", "silhouette"]
PhysicsKind: TypeAlias = Literal["", "proxy", "driver"]
SEEDS = (0, 1, 2)


@dataclass(frozen=True)
class RowSpec:
    """One row.

    Attributes:
        name: what it is called.
        kind: what makes its layer.
        sampling: how the prior is sampled, where it is.
        blur_px: of the coarse videos, where they pass for restored ones.
        mask: what is preserved.
        physics: what else it starts from.
    """

    name: str
    kind: RowKind
    sampling: SamplingSettings | None = None
    blur_px: float = 0.0
    mask: MaskKind = "skin"
    physics: PhysicsKind = ""

    @property
    def seeds(self) -> tuple[int, ...]:
        """Seeds that it is run with: several where chance has a part in it."""
        return SEEDS if self.kind == "restored" else SEEDS[:1]


RIGID, SGSS, RELEASED, ODE = "rigid layer", "SGSS, λ=1 (default)", "SGSS as released, λ=0.05", "ODE (γ=0, λ=0)"
PROXY, DRIVER, GUESS = "physics of a proxy", "live driver", "guess alone"
PROXY_GUESS, DRIVER_GUESS = "physics of a proxy and guess", "live driver and guess"
PROXY_PRIOR, DRIVER_PRIOR = "physics of a proxy, then prior", "live driver, then prior"
BLURS = {pixels: f"coarse, blurred by {pixels} px" for pixels in (1, 2, 3)}


def prior_rows(base: SamplingSettings) -> list[RowSpec]:
    """The table of a prior.

    Args:
        base: what suits it, which is its default.
    """
    ode = replace(base, renoise=0.0, self_guidance=0.0)
    released = replace(base, renoise=1.0, self_guidance=0.05, anneal=True)
    return [
        RowSpec(RIGID, "rigid"),
        RowSpec(PROXY, "proxy"),
        RowSpec(DRIVER, "driver"),
        RowSpec(GUESS, "guess"),
        RowSpec(PROXY_GUESS, "guess", physics="proxy"),
        RowSpec(DRIVER_GUESS, "guess", physics="driver"),
        *(RowSpec(name, "blur", blur_px=pixels) for pixels, name in BLURS.items()),
        RowSpec(ODE, "restored", ode),
        RowSpec(RELEASED, "restored", released),
        RowSpec("SGSS as released, no mask", "restored", released, mask="silhouette"),
        RowSpec(SGSS, "restored", base),
        RowSpec(PROXY_PRIOR, "restored", base, physics="proxy"),
        RowSpec(DRIVER_PRIOR, "restored", base, physics="driver"),
    ]


def oracle_rows(base: SamplingSettings) -> list[RowSpec]:
    """The ablation with an oracle in place of a prior: nothing but sampling differs.

    Args:
        base: the method's released settings.
    """
    return [
        RowSpec(RIGID, "rigid"),
        RowSpec(ODE, "restored", replace(base, renoise=0.0, self_guidance=0.0)),
        RowSpec("stochastic (γ=1, λ=0)", "restored", replace(base, self_guidance=0.0)),
        RowSpec(RELEASED, "restored", base),
        RowSpec("SGSS as released, no mask", "restored", base, mask="silhouette"),
        RowSpec("SGSS, γ=0", "restored", replace(base, renoise=0.0)),
        RowSpec("SGSS, λ=1", "restored", replace(base, self_guidance=1.0, anneal=False)),
    ]
