"""Programs that are run to their end, and files that are what they are said to be."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path


class ToolchainError(Exception):
    """What is missing to compile or run something, and what to do about it."""


def run_program(command: list[str], folder: Path | None = None) -> str:
    """What a program writes to standard output.

    Raises:
        ToolchainError: it cannot be started, or fails.
    """
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    except OSError as error:
        raise ToolchainError(f"{command[0]} cannot be started: {error}. Install it.") from error
    if done.returncode:
        raise ToolchainError(f"{' '.join(command[:4])} … fails:\n{(done.stderr or done.stdout).strip()[-2000:]}")
    return done.stdout


def first_file(folder: Path, pattern: str) -> Path | None:
    """The first file of a folder whose name matches, or None; the folder is made where it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    return next(iter(sorted(folder.glob(pattern))), None)


def checked_file(path: Path | None, what: str, digest: str, folder: Path) -> Path:
    """A downloaded file.

    Raises:
        ToolchainError: it is not there, or its SHA-256 is not ``digest``.
    """
    if path is None:
        raise ToolchainError(f"{what} was downloaded under another name than expected; look into {folder}.")
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != digest:
        raise ToolchainError(f"{path} has SHA-256 {found}, expected {digest} ({what}). Remove it and try again.")
    return path
