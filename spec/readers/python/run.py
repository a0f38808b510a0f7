"""The project's own reader as a runner: ``python spec/readers/python/run.py KIND FILE…`` (spec/vectors/README.md)."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[3]))

import ani3d_runtime
from spec.readers.python import blend, drive, golden, levels, light, playback, report

ANSWERS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "packages": lambda path: report.outcome(str(path)),
    "golden": lambda path: golden.evaluated(json.loads(path.read_bytes())),
    "light": lambda path: light.decoded(json.loads(path.read_bytes())),
    "driver": lambda path: drive.driven(json.loads(path.read_bytes())),
    "playback": lambda path: playback.played(json.loads(path.read_bytes())),
    "blend": lambda path: blend.blended(json.loads(path.read_bytes())),
    "levels": lambda path: levels.shown(json.loads(path.read_bytes())),
}
ALWAYS = ("residual", "further", "exact", "driver-section", "stdin")
# Codecs whose libraries are optional, and the modules that they come with.
OPTIONAL = {"lz4": "lz4", "zstd": "zstandard"}


def about() -> dict[str, Any]:
    """Name, version and features of this runner."""
    installed = [feature for feature, module in OPTIONAL.items() if importlib.util.find_spec(module)]
    return {
        "name": "python",
        "version": ani3d_runtime.__version__,
        "features": [*ANSWERS, *ALWAYS, *installed],
    }


def names(given: list[str]) -> Iterable[str]:
    """The files that are named, or, where that is ``-``, those that the standard input names line by line."""
    return (line.rstrip("\n") for line in sys.stdin) if given == ["-"] else given


def show(answer: dict[str, Any]) -> None:
    """One line of JSON, at once."""
    print(json.dumps(answer, sort_keys=True, separators=(",", ":"), ensure_ascii=False), flush=True)


def main(arguments: list[str]) -> int:
    """Answer for each file; 2 where nothing that we know is asked."""
    if arguments == ["--features"]:
        show(about())
        return 0
    if not arguments or arguments[0] not in ANSWERS:
        print(f"usage: run.py --features | {'|'.join(ANSWERS)} FILE… | KIND -", file=sys.stderr)
        return 2
    for name in names(arguments[1:]):
        show(ANSWERS[arguments[0]](Path(name)))
    return 0


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    sys.exit(main(sys.argv[1:]))
