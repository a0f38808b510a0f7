"""How coded errors cross the wire: a gRPC status, the message, and the parts of the error as trailing metadata."""

from __future__ import annotations

import json
from collections.abc import Iterable

import grpc

from ani3d_runtime.errors import (
    Ani3dError,
    ForbiddenError,
    InputError,
    NotFoundError,
    PackageError,
    ResourceError,
    ServiceError,
    UnauthenticatedError,
    UsageError,
)

CODE_KEY = "ani3d-code"
PARTS_KEY = "ani3d-error-bin"
"""UTF-8 JSON of :meth:`Ani3dError.to_json`; binary, because gRPC text metadata is ASCII."""

_NEXT_STEP = {
    grpc.StatusCode.UNAVAILABLE: (
        "service-unreachable",
        "Check the address, that `ani3d serve` is running there, and whether it wants TLS or a client's certificate.",
    ),
    grpc.StatusCode.DEADLINE_EXCEEDED: ("service-timeout", "Try again, or raise the client's timeout."),
    grpc.StatusCode.RESOURCE_EXHAUSTED: ("service-overloaded", "Close other sessions or send smaller messages."),
    grpc.StatusCode.UNIMPLEMENTED: ("service-not-ani3d", "Check that the address belongs to an ani3d server."),
    grpc.StatusCode.CANCELLED: ("service-cancelled", "Start again if this was not intended."),
}

_MAX_TEXT_BYTES = 1000

# What gRPC reports as unavailable although trying again will not help, by its words.
_LASTING = {
    "handshake failed": (
        "service-tls-failed",
        "Check --tls-ca, and that the server's certificate is for this address.",
    ),
    "metadata from plugin failed": ("token-unavailable", "Look at the function or file that tokens come from."),
}
# A proxy whose server dies resets the streams of its clients, which gRPC calls an internal error.
_RESET = "RST_STREAM"
_KINDS: dict[grpc.StatusCode, type[Ani3dError]] = {
    grpc.StatusCode.NOT_FOUND: NotFoundError,
    grpc.StatusCode.UNAUTHENTICATED: UnauthenticatedError,
    grpc.StatusCode.PERMISSION_DENIED: ForbiddenError,
}


def status_of(error: Ani3dError) -> grpc.StatusCode:
    """The gRPC status that fits an error best; clients decide by the code in the metadata."""
    if isinstance(error, NotFoundError):
        return grpc.StatusCode.NOT_FOUND
    if isinstance(error, PackageError):
        return grpc.StatusCode.DATA_LOSS
    if isinstance(error, ResourceError):
        return grpc.StatusCode.RESOURCE_EXHAUSTED
    if isinstance(error, (UsageError, InputError)):
        return grpc.StatusCode.INVALID_ARGUMENT
    if isinstance(error, UnauthenticatedError):
        return grpc.StatusCode.UNAUTHENTICATED
    if isinstance(error, ForbiddenError):
        return grpc.StatusCode.PERMISSION_DENIED
    return grpc.StatusCode.FAILED_PRECONDITION


def metadata_of(error: Ani3dError) -> tuple[tuple[str, str | bytes], ...]:
    """The trailing metadata that carries an error."""
    parts = {key: _within_metadata(value) for key, value in error.to_json().items()}
    return ((CODE_KEY, error.code), (PARTS_KEY, json.dumps(parts, ensure_ascii=False).encode()))


def details_of(error: Ani3dError) -> str:
    """The message of the status."""
    return _within_metadata(str(error))


def _within_metadata(text: str) -> str:
    """As much of a text as fits: gRPC drops a status whose metadata is larger than 8 KB, code and all."""
    if _size_bytes(text) <= _MAX_TEXT_BYTES:
        return text
    while _size_bytes(text) > _MAX_TEXT_BYTES:
        text = text[: min(len(text) * 3 // 4, _MAX_TEXT_BYTES)]
    return text + " …"


def _size_bytes(text: str) -> int:
    return len(json.dumps(text, ensure_ascii=False).encode(errors="replace"))


def error_from_status(
    target: str,
    status: grpc.StatusCode,
    details: str | None,
    trailing: Iterable[tuple[str, str | bytes]] | None,
) -> Ani3dError:
    """The coded error of a failed call; what the server did not code becomes a ServiceError about ``target``."""
    metadata = dict(trailing or ())
    parts = _read_parts(metadata.get(PARTS_KEY))
    if parts is not None:
        kind = _KINDS.get(status, ServiceError)
        return kind(parts["code"], parts["subject"], found=parts["found"], expected=parts["expected"], fix=parts["fix"])
    was_reset = status is grpc.StatusCode.INTERNAL and _RESET in (details or "")
    meant = grpc.StatusCode.UNAVAILABLE if was_reset else status
    code, fix = _NEXT_STEP.get(meant, ("service-failed", "Look at the server's log."))
    for words, lasting in _LASTING.items():
        if meant is grpc.StatusCode.UNAVAILABLE and words in (details or ""):
            code, fix = lasting
    return ServiceError(
        code,
        target,
        found=f"{status.name}: {details or 'no details'}",
        expected="an ani3d server that answers",
        fix=fix,
    )


def no_answer(target: str, timeout_s: float) -> ServiceError:
    """A server that is there and does not answer."""
    return ServiceError(
        "service-timeout",
        target,
        found=f"no answer within {timeout_s:g} s",
        expected="an ani3d server that answers",
        fix=_NEXT_STEP[grpc.StatusCode.DEADLINE_EXCEEDED][1],
    )


def _read_parts(value: str | bytes | None) -> dict[str, str] | None:
    """The parts of a coded error, or None where the metadata of another program uses our key."""
    if not isinstance(value, bytes):
        return None
    try:
        parts = json.loads(value)
    except ValueError:
        return None
    keys = ("code", "subject", "found", "expected", "fix")
    if not isinstance(parts, dict) or not all(isinstance(parts.get(key), str) for key in keys):  # pyright: ignore[reportUnknownMemberType]
        return None
    return {key: str(parts[key]) for key in keys}  # pyright: ignore[reportUnknownArgumentType]
