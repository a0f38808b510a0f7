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
        "ani3d_exporters.one_frame",
        "ani3d_runtime.cli.app",
    ],
)
def test_import_loads_nothing_heavy(module: str) -> None:
    probe = f"import sys, {module}; print(','.join(m for m in {HEAVY!r} if m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == ""


def test_the_front_door_leads_to_everything_it_names_and_loads_nothing_heavy() -> None:
    probe = (
        "import sys, ani3d_runtime; before = 'numpy' in sys.modules;"
        "from ani3d_runtime import Package, ClipPlayer, LivePlayer;"
        "named = [getattr(ani3d_runtime, name).__name__ for name in ani3d_runtime.__all__ if name != '__version__'];"
        "assert set(ani3d_runtime.__all__) <= set(dir(ani3d_runtime));"
        "assert named == [name for name in ani3d_runtime.__all__ if name != '__version__'], named;"
        f"print(before, ','.join(m for m in {HEAVY!r} if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["False"]


def test_the_front_door_has_nothing_else() -> None:
    import ani3d_runtime

    with pytest.raises(AttributeError, match="no attribute 'Pakage'"):
        _ = ani3d_runtime.Pakage  # pyright: ignore[reportAttributeAccessIssue]


def test_listing_exporters_imports_none_of_them() -> None:
    probe = (
        "import sys; from ani3d_exporters.registry import list_exporters; names = list_exporters();"
        "print('ply-sequence' in names, 'ani3d_exporters.sequence' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["True", "False"]
