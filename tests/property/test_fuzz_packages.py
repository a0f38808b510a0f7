"""Thousands of hostile packages: read, or refused with a code, soon and within bounded memory."""

from __future__ import annotations

import contextlib
import resource
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from ani3d_runtime.testing.hostile import Verdict, tried
from ani3d_runtime.testing.mutations import Mutator
from benchmarks.fuzz import corpus

SECONDS = 8.0
SLOWEST_S = 1.0
MEMORY_ALLOWED = 1 << 30
FEWEST = 300


@contextlib.contextmanager
def bounded_memory() -> Iterator[None]:
    """An allocation beyond the limit is a MemoryError, which no refusal is."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    held = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (held + MEMORY_ALLOWED, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


@pytest.fixture(scope="module")
def packages() -> list[bytes]:
    packages = corpus()
    # Kernels are compiled here, where nobody looks at the clock.
    assert {tried(package).outcome for package in packages} == {"read"}
    return packages


def test_hostile_packages_are_refused_by_code(packages: list[bytes]) -> None:
    """As many as fit the time, the same ones first every time; ``python -m benchmarks.fuzz`` goes on from there."""
    mutator = Mutator(packages)
    outcomes: Counter[str] = Counter()
    bad: list[str] = []
    stop = time.monotonic() + SECONDS
    with bounded_memory():
        while time.monotonic() < stop:
            number = outcomes.total()
            kind, package = mutator.mutation(number)
            verdict = tried(package)
            outcomes[verdict.outcome] += 1
            if verdict.crashed or verdict.seconds > SLOWEST_S:
                bad.append(f"mutation {number} ({kind}): {verdict}")
    assert not bad, bad[:10]
    assert outcomes.total() >= FEWEST
    # A mutator whose packages were all stopped at the door would test the door.
    inside = ("entropy-corrupt", "section-invalid", "splats-invalid", "detail-invalid", "order-invalid", "read")
    assert all(outcomes[code] for code in inside), outcomes


def test_mutations_are_reproducible(packages: list[bytes]) -> None:
    one, other = Mutator(packages, 3), Mutator(packages, 3)
    assert [one.mutation(k) for k in range(50)] == [other.mutation(k) for k in reversed(range(50))][::-1]
    assert Mutator(packages, 4).mutation(0) != one.mutation(0)


def test_verdict_tells_a_crash_from_a_refusal() -> None:
    assert tried(b"no package").outcome == "package-wrong-magic"
    assert Verdict("crash: IndexError", 0.0).crashed
    assert not Verdict("splats-invalid", 0.0).crashed
