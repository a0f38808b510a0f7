"""What pages with plots need, asked for before minutes of measuring."""

from __future__ import annotations

import argparse
from importlib.util import find_spec


def require_plots(parser: argparse.ArgumentParser) -> None:
    """End with a usage error where matplotlib is not installed."""
    if find_spec("matplotlib") is None:
        parser.error("--write-docs draws plots and needs matplotlib: pip install '.[bench]'")
