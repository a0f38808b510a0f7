"""What the exit codes of ``ani3d`` mean."""

from __future__ import annotations

OK = 0
FAILED = 1
USAGE = 2
WITH_LOSS = 3
INTERRUPTED = 130  # by Ctrl-C: 128 and the number of SIGINT
TERMINATED = 143  # 128 and the number of SIGTERM
