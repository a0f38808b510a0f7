"""Live sessions over plain HTTP: pages list, create and end them; what is asked and answered is JSON."""

from __future__ import annotations

import asyncio
from typing import TypeVar

from aiohttp import web
from google.protobuf import json_format
from google.protobuf.message import Message

from ani3d_runtime.errors import UsageError
from ani3d_runtime.rpc.v1 import live_pb2
from ani3d_runtime.server.live.service import LiveService
from ani3d_runtime.server.options import MAX_REQUEST_BYTES

KEY_HEADER = "Ani3d-Publish-Key"
_BODY_WITHIN_S = 10.0

Asked = TypeVar("Asked", bound=Message)


class SessionRoutes:
    """The calls of LiveService that are no streams.

    Args:
        live: that has the sessions.
    """

    def __init__(self, live: LiveService) -> None:
        self._live = live

    async def listed(self, request: web.Request) -> Message:
        """ListSessionsResponse."""
        del request
        return await self._live.listed(live_pb2.ListSessionsRequest())

    async def create(self, request: web.Request) -> Message:
        """CreateSessionResponse, for a CreateSessionRequest in the body.

        Raises:
            Ani3dError: ``gateway-bad-body``, and what CreateSession is refused with.
        """
        return await self._live.create(await _body(request, live_pb2.CreateSessionRequest()))

    async def end(self, request: web.Request) -> Message:
        """EndSessionResponse; the key is in a header, since addresses get into logs.

        Raises:
            Ani3dError: ``live-session-not-found``, ``live-wrong-key``.
        """
        key = request.headers.get(KEY_HEADER, "").encode(errors="replace").decode()
        asked = live_pb2.EndSessionRequest(session_id=request.match_info["session_id"], publish_key=key)
        return await self._live.end(asked)


async def _body(request: web.Request, asked: Asked) -> Asked:
    try:
        data = await asyncio.wait_for(request.read(), _BODY_WITHIN_S)
    except web.HTTPRequestEntityTooLarge:
        raise _bad_body(f"more than {MAX_REQUEST_BYTES} bytes") from None
    except asyncio.TimeoutError:
        raise _bad_body(f"a part of it after {_BODY_WITHIN_S:g} s") from None
    try:
        return json_format.Parse(data, asked)
    except (json_format.ParseError, ValueError, RecursionError) as error:
        raise _bad_body(str(error).replace("\n", " ")[:200]) from None


def _bad_body(found: str) -> UsageError:
    return UsageError(
        "gateway-bad-body",
        "body of the request",
        found=found,
        expected="a CreateSessionRequest as JSON",
        fix='Send {"avatarId": "ID"}, with "sessionId" for a name of its own.',
    )
