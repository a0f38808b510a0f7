"""PublishKeys: keys of the live sessions that this user opened, for a publisher that died and is started again."""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

from ani3d_runtime.cache import cache_folder
from ani3d_runtime.errors import ResourceError
from ani3d_runtime.replacing import replacing_file


class PublishKeys:
    """A file for each open session, which this user alone can read.

    Where none can be written, a publisher that died has to wait until its session is abandoned.
    """

    def __init__(self) -> None:
        self._folder = cache_folder("publish-keys")

    def keep(self, server: str, session_id: str, key: str) -> None:
        """Keep the key of a session."""
        with contextlib.suppress(OSError, ResourceError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with replacing_file(self._path(server, session_id)) as file:
                os.chmod(file.name, 0o600)
                file.write(key.encode("ascii"))

    def of(self, server: str, session_id: str) -> str | None:
        """The key of a session, or None if another user created it or it has ended."""
        try:
            return self._path(server, session_id).read_text(encoding="ascii")
        except (OSError, ValueError):
            return None

    def forget(self, server: str, session_id: str) -> None:
        """Drop the key of a session that has ended."""
        with contextlib.suppress(OSError):
            self._path(server, session_id).unlink(missing_ok=True)

    def _path(self, server: str, session_id: str) -> Path:
        return self._folder / hashlib.sha256(f"{server}\n{session_id}".encode()).hexdigest()[:32]
