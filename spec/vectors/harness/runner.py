"""A runner: any executable that answers for files with one line of JSON each (README.md has the protocol)."""

from __future__ import annotations

import json
import os
import queue
import shlex
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from spec.vectors.harness.vectors import FEATURES, KINDS

# A runner that dies or hangs is started again for the files behind, so often.
MAX_STARTS = 5
_SHOWN = 200


class RunnerError(Exception):
    """A runner that does not keep to the protocol.

    Attributes:
        what: what it did, as a person reads it.
    """

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class Process:
    """One run of a command: lines of JSON, each within a time limit.

    Args:
        command: program and arguments.
        time_limit_s: seconds for each line.
        talking: whether lines are written to its standard input.

    Raises:
        RunnerError: it cannot be started.
    """

    def __init__(self, command: Sequence[str], time_limit_s: float, *, talking: bool = False) -> None:
        self._time_limit_s = time_limit_s
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE if talking else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=self._complaints,
            )
        except OSError as error:
            self._complaints.close()
            raise RunnerError(f"cannot be started: {error}") from error
        self._lines: queue.Queue[bytes | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def ask(self, line: str) -> None:
        """Write one line to its standard input.

        Raises:
            RunnerError: it has ended.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(line.encode("utf-8") + b"\n")
            self._process.stdin.flush()
        except OSError as error:
            raise RunnerError(self._end()) from error

    def answer(self) -> dict[str, Any]:
        """The next line.

        Raises:
            RunnerError: there is none in time, none any more, or it is no JSON object.
        """
        line = self._line()
        if line is None:
            raise RunnerError(self._end())
        try:
            document = json.loads(line)
        except ValueError as error:
            raise RunnerError(f"prints no JSON: {_shortened(line)}") from error
        if not isinstance(document, dict):
            raise RunnerError(f"prints no JSON object: {_shortened(line)}")
        return document

    def finish(self) -> None:
        """Wait for its end.

        Raises:
            RunnerError: it prints more, does not end in time, or ends with another code than 0.
        """
        line = self._line()
        if line is not None:
            raise RunnerError(f"prints more lines than there are files: {_shortened(line)}")
        if self._returncode() != 0:
            raise RunnerError(self._end())

    def close(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for stream in (self._process.stdin, self._process.stdout, self._complaints):
            if stream is not None:
                stream.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def _line(self) -> bytes | None:
        try:
            return self._lines.get(timeout=self._time_limit_s)
        except queue.Empty:
            raise RunnerError(f"hangs: no answer within {self._time_limit_s:g} s") from None

    def _returncode(self) -> int:
        try:
            return self._process.wait(timeout=self._time_limit_s)
        except subprocess.TimeoutExpired:
            raise RunnerError(f"hangs: still there {self._time_limit_s:g} s after its last answer") from None

    def _end(self) -> str:
        code = self._returncode()
        self._complaints.seek(0)
        said = self._complaints.read().decode("utf-8", "replace").strip()
        ended = f"dies of signal {-code}" if code < 0 else f"ends with code {code}"
        if code == 0:
            ended = "prints too few lines: it ended without an answer"
        return f"{ended}: {said[-_SHOWN:]}" if said else ended


class Runner:
    """An executable under test.

    Args:
        command: as typed in a shell.
        time_limit_s: seconds for each answer.

    Attributes:
        name, version: what it calls itself.
        features: what it offers.

    Raises:
        RunnerError: it does not say what it can do, or claims what nobody knows.
    """

    def __init__(self, command: str, time_limit_s: float) -> None:
        self._command = shlex.split(command, posix=os.name != "nt")
        self._time_limit_s = time_limit_s
        about = self._about()
        self.name: str = about["name"]
        self.version: str = about["version"]
        self.features = frozenset[str](about["features"])

    def answers(self, kind: str, paths: Sequence[Path]) -> Iterator[dict[str, Any] | RunnerError]:
        """One answer for each file, or what happened instead."""
        done = starts = 0
        while done < len(paths):
            if starts == MAX_STARTS:
                yield RunnerError(f"not asked: the runner ended early {MAX_STARTS} times")
                done += 1
                continue
            starts += 1
            for answer in self._run(kind, paths[done:]):
                yield answer
                done += 1

    def talking(self, kind: str) -> Process:
        """A process that answers for the files that it is asked about.

        Raises:
            RunnerError: it does not offer that.
        """
        if "stdin" not in self.features:
            raise RunnerError(f"{self.name} does not offer the feature stdin")
        return Process([*self._command, kind, "-"], self._time_limit_s, talking=True)

    def _run(self, kind: str, paths: Sequence[Path]) -> Iterator[dict[str, Any] | RunnerError]:
        """Answers up to the first fault."""
        process = Process([*self._command, kind, *map(str, paths)], self._time_limit_s)
        try:
            for place, _ in enumerate(paths, 1):
                answer = process.answer()
                if place == len(paths):
                    process.finish()
                yield answer
        except RunnerError as fault:
            yield fault
        finally:
            process.close()

    def _about(self) -> dict[str, Any]:
        process = Process([*self._command, "--features"], self._time_limit_s)
        try:
            about = process.answer()
            process.finish()
        finally:
            process.close()
        texts = [about.get("name"), about.get("version"), *_listed(about.get("features"))]
        if not all(isinstance(text, str) and text for text in texts):
            raise RunnerError(f"--features prints {_shortened(about)}, not name, version and a list of features")
        unknown = sorted(set(about["features"]) - set(FEATURES))
        if unknown:
            raise RunnerError(f"claims the unknown feature {unknown[0]!r}; there are {', '.join(FEATURES)}")
        if not set(KINDS) & set(about["features"]):
            raise RunnerError(f"offers nothing; it could offer {', '.join(KINDS)}")
        return about


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [None]


def _shortened(what: Any) -> str:
    text = what.decode("utf-8", "replace").strip() if isinstance(what, bytes) else str(what)
    return repr(text[:_SHOWN])
