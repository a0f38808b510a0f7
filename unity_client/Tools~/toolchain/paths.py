"""Where the client's sources lie, and where what is downloaded and built goes."""

from __future__ import annotations

from pathlib import Path

CLIENT = Path(__file__).resolve().parents[2]
ROOT = CLIENT.parent
TOOLS = CLIENT / "Tools~"
BUILD = ROOT / "build" / "unity"
DOWNLOADS = BUILD / "downloads"
ASSEMBLIES = BUILD / "assemblies"
