"""How a coded error leaves a servicer."""

from __future__ import annotations

import logging
from typing import Any, NoReturn

import grpc

from ani3d_runtime.errors import Ani3dError, ServiceError
from ani3d_runtime.rpc.status import details_of, metadata_of, status_of
from ani3d_runtime.server.trust.call import current_call

log = logging.getLogger(__name__)


async def refuse(context: grpc.aio.ServicerContext[Any, Any], error: Ani3dError) -> NoReturn:
    """End the call with a coded error as its status."""
    current_call().result = error.code
    # Names that clients chose may hold line breaks, and look like lines of somebody else.
    log.info("%s refused [%s] %s", context.peer(), error.code, " ".join(str(error).splitlines()))
    await context.abort(status_of(error), details_of(error), metadata_of(error))
    raise error  # abort has raised already; the stubs do not say so


def stalled(timeout_s: float) -> ServiceError:
    """The client takes nothing: it is frozen, or its network is."""
    return ServiceError(
        "service-client-stalled",
        "client",
        found=f"nothing taken for {timeout_s:g} s",
        expected="a client that reads what it asked for",
        fix="Connect again; a download is resumed.",
    )


def draining() -> ServiceError:
    """The server is going away; another one, or this one in a moment, will answer."""
    return ServiceError(
        "service-draining",
        "server",
        found="a server that is shutting down",
        expected="a server that takes calls",
        fix="Connect again in a moment.",
    )
