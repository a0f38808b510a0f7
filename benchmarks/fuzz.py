"""Hostile input: ``python -m benchmarks.fuzz --mutations 1000000 --checkpoint fuzz.json``.

Nine tenths are packages: each is opened, decoded whole, posed and taken as a stage for further clips. One tenth are
frames on the wire. Every one must be read or refused with a code: no other error, no hang, no memory beyond what the
limits of the format allow. Mutation k of a seed is the same while the vectors are. With ``--checkpoint`` a run that was
stopped goes on where it was; ``--start k --mutations 1`` tries one again. What fails is written to ``--failures``.
"""

from __future__ import annotations

import argparse
import faulthandler
import gc
import hashlib
import json
import multiprocessing
import platform
import resource
import signal
import sys
import time
import warnings
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ani3d_runtime.replacing import replacing_file
from ani3d_runtime.testing.hostile import READ, Verdict, tried
from ani3d_runtime.testing.hostile_frames import HostileFrames
from ani3d_runtime.testing.mutations import Mutator
from benchmarks.playback import processor

CORPUS = Path(__file__).parents[1] / "spec" / "vectors" / "packages" / "valid"
MAX_SEED_BYTES = 12_000
CHUNK = 1000
# Every so many chunks, one is of frames.
FRAMES_EVERY = 10
SLOW_S, HANG_S = 2.0, 60.0
MEMORY_ALLOWED = 1 << 30
MEGABYTE = 1 << 20
PROGRESS_EVERY_S = 10.0


@dataclass
class Tally:
    """What came of a run of mutations.

    Attributes:
        mutations: how many, from the first on.
        outcomes: how many were read, and refused with each code.
        failures: number, kind and what happened.
        slowest_s: CPU seconds of the slowest.
        peak_mb: of a process, everything included; base_mb before its first mutation.
        seconds: wall time.
    """

    mutations: int = 0
    outcomes: Counter[str] = field(default_factory=Counter[str])
    failures: list[tuple[int, str, str]] = field(default_factory=list[tuple[int, str, str]])
    slowest_s: float = 0.0
    slowest: str = ""
    base_mb: float = 0.0
    peak_mb: float = 0.0
    seconds: float = 0.0

    def add(self, other: Tally) -> None:
        """Take in another run."""
        self.mutations += other.mutations
        self.outcomes += other.outcomes
        self.failures += other.failures
        self.base_mb, self.peak_mb = max(self.base_mb, other.base_mb), max(self.peak_mb, other.peak_mb)
        if other.slowest_s > self.slowest_s:
            self.slowest_s, self.slowest = other.slowest_s, other.slowest

    def to_json(self) -> dict[str, Any]:
        """As scripts and :meth:`from_json` read it."""
        return {**vars(self), "outcomes": dict(self.outcomes.most_common())}

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> Tally:
        """What :meth:`to_json` made, back."""
        tally = cls()
        for name, value in found.items():
            setattr(tally, name, value)
        tally.outcomes = Counter(found["outcomes"])
        tally.failures = [(number, kind, what) for number, kind, what in found["failures"]]
        return tally


class Attacks:
    """All mutations of a seed by number."""

    def __init__(self, packages: Sequence[bytes], seed: int) -> None:
        self._packages = Mutator(packages, seed)
        self._frames = HostileFrames(seed)

    def mutation(self, number: int) -> tuple[str, bytes]:
        """(kind, bytes) of one."""
        if self._is_frame(number):
            kind, payload = self._frames.mutation(number)
            return f"frame {kind}", payload
        return self._packages.mutation(number)

    def tried(self, number: int) -> tuple[str, Verdict]:
        """(kind, what came of it)."""
        if self._is_frame(number):
            return "frame", self._frames.tried(number)
        kind, package = self._packages.mutation(number)
        return kind, tried(package)

    def tried_intact(self) -> None:
        """Read everything unchanged, which compiles every kernel too.

        Raises:
            RuntimeError: something intact is not read.
        """
        verdicts = [*map(tried, self._packages.corpus), *self._frames.tried_intact()]
        for verdict in verdicts:
            if verdict.outcome != READ:
                raise RuntimeError(f"an intact vector is not read: {verdict.outcome}")

    @staticmethod
    def _is_frame(number: int) -> bool:
        return number // CHUNK % FRAMES_EVERY == FRAMES_EVERY - 1


