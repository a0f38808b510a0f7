"""BuiltPage: the viewer's files, as web_client/build.mjs writes them and the wheel carries them."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ani3d_runtime.errors import ResourceError

FOLDER = Path(__file__).parent / "built"
PAGE = "index.html"
STYLE = "viewer.css"
SCRIPT = "viewer.js"
WORKER = "viewer.worker.js"
# The script as one file, for pages of one file: no server sends it.
WHOLE_SCRIPT = "viewer.single.js"
# Parts of the script that come when they are needed.
PARTS = "viewer-*.js"
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
# Nothing but what this server itself sends: no other site, no inline script, no frame around the page.
POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' blob: data:; media-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@dataclass
class PageFile:
    """One file of the page.

    Attributes:
        content: its bytes.
        content_type: for the header of that name.
    """

    content: bytes
    content_type: str

    @cached_property
    def gzipped(self) -> bytes:
        """The same bytes for every run."""
        return gzip.compress(self.content, compresslevel=9, mtime=0)


class BuiltPage:
    """The files of the page, read once.

    Args:
        folder: where they are.

    Raises:
        ResourceError: ``viewer-not-built``.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        self._files: dict[str, PageFile] = {}
        for name in (PAGE, STYLE, SCRIPT, WORKER, WHOLE_SCRIPT, *(path.name for path in folder.glob(PARTS))):
            try:
                content = (folder / name).read_bytes()
            except OSError:
                raise _not_built(folder / name) from None
            self._files[name] = PageFile(content, _TYPES[Path(name).suffix])

    def file(self, name: str) -> PageFile | None:
        """A file by the last part of its path, of which the page's own is empty; None where there is none."""
        return self._files.get(name or PAGE)

    def text(self, name: str) -> str:
        """A file that there is, as text."""
        return self._files[name].content.decode()


def _not_built(path: Path) -> ResourceError:
    return ResourceError(
        "viewer-not-built",
        path,
        found="no such file",
        expected="the viewer's page, which wheels carry and 'make setup' builds where node is",
        fix="Install Node.js 20 or later and run: python scripts/build_viewer.py",
    )
