"""GateInterceptor: the gate in front of every gRPC method. It sees calls, and not their messages."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import grpc

from ani3d_runtime.errors import Ani3dError
from ani3d_runtime.server.calls.refusals import refuse
from ani3d_runtime.server.trust.call import Call
from ani3d_runtime.server.trust.expiry import UntilExpiry
from ani3d_runtime.server.trust.gate import Gate
from ani3d_runtime.server.trust.scopes import OPEN_TO_ALL

Behaviour: TypeAlias = Callable[[Any, Any], Any]


class GateInterceptor(grpc.aio.ServerInterceptor):
    """Puts the gate around each method's behaviour; all four kinds of method are one here."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        """The method's handler, guarded."""
        handler = await continuation(handler_call_details)
        method: str = handler_call_details.method  # pyright: ignore[reportAttributeAccessIssue] - not in the stubs
        if handler is None or method in OPEN_TO_ALL:
            return handler
        for kind in ("unary_unary", "unary_stream", "stream_unary", "stream_stream"):
            behaviour = getattr(handler, kind)
            if behaviour is not None:
                make: Any = getattr(grpc, f"{kind}_rpc_method_handler")
                return make(
                    self._guarded(method, behaviour),
                    request_deserializer=handler.request_deserializer,
                    response_serializer=handler.response_serializer,
                )
        return handler

    def _guarded(self, method: str, behaviour: Behaviour) -> Behaviour:
        answer = _written(behaviour) if inspect.isasyncgenfunction(behaviour) else behaviour

        async def guarded(argument: Any, context: grpc.aio.ServicerContext[Any, Any]) -> Any:
            call = Call(method=method, address=context.peer())
            try:
                with self._gate.passed(call, _authorization(context), _common_name(context)), UntilExpiry(call):
                    return await answer(argument, context)
            except Ani3dError as error:
                refusal = error
            return await refuse(context, refusal)

        return guarded


def _written(behaviour: Behaviour) -> Behaviour:
    """A behaviour that yields responses, as one that writes them."""

    async def write(argument: Any, context: Any) -> None:
        async for response in behaviour(argument, context):
            await context.write(response)

    return write


def _authorization(context: grpc.aio.ServicerContext[Any, Any]) -> str | None:
    for key, value in context.invocation_metadata() or ():
        if key == "authorization" and isinstance(value, str):
            return value
    return None


def _common_name(context: grpc.aio.ServicerContext[Any, Any]) -> str | None:
    names: Any = context.auth_context().get("x509_common_name")
    return bytes(names[0]).decode("utf-8", "replace") if names else None