def corpus() -> list[bytes]:
    """The small conformance vectors; each has other features in it."""
    paths = sorted(
        path for path in CORPUS.glob("*.a3d") if path.stat().st_size <= MAX_SEED_BYTES and "zstd" not in path.name
    )
    return [path.read_bytes() for path in paths]


def prepare(seed: int, current: Any) -> None:
    """Bind a process to its limits, and compile every kernel before anything is measured."""
    global _attacks, _current, _base_mb  # what a worker keeps between chunks
    # A warning of numpy's is a value that nobody checked.
    warnings.simplefilter("error")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _attacks, _current = Attacks(corpus(), seed), current
    _attacks.tried_intact()
    gc.collect()
    _base_mb = _peak_mb()
    held = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (held + MEMORY_ALLOWED, resource.getrlimit(resource.RLIMIT_AS)[1]))


def run_chunk(numbers: range) -> Tally:
    """Try some mutations."""
    tally = Tally(len(numbers), base_mb=_base_mb)
    place = multiprocessing.current_process()._identity[-1] % len(_current)  # pyright: ignore[reportAttributeAccessIssue]
    for number in numbers:
        _current[place] = number
        # Whoever hangs, in compiled code too, is ended; the parent knows where it was.
        faulthandler.dump_traceback_later(HANG_S, exit=True)
        kind, verdict = _attacks.tried(number)
        tally.outcomes[verdict.outcome if not verdict.crashed else "crash"] += 1
        if verdict.crashed or verdict.seconds > SLOW_S:
            tally.failures.append((number, kind, f"{verdict.outcome}, {verdict.seconds:.2f} s"))
        if verdict.seconds > tally.slowest_s:
            tally.slowest_s = verdict.seconds
            tally.slowest = f"mutation {number} ({kind}): {verdict.outcome}"
    faulthandler.cancel_dump_traceback_later()
    _current[place] = -1
    tally.peak_mb = _peak_mb()
    return tally


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MEGABYTE


class Run:
    """Mutations ``start`` to ``start + mutations`` of a seed, taken up where a checkpoint says that it was stopped.

    Attributes:
        tally: of all that was done, that before the checkpoint included.
    """

    def __init__(self, *, seed: int, start: int, mutations: int, jobs: int, checkpoint: Path | None) -> None:
        self._seed, self._start, self._stop, self._jobs = seed, start, start + mutations, jobs
        self._checkpoint = checkpoint
        digest = hashlib.sha256(b"".join(corpus())).hexdigest()
        self._about = {"seed": seed, "start": start, "corpus_sha256": digest}
        self.tally = self._taken_up()
        self._seconds_before = self.tally.seconds

    def go(self) -> None:
        """Until all is done, Ctrl-C, or a process is ended by what it read."""
        context = multiprocessing.get_context("spawn")
        current = context.Array("q", [-1] * self._jobs)
        pool = ProcessPoolExecutor(self._jobs, context, prepare, (self._seed, current))
        started = said = time.perf_counter()
        try:
            # In order, so that what was done when someone stops it is a prefix.
            for tally in pool.map(run_chunk, self.left()):
                self.tally.add(tally)
                now = time.perf_counter()
                self.tally.seconds = self._seconds_before + now - started
                if now - said > PROGRESS_EVERY_S:
                    said = now
                    self._say()
                    self.keep()
        except BrokenProcessPool:
            for number in {number for number in current if number >= 0}:
                self.tally.failures.append((number, "process", "ended, or took longer than it may; maybe not this one"))
        except KeyboardInterrupt:
            print(f"stopped after {self.tally.mutations:,}", file=sys.stderr)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
        self.keep()

    def left(self) -> list[range]:
        """Numbers that are still to be tried."""
        first = self._start + self.tally.mutations
        return [range(at, min(at + CHUNK, self._stop)) for at in range(first, self._stop, CHUNK)]

    def keep(self) -> None:
        """Write the checkpoint, where there is one."""
        if self._checkpoint is not None:
            with replacing_file(self._checkpoint) as stream:
                stream.write(json.dumps(self.tally.to_json() | {"about": self._about}).encode("utf-8"))

    def _taken_up(self) -> Tally:
        if self._checkpoint is None or not self._checkpoint.exists():
            return Tally()
        found = json.loads(self._checkpoint.read_text(encoding="utf-8"))
        if found.pop("about") != self._about:
            raise SystemExit(f"{self._checkpoint} is of another seed, start or vectors; remove it or name another")
        return Tally.from_json(found)

    def _say(self) -> None:
        done, total = self.tally.mutations, self._stop - self._start
        rate = done / max(self.tally.seconds, 1e-9)
        left_min = (total - done) / max(rate, 1e-9) / 60
        print(
            f"{done:>9,} of {total:,}, {rate:.0f}/s, {len(self.tally.failures)} failures, {left_min:.0f} min left",
            file=sys.stderr,
            flush=True,
        )


