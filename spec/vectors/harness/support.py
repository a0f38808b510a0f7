"""docs/SUPPORT.md: which runner does what, feature by feature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from spec.vectors.harness.runner import Runner
from spec.vectors.harness.trial import Outcome
from spec.vectors.harness.vectors import FEATURES

_HEAD = """# What reads .a3d packages, and how much of them

`python spec/vectors/run.py --write docs/SUPPORT.md --runner …` writes this page: what each runner makes of the vectors
in `spec/vectors`. A vector counts for every feature that it needs.
"""


def page(results: Mapping[Runner, Sequence[Outcome]]) -> str:
    """The page as Markdown."""
    runners = list(results)
    rows = [["feature", "", "vectors", *(f"{runner.name} {runner.version}" for runner in runners)]]
    rows.append(["---"] * len(rows[0]))
    for feature, about in FEATURES.items():
        counts = {len(_of(feature, outcomes)) for outcomes in results.values()}
        cells = [_cell(feature, runner, outcomes) for runner, outcomes in results.items()]
        rows.append([f"`{feature}`", about, str(max(counts, default=0)), *cells])
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    skipped = [_skipped(runner, outcomes) for runner, outcomes in results.items()]
    return "\n".join([_HEAD, table, "", *filter(None, skipped)])


def _of(feature: str, outcomes: Sequence[Outcome]) -> list[Outcome]:
    return [outcome for outcome in outcomes if feature in outcome.vector.features]


def _cell(feature: str, runner: Runner, outcomes: Sequence[Outcome]) -> str:
    asked = [outcome for outcome in _of(feature, outcomes) if not outcome.missing]
    if feature not in runner.features:
        return "declines"
    if not asked:
        return "offers"
    passed = sum(outcome.passed for outcome in asked)
    return f"all {passed}" if passed == len(asked) else f"**{passed} of {len(asked)}**"


def _skipped(runner: Runner, outcomes: Sequence[Outcome]) -> str:
    names = [f"`{outcome.vector.name}`" for outcome in outcomes if outcome.missing]
    return f"{runner.name} skips {', '.join(names)}.\n" if names else ""
