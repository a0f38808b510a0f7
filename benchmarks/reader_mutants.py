"""What no vector pins: ``python -m benchmarks.reader_mutants`` changes a reader by one rule, time after time.

The changes of the JavaScript reader are in ``reader_mutants.toml``. One that passes every vector is a reader that is
wrong and that nobody would notice; it needs a vector, or a reason why no vector can tell.
"""

from __future__ import annotations

import argparse
import json
import shlex
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spec.vectors.harness.runner import Runner
from spec.vectors.harness.trial import tried
from spec.vectors.harness.vectors import Vector, all_vectors

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

MUTANTS = Path(__file__).with_suffix(".toml")
READER = Path(__file__).parents[1] / "spec" / "readers" / "javascript"
TIME_LIMIT_S = 60.0
# A mutant is done with when one of so many vectors has noticed it.
BATCH = 60


@dataclass(frozen=True)
class Mutant:
    """One change of a reader.

    Attributes:
        rule: what the changed reader does.
        file: of the reader.
        old, new: text that stands there once, and what it becomes.
        why: where no vector notices, the reason; empty where one should.
    """

    rule: str
    file: str
    old: str
    new: str
    why: str = ""

    def apply(self, folder: Path) -> None:
        """Change a copy of the reader.

        Raises:
            ValueError: the text does not stand there once; the reader was changed, and the mutant must be too.
        """
        path = folder / self.file
        text = path.read_text(encoding="utf-8")
        if text.count(self.old) != 1:
            raise ValueError(f"{self.rule}: {self.file} has its text {text.count(self.old)} times, not once")
        path.write_text(text.replace(self.old, self.new), encoding="utf-8")


@dataclass(frozen=True)
class Verdict:
    """Which vector notices a mutant; no name where none does."""

    mutant: Mutant
    noticed_by: str


def mutants() -> list[Mutant]:
    """All changes."""
    return [Mutant(**entry) for entry in tomllib.loads(MUTANTS.read_text(encoding="utf-8"))["mutant"]]


def judged(mutant: Mutant, vectors: Sequence[Vector]) -> Verdict:
    """The first batch of vectors that is not read as it should be, if there is one."""
    with tempfile.TemporaryDirectory() as folder:
        reader = Path(folder) / "reader"
        shutil.copytree(READER, reader)
        mutant.apply(reader)
        runner = Runner(shlex.join(["node", str(reader / "run.mjs")]), TIME_LIMIT_S)
        for start in range(0, len(vectors), BATCH):
            wrong = [outcome for outcome in tried(runner, vectors[start : start + BATCH]) if outcome.wrong]
            if wrong:
                return Verdict(mutant, wrong[0].vector.name)
    return Verdict(mutant, "")


def main() -> int:
    """Print the table; 1 where a mutant without a reason is not noticed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--only", default="", help="mutants whose rule contains this")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    vectors = all_vectors()
    verdicts: list[Verdict] = []
    for mutant in mutants():
        if options.only in mutant.rule:
            verdicts.append(judged(mutant, vectors))
            print(_line(verdicts[-1]), file=sys.stderr, flush=True)
    survivors = [verdict for verdict in verdicts if not verdict.noticed_by]
    if options.json:
        print(json.dumps([_as_json(verdict) for verdict in verdicts], indent=1))
    else:
        print(f"{len(verdicts)} mutants, {len(verdicts) - len(survivors)} noticed by a vector")
        for verdict in survivors:
            print(f"not noticed: {verdict.mutant.rule}. {verdict.mutant.why or 'A vector is missing'}.")
    return 1 if any(not verdict.mutant.why for verdict in survivors) else 0


def _line(verdict: Verdict) -> str:
    return f"{verdict.mutant.rule}: {verdict.noticed_by or 'NO VECTOR'}"


def _as_json(verdict: Verdict) -> dict[str, Any]:
    return {"rule": verdict.mutant.rule, "noticed_by": verdict.noticed_by, "why": verdict.mutant.why}


if __name__ == "__main__":
    sys.exit(main())
