"""One sentence per table: what it shows, also where that is against us."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from benchmarks.restoration.benchmark import Result
from benchmarks.restoration.rows import (
    BLURS,
    DRIVER,
    DRIVER_GUESS,
    DRIVER_PRIOR,
    GUESS,
    ODE,
    PROXY,
    PROXY_GUESS,
    PROXY_PRIOR,
    RELEASED,
    RIGID,
    SGSS,
)

_BLUR = BLURS[2]
_FUSIONS = (
    (PROXY, PROXY_GUESS, GUESS),
    (DRIVER, DRIVER_GUESS, GUESS),
    (PROXY, PROXY_PRIOR, SGSS),
    (DRIVER, DRIVER_PRIOR, SGSS),
)
# Differences between rows that chance alone explains: so many times their spread over seeds.
_SPREADS = 2.0


class Table:
    """Results by row, as means and spreads over seeds.

    Args:
        results: of one subject and one prior.
    """

    def __init__(self, results: Sequence[Result]) -> None:
        self.rows: dict[str, list[Result]] = {}
        for result in results:
            self.rows.setdefault(result.name, []).append(result)

    def values(self, row: str, score: str) -> list[float]:
        """One per seed; ``videos.`` before a score means that of videos before any fit."""
        record, _, name = score.rpartition(".")
        found = [getattr(result, record or "scores") for result in self.rows.get(row, [])]
        return [getattr(each, name) for each in found if each is not None]

    def mean(self, row: str, score: str) -> float:
        """Mean over seeds; NaN where there is none."""
        values = self.values(row, score)
        return float(np.mean(values)) if values else float("nan")

    def spread(self, row: str, score: str) -> float:
        """Standard deviation over seeds; 0 for one."""
        values = self.values(row, score)
        return float(np.std(values, ddof=1)) if len(values) > 1 else 0.0

    def compared(self, row: str, other: str, score: str, *, less_is_better: bool) -> str:
        """ "better", "worse" or "no different", by the spread of both."""
        gap = self.mean(row, score) - self.mean(other, score)
        if abs(gap) <= _SPREADS * max(self.spread(row, score), self.spread(other, score), 1e-9):
            return "no different"
        return "better" if (gap < 0) == less_is_better else "worse"


def prior_sentence(table: Table) -> str:
    """Of a prior's table; clauses whose rows are missing are left out."""
    clauses: list[str] = []
    if SGSS in table.rows:
        clauses.append(
            f"the default leaves {_share(table, SGSS):.2f} of the rigid layer's millimetres{_hair(table, SGSS)} and "
            f"changes SSIM by {_gain(table, SGSS, 'ssim'):+.3f}, edges are {table.mean(SGSS, 'edge'):.2f} times as "
            f"steep as the truth's ({table.mean(RIGID, 'edge'):.2f} rigid)"
        )
    if GUESS in table.rows and SGSS in table.rows:
        clauses.append(f"the guess alone, without any sampling, leaves {_share(table, GUESS):.2f}")
    if _BLUR in table.rows and SGSS in table.rows:
        blur, prior = (_gain(table, row, "videos.psnr_db") for row in (_BLUR, SGSS))
        fitted, whole = (_gain(table, row, "psnr_db") for row in (_BLUR, SGSS))
        clauses.append(
            f"blurring the coarse video by 2 px brings {blur:+.2f} dB to the videos, the prior {prior:+.2f} dB, and "
            f"after the fit {fitted:+.2f} against {whole:+.2f} dB"
        )
    clauses += _against(table, SGSS, ODE)
    clauses += _against(table, RELEASED, ODE)
    for parent, both, prior in _FUSIONS:
        if {parent, both, prior} <= set(table.rows):
            clauses.append(_fusion(table, parent, both, prior))
    return _sentence(clauses)


def oracle_sentence(table: Table) -> str:
    """Of the ablation with an oracle."""
    clauses = [clause for row in table.rows if row not in (RIGID, ODE) for clause in _against(table, row, ODE)]
    return _sentence(clauses)


def _fusion(table: Table, parent: str, both: str, prior: str) -> str:
    ssim = [f"{table.mean(row, 'ssim'):.3f}" for row in (both, parent, prior)]
    return (
        f"{both} leaves {_share(table, both):.2f}{_hair(table, both)} where {parent} alone leaves "
        f"{_share(table, parent):.2f}{_hair(table, parent)}, with an SSIM of {ssim[0]} "
        f"({parent} {ssim[1]}, {prior} {ssim[2]})"
    )


def _against(table: Table, row: str, other: str) -> list[str]:
    """Which of two ways to sample is ahead in what counts."""
    if row not in table.rows or other not in table.rows:
        return []
    if min(len(table.rows[name]) for name in (row, other)) < 2:
        return [f"one seed cannot tell {row} from {other}"]
    scores: Mapping[str, bool] = {"error_mm": True, "ssim": False, "perceptual": True, "identity_db": False}
    names = {"error_mm": "millimetres", "ssim": "SSIM", "perceptual": "perceptual distance", "identity_db": "identity"}
    by: dict[str, list[str]] = {}
    for score, less in scores.items():
        by.setdefault(table.compared(row, other, score, less_is_better=less), []).append(names[score])
    told = [f"{word} in {', '.join(by[word])}" for word in ("better", "worse", "no different") if word in by]
    return [f"{row} is {'; '.join(told).replace('; ', ', ')} when set against {other}"]


def _share(table: Table, row: str) -> float:
    return table.mean(row, "error_mm") / table.mean(RIGID, "error_mm")


def _hair(table: Table, row: str) -> str:
    rigid = table.mean(RIGID, "hair_mm")
    return f" (of hair {table.mean(row, 'hair_mm') / rigid:.2f})" if rigid == rigid else ""


def _gain(table: Table, row: str, score: str) -> float:
    return table.mean(row, score) - table.mean(RIGID, score)


def _sentence(clauses: Sequence[str]) -> str:
    text = "; ".join(clauses)
    return f"**What this shows**: {text}." if text else "**What this shows**: too few rows to say anything."
