"""Program: the client as a process that says on stdout what comes of it."""

from __future__ import annotations

import subprocess
import threading
from contextlib import suppress
from queue import Empty, Queue

_LIMIT_S = 60.0


class Program:
    """One run of the client.

    Args:
        command: program and arguments.
        variables: its environment.

    Attributes:
        lines: what it has said so far.
    """

    def __init__(self, command: list[str], variables: dict[str, str]) -> None:
        self.lines: list[str] = []
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=variables
        )
        self._said: Queue[str | None] = Queue()
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()

    def until(self, beginning: str) -> str:
        """The rest of the next line that begins so."""
        while True:
            try:
                line = self._said.get(timeout=_LIMIT_S)
            except Empty:
                self.kill()
                raise AssertionError(f"the client does not say {beginning!r}; it said {self.lines[-5:]}") from None
            assert line is not None, f"the client ended without {beginning!r}: {self.lines[-20:]}"
            self.lines.append(line)
            if line.startswith(beginning):
                return line[len(beginning) :].strip()

    def so_far(self) -> list[str]:
        """All that it has said so far."""
        while True:
            try:
                line = self._said.get_nowait()
            except Empty:
                return self.lines
            if line is None:
                # For whoever waits for its end.
                self._said.put(None)
                return self.lines
            self.lines.append(line)

    def go_on(self) -> None:
        """Let it go on where it waits for a line, or stop where it goes on until one."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def end(self) -> list[str]:
        """All that it has said, once it has ended well."""
        while (line := self._said.get(timeout=_LIMIT_S)) is not None:
            self.lines.append(line)
        assert self._process.wait(_LIMIT_S) == 0, f"{self.lines[-20:]}"
        return self.lines

    def refused(self) -> str:
        """The code of the refusal that it ends with."""
        return self.until("refused ")

    def kill(self) -> None:
        """End it as a crash does."""
        self._process.kill()
        self._process.wait(10)

    def close(self) -> None:
        """Kill it if it still runs, and close its pipes."""
        self.kill()
        self._listener.join(10)
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            with suppress(BrokenPipeError):
                pipe.close()

    def said(self, beginning: str) -> list[str]:
        """The rests of all lines that begin so."""
        return [line[len(beginning) :].strip() for line in self.lines if line.startswith(beginning)]

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._said.put(line.rstrip("\n"))
        self._said.put(None)
