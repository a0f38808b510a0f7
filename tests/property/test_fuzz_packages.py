"""Thousands of hostile packages and frames: read, or refused with a code, soon and within bounded memory."""

from __future__ import annotations

import contextlib
import resource
import time
from collections import Counter
from collections.abc import Generator
from pathlib import Path

import pytest

from ani3d_runtime.testing.hostile import Verdict, tried
from ani3d_runtime.testing.hostile_frames import HostileFrames
from ani3d_runtime.testing.mutations import Mutator
from benchmarks.fuzz import CHUNK, FRAMES_EVERY, Run, Tally, corpus, write_failures

PACKAGE_SECONDS, FRAME_SECONDS = 7.0, 1.0
SLOWEST_S = 1.0
MEMORY_ALLOWED = 1 << 30
FEWEST = 300


@contextlib.contextmanager
def bounded_memory() -> Generator[None, None, None]:
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
    kinds: set[str] = set()
    bad: list[str] = []
    stop = time.monotonic() + PACKAGE_SECONDS
    with bounded_memory():
        while time.monotonic() < stop:
            number = outcomes.total()
            kind, package = mutator.mutation(number)
            verdict = tried(package)
            outcomes[verdict.outcome] += 1
            kinds.add(kind)
            if verdict.crashed or verdict.seconds > SLOWEST_S:
                bad.append(f"mutation {number} ({kind}): {verdict}")
    assert not bad, bad[:10]
    assert outcomes.total() >= FEWEST
    assert kinds == set(mutator.kinds)
    # A mutator whose packages were all stopped at the door would test the door.
    inside = ("entropy-corrupt", "section-invalid", "splats-invalid", "detail-invalid", "order-invalid", "read")
    assert all(outcomes[code] for code in inside), outcomes


def test_hostile_frames_are_refused_by_code() -> None:
    frames = HostileFrames()
    assert {verdict.outcome for verdict in frames.tried_intact()} == {"read"}
    outcomes: Counter[str] = Counter()
    bad: list[str] = []
    stop = time.monotonic() + FRAME_SECONDS
    with bounded_memory():
        while time.monotonic() < stop or outcomes.total() < FEWEST:
            number = outcomes.total()
            verdict = frames.tried(number)
            outcomes[verdict.outcome] += 1
            if verdict.crashed or verdict.seconds > SLOWEST_S:
                bad.append(f"mutation {number} ({frames.mutation(number)[0]}): {verdict}")
    assert not bad, bad[:10]
    inside = ("light-frame-corrupt", "light-frame-missed", "light-frame-version", "service-bad-frame", "read")
    assert all(outcomes[code] for code in inside), outcomes


def test_a_stopped_run_goes_on_where_it_was(tmp_path: Path) -> None:
    """One after another in this process: what is told apart here is numbers, not processes."""
    path = tmp_path / "fuzz.json"

    def run(mutations: int) -> Run:
        return Run(seed=5, start=0, mutations=mutations, jobs=1, checkpoint=path)

    first = run(40)
    assert first.tally.mutations == 0
    first.tally.add(Tally(40, Counter({"read": 39, "crash": 1}), [(7, "raw", "crash: IndexError")], 0.5, "mutation 7"))
    first.keep()
    again = run(100)
    assert again.tally == first.tally
    assert again.left() == [range(40, 100)]
    other = Run(seed=6, start=0, mutations=40, jobs=1, checkpoint=tmp_path / "other.json")
    assert other.left() == [range(40)]
    with pytest.raises(SystemExit):
        Run(seed=6, start=0, mutations=40, jobs=1, checkpoint=path)


def test_what_failed_is_kept_as_it_was(packages: list[bytes], tmp_path: Path) -> None:
    failed = Tally(3000, failures=[(2, "payload", "crash"), (FRAMES_EVERY * CHUNK - 1, "frame", "crash")])
    package, frame = write_failures(failed, 5, tmp_path)
    assert package.read_bytes() == Mutator(packages, 5).mutation(2)[1]
    assert frame.read_bytes() == HostileFrames(5).mutation(FRAMES_EVERY * CHUNK - 1)[1]


def test_mutations_are_reproducible(packages: list[bytes]) -> None:
    one, other = Mutator(packages, 3), Mutator(packages, 3)
    assert [one.mutation(k) for k in range(50)] == [other.mutation(k) for k in reversed(range(50))][::-1]
    assert Mutator(packages, 4).mutation(0) != one.mutation(0)


def test_verdict_tells_a_crash_from_a_refusal() -> None:
    assert tried(b"no package").outcome == "package-wrong-magic"
    assert Verdict("crash: IndexError", 0.0).crashed
    assert not Verdict("splats-invalid", 0.0).crashed
