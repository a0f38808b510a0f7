"""ServerService: the limits that hold, and whom the server takes the caller for."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor

import grpc

from ani3d_runtime import __version__
from ani3d_runtime.rpc.jitter_buffer import MAX_JITTER_BUFFER_S
from ani3d_runtime.rpc.methods import GET_SERVER_INFO
from ani3d_runtime.rpc.v1 import server_pb2
from ani3d_runtime.server.assets.catalogue import Catalogue
from ani3d_runtime.server.assets.service import CHUNK_BYTES
from ani3d_runtime.server.calls.handlers import service_handler
from ani3d_runtime.server.options import MAX_REQUEST_BYTES, ServerOptions
from ani3d_runtime.server.play.service import MAX_FRAME_RATE_HZ
from ani3d_runtime.server.stream.message_size import largest_message_bytes
from ani3d_runtime.server.trust.call import current_call
from ani3d_runtime.server.trust.principal import Principal
from ani3d_runtime.server.trust.quotas import Quotas


class ServerService:
    """Answers from the server's options and the packages that it serves.

    Args:
        options: of the server.
        catalogue: of its packages.
        pool: for what reads files.
    """

    def __init__(self, options: ServerOptions, catalogue: Catalogue, pool: Executor) -> None:
        self._catalogue = catalogue
        self._pool = pool
        self._max_credits = options.max_credits
        self._limits = server_pb2.Limits(
            max_concurrent_streams=options.max_concurrent_streams,
            max_sessions=options.max_sessions,
            max_live_sessions=options.max_live_sessions,
            max_credits=options.max_credits,
            max_request_bytes=MAX_REQUEST_BYTES,
            max_frame_rate_hz=MAX_FRAME_RATE_HZ,
            max_jitter_buffer_s=MAX_JITTER_BUFFER_S,
            heartbeat_timeout_s=options.heartbeat_timeout_s,
            write_timeout_s=options.write_timeout_s,
            abandoned_after_s=options.abandoned_after_s,
            download_chunk_bytes=CHUNK_BYTES,
        )
        self._quotas = options.quotas

    def handler(self) -> grpc.GenericRpcHandler:
        """For ``server.add_generic_rpc_handlers``."""
        return service_handler({GET_SERVER_INFO: self._get_server_info})

    async def _get_server_info(self, request: server_pb2.GetServerInfoRequest) -> server_pb2.GetServerInfoResponse:
        del request
        caller = _caller(current_call().principal, self._quotas)
        limits = server_pb2.Limits()
        limits.CopyFrom(self._limits)
        limits.max_message_bytes = await asyncio.get_running_loop().run_in_executor(self._pool, self._largest_bytes)
        return server_pb2.GetServerInfoResponse(version=__version__, limits=limits, caller=caller)

    def _largest_bytes(self) -> int:
        manifests = [entry.package.manifest for entry in self._catalogue.entries()]
        sizes = (
            largest_message_bytes(
                manifest.joint_count,
                manifest.node_count,
                manifest.corrective_count,
                manifest.gaussian_count,
                batch=self._max_credits,
            )
            for manifest in manifests
        )
        return max(sizes, default=0)


def _caller(principal: Principal, quotas: Quotas) -> server_pb2.Caller:
    quota = server_pb2.Quota(
        streams=quotas.streams,
        live_sessions=quotas.live_sessions,
        download_bytes_per_s=quotas.download_bytes_per_s,
    )
    return server_pb2.Caller(
        principal=principal.name,
        scopes=[scope.number for scope in sorted(principal.scopes)],
        expires_in_s=principal.expires_in_s,
        quota=quota if principal.has_quota else None,
    )
