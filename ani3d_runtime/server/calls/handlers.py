"""What gRPC calls for each method of a service, made from the protocol's table of methods."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import grpc

from ani3d_runtime.errors import Ani3dError
from ani3d_runtime.rpc.methods import Method, Streaming
from ani3d_runtime.server.calls.refusals import refuse

# Of a unary method: makes the response of a request. Of a stream: takes requests and the call's context.
Behaviour: TypeAlias = Callable[..., Any]


def service_handler(behaviours: Mapping[Method, Behaviour]) -> grpc.GenericRpcHandler:
    """What ``server.add_generic_rpc_handlers`` takes, for the methods of one service.

    Args:
        behaviours: of every method of the service.
    """
    (service,) = {method.service for method in behaviours}
    handlers = {method.name: _handler(method, behaviour) for method, behaviour in behaviours.items()}
    return grpc.method_handlers_generic_handler(service, handlers)


def _handler(method: Method, behaviour: Behaviour) -> grpc.RpcMethodHandler[Any, Any]:
    if method.streaming is Streaming.NONE:
        behaviour = functools.partial(_answer, behaviour)
    # A stream of both writes bytes: a frame is serialised once, for all its watchers.
    serialise = None if method.streaming is Streaming.BOTH else method.response.SerializeToString
    make: Callable[..., Any] = getattr(grpc, f"{method.streaming.value}_rpc_method_handler")
    return make(behaviour, request_deserializer=method.request.FromString, response_serializer=serialise)


async def _answer(behaviour: Behaviour, request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> Any:
    try:
        return await behaviour(request)
    except Ani3dError as error:
        await refuse(context, error)
