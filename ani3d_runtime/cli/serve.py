"""``ani3d serve``: a folder of packages over gRPC."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ani3d_runtime.cli.console import Console, ConsoleArgument, table
from ani3d_runtime.server import AvatarServer, ServerOptions, run_until_signalled


def serve(
    directory: Path,
    /,
    *,
    host: str = "127.0.0.1",
    port: int = 8470,
    grace_s: float = 5.0,
    insecure_public: Annotated[bool, Parameter(negative="")] = False,
    console: ConsoleArgument,
) -> None:
    """Serve a folder of packages over gRPC, until Ctrl-C or SIGTERM.

    Packages that are added, replaced or removed meanwhile are picked up.

    Args:
        directory: folder of .a3d files; an avatar's id is its file name without the ending.
        host: address to listen on.
        port: port to listen on; 0 takes any free one.
        grace_s: how long downloads in progress may go on after Ctrl-C.
        insecure_public: allow an address that other machines can reach, although nothing is encrypted.
    """
    options = ServerOptions(host=host, port=port, grace_s=grace_s, insecure_public=insecure_public)
    with _logged_to(console):
        run_until_signalled(directory, options, lambda server: _announce(server, console))


def _announce(server: AvatarServer, console: Console) -> None:
    entries = server.catalogue.entries()
    if console.json:
        ready = {"ready": True, "address": server.address, "avatars": [entry.avatar_id for entry in entries]}
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
        return
    rows = table("avatar", "Gaussians", "clips", "MB", numeric=("Gaussians", "MB"))
    for entry in entries:
        clips = ", ".join(entry.package.clip_names)
        gaussians = f"{entry.package.manifest.gaussian_count:,}"
        rows.add_row(entry.avatar_id, gaussians, clips, f"{entry.size_bytes / 1e6:.1f}")
    console.out.print(rows)
    if not entries:
        console.warn(f"no packages in {server.catalogue.directory} yet; they are picked up as they come")
    console.say(f"serving on {server.address}; stop with Ctrl-C")
    if entries:
        console.say(f"try: ani3d play {server.address} {entries[0].avatar_id}")


class _logged_to(logging.Handler):  # noqa: N801 - used as a context manager
    """Shows the server's log on the console: what was skipped or refused always, the rest on request."""

    def __init__(self, console: Console) -> None:
        super().__init__(logging.INFO if console.verbose else logging.WARNING)
        self._console = console
        self._logger = logging.getLogger("ani3d_runtime.server")

    def __enter__(self) -> None:
        self._logger.setLevel(self.level)
        self._logger.addHandler(self)

    def __exit__(self, *_: object) -> None:
        self._logger.removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Print one record."""
        show = self._console.warn if record.levelno >= logging.WARNING else self._console.detail
        show(record.getMessage())
