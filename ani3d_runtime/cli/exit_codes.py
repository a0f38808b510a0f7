"""What the exit codes of ``ani3d`` mean."""

from __future__ import annotations

OK = 0
FAILED = 1  # a file, a name in it, a server or this machine is not as the command needs it
USAGE = 2  # the command line itself is wrong: an option, its range, or options that contradict each other
WITH_LOSS = 3
INTERRUPTED = 130  # by Ctrl-C: 128 and the number of SIGINT
TERMINATED = 143  # 128 and the number of SIGTERM
