"""AvatarServer: the gRPC server as a whole, from binding to drain."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from ani3d_runtime.rpc.methods import LIVE_SERVICE, PLAYBACK_SERVICE, SERVICES
from ani3d_runtime.server.allocator import keep_freed_memory
from ani3d_runtime.server.announcement import Announcement, OfferedAvatar
from ani3d_runtime.server.assets.catalogue import Catalogue
from ani3d_runtime.server.assets.service import AssetService
from ani3d_runtime.server.bus.bus import Bus
from ani3d_runtime.server.bus.local import LocalBus
from ani3d_runtime.server.calls.interceptor import GateInterceptor
from ani3d_runtime.server.info import ServerService
from ani3d_runtime.server.live.service import LiveService
from ani3d_runtime.server.options import MAX_REQUEST_BYTES, ServerOptions, address_in_use, is_loopback
from ani3d_runtime.server.play.frame_store import FrameStore
from ani3d_runtime.server.play.service import PlaybackService
from ani3d_runtime.server.trust.audit import AuditLog
from ani3d_runtime.server.trust.gate import Gate
from ani3d_runtime.server.trust.tokens import TokenKeys
from ani3d_runtime.server.warm_up import Collections, WarmUp
from ani3d_runtime.server.worker_slot import WorkerSlot

if TYPE_CHECKING:
    from ani3d_runtime.server.gateway.gateway import Gateway
    from ani3d_runtime.server.metrics import Metrics

# They answer from the beginning, and at once when kernels have been compiled: ready for traffic then.
_WARMED_SERVICES = (PLAYBACK_SERVICE, LIVE_SERVICE)
_FILE_THREADS = 4
_DRAIN_POLL_S = 0.02
# Streams that end need a moment to deliver their status.
_LAST_WORDS_S = 0.3

log = logging.getLogger(__name__)


class AvatarServer:
    """Serves the packages of a folder or store.

    Use on one event loop: ``await start()``, then ``await drain()``.

    Args:
        directory: where the packages lie; a folder, or the URL of one in a store.
        options: where to listen, and limits.
        slot: among the workers of this machine; None for the only one.

    Attributes:
        catalogue: what is offered.
        playback: sessions in progress.
        live: live sessions in progress.
        bus: to the processes that have other live sessions.
        gate: what every call passes.
        port: where it listens, once started.
        warmed: set once the first session will not wait for kernels to be compiled.
        metrics: for Prometheus, once started and if asked for.
        gateway: for browsers, once started and if asked for.

    Raises:
        InputError: ``token-key-unreadable``.
        ResourceError: ``serve-no-directory``.
    """

    def __init__(
        self, directory: Path | str, options: ServerOptions | None = None, slot: WorkerSlot | None = None
    ) -> None:
        self.options = options or ServerOptions()
        self.slot = slot
        self.catalogue = Catalogue(directory)
        self.port = 0
        self.metrics: Metrics | None = None
        self.gateway: Gateway | None = None
        keys = None if self.options.token_keys is None else TokenKeys.read(self.options.token_keys)
        wants_certificate = self.options.tls is not None and self.options.tls.client_ca is not None
        self.gate = Gate(keys, wants_certificate=wants_certificate, quotas=self.options.quotas)
        self._audit: AuditLog | None = None
        self._decode_pool = ThreadPoolExecutor(self.options.decode_threads, thread_name_prefix="ani3d-decode")
        self._file_pool = ThreadPoolExecutor(_FILE_THREADS, thread_name_prefix="ani3d-file")
        frames = FrameStore(self._decode_pool, self.options.frame_cache_bytes)
        self.assets = AssetService(self.catalogue, self._file_pool, write_timeout_s=self.options.write_timeout_s)
        self.playback = PlaybackService(self.catalogue, frames, self._file_pool, self.options)
        # Of its own: a live frame cannot wait until a clip's group of frames is decoded.
        self._live_pool = ThreadPoolExecutor(self.options.decode_threads, thread_name_prefix="ani3d-live")
        self.bus = _bus_of(self.options, slot)
        self.live = LiveService(self.catalogue, self._file_pool, self._live_pool, self.options, self.bus)
        self.warmed = asyncio.Event()
        self._health: Any = health.aio.HealthServicer()  # pyright: ignore[reportAttributeAccessIssue] - not in the stubs
        self._server: grpc.aio.Server | None = None
        self._watchdogs: list[asyncio.Task[None]] = []

    @property
    def address(self) -> str:
        """``host:port`` for clients, once started."""
        return self.options.address(self.port)

    async def start(self) -> None:
        """Bind, open every package once, and answer calls.

        Raises:
            ResourceError: ``serve-address-in-use`` when the address cannot be bound, ``audit-unwritable``.
            ServiceError: ``bus-unreachable``.
            InputError: what is wrong with the files of TLS.
        """
        server = grpc.aio.server(
            interceptors=[GateInterceptor(self.gate)],
            options=[
                ("grpc.max_concurrent_streams", self.options.max_concurrent_streams),
                ("grpc.max_receive_message_length", MAX_REQUEST_BYTES),
                ("grpc.max_send_message_length", -1),
                ("grpc.keepalive_time_ms", 20_000),
                ("grpc.keepalive_timeout_ms", 10_000),
                ("grpc.http2.min_ping_interval_without_data_ms", 5_000),
                # A second server on the same port must be refused, not given half of the calls, unless it is a worker.
                ("grpc.so_reuseport", int(self.slot is not None)),
            ],
        )
        server.add_generic_rpc_handlers(self.handlers())
        health_pb2_grpc.add_HealthServicer_to_server(self._health, server)
        names = (*SERVICES, health.SERVICE_NAME, reflection.SERVICE_NAME)
        reflection.enable_server_reflection(names, server)
        self.port = self._bind(server)
        self._observe()
        await self.bus.connect()
        await self.live.open()
        await asyncio.get_running_loop().run_in_executor(self._file_pool, self.catalogue.entries)
        if self.options.gateway is not None:
            # aiohttp is loaded by servers that are asked for a gateway.
            from ani3d_runtime.server.gateway.gateway import Gateway

            self.gateway = Gateway(self, self.options.gateway, self._file_pool)
            await self.gateway.start()
        await server.start()
        self._server = server
        watches = (self.playback.registry.watch_over(), self.live.watch_over())
        self._watchdogs = [asyncio.create_task(watch) for watch in (*watches, self._warm_up())]
        for name in ("", *SERVICES):
            is_ready = name not in _WARMED_SERVICES
            status = health_pb2.HealthCheckResponse.SERVING if is_ready else health_pb2.HealthCheckResponse.NOT_SERVING
            await self._health.set(name, status)
        log.info("listening on %s", self.address)

    def handlers(self) -> tuple[grpc.GenericRpcHandler, ...]:
        """What answers the methods of the protocol."""
        info = ServerService(self.options, self.catalogue, self._file_pool)
        return (self.assets.handler(), self.playback.handler(), self.live.handler(), info.handler())

    async def drain(self) -> None:
        """Stop taking calls, end sessions, let downloads end within the grace, and stop."""
        if self._server is None:
            return
        await self._health.enter_graceful_shutdown()
        self.assets.is_draining = True
        self.playback.registry.drain()
        self.live.drain()
        loop = asyncio.get_running_loop()
        until_s = loop.time() + self.options.grace_s
        while self._is_busy() and loop.time() < until_s:
            await asyncio.sleep(_DRAIN_POLL_S)
        await self._server.stop(_LAST_WORDS_S)
        await self.bus.close()
        self._server = None
        if self.gateway is not None:
            await self.gateway.close()
        for watchdog in self._watchdogs:
            watchdog.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watchdog
        if self.metrics is not None:
            self.metrics.close()
        if self._audit is not None:
            self._audit.close()
        self._decode_pool.shutdown(cancel_futures=True)
        self._live_pool.shutdown(cancel_futures=True)
        self._file_pool.shutdown(cancel_futures=True)
        log.info("drained")

    async def _warm_up(self) -> None:
        await WarmUp(self.catalogue, self._file_pool).run()
        for name in _WARMED_SERVICES:
            await self._health.set(name, health_pb2.HealthCheckResponse.SERVING)
        self.warmed.set()

    def _bind(self, server: grpc.aio.Server) -> int:
        address = self.options.address(self.options.port)
        tls = self.options.tls
        try:
            if tls is None:
                port = server.add_insecure_port(address)
            else:
                port = server.add_secure_port(address, tls.credentials())
        except RuntimeError:
            port = 0
        if not port:
            raise address_in_use(address, "--port")
        if not (self.gate.asks_who or is_loopback(self.options.host)):
            log.warning("%s: anybody may play and publish; --token-keys asks who they are", address)
        return port

    def _observe(self) -> None:
        if self.options.audit_log is not None:
            self._audit = AuditLog(self.options.audit_log, self.slot.number if self.slot else None)
            self.gate.observers.append(self._audit.observe)
        if self.options.metrics is not None:
            # Prometheus' library is loaded by servers that are asked for metrics.
            from ani3d_runtime.server.metrics import Metrics

            self.metrics = Metrics(self, self.options.metrics)
            self.gate.observers.append(self.metrics.observe)

    def announcement(self) -> Announcement:
        """What there is, once started."""
        offered = tuple(
            OfferedAvatar(
                entry.avatar_id,
                entry.package.manifest.gaussian_count,
                tuple(entry.package.clip_names),
                entry.size_bytes,
            )
            for entry in self.catalogue.entries()
        )
        gateway = self.gateway
        return Announcement(
            self.address,
            offered,
            () if self.metrics is None else (self.metrics.port,),
            None if gateway is None else gateway.port,
            None if gateway is None else gateway.origin_policy.token,
        )

    def _is_busy(self) -> bool:
        return bool(self.assets.download_count or self.playback.session_count or self.live.registry.count)


def _bus_of(options: ServerOptions, slot: WorkerSlot | None) -> Bus:
    if options.bus is not None:
        # The client of NATS is loaded by servers that are asked for it.
        from ani3d_runtime.server.bus.nats import NatsBus

        return NatsBus(options.bus, f"ani3d {os.getpid()}")
    return slot.bus if slot is not None and slot.bus is not None else LocalBus()


def run_until_signalled(
    directory: Path | str,
    options: ServerOptions,
    on_ready: Callable[[AvatarServer], None],
    slot: WorkerSlot | None = None,
) -> None:
    """Serve on this thread until SIGTERM or SIGINT, then drain; for a process that does nothing else.

    Args:
        directory: where the packages lie; a folder, or the URL of one in a store.
        options: where to listen, and limits.
        on_ready: called once calls are answered.
        slot: among the workers of this machine; None for the only one.
    """

    async def settle(server: AvatarServer, collections: Collections) -> None:
        await server.warmed.wait()
        collections.settle()

    async def serve() -> None:
        collections = Collections()
        server = AvatarServer(directory, options, slot)
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            try:
                loop.add_signal_handler(number, stop.set)
            except NotImplementedError:  # Windows has no such handlers: Ctrl-C raises KeyboardInterrupt there
                break
        await server.start()
        settling = asyncio.create_task(settle(server, collections))
        try:
            on_ready(server)
            await stop.wait()
        finally:
            settling.cancel()
            await server.drain()

    keep_freed_memory()
    run_on_fast_loop(serve())


def run_on_fast_loop(main: Any) -> None:
    """Run a coroutine on uvloop, or on asyncio's loop on Windows, where there is no uvloop."""
    if sys.platform == "win32":
        asyncio.run(main)
    else:
        import uvloop

        uvloop.run(main)
