"""Compile and test the web client: ``make web``.

npm installs what package-lock.json pins, TypeScript checks all types, node's own test runner runs the tests, and the
vectors of ``spec/`` run, all families. What the client packs for a GPU is held to a packer in Python.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

CLIENT = Path(__file__).resolve().parent
ROOT = CLIENT.parent
LEAST_NODE = 20
_COUNTS = re.compile(r"^(\d+) passed, (\d+) failed, (\d+) skipped$", re.MULTILINE)
# Of node's test runner: "# pass 12".
_NODE_COUNTS = re.compile(r"^# (pass|fail|skipped) (\d+)$", re.MULTILINE)
# Of pytest: "4 passed in 1.2s".
_PYTEST = re.compile(r"(\d+) (passed|failed|skipped|errors?)")


class Tally:
    """What passed, failed and was skipped."""

    def __init__(self) -> None:
        self.passed = self.failed = self.skipped = 0

    def run(self, what: str, command: list[str], counts: re.Pattern[str] | None = None) -> bool:
        """Run a program: one check, or as many as it counts itself.

        Args:
            what: the name under which it is told.
            command: program and arguments.
            counts: how its output says them; None where it says none.

        Returns:
            whether it ended well.
        """
        begin = time.monotonic()
        paths = os.pathsep.join([str(ROOT), str(ROOT / "exporters")])
        variables = {**os.environ, "PYTHONPATH": paths}
        done = subprocess.run(command, cwd=CLIENT, capture_output=True, text=True, check=False, env=variables)
        passed, failed, skipped = self._counted(done.stdout, counts)
        if done.returncode and not failed:
            failed = 1
        self.passed, self.failed, self.skipped = self.passed + passed, self.failed + failed, self.skipped + skipped
        if failed:
            print(f"FAILED {what}\n{done.stdout[-8000:]}{done.stderr[-4000:]}", flush=True)
        print(f"{what}: {passed} passed, {failed} failed ({time.monotonic() - begin:.1f} s)", flush=True)
        return not failed

    @staticmethod
    def _counted(output: str, counts: re.Pattern[str] | None) -> tuple[int, int, int]:
        if counts is None:
            return 1, 0, 0
        if counts is _COUNTS:
            passed, failed, skipped = counts.findall(output)[-1] if counts.search(output) else (0, 1, 0)
            return int(passed), int(failed), int(skipped)
        found = {"passed": 0, "failed": 0, "skipped": 0}
        words = {"pass": "passed", "fail": "failed", "error": "failed", "errors": "failed"}
        for match in counts.finditer(output):
            pair = [str(part) for part in match.groups()]
            word = next(part for part in pair if not part.isdigit())
            found[words.get(word, word)] += int(next(part for part in pair if part.isdigit()))
        return found["passed"], found["failed"], found["skipped"]


def main() -> int:
    """Run everything; 1 where something failed, or there is no node."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split(":", maxsplit=1)[0] + ".")
    parser.parse_args()
    missing = why_not()
    if missing:
        print(missing, file=sys.stderr)
        return 1
    tally, begin = Tally(), time.monotonic()
    ready = tally.run("packages of npm", ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"])
    # Engines in which avatars are shown, and tested: three.js, PlayCanvas, Spark.
    tally.run(
        "engines beside it", ["npm", "ci", "--prefix", "benchmarks", "--no-audit", "--no-fund", "--ignore-scripts"]
    )
    if ready and tally.run("types", ["node", "node_modules/typescript/bin/tsc", "--noEmit"]):
        tally.run("the client", ["node", "build.mjs"])
        if tally.run("the tests", ["node", "build.mjs", "--tests"]):
            run_tests(tally)
    print(f"{time.monotonic() - begin:.1f} s")
    print(f"{tally.passed} passed, {tally.failed} failed, {tally.skipped} skipped")
    return 1 if tally.failed else 0


def run_tests(tally: Tally) -> None:
    """Run what was built."""
    names = sorted(str(path) for path in (CLIENT / "dist/tests").glob("*.test.mjs"))
    tally.run("tests in node", ["node", "--test", "--test-reporter=tap", *names], _NODE_COUNTS)
    runner = f"node {CLIENT / 'conformance.mjs'}"
    tally.run("vectors", [sys.executable, str(ROOT / "spec/vectors/run.py"), "--runner", runner], _COUNTS)
    folder = str(CLIENT / "tests")
    tally.run("tests in Python", [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", folder], _PYTEST)


def why_not() -> str:
    """Why nothing can be built; empty where it can."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return f"the web client needs node {LEAST_NODE} and npm: install them, https://nodejs.org"
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.lstrip("v").split(".")[0]) < LEAST_NODE:
        return f"the web client needs node {LEAST_NODE}, found {version}: install a newer one, https://nodejs.org"
    return ""


if __name__ == "__main__":
    sys.exit(main())
