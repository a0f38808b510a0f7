"""A trial: one runner on vectors, each passed, failed or skipped."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from spec.vectors.comparison import Difference, differences
from spec.vectors.harness.runner import Runner, RunnerError
from spec.vectors.harness.vectors import KINDS, Vector

_SUFFIX = {"packages": ".a3d"}


@dataclass(frozen=True)
class Outcome:
    """What came of one vector.

    Attributes:
        missing: features that the runner declines; the vector was skipped then.
        wrong: fields that differ, or what the runner did; empty where it passed.
    """

    vector: Vector
    missing: tuple[str, ...] = ()
    wrong: tuple[Difference, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the answer was right."""
        return not self.missing and not self.wrong


def tried(runner: Runner, vectors: Sequence[Vector]) -> list[Outcome]:
    """What a runner makes of every vector, kind by kind."""
    outcomes: list[Outcome] = []
    for kind in KINDS:
        of_kind = [vector for vector in vectors if vector.kind == kind]
        missing = {vector: tuple(f for f in vector.features if f not in runner.features) for vector in of_kind}
        outcomes += [Outcome(vector, missing=missing[vector]) for vector in of_kind if missing[vector]]
        outcomes += _asked(runner, kind, [vector for vector in of_kind if not missing[vector]])
    return outcomes


def _asked(runner: Runner, kind: str, vectors: Sequence[Vector]) -> list[Outcome]:
    """Runners get copies without names and answers, so that nothing but reading leads to an answer."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{number:04d}{_SUFFIX.get(kind, '.json')}" for number in range(len(vectors))]
        for path, vector in zip(paths, vectors, strict=True):
            path.write_bytes(vector.given())
        answers = runner.answers(kind, paths)
        return [_judged(vector, answer) for vector, answer in zip(vectors, answers, strict=True)]


def _judged(vector: Vector, answer: dict[str, object] | RunnerError) -> Outcome:
    if isinstance(answer, RunnerError):
        return Outcome(vector, wrong=(Difference("the runner", answer.what, "an answer"),))
    return Outcome(vector, wrong=tuple(differences(vector.kind, vector.expected(), answer)))
