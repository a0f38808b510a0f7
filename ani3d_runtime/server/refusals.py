"""How a coded error leaves a servicer."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc

from ani3d_runtime.errors import Ani3dError, ServiceError
from ani3d_runtime.rpc.status import metadata_of, status_of

log = logging.getLogger(__name__)


@asynccontextmanager
async def refusals(context: grpc.aio.ServicerContext[Any, Any]) -> AsyncIterator[None]:
    """Send a coded error raised in the block as the status of the call."""
    try:
        yield
    except Ani3dError as error:
        log.info("%s refused [%s] %s", context.peer(), error.code, error)
        await context.abort(status_of(error), str(error), metadata_of(error))


def draining() -> ServiceError:
    """The server is going away; another one, or this one in a moment, will answer."""
    return ServiceError(
        "service-draining",
        "server",
        found="a server that is shutting down",
        expected="a server that takes calls",
        fix="Connect again in a moment.",
    )
