"""AuditLog: who did what, when, and what came of it; one JSON object to a line."""

from __future__ import annotations

import json
import logging
import logging.handlers
import queue
import time
from pathlib import Path

from ani3d_runtime.errors import ResourceError
from ani3d_runtime.server.trust.call import Call


class AuditLog:
    """Appends to a file from a thread of its own; a file that is moved away, as logrotate does, is begun anew.

    Workers append to the same file: a line is one write.

    Args:
        path: of the file.
        worker: number to write into every line; None for none.

    Raises:
        ResourceError: ``audit-unwritable``.
    """

    def __init__(self, path: Path, worker: int | None = None) -> None:
        self._about = {} if worker is None else {"worker": worker}
        try:
            file = logging.handlers.WatchedFileHandler(path, encoding="utf-8")
        except OSError as error:
            raise ResourceError(
                "audit-unwritable",
                path,
                found=str(error.strerror),
                expected="a file that can be appended to",
                fix="Make the folder, or choose another --audit-log.",
            ) from None
        lines: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
        self._file = file
        self._queue = logging.handlers.QueueHandler(lines)
        self._listener = logging.handlers.QueueListener(lines, file)
        self._listener.start()

    def observe(self, event: str, call: Call) -> None:
        """Write one line; an observer of the gate. A stream has one when it begins, too."""
        if event == "enter":
            return
        now = time.time()
        entry = {"time": iso_time(now), "event": event, **self._about, **call.to_json()}
        if event != "begin":
            entry |= {"result": call.result, "seconds": round(call.seconds, 3), "sent_bytes": call.sent_bytes}
        line = json.dumps(entry)
        self._queue.enqueue(logging.makeLogRecord({"msg": line, "levelno": logging.INFO}))

    def close(self) -> None:
        """Write what is still queued."""
        self._listener.stop()
        self._file.close()


def iso_time(unix_s: float) -> str:
    """UTC to the millisecond, as ISO 8601 has it."""
    milliseconds = int(unix_s * 1000) % 1000
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(unix_s))}.{milliseconds:03d}Z"