def write_failures(tally: Tally, seed: int, folder: Path) -> list[Path]:
    """The bytes of everything that failed."""
    attacks = Attacks(corpus(), seed)
    written: list[Path] = []
    for number, _, _ in tally.failures:
        kind, data = attacks.mutation(number)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"seed-{seed}-mutation-{number}.{'frame' if kind.startswith('frame') else 'a3d'}"
        path.write_bytes(data)
        written.append(path)
    return written


def main() -> int:
    """Print the figures; 1 where anything failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--mutations", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start", type=int, default=0, help="number of the first mutation")
    parser.add_argument("--jobs", type=int, default=multiprocessing.cpu_count())
    parser.add_argument("--checkpoint", type=Path, help="file that a stopped run goes on from")
    parser.add_argument("--failures", type=Path, default=Path("fuzz-failures"), help="folder for what fails")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    run = Run(
        seed=options.seed,
        start=options.start,
        mutations=options.mutations,
        jobs=options.jobs,
        checkpoint=options.checkpoint,
    )
    run.go()
    tally = replace(run.tally, failures=sorted(run.tally.failures))
    written = write_failures(tally, options.seed, options.failures)
    machine = {"CPU": processor(), "cores": multiprocessing.cpu_count(), "Python": platform.python_version()}
    if options.json:
        about = {"benchmark": "fuzz", "machine": machine, "seed": options.seed, "reproducers": list(map(str, written))}
        print(json.dumps(tally.to_json() | about, indent=1))
    else:
        print_tally(tally, machine)
        lines = [f"{path}: {what}" for path, (_, _, what) in zip(written, tally.failures, strict=True)]
        print(f"{len(lines)} failures", *lines[:20], sep="\n  ")
    return 1 if tally.failures else 0


def print_tally(tally: Tally, machine: dict[str, Any]) -> None:
    """For people."""
    count, seconds = tally.mutations, max(tally.seconds, 1e-9)
    print(f"{count:,} mutations of {len(corpus())} packages and of frames in {seconds:.0f} s ({count / seconds:.0f}/s)")
    print(", ".join(f"{key} {value}" for key, value in machine.items()))
    print(f"slowest {tally.slowest_s * 1e3:.0f} ms CPU: {tally.slowest}")
    print(f"peak memory of a process {tally.peak_mb:.0f} MB, {tally.peak_mb - tally.base_mb:.0f} of it since it began")
    for outcome, times in tally.outcomes.most_common():
        print(f"{times:>9,}  {100 * times / max(count, 1):6.2f} %  {outcome}")


if __name__ == "__main__":
    sys.exit(main())
