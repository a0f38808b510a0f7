"""Metrics for Prometheus: counted once per call, and read off the server's state when they are asked for.

Nothing here runs once per frame.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    start_http_server,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ani3d_runtime import __version__
from ani3d_runtime.errors import Ani3dError
from ani3d_runtime.rpc.address import address_of
from ani3d_runtime.rpc.methods import DOWNLOAD
from ani3d_runtime.server.options import MetricsOptions, address_in_use
from ani3d_runtime.server.trust.call import Call

if TYPE_CHECKING:
    from ani3d_runtime.server.app import AvatarServer

_LAG_PERIOD_S = 0.5


class Metrics:
    """Counters of calls, and an HTTP server that shows them with the state of the server.

    Attributes:
        port: where it listens.

    Raises:
        ResourceError: ``serve-address-in-use``.
    """

    def __init__(self, server: AvatarServer, options: MetricsOptions) -> None:
        registry = CollectorRegistry()
        self._calls = Counter("ani3d_calls", "Calls that are over.", ("method", "result"), registry=registry)
        self._open_calls = Gauge("ani3d_open_calls", "Calls in progress.", ("method",), registry=registry)
        self._seconds = Histogram("ani3d_call_seconds", "How long calls took.", ("method",), registry=registry)
        self._downloaded = Counter("ani3d_download_bytes", "Bytes of packages sent.", registry=registry)
        self._lag = Gauge(
            "ani3d_event_loop_lag_seconds", "How late the event loop is; more is worse.", registry=registry
        )
        worker = "" if server.slot is None else str(server.slot.number)
        Gauge("ani3d_info", "Of the server.", ("version", "worker"), registry=registry).labels(__version__, worker).set(
            1
        )
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        registry.register(_State(server))
        try:
            self._http, self._thread = start_http_server(options.port, options.host, registry)
        except OSError:
            raise address_in_use(address_of(options.host, options.port), "--metrics-port") from None
        self.port: int = self._http.server_port
        self._lag_watch = asyncio.create_task(self._watch_lag())

    def observe(self, event: str, call: Call) -> None:
        """Count a call; an observer of the gate."""
        method = call.method.rpartition("/")[2]
        if event == "enter":
            self._open_calls.labels(method).inc()
        elif event in ("end", "refuse"):
            self._calls.labels(method, call.result).inc()
            self._seconds.labels(method).observe(call.seconds)
            if call.method == DOWNLOAD.path:
                self._downloaded.inc(call.sent_bytes)
            if event == "end":
                self._open_calls.labels(method).dec()

    def close(self) -> None:
        """Stop listening."""
        self._lag_watch.cancel()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    async def _watch_lag(self) -> None:
        while True:
            before_s = time.monotonic()
            await asyncio.sleep(_LAG_PERIOD_S)
            self._lag.set(time.monotonic() - before_s - _LAG_PERIOD_S)


class _State(Collector):
    """What the server's parts know anyway, read by the HTTP server's thread."""

    def __init__(self, server: AvatarServer) -> None:
        self._server = server

    def collect(self) -> Iterator[Metric]:
        """One family after the other."""
        server = self._server
        rooms = (("play", server.playback.registry), ("live", server.live.registry))
        streams = GaugeMetricFamily("ani3d_streams", "Streams in progress.", labels=["kind"])
        sent = CounterMetricFamily("ani3d_frames_sent", "Frames sent.", labels=["kind"])
        dropped = CounterMetricFamily("ani3d_frames_dropped", "Frames left out for late clients.", labels=["kind"])
        thinned = CounterMetricFamily("ani3d_frames_thinned", "Frames left out for slow links.", labels=["kind"])
        sent_bytes = CounterMetricFamily("ani3d_stream_bytes", "Bytes that streams sent.", labels=["kind"])
        for kind, registry in rooms:
            totals = registry.totals()
            streams.add_metric([kind], registry.count)
            sent.add_metric([kind], totals.sent)
            dropped.add_metric([kind], totals.dropped)
            thinned.add_metric([kind], totals.thinned)
            sent_bytes.add_metric([kind], totals.sent_bytes)
        yield from (streams, sent, dropped, thinned, sent_bytes)
        yield GaugeMetricFamily("ani3d_live_sessions", "Live sessions that are open.", server.live.session_count)
        if server.slot is not None or server.options.bus is not None:
            yield GaugeMetricFamily("ani3d_bus_connected", "Whether the live bus is there.", server.bus.is_connected)
        if server.options.tls is not None:
            # In the middle of a renewal the files do not go together; the next scrape will find that they do.
            with contextlib.suppress(Ani3dError):
                expiry = server.options.tls.check().timestamp()
                yield GaugeMetricFamily(
                    "ani3d_tls_expiry_timestamp_seconds", "When the server's certificate expires.", expiry
                )
