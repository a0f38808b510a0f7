"""The server's log: for people, or as JSON with the call, the principal and the session that each line is about."""

from __future__ import annotations

import json
import logging
from collections.abc import Generator
from contextlib import contextmanager
from typing import IO, Any

from ani3d_runtime.server.trust.audit import iso_time
from ani3d_runtime.server.trust.calls import CURRENT

LOGGER = logging.getLogger("ani3d_runtime.server")


class JsonFormatter(logging.Formatter):
    """One JSON object to a line; what a task logs names the call that it answers."""

    def format(self, record: logging.LogRecord) -> str:
        """A record as a line."""
        line: dict[str, Any] = {
            "time": iso_time(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        call = CURRENT.get()
        if call is not None:
            line |= call.to_json()
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


@contextmanager
def logged_as_json(stream: IO[str], level: int) -> Generator[None, None, None]:
    """Write the server's log to a stream while the block runs."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    before = LOGGER.level
    LOGGER.setLevel(level)
    LOGGER.addHandler(handler)
    try:
        yield
    finally:
        LOGGER.removeHandler(handler)
        LOGGER.setLevel(before)
