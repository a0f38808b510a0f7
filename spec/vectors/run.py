"""Tries readers of .a3d packages on the vectors: ``python spec/vectors/run.py --runner 'COMMAND' …`` (README.md).

Needs nothing but Python 3.10 and its standard library.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from spec.vectors.comparison import differences
from spec.vectors.harness.runner import Runner, RunnerError
from spec.vectors.harness.support import page
from spec.vectors.harness.trial import Outcome, tried
from spec.vectors.harness.vectors import all_vectors

TIME_LIMIT_S = 60.0
MAX_SHOWN = 5
PASSED, FAILED, MISUSED = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what failed and what was skipped; 0 where every runner passed, 1 where one failed, 2 for misuse."""
    sys.stdout.reconfigure(encoding="utf-8")
    options = _options(arguments)
    runners: list[Runner] = []
    for command in options.runner:
        try:
            runners.append(Runner(command, options.time_limit))
        except RunnerError as fault:
            print(f"FAILED {command}: {fault.what}")
            return FAILED
    if options.package:
        return _compared(runners, options.package)
    results = {runner: tried(runner, all_vectors()) for runner in runners}
    if options.write:
        options.write.write_text(page(results), encoding="utf-8")
    for runner, outcomes in results.items():
        _print_failures(runner, outcomes)
        _print_skipped(runner, outcomes)
    every = [outcome for outcomes in results.values() for outcome in outcomes]
    failed, skipped = sum(bool(o.wrong) for o in every), sum(bool(o.missing) for o in every)
    print(f"{sum(o.passed for o in every)} passed, {failed} failed, {skipped} skipped")
    return FAILED if failed else PASSED


def _options(arguments: Sequence[str] | None) -> Any:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split(":", maxsplit=1)[0] + ".")
    parser.add_argument("--runner", action="append", required=True, metavar="COMMAND", help="may be given again")
    parser.add_argument("--write", type=Path, metavar="FILE", help="the table of features and runners, as Markdown")
    parser.add_argument(
        "--package", type=Path, action="append", metavar="FILE", help="compare the runners on this package instead"
    )
    parser.add_argument(
        "--time-limit", type=float, default=TIME_LIMIT_S, metavar="SECONDS", help="for one answer, 60 by default"
    )
    options = parser.parse_args(arguments)
    if options.package and len(options.runner) < 2:
        parser.error("--package compares runners: give two of them")
    return options


def _print_failures(runner: Runner, outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        for difference in outcome.wrong[:MAX_SHOWN]:
            print(f"FAILED {runner.name}, {outcome.vector.name}, {difference}")
        if len(outcome.wrong) > MAX_SHOWN:
            print(f"  and {len(outcome.wrong) - MAX_SHOWN} more fields of {outcome.vector.name}")


def _print_skipped(runner: Runner, outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        if outcome.missing:
            print(f"skipped {runner.name}, {outcome.vector.name}: it declines {', '.join(outcome.missing)}")


def _compared(runners: Sequence[Runner], packages: Sequence[Path]) -> int:
    """Every other runner against the first, on packages of which nobody knows the right answer."""
    failed = 0
    references = list(runners[0].answers("packages", packages))
    for runner in runners[1:]:
        for package, reference, found in zip(packages, references, runner.answers("packages", packages), strict=True):
            lines = _faults(runners[0], reference) + _faults(runner, found)
            if isinstance(reference, dict) and isinstance(found, dict):
                lines = [f"{runner.name}, {package}, {line}" for line in differences("packages", reference, found)]
            failed += bool(lines)
            outcome = reference.get("refused", "read") if isinstance(reference, dict) else "no answer"
            print(*[f"FAILED {line}" for line in lines[:MAX_SHOWN]], sep="\n", end="\n" if lines else "")
            if not lines:
                print(f"{runner.name} agrees with {runners[0].name} about {package}: {outcome}")
    return FAILED if failed else PASSED


def _faults(runner: Runner, answer: dict[str, Any] | RunnerError) -> list[str]:
    return [f"{runner.name}: {answer.what}"] if isinstance(answer, RunnerError) else []


if __name__ == "__main__":
    sys.exit(main())
