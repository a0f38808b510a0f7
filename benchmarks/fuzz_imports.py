"""Damaged files for every importer: ``python -m benchmarks.fuzz_imports --seconds 60 ply spz``.

Each small file of ``tests/import_files.py`` is cut short at every byte, and then changed until its time is over: bytes,
words, numbers in text, and what lies inside gzip, zips and glTF. Every one must be read or refused with a code, fast,
and in little memory: a process may take a gigabyte more than it has when it begins. The process that reads FBX is
forked here and not started anew for each, which is faster; everything else is as users have it. A row a file; what
fails is written to ``--failures``.
"""

from __future__ import annotations

import argparse
import faulthandler
import gc
import importlib
import multiprocessing
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ani3d_runtime.body.model import load_builtin_body
from ani3d_runtime.body.readers import fbx_motion, fbx_process, read_motion
from ani3d_runtime.errors import Ani3dError
from ani3d_runtime.formats.importer import AvatarImporter
from ani3d_runtime.formats.registry import importer_for
from tests.damage import damaged
from tests.import_files import FILES, ImportFile

MEMORY_ALLOWED = 1 << 30
SLOW_S, HANG_S = 5.0, 120.0
MEGABYTE = 1 << 20
# Bytes at which a large file is cut short: so many of the first and of the last, and so many between them.
ENDS, BETWEEN = 1000, 20_000
# Where each takes a process.
BETWEEN_FORKED = 1000


@dataclass
class Row:
    """What came of one file.

    Attributes:
        cuts: how many prefixes were tried; mutants: how many changed files.
        outcomes: how many were read, and refused with each code.
        failures: what is no refusal, and what took too long.
        grown_mb: memory of the process at its peak, less that before the first.
    """

    name: str
    size: int
    cuts: int = 0
    mutants: int = 0
    outcomes: Counter[str] = field(default_factory=Counter[str])
    failures: Counter[str] = field(default_factory=Counter[str])
    slowest_s: float = 0.0
    grown_mb: float = 0.0

    def line(self) -> str:
        """For people."""
        codes = ", ".join(f"{code} {count}" for code, count in self.outcomes.most_common(6))
        failed = "; ".join(f"{what} × {count}" for what, count in self.failures.items())
        return (
            f"{self.name} ({self.size:,} bytes): {self.cuts:,} cuts, {self.mutants:,} mutants, "
            f"slowest {self.slowest_s:.2f} s, +{self.grown_mb:.0f} MB; {codes}; "
            f"{'NO FAILURE' if not failed else 'FAILED: ' + failed}"
        )


class Attack:
    """One importer, and damaged files for it in a folder that is in memory where there is one."""

    def __init__(self, name: str, file: ImportFile, failures: Path) -> None:
        self._file, self._failures = file, failures
        self.intact = file.make()
        self.row = Row(name, len(self.intact))
        # Warnings of numpy's are values that nobody checked; but old files may be told of.
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", "Reading `.npy` or `.npz` file required")
        self._folder = tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None)
        self._path = Path(self._folder.name) / f"a{file.suffix}"
        self._read = self._reader()

    def run(self, seconds: float, seed: int) -> None:
        """Cut it short at every byte, then change it until the time is over."""
        self._try(self.intact)
        if self.row.outcomes != Counter(read=1):
            self.row.failures["intact, and not read"] = 1
            return
        gc.collect()
        base = _peak_mb()
        _bound_memory()
        for cut in _cuts(len(self.intact), BETWEEN_FORKED if self._file.suffix == ".fbx" else BETWEEN):
            self._try(self.intact[:cut])
            self.row.cuts += 1
        dice, end = random.Random(f"{self.row.name}/{seed}"), time.monotonic() + seconds
        while time.monotonic() < end:
            self._try(damaged(self.intact, dice))
            self.row.mutants += 1
        self.row.grown_mb = _peak_mb() - base
        self._folder.cleanup()

    def _try(self, data: bytes) -> None:
        self._path.write_bytes(data)
        # Whoever hangs, in compiled code too, is ended.
        faulthandler.dump_traceback_later(HANG_S, exit=True)
        started, failure, trace = time.process_time(), None, ""
        try:
            self._read(self._path)
            self.row.outcomes["read"] += 1
        except Ani3dError as error:
            self.row.outcomes[error.code] += 1
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            failure = f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}"
            trace = traceback.format_exc(limit=-5)
        seconds = time.process_time() - started
        faulthandler.cancel_dump_traceback_later()
        self.row.slowest_s = max(self.row.slowest_s, seconds)
        if seconds > SLOW_S:
            failure = failure or "slow"
        if failure:
            if failure not in self.row.failures:
                self._failures.mkdir(parents=True, exist_ok=True)
                name = f"{self.row.name.replace(', ', '-').replace(' ', '-')}-{len(self.row.failures)}"
                (self._failures / f"{name}{self._file.suffix}").write_bytes(data)
                print(f"{self.row.name}: {failure}\n{trace}", file=sys.stderr, flush=True)
            self.row.failures[failure] += 1

    def _reader(self) -> Callable[[Path], object]:
        if self._file.kind == "avatar":
            return _read_avatar
        skeleton = load_builtin_body().skeleton
        if self._file.suffix == ".fbx":
            # Before the forks, so that none of them does it again.
            importlib.import_module("ufbx")
            stand_in = SimpleNamespace(run=_forked, TimeoutExpired=subprocess.TimeoutExpired)
            fbx_motion.subprocess = stand_in  # pyright: ignore[reportAttributeAccessIssue]
        return lambda path: read_motion(path, skeleton)


