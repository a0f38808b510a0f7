"""Served: ``ani3d serve`` as a process that can be killed and comes back on its port."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from toolchain.paths import ROOT


class Served:
    """A server of a catalogue.

    Attributes:
        address: ``host:port``.
        ready: what it said when it was ready.
    """

    def __init__(self, catalogue: Path, *options: object) -> None:
        self._catalogue = catalogue
        self._options = [str(option) for option in options]
        self._port = 0
        self.start()

    def start(self) -> None:
        """Start it, and wait until it is ready."""
        command = [sys.executable, "-m", "ani3d_runtime.cli", "--json", "serve", str(self._catalogue)]
        self._process = subprocess.Popen(
            [*command, "--port", str(self._port), *self._options],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=ROOT,
        )
        assert self._process.stdout is not None
        self.ready = json.loads(self._process.stdout.readline())
        self.address = str(self.ready["address"])
        self._port = int(self.address.rpartition(":")[2])

    def kill(self) -> None:
        """Kill it with SIGKILL."""
        self._process.kill()
        self._process.wait(10)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def restart(self) -> None:
        """Kill it, and start it again on its port."""
        self.kill()
        self.start()
