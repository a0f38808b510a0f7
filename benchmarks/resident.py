"""Resident memory of this process, from /proc; Linux."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

_KIBIBYTE = 1024


def resident_bytes(field: Literal["VmRSS", "VmHWM"] = "VmRSS") -> int:
    """Resident now (``VmRSS``), or the most since :func:`forget_peak` (``VmHWM``)."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * _KIBIBYTE
    raise OSError(f"/proc/self/status has no {field}")


def forget_peak() -> None:
    """Begin a new peak."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
