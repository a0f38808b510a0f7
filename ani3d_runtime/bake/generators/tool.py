"""A model in a process of its own, as most have to be: another Python, another torch, a GPU's memory given back."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import tempfile
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path

from ani3d_runtime.errors import ResourceError
from ani3d_runtime.progress import ProgressCallback
from ani3d_runtime.signals import end_group, signals_held

_PROGRESS = re.compile(rb"ani3d-progress ([0-9.]{1,12})\s*")
_TAIL_CHARS = 600
_GRACE_S = 5.0


def run_tool(
    command: Sequence[str],
    progress: ProgressCallback,
    *,
    folder: Path,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Run a command to its end.

    Lines ``ani3d-progress 0.25`` that it prints are its progress; the rest is kept for errors. Where the caller is
    interrupted, the command and what it started are ended.

    Args:
        command: program and arguments, such as ``["/opt/lhm/bin/python", "infer.py", "photo.jpg"]``.
        progress: takes the fraction done.
        folder: where it runs.
        environment: variables to set beside our own.

    Raises:
        ResourceError: ``tool-missing``, ``tool-failed``.
    """
    with tempfile.TemporaryFile() as said, _started(command, folder, environment, said.fileno()) as process:
        assert process.stdout is not None
        for line in process.stdout:
            told = _PROGRESS.fullmatch(line)
            if told is None:
                said.write(line)
            else:
                with contextlib.suppress(ValueError):  # 0.2.5
                    progress(min(max(float(told[1]), 0.0), 1.0))
        code = process.wait()
        said.seek(max(0, said.seek(0, os.SEEK_END) - 4 * _TAIL_CHARS))
        tail = said.read().decode("utf-8", "replace").strip()[-_TAIL_CHARS:]
    if code != 0:
        raise ResourceError(
            "tool-failed",
            command[0],
            found=f"exit code {code}; it said last: {tail}" if tail else f"exit code {code}, and not a word",
            expected="exit code 0",
            fix="Run it by hand to see why; a killed process often ran out of memory.",
        )


@contextlib.contextmanager
def _started(
    command: Sequence[str], folder: Path, environment: Mapping[str, str] | None, said: int
) -> Generator[subprocess.Popen[bytes], None, None]:
    """A program whose output is read. When the block has failed, it and what it started have ended."""
    process: subprocess.Popen[bytes] | None = None
    try:
        # Interrupted in between, nobody would hold what was started.
        with signals_held():
            process = _start(command, folder, environment, said)
        yield process
    except BaseException:
        if process is not None:
            end_group(process, _GRACE_S)
        raise
    finally:
        if process is not None and process.stdout is not None:
            process.stdout.close()


def _start(
    command: Sequence[str], folder: Path, environment: Mapping[str, str] | None, said: int
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            list(command),
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=said,
            start_new_session=True,  # a group of its own, so that what it starts can be ended with it
        )
    except OSError as error:
        raise ResourceError(
            "tool-missing",
            command[0],
            found=str(error.strerror or error),
            expected="a program that can be started",
            fix="Install it, or correct its path in the plugin's settings.",
        ) from None
