"""A hook of the build: what pyproject.toml leaves open."""

from __future__ import annotations

import runpy
from pathlib import Path

from hatchling.metadata.plugin.interface import MetadataHookInterface


class BuildMetadata(MetadataHookInterface):
    """Sets ``readme`` to the README with links that work on the page of an index."""

    PLUGIN_NAME = "custom"

    def update(self, metadata: dict[str, object]) -> None:
        """Add to the metadata, in place."""
        # The build loads this file alone: the folder is not a package then.
        absolute = runpy.run_path(str(Path(self.root) / "scripts/index_readme.py"))["absolute"]
        urls = metadata.get("urls")
        repository = urls.get("Repository") if isinstance(urls, dict) else None
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": absolute(text, repository)}
