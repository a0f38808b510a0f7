"""A runner that passes on what another one says, and lies a little: ``python liar.py LIE COMMAND…``."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

Answer = dict[str, Any]


def value(answer: Answer) -> None:
    """One position is off by a tenth of a millimetre."""
    answer["splats"]["means_m"]["first"][4] += 1e-4


def hidden_value(answer: Answer) -> None:
    """One position is off that is not among those that are shown."""
    answer["splats"]["means_m"]["sum"] += 1e-4


def places(answer: Answer) -> None:
    """Two numbers changed places."""
    answer["splats"]["means_m"]["weave"] += 0.1


def count(answer: Answer) -> None:
    """One Gaussian too many."""
    answer["manifest"]["gaussian_count"] += 1


def order(answer: Answer) -> None:
    """Another permutation."""
    answer["order"]["sha256"] = answer["order"]["sha256"][::-1]


def bits(answer: Answer) -> None:
    """One bit of one float of a level without loss."""
    answer["splats"]["exact"]["0"]["scales_m"]["sha256"] = "0" * 64


def code(answer: Answer) -> None:
    """A code of another family."""
    answer["refused"] = "package-future"


def reads_it(answer: Answer) -> None:
    """A broken package is read."""
    answer.clear()
    answer["digest"] = "0" * 64


def skipped(answer: Answer) -> None:
    """No answer, as if that were one."""
    answer.clear()
    answer["skipped"] = True


def posed(answer: Answer) -> None:
    """A posed mean of a golden vector, a tenth of a millimetre off."""
    answer["means_m"][3][1] += 1e-4


def frame(answer: Answer) -> None:
    """A number of a light frame."""
    answer["frames"][2]["node_displacements_m"][7] += 1e-4


def step(answer: Answer) -> None:
    """A node of a driver."""
    answer["steps"][1]["displacements"][3][0] += 1e-4


LIES: dict[str, Callable[[Answer], None]] = {
    lie.__name__: lie
    for lie in (value, hidden_value, places, count, order, bits, code, reads_it, skipped, posed, frame, step)
}
CLAIM = "claims-zstd"


def main() -> None:
    """Pass on every line, changed."""
    lie, *command = sys.argv[1:]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    for line in done.stdout.decode("utf-8").splitlines():
        answer = json.loads(line)
        if lie == CLAIM and "features" in answer:
            answer["features"].append("zstd")
        elif lie in LIES and "features" not in answer:
            LIES[lie](answer)
        print(json.dumps(answer))


if __name__ == "__main__":
    main()
