"""Every reader against every vector: what intact packages say, and why the others are refused."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spec.vectors.comparison import differences
from tests.conformance.generate import FOLDER, rendered_files, stale_files
from tests.conformance.invalid import INVALID
from tests.conformance.valid import KEPT, VALID

SPEC = Path(__file__).parents[2] / "spec"
READERS = SPEC / "readers"
GOLDEN = sorted((SPEC / "vectors" / "golden").glob("*.json"))
RUNNERS = {
    "javascript": ["node", str(READERS / "javascript" / "run.mjs")],
    "python": [sys.executable, str(READERS / "python_runner.py")],
}
# Vectors that a runner may refuse because an optional codec is not there; all others it must read.
NOT_INSTALLED = {"refused": "entropy-not-installed"}
MAX_VECTOR_BYTES = 1_000_000
TIMEOUT_S = 60

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")


def run(runner: str, paths: list[Path]) -> list[dict[str, Any]]:
    """One JSON document a file; a runner takes any number of files and prints a line for each."""
    command = [*RUNNERS[runner], *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=TIMEOUT_S, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def expected(path: Path) -> dict[str, Any]:
    return json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("runner", [pytest.param("javascript", marks=needs_node), "python"])
def test_intact_packages_say_the_same(runner: str) -> None:
    paths = sorted((FOLDER / "valid").glob("*.a3d"))
    assert len(paths) == len(VALID | KEPT)
    assert not [path.stem for path in paths if "refused" in expected(path)]
    wrong: dict[str, list[str]] = {}
    for path, found in zip(paths, run(runner, paths), strict=True):
        if found == NOT_INSTALLED and "zstd" in path.name:
            continue
        lines = differences(expected(path), found)
        if lines:
            wrong[path.stem] = lines[:5]
    assert not wrong


@pytest.mark.parametrize("runner", [pytest.param("javascript", marks=needs_node), "python"])
def test_broken_packages_are_refused_by_code(runner: str) -> None:
    paths = sorted((FOLDER / "invalid").glob("*.a3d"))
    assert len(paths) == len(INVALID)
    answers = {path.stem: found for path, found in zip(paths, run(runner, paths), strict=True)}
    wrong = {name: found for name, found in answers.items() if found != {"refused": INVALID[name][0]}}
    assert not wrong


def test_vectors_are_reproduced() -> None:
    """A change of the format shows here; a better encoder does not, what it wrote before is kept."""
    assert stale_files(dict(rendered_files())) == []


def test_vectors_are_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.glob("*/*.a3d")) < MAX_VECTOR_BYTES


@needs_node
@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_second_evaluator_agrees_with_golden_vectors(path: Path) -> None:
    command = ["node", str(READERS / "javascript" / "golden.mjs"), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=True)
    found = json.loads(done.stdout)
    golden = json.loads(path.read_text(encoding="utf-8"))["expected"]
    for field, values in golden.items():
        reference = np.array(values).ravel()
        scale = np.abs(reference).max() if field == "covariances_m2" else 1
        np.testing.assert_allclose(np.array(found[field]).ravel(), reference, rtol=0, atol=1e-7 * scale, err_msg=field)


def test_comparison_notices_small_lies() -> None:
    """One number of a thousand off by a hundredth, two numbers that changed places, another digest."""
    document = expected(FOLDER / "valid" / "nodes-stages-sixteen-contexts.a3d")
    assert not differences(document, document)
    for change in (
        lambda d: d["splats"]["means_m"].update(sum=d["splats"]["means_m"]["sum"] + 0.01),
        lambda d: d["splats"]["means_m"].update(weave=d["splats"]["means_m"]["weave"] + 1),
        lambda d: d["order"].update(sha256="0" * 64),
        lambda d: d["manifest"].update(gaussian_count=1),
    ):
        changed = json.loads(json.dumps(document))
        change(changed)
        assert len(differences(document, changed)) == 1
