"""A hook of the build: wheels and source archives carry the viewer's page."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class BuildPage(BuildHookInterface):
    """Builds the page from a checkout. A source archive has it already, and needs no Node.js."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Before files are collected; an editable install serves what `make setup` builds."""
        if version == "editable":
            return
        # The build loads this file alone: the folder is not a package then.
        problem = runpy.run_path(str(Path(self.root) / "scripts/build_viewer.py"))["build"]()
        if problem is not None and not (Path(self.root) / "ani3d_runtime/viewer/built/index.html").is_file():
            self.app.display_warning(f"the wheel has no page of the viewer: {problem}")
