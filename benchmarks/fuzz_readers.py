"""Two readers on the same mutated packages: ``python -m benchmarks.fuzz_readers --runner … --runner … --mutations N``.

Two readers agree, or the specification is not finished. Each mutation is given to both, in processes that live long.
They must agree on reading or refusing it, on the family of the refusal (spec/refusals.toml), and on what they read,
within what decoders may differ by. Which code of a family is given where several rules are broken is the reader's
choice. Packages that they disagree about are kept in ``--failures`` and counted by kind. A codec that one of them
lacks is no disagreement. Mutation k of a seed is the same while the vectors are.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ani3d_runtime.testing.mutations import Mutator
from benchmarks.fuzz import corpus
from spec.vectors.comparison import differences
from spec.vectors.harness.runner import Process, Runner, RunnerError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

REFUSALS = Path(__file__).parents[1] / "spec" / "refusals.toml"
TIME_LIMIT_S = 60.0
SHOWN = 40
PROGRESS_EVERY_S = 30.0
OPTIONAL = "codec-missing"
# Decoders may differ by 6e-8 of an angle, and mutations make turns of up to a hundred radians.
SLACK = 10.0

Answer = dict[str, Any]


@dataclass
class Comparison:
    """What two readers made of mutations.

    Attributes:
        mutations: how many.
        outcomes: how many both read or refused alike, by code; ``other code`` where codes differ within a family.
        codes: pairs of codes of one family that differ, and how often.
        disagreements: by kind, the numbers of the mutations.
        seconds: wall time.
    """

    mutations: int = 0
    outcomes: Counter[str] = field(default_factory=Counter[str])
    codes: Counter[str] = field(default_factory=Counter[str])
    disagreements: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """As scripts read it."""
        return {**vars(self), "outcomes": dict(self.outcomes.most_common()), "codes": dict(self.codes.most_common())}


class Judge:
    """Whether two answers are alike."""

    def __init__(self) -> None:
        families = tomllib.loads(REFUSALS.read_text(encoding="utf-8"))
        self._families = {code: name for name, family in families.items() for code in family["codes"]}

    def disagreement(self, one: Answer, other: Answer) -> str | None:
        """What kind of disagreement there is between two answers, if any."""
        codes = [answer.get("refused") for answer in (one, other)]
        if codes == [None, None]:
            found = differences("packages", one, other, slack=SLACK)
            return f"values: {_without_numbers(found[0].field)}" if found else None
        kinds = ["read" if code is None else self._families.get(code) for code in codes]
        # A code that nobody knows, and a reader that ended, are never right, whatever the other one says.
        if None not in kinds and (OPTIONAL in kinds or kinds[0] == kinds[1]):
            return None
        return " | ".join(code or "read" for code in codes)


class Pair:
    """Two readers that are asked about the same files; one that ends or hangs is started again.

    Args:
        runners: both of them.
        folder: for the packages.
    """

    def __init__(self, runners: Sequence[Runner], folder: Path) -> None:
        self._runners = runners
        self._path = folder / f"{threading.get_ident()}.a3d"
        self._processes: list[Process | None] = [None, None]

    def answers(self, package: bytes) -> list[Answer]:
        """What each makes of a package; ``{"refused": "the reader …"}`` where it makes nothing of it."""
        self._path.write_bytes(package)
        return list(self._collected(self._asked()))

    def close(self) -> None:
        """End both."""
        for process in self._processes:
            if process is not None:
                process.close()

    def _asked(self) -> list[RunnerError | None]:
        """Both work at the same time."""
        errors: list[RunnerError | None] = []
        for place, runner in enumerate(self._runners):
            process = self._processes[place] or runner.talking("packages")
            self._processes[place] = process
            try:
                process.ask(str(self._path))
                errors.append(None)
            except RunnerError as error:
                errors.append(error)
        return errors

    def _collected(self, errors: Iterable[RunnerError | None]) -> Iterator[Answer]:
        for place, (process, error) in enumerate(zip(self._processes, errors, strict=True)):
            assert process is not None
            try:
                if error is not None:
                    raise error
                yield process.answer()
            except RunnerError as end:
                process.close()
                self._processes[place] = None
                yield {"refused": f"the reader {end.what.splitlines()[0][:60]}"}


class Run:
    """Mutations of a seed, given to two readers.

    Args:
        runners: both readers.
        numbers: of the mutations.
        seed: of the mutations.
        failures: folder for packages that they disagree about.

    Attributes:
        comparison: what came of it.
    """

    def __init__(self, runners: Sequence[Runner], numbers: range, seed: int, failures: Path) -> None:
        self._runners, self._numbers, self._seed, self._failures = runners, numbers, seed, failures
        self._judge = Judge()
        self._next = iter(numbers)
        self._lock = threading.Lock()
        self.comparison = Comparison()

    def go(self, jobs: int) -> Comparison:
        """All of them, in so many pairs of processes."""
        started = time.perf_counter()
        errors: list[BaseException] = []
        with tempfile.TemporaryDirectory() as folder:
            threads = [threading.Thread(target=self._work, args=(Path(folder), errors)) for _ in range(jobs)]
            for thread in threads:
                thread.start()
            while any(thread.is_alive() for thread in threads):
                threads[0].join(PROGRESS_EVERY_S)
                self._say(time.perf_counter() - started)
                for thread in threads:
                    thread.join(0.1 if threads[0].is_alive() else PROGRESS_EVERY_S)
        if errors:
            raise errors[0]
        self.comparison.seconds = time.perf_counter() - started
        return self.comparison

    def _work(self, folder: Path, errors: list[BaseException]) -> None:
        mutator = Mutator(corpus(), self._seed)
        pair = Pair(self._runners, folder)
        try:
            while not errors:
                with self._lock:
                    number = next(self._next, None)
                if number is None:
                    return
                self._judged(number, mutator.mutation(number)[1], pair)
        except BaseException as error:
            errors.append(error)
        finally:
            pair.close()

    def _judged(self, number: int, package: bytes, pair: Pair) -> None:
        answers = pair.answers(package)
        kind = self._judge.disagreement(*answers)
        codes = [answer.get("refused", "read") for answer in answers]
        with self._lock:
            self.comparison.mutations += 1
            if kind is not None:
                self.comparison.disagreements.setdefault(kind, []).append(number)
                self._keep(number, package)
            elif codes[0] == codes[1]:
                self.comparison.outcomes[codes[0]] += 1
            else:
                self.comparison.outcomes["other code"] += 1
                self.comparison.codes[" | ".join(codes)] += 1

    def _keep(self, number: int, package: bytes) -> None:
        self._failures.mkdir(parents=True, exist_ok=True)
        (self._failures / f"seed-{self._seed}-mutation-{number}.a3d").write_bytes(package)

    def _say(self, seconds: float) -> None:
        done, bad = self.comparison.mutations, sum(map(len, self.comparison.disagreements.values()))
        rate = done / max(seconds, 1e-9)
        left_min = (len(self._numbers) - done) / max(rate, 1e-9) / 60
        line = f"{done:>9,} of {len(self._numbers):,}, {rate:.0f}/s, {bad} disagreements, {left_min:.0f} min left"
        print(line, file=sys.stderr, flush=True)


def _without_numbers(name: str) -> str:
    """A field of a report, whichever clip, group or number it is of."""
    return "".join(character for character in name if not character.isdigit())


def main() -> int:
    """Print the figures; 0 where the readers agree, 1 where they do not, 2 where one cannot be run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split(":", maxsplit=1)[0] + ".")
    parser.add_argument("--runner", action="append", required=True, metavar="COMMAND", help="give two")
    parser.add_argument("--mutations", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start", type=int, default=0, help="number of the first mutation")
    parser.add_argument("--jobs", type=int, default=multiprocessing.cpu_count(), help="pairs of processes")
    parser.add_argument("--failures", type=Path, default=Path("reader-disagreements"))
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if len(options.runner) != 2:
        parser.error(f"two readers are compared, not {len(options.runner)}")
    numbers = range(options.start, options.start + options.mutations)
    try:
        runners = [Runner(command, TIME_LIMIT_S) for command in options.runner]
        comparison = Run(runners, numbers, options.seed, options.failures).go(options.jobs)
    except RunnerError as error:
        print(f"a reader cannot be run: {error.what}", file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps(comparison.to_json(), indent=1))
    else:
        _print(comparison, options)
    return 1 if comparison.disagreements else 0


def _print(comparison: Comparison, options: argparse.Namespace) -> None:
    count, seconds = comparison.mutations, comparison.seconds
    print(f"{count:,} mutations of seed {options.seed} in {seconds:.0f} s ({count / max(seconds, 1e-9):.0f}/s)")
    for outcome, times in comparison.outcomes.most_common():
        print(f"{times:>9,}  {100 * times / max(count, 1):6.2f} %  {outcome}")
    for codes, times in comparison.codes.most_common(SHOWN):
        print(f"{times:>9,}            {codes}")
    print(f"{sum(map(len, comparison.disagreements.values()))} disagreements, packages in {options.failures}")
    for kind, numbers in sorted(comparison.disagreements.items(), key=lambda item: -len(item[1])):
        print(f"{len(numbers):>9,}  {kind}: mutation {', '.join(map(str, sorted(numbers)[:5]))}")


if __name__ == "__main__":
    sys.exit(main())
