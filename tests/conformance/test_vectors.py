"""Every reader against every vector, in one run of the harness that other readers are tried with."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ani3d_runtime.package.writer import ClipSource, write_package
from ani3d_runtime.testing.avatars import synthetic_motion
from ani3d_runtime.testing.sequences import dancing_sequence
from spec.vectors.comparison import LEAST, differences
from spec.vectors.harness.vectors import FEATURES, FOLDER, KINDS, all_vectors
from tests.conformance.generate import stale_files

ROOT = FOLDER.parents[1]
RUNNERS = [
    shlex.join(["node", str(ROOT / "spec" / "readers" / "javascript" / "run.mjs")]),
    shlex.join([sys.executable, str(ROOT / "spec" / "readers" / "python" / "run.py")]),
]
SUPPORT = ROOT / "docs" / "SUPPORT.md"
MAX_VECTOR_BYTES = 6_000_000


def tried(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(FOLDER / "run.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=200, check=False)


def with_runners(runners: list[str]) -> list[str]:
    return [argument for runner in runners for argument in ("--runner", runner)]


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_both_readers_pass_every_vector(tmp_path: Path) -> None:
    page = tmp_path / "SUPPORT.md"
    done = tried(*with_runners(RUNNERS), "--write", str(page))
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    *lines, last = done.stdout.splitlines()
    passed, skipped = re.fullmatch(r"(\d+) passed, 0 failed, (\d+) skipped", last).groups()  # pyright: ignore[reportOptionalMemberAccess]
    assert int(passed) + int(skipped) == 2 * len(all_vectors())
    # What is skipped is named; only an optional codec may be.
    assert len(lines) == int(skipped)
    assert all("zstd" in line or "lz4" in line for line in lines)
    assert rows(page) == rows(SUPPORT), "stale: python spec/vectors/run.py --write docs/SUPPORT.md --runner …"


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_both_readers_agree_on_what_todays_encoder_writes(tmp_path: Path) -> None:
    """Kept vectors are as the encoder wrote them on one day. ``run.py --package`` takes whole bakes too."""
    avatar, residual = dancing_sequence(3000, 9, jitter_m=5e-4)
    clip = ClipSource("dance", synthetic_motion(avatar.skeleton, 9), residual)
    package = tmp_path / "dancer.a3d"
    write_package(package, avatar, [clip], max_error_m=1e-3)
    done = tried(*with_runners(RUNNERS), "--package", str(package))
    assert done.returncode == 0, done.stdout
    assert done.stdout.strip() == f"python agrees with javascript about {package}: read"


def rows(page: Path) -> list[list[str]]:
    """Features, what they are and how many vectors need them; what is installed differs between machines."""
    lines = page.read_text(encoding="utf-8").splitlines()
    return [[cell.strip() for cell in line.split("|")[1:4]] for line in lines if line.startswith("|")]


def test_vectors_are_reproduced() -> None:
    """A change of the format shows here; a better encoder does not, what it wrote before is kept."""
    assert stale_files() == []


def test_vectors_are_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.rglob("*.*")) < MAX_VECTOR_BYTES


def test_the_index_names_every_vector_and_known_features() -> None:
    vectors = all_vectors()
    assert not [vector.name for vector in vectors if "/valid/" in vector.name and "refused" in vector.expected()]
    files = {path.relative_to(FOLDER).as_posix() for path in FOLDER.glob("packages/*/*.a3d")}
    files |= {path.relative_to(FOLDER).as_posix() for kind in KINDS[1:] for path in (FOLDER / kind).glob("*.json")}
    assert {vector.name for vector in vectors} == files
    assert {feature for vector in vectors for feature in vector.features} <= set(FEATURES)
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert all(f"`{feature}`" in readme for feature in FEATURES)


def test_no_number_of_any_report_may_be_off_by_a_ten_thousandth() -> None:
    """Every sum of floats that all readers print, changed one by one, but where float32 has no such digits."""
    changed = 0
    for path in sorted(FOLDER.glob("packages/valid/*.json")):
        report = json.loads(path.read_bytes())
        for field in sums_of_floats(report):
            off = 1e-4 * field["size"] / max(field["count"], 1)
            # Covariances are squares, in double precision.
            if off > LEAST or 0 < off < LEAST**1.5:
                before = field["first"][-1]
                field["first"][-1] += off
                assert differences("packages", json.loads(path.read_bytes()), report), path
                field["first"][-1] = before
                changed += 1
    assert changed > 500


def sums_of_floats(document: Any) -> Iterator[dict[str, Any]]:
    if isinstance(document, dict):
        if "weave" in document:
            yield document
        else:
            for entry in document.values():
                yield from sums_of_floats(entry)
    elif isinstance(document, list):
        for entry in document:
            yield from sums_of_floats(entry)
