"""Our reader and the one written from the specification alone, on packages that neither has seen."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from ani3d_runtime.testing.mutations import Mutator
from benchmarks.fuzz import corpus
from spec.readers.python.report import outcome
from spec.vectors.comparison import differences

READER = Path(__file__).parents[2] / "spec" / "readers" / "javascript" / "run.mjs"
MUTATIONS = 400
# Which code is given where several rules are broken is the reader's choice, and so is a codec that it does not have.
OTHER_CODEC = "entropy-not-installed"


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_two_readers_refuse_the_same_packages(tmp_path: Path) -> None:
    mutator = Mutator(corpus(), seed=11)
    paths = [tmp_path / f"{number}.a3d" for number in range(MUTATIONS)]
    for number, path in enumerate(paths):
        path.write_bytes(mutator.mutation(number)[1])
    done = subprocess.run(
        ["node", str(READER), "packages", *map(str, paths)], capture_output=True, text=True, timeout=60, check=True
    )
    disagreements: list[str] = []
    read = 0
    for number, line in enumerate(done.stdout.splitlines()):
        ours, theirs = outcome(str(paths[number])), json.loads(line)
        codes = {ours.get("refused"), theirs.get("refused")}
        if codes == {None}:
            read += 1
            disagreements += [f"mutation {number}: {line}" for line in differences("packages", ours, theirs)[:1]]
        elif None in codes and OTHER_CODEC not in codes:
            disagreements.append(f"mutation {number}: {ours.get('refused')} and {theirs.get('refused')}")
    assert not disagreements, disagreements[:10]
    assert MUTATIONS / 20 < read < MUTATIONS / 2
