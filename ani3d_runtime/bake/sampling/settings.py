"""SamplingSettings: everything that decides how a prior is sampled."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Literal, TypeAlias

from ani3d_runtime.bake.sampling.schedule import sigma_schedule, step_count
from ani3d_runtime.errors import UsageError

SamplingForm: TypeAlias = Literal["released", "paper"]
# γ of a step that depends on it: σ before it, or what is clean after it, 1 − σ'.
Renoise: TypeAlias = Literal["sigma", "1-sigma-next"]
RENOISE_FORMS: tuple[Renoise, ...] = ("sigma", "1-sigma-next")


def checked_renoise(text: str, subject: object) -> float | Renoise:
    """γ from what a user typed.

    Raises:
        UsageError: ``restore-renoise``.
    """
    for form in RENOISE_FORMS:
        if text == form:
            return form
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if 0 <= value <= 1:
        return value
    raise UsageError(
        "restore-renoise",
        subject,
        found=repr(text),
        expected=f"a number from 0 to 1, or {' or '.join(RENOISE_FORMS)}",
        fix="Correct it.",
    )


@dataclass(frozen=True)
class SamplingSettings:
    """Everything that decides how a prior is sampled; the defaults are those of the method's released code.

    Attributes:
        steps: steps of the whole way from pure noise; ``strength`` of them are taken.
        strength: where on that way sampling starts, 0..1: 0 would return the input, 1 forgets it.
        shift: resolution shift of the σ schedule.
        guidance_scale: classifier-free guidance; 1 is none and costs half.
        renoise: γ, the share of fresh noise in each step's noise, 0..1; or ``sigma`` for γ = σ of that step, or
            ``1-sigma-next`` for γ = 1 − σ', which stands in a comment of the released code. 0 is the deterministic ODE.
        self_guidance: λ, the pull towards the coarse video where it is to be preserved, 0..1.
        anneal: let the pull grow as noise falls, λ(1 − σ).
        form: ``released`` blends x0 ← λM·y + (1 − λM)·x0; ``paper`` descends x0 ← x0 − λ∇‖M⊙(y − x0)‖².
        seed: of all noise.
        prompt: text for priors that read text; None means the prior's own.
        negative_prompt: text to stay away from; None means the prior's own.

    Raises:
        UsageError: ``sampling-out-of-range``, ``sampling-no-steps``.
    """

    steps: int = 10
    strength: float = 0.7
    shift: float = 5.0
    guidance_scale: float = 5.0
    renoise: float | Renoise = 1.0
    self_guidance: float = 0.05
    anneal: bool = True
    form: SamplingForm = "released"
    seed: int = 0
    prompt: str | None = None
    negative_prompt: str | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be sampled with."""
        self._refuse_outside("steps", self.steps, 1, 10_000)
        self._refuse_outside("strength", self.strength, 0, 1)
        self._refuse_outside("shift", self.shift, 0.01, 100)
        self._refuse_outside("guidance_scale", self.guidance_scale, 1, 100)
        if self.renoise not in RENOISE_FORMS:
            self._refuse_outside("renoise", self.renoise, 0, 1)
        self._refuse_outside("self_guidance", self.self_guidance, 0, 1)
        self._refuse_outside("seed", self.seed, 0, 2**63 - 1)
        if self.form not in ("released", "paper"):
            raise UsageError(
                "sampling-out-of-range",
                "form",
                found=repr(self.form),
                expected="released or paper",
                fix="Name one of these.",
            )
        if step_count(self.steps, self.strength) < 1:
            raise UsageError(
                "sampling-no-steps",
                "steps and strength",
                found=f"{self.steps} steps at strength {self.strength:g}, which leaves none",
                expected="steps · strength ≥ 1",
                fix="Take more steps or more strength.",
            )

    @property
    def sigmas(self) -> list[float]:
        """σ before each step that is taken, and the final 0."""
        return sigma_schedule(self.steps, self.strength, self.shift).tolist()

    def to_json(self) -> dict[str, object]:
        """The settings as cache keys and reports read them."""
        return asdict(self)

    @staticmethod
    def _refuse_outside(name: str, value: object, low: float, high: float) -> None:
        # A value read from a file may be a string or NaN; neither compares as a number does.
        if isinstance(value, (int, float)) and math.isfinite(value) and low <= value <= high:
            return
        raise UsageError(
            "sampling-out-of-range",
            name,
            found=repr(value),
            expected=f"a number from {low:g} to {high:g}",
            fix="Choose a value in this range.",
        )
