"""Run the tests of this folder and count: ``python -m shaders.checks.session [WORDS]``; check.py starts it."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest


class Counts:
    """A plugin of pytest that counts, and says why something is skipped."""

    def __init__(self) -> None:
        self.passed = self.failed = self.skipped = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count one test; what fails before or after it counts as well."""
        if report.failed:
            self.failed += 1
            print(f"FAILED {report.nodeid}\n{report.longreprtext}", flush=True)
        elif report.skipped:
            self.skipped += 1
            why = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
            print(f"skipped {report.nodeid.rpartition('/')[2]}: {why.removeprefix('Skipped: ')}", flush=True)
        elif report.when == "call":
            self.passed += 1

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that cannot be imported."""
        if report.failed:
            self.failed += 1
            print(f"FAILED {report.nodeid}\n{report.longreprtext}", flush=True)


def main() -> int:
    """1 where something failed, or there was nothing to run."""
    begin, counts = time.monotonic(), Counts()
    options = [str(Path(__file__).parent), "-p", "no:terminal", "-p", "no:cacheprovider"]
    # The project's own options are for the terminal plugin, whose place Counts takes.
    options += ["-o", "addopts=--import-mode=importlib --strict-markers"]
    # The first run bakes a dancer, which takes as long as it takes.
    options += ["-o", "timeout=0"]
    chosen = sys.argv[1] if len(sys.argv) > 1 else ""
    code = pytest.main([*options, *(["-k", chosen] if chosen else [])], plugins=[counts])
    if code and not counts.failed:
        print(f"FAILED pytest ends with {code!r}: 5 says that no test was chosen")
        counts.failed += 1
    print(f"{time.monotonic() - begin:.0f} s")
    print(f"{counts.passed} passed, {counts.failed} failed, {counts.skipped} skipped")
    return 1 if counts.failed else 0


if __name__ == "__main__":
    sys.exit(main())
