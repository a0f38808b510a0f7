"""Messages of the live bus: msgpack arrays, in the order of the fields below. See docs/live.md."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgpack

from ani3d_runtime import errors
from ani3d_runtime.errors import Ani3dError, ServiceError

# Processes of another version of these messages use other subjects, and do not disturb.
_PREFIX = "ani3d.v1"
SESSIONS = f"{_PREFIX}.sessions"
WHO, WATCH, PUBLISH, END = "who", "watch", "publish", "end"


def session_subject(session_id: str) -> str:
    """Where the process that has a session is asked. A dot would part the name, and ``%`` is in none."""
    return f"{_PREFIX}.session.{session_id.replace('.', '%')}"


def output_subject(session_id: str, form: str) -> str:
    """Where a session's frames of one form come, and its news."""
    return f"{_PREFIX}.output.{session_id.replace('.', '%')}.{form}"


def pipe_subject(pipe_id: str, way: str) -> str:
    """Where one publisher's requests go (``up``) and its responses come (``down``)."""
    return f"{_PREFIX}.pipe.{pipe_id}.{way}"


class WatchRequest(NamedTuple):
    """Asked again and again by a process whose clients have to do with a session; without it no frames are sent.

    Attributes:
        lease_id: takes the place of the last request of the same.
        subscriber_count: how many are sent frames there.
        forms: of frames that it wants, each with the number of the last one it has.
        pipes: of publishers that it forwards.
    """

    lease_id: str
    subscriber_count: int
    forms: dict[str, int]
    pipes: list[str]


class News(NamedTuple):
    """How a session's source is doing.

    Attributes:
        number: later news have higher ones.
        epoch: of the publisher.
        response: a serialised SubscribeResponse for every subscriber.
        ended_s: when the session ended, in seconds of its own; None while it goes on.
    """

    number: int
    epoch: int
    response: bytes
    ended_s: float | None = None


class WatchAnswer(NamedTuple):
    """Attributes:
    instance: another session of the same name has another one.
    header: serialised, without what depends on the stream.
    news: the latest.
    pipes: those of the request that are still open.
    """

    instance: str
    header: bytes
    news: News
    pipes: list[str]


class SharedOutput(NamedTuple):
    """One message of a session's output: a frame, or news.

    Attributes:
        number: of the frame; 0 for news.
        epoch: of the frame.
        response: the frame serialised; where it is coded in steps, as the change from another.
        follows: number of the frame that it changes; 0 for none.
        key: the frame by itself, where ``follows`` is not 0.
        news: instead of a frame.
    """

    number: int
    epoch: int
    response: bytes
    follows: int = 0
    key: bytes = b""
    news: News | None = None


class Piped(NamedTuple):
    """One message of a publisher's pipe.

    Attributes:
        number: counts from 1, each way; a gap means that a message was lost.
        body: a serialised request or response; None at the end.
        error: why it ends.
    """

    number: int
    body: bytes | None
    error: list[str] | None = None


def packed(*message: Any) -> bytes:
    """A message as it travels."""
    body: Any = msgpack.packb(message)  # bytes, although its stubs say that there may be none
    return body


def unpacked(body: bytes) -> list[Any]:
    """The fields of a message."""
    return msgpack.unpackb(body, strict_map_key=False)


def packed_error(error: Ani3dError) -> list[str]:
    """An error as it travels."""
    return [type(error).__name__, *error.to_json().values()]


def unpacked_error(parts: list[str]) -> Ani3dError:
    """The error that another process met."""
    name, code, subject, found, expected, fix = parts
    kind = getattr(errors, name, ServiceError)
    return kind(code, subject, found=found, expected=expected, fix=fix)
