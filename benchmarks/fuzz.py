"""Hostile packages: ``python -m benchmarks.fuzz --mutations 1000000``.

Every mutation is opened, decoded whole and posed. It must be read or refused with a code: no other error, no hang, no
memory beyond what the limits of the format allow. Mutation k of a seed is the same while the vectors are:
``--start`` goes on where a run stopped (Ctrl-C ends one with its figures), ``--start k --mutations 1`` tries one again.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import multiprocessing
import platform
import resource
import signal
import sys
import time
import warnings
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ani3d_runtime.testing.hostile import tried
from ani3d_runtime.testing.mutations import Mutator

CORPUS = Path(__file__).parents[1] / "tests" / "conformance" / "vectors" / "valid"
MAX_SEED_BYTES = 8000
CHUNK = 1000
SLOW_S, HANG_S = 2.0, 60.0
MEMORY_ALLOWED = 2 << 30
MEGABYTE = 1 << 20


@dataclass
class Tally:
    """What came of a run of mutations."""

    outcomes: Counter[str] = field(default_factory=Counter[str])
    failures: list[str] = field(default_factory=list[str])
    slowest_s: float = 0.0
    slowest: str = ""
    peak_mb: float = 0.0

    def add(self, other: Tally) -> None:
        """Take in another run."""
        self.outcomes += other.outcomes
        self.failures += other.failures
        self.peak_mb = max(self.peak_mb, other.peak_mb)
        if other.slowest_s > self.slowest_s:
            self.slowest_s, self.slowest = other.slowest_s, other.slowest


def corpus() -> list[bytes]:
    """The small conformance vectors; each has other features in it."""
    paths = sorted(
        path for path in CORPUS.glob("*.a3d") if path.stat().st_size <= MAX_SEED_BYTES and "zstd" not in path.name
    )
    return [path.read_bytes() for path in paths]


def prepare(seed: int) -> None:
    """Bind a process to its limits, and compile every kernel before anything is measured."""
    global _mutator  # the one thing a worker keeps between chunks
    # A warning of numpy's is a value that nobody checked.
    warnings.simplefilter("error")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    packages = corpus()
    _mutator = Mutator(packages, seed)
    for package in packages:
        verdict = tried(package)
        if verdict.outcome != "read":
            raise RuntimeError(f"an intact vector is not read: {verdict.outcome}")
    held = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (held + MEMORY_ALLOWED, resource.getrlimit(resource.RLIMIT_AS)[1]))


def run_chunk(numbers: range) -> Tally:
    """Try some mutations."""
    tally = Tally()
    for number in numbers:
        faulthandler.dump_traceback_later(HANG_S, exit=True)
        kind, package = _mutator.mutation(number)
        verdict = tried(package)
        tally.outcomes[verdict.outcome if not verdict.crashed else "crash"] += 1
        if verdict.crashed or verdict.seconds > SLOW_S:
            tally.failures.append(f"mutation {number} ({kind}): {verdict.outcome}, {verdict.seconds:.2f} s")
        if verdict.seconds > tally.slowest_s:
            tally.slowest_s = verdict.seconds
            tally.slowest = f"mutation {number} ({kind}): {verdict.outcome}"
    faulthandler.cancel_dump_traceback_later()
    tally.peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MEGABYTE
    return tally


def run(mutations: int, *, seed: int, start: int, jobs: int) -> tuple[Tally, float]:
    """(tally, seconds) of mutations ``start`` to ``start + mutations``."""
    stop = start + mutations
    chunks = [range(first, min(first + CHUNK, stop)) for first in range(start, stop, CHUNK)]
    whole = Tally()
    with multiprocessing.get_context("spawn").Pool(jobs, prepare, (seed,)) as pool:
        started = time.perf_counter()
        try:
            # In order, so that what was done when someone stops it is a prefix.
            for done, tally in enumerate(pool.imap(run_chunk, chunks), 1):
                whole.add(tally)
                if sys.stderr.isatty() or done % 50 == 0:
                    rate = whole.outcomes.total() / (time.perf_counter() - started)
                    print(f"\r{whole.outcomes.total():>9} mutations, {rate:.0f}/s", end="", file=sys.stderr, flush=True)
        except KeyboardInterrupt:
            print(f"\nstopped; go on with --start {start + whole.outcomes.total()}", file=sys.stderr)
        seconds = time.perf_counter() - started
    print(file=sys.stderr)
    return whole, seconds


def main() -> int:
    """Print the figures; 1 where anything failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--mutations", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start", type=int, default=0, help="number of the first mutation")
    parser.add_argument("--jobs", type=int, default=multiprocessing.cpu_count())
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    tally, seconds = run(options.mutations, seed=options.seed, start=options.start, jobs=options.jobs)
    count = tally.outcomes.total()
    if options.json:
        print(json.dumps(asdict(tally) | {"mutations": count, "seconds": seconds}, indent=1))
    else:
        machine = f"{multiprocessing.cpu_count()} × {platform.machine()}"
        print(f"{count} mutations of {len(corpus())} packages in {seconds:.0f} s ({count / seconds:.0f}/s, {machine})")
        print(f"slowest {tally.slowest_s * 1e3:.0f} ms CPU: {tally.slowest}")
        print(f"peak memory of a process {tally.peak_mb:.0f} MB")
        for outcome, times in tally.outcomes.most_common():
            print(f"{times:>9}  {100 * times / count:5.1f} %  {outcome}")
        print(f"{len(tally.failures)} failures", *tally.failures[:20], sep="\n  ")
    return 1 if tally.failures else 0


if __name__ == "__main__":
    sys.exit(main())