def _read_avatar(path: Path) -> None:
    importer = importer_for(path, "avatar")
    assert isinstance(importer, AvatarImporter)
    importer.read(path)


def _forked(arguments: list[str], **ignored: Any) -> SimpleNamespace:
    """What ``subprocess.run`` gives of the process that reads FBX, which is a fork of this one."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if child == 0:
            os._exit(_read_fbx_here(arguments[3:], out.fileno(), err.fileno()))
        del ignored
        _, status = os.waitpid(child, 0)
        out.seek(0)
        err.seek(0)
        return SimpleNamespace(returncode=os.waitstatus_to_exitcode(status), stdout=out.read(), stderr=err.read())


def _read_fbx_here(arguments: list[str], out: int, err: int) -> int:
    """What the process that reads FBX ends with."""
    try:
        os.dup2(out, 1)
        os.dup2(err, 2)
        sys.argv = ["fbx_process", *arguments]
        sys.stdout, sys.stderr = open(1, "w", closefd=False), open(2, "w", closefd=False)  # noqa: SIM115
        return fbx_process.main()
    except BaseException:
        return 1


def _cuts(size: int, between: int) -> list[int]:
    step = max(1, size // between)
    return sorted({*range(min(size, ENDS)), *range(0, size, step), *range(max(0, size - ENDS), size)})


def _bound_memory() -> None:
    held = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (held + MEMORY_ALLOWED, resource.getrlimit(resource.RLIMIT_AS)[1]))


def _peak_mb() -> float:
    both = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(who).ru_maxrss for who in both) * 1024 / MEGABYTE


def attacked(name: str, seconds: float, seed: int, failures: Path, result: Connection) -> None:
    """One file, in a process of its own; sends its row."""
    attack = Attack(name, FILES[name], failures)
    attack.run(seconds, seed)
    result.send(attack.row)


def main() -> int:
    """Print a row a file; 1 where anything failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("files", nargs="*", help=f"begin of names, all when left out: {', '.join(FILES)}")
    parser.add_argument("--seconds", type=float, default=30.0, help="for the changes of each file")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--failures", type=Path, default=Path("fuzz-failures"), help="folder for what fails")
    options = parser.parse_args()
    failed = False
    context = multiprocessing.get_context("spawn")
    for name in FILES:
        if options.files and not any(name.startswith(begin) for begin in options.files):
            continue
        receive, send = context.Pipe(duplex=False)
        process = context.Process(target=attacked, args=(name, options.seconds, options.seed, options.failures, send))
        process.start()
        send.close()
        try:
            row = receive.recv()
            print(row.line(), flush=True)
            failed |= bool(row.failures)
        except EOFError:
            print(f"{name}: FAILED: its process ended", flush=True)
            failed = True
        process.join()
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
