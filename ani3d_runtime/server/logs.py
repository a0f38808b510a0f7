"""The server's log: for people, or as JSON with the call, the principal and the session that each line is about."""

from __future__ import annotations

import json
import logging
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from typing import IO, Any

from ani3d_runtime.server.trust.audit import iso_time
from ani3d_runtime.server.trust.call import CURRENT

LOGGER = logging.getLogger("ani3d_runtime.server")


class JsonFormatter(logging.Formatter):
    """One JSON object to a line; what a task logs names the call that it answers.

    ``extra={"fields": {...}}`` of a logging call is added to its line.
    """

    def __init__(self, worker: int | None = None) -> None:
        super().__init__()
        self._worker = worker

    def format(self, record: logging.LogRecord) -> str:
        """A record as a line."""
        line: dict[str, Any] = {
            "time": iso_time(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= getattr(record, "fields", {})
        if self._worker is not None:
            line["worker"] = self._worker
        call = CURRENT.get()
        if call is not None:
            line |= call.to_json()
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


def logged_as_json(stream: IO[str], level: int, worker: int | None = None) -> AbstractContextManager[None]:
    """Write the server's log to a stream while the block runs, as JSON; lines name the worker, if there is one."""
    return _logged(stream, level, JsonFormatter(worker))


def logged_as_text(stream: IO[str], level: int, worker: int) -> AbstractContextManager[None]:
    """Write a worker's log to a stream while the block runs, for people."""
    return _logged(stream, level, logging.Formatter(f"worker {worker}: %(message)s"))


@contextmanager
def _logged(stream: IO[str], level: int, formatter: logging.Formatter) -> Generator[None, None, None]:
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    before = LOGGER.level
    LOGGER.setLevel(level)
    LOGGER.addHandler(handler)
    try:
        yield
    finally:
        LOGGER.removeHandler(handler)
        LOGGER.setLevel(before)
