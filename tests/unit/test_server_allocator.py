"""Freed memory stays with the process that asked for it."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

# Frames of 400 KB that come and go, and how many pages the kernel had to bring for them after the first ones.
_FRAMES = """
import resource, sys
from ani3d_runtime.server.allocator import keep_freed_memory
if sys.argv[1] == "kept":
    assert keep_freed_memory()
for turn in range(120):
    if turn == 20:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    frames = [b"a" * 400_000 + b"b" for _ in range(12)]
    del frames
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def page_faults(how: str) -> int:
    found = subprocess.run([sys.executable, "-c", _FRAMES, how], capture_output=True, text=True, check=True)
    return int(found.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the setting is glibc's")
def test_large_blocks_are_not_asked_for_again_and_again() -> None:
    assert page_faults("kept") < 1000 < page_faults("left to itself")
