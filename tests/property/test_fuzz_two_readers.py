"""Our reader and the one written from the specification alone, on packages that neither has seen."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from benchmarks.fuzz_readers import Judge, Run
from spec.vectors.harness.runner import Runner
from tests.conformance.test_vectors import RUNNERS

MUTATIONS, SEED, TIME_LIMIT_S = 400, 11, 60.0

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")


@needs_node
def test_two_readers_agree_on_mutated_packages(tmp_path: Path) -> None:
    runners = [Runner(command, TIME_LIMIT_S) for command in RUNNERS]
    found = Run(runners, range(MUTATIONS), SEED, tmp_path / "kept").go(jobs=1)
    assert not found.disagreements
    assert found.mutations == MUTATIONS
    assert MUTATIONS / 20 < found.outcomes["read"] < MUTATIONS / 2


@needs_node
def test_a_disagreement_is_kept_and_named(tmp_path: Path) -> None:
    """A reader that dies of every package."""
    dying = tmp_path / "dying.py"
    features = '{"name": "dying", "version": "1", "features": ["packages", "stdin"]}'
    dying.write_text(f"import sys\nif '--features' in sys.argv: print({features!r})\n", encoding="utf-8")
    runners = [Runner(RUNNERS[0], TIME_LIMIT_S), Runner(f"{RUNNERS[1].split()[0]} {dying}", TIME_LIMIT_S)]
    found = Run(runners, range(3), SEED, tmp_path / "kept").go(jobs=1)
    assert sum(map(len, found.disagreements.values())) == 3
    assert all("the reader" in kind for kind in found.disagreements)
    assert len(list((tmp_path / "kept").glob("*.a3d"))) == 3


def test_what_two_readers_may_differ_in_and_what_not() -> None:
    judge = Judge()
    read = {"digest": "0"}
    assert judge.disagreement(read, read) is None
    assert judge.disagreement({"refused": "splats-invalid"}, {"refused": "section-invalid"}) is None
    assert judge.disagreement({"refused": "entropy-not-installed"}, read) is None
    assert judge.disagreement({"refused": "splats-invalid"}, read) == "splats-invalid | read"
    assert judge.disagreement({"refused": "package-future"}, {"refused": "splats-invalid"}) is not None
    assert judge.disagreement(read, {"digest": "1"}) == "values: digest"
    assert judge.disagreement({"refused": "splats-odd"}, {"refused": "splats-odd"}) == "splats-odd | splats-odd"
