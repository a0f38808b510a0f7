"""What importing the runtime costs: no torch, no scipy, and a command line that answers quickly."""

from __future__ import annotations

import subprocess
import sys

import pytest

# numba imports the top of scipy by itself where it is installed; its libraries are what costs.
HEAVY = ("torch", "scipy.sparse", "scipy.spatial", "scipy.linalg", "gsplat", "smplx", "matplotlib")


@pytest.mark.parametrize(
    "module",
    [
        "ani3d_runtime",
        "ani3d_runtime.package.reader",
        "ani3d_runtime.playback.player",
        "ani3d_runtime.server.app",
        "ani3d_runtime.client",
        "ani3d_exporters.ply",
        "ani3d_runtime.cli.app",
    ],
)
def test_import_loads_nothing_heavy(module: str) -> None:
    probe = f"import sys, {module}; print(','.join(m for m in {HEAVY!r} if m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == ""


def test_listing_exporters_imports_none_of_them() -> None:
    probe = (
        "import sys; from ani3d_exporters.registry import list_exporters; names = list_exporters();"
        "print('ply-sequence' in names, 'ani3d_exporters.ply' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["True", "False"]
