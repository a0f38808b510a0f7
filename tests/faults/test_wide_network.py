"""Clients behind a way that takes long: credits follow it, and a cut connection is made anew through it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ani3d_runtime.client import Client, PlayOptions
from ani3d_runtime.server import serving
from ani3d_runtime.testing.packages import write_synthetic_package
from tests.delaying_proxy import DelayingProxy

DELAY_S = 0.1


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("catalogue")
    write_synthetic_package(folder / "ada.a3d")
    with serving(folder) as running:
        yield running


def test_credits_follow_the_way(server) -> None:
    options = PlayOptions(loop=True, frame_rate_hz=60)
    with (
        Client(server.address) as near,
        DelayingProxy(server.address, DELAY_S) as proxy,
        Client(proxy.address) as far,
    ):
        for client in (near, far):
            client.manifest("ada")
        with near.play("ada", "walk", options) as here, far.play("ada", "walk", options) as there:
            for playback in (here, there):
                frames = iter(playback)
                for _ in range(3):
                    next(frames)
            # Frames of at least a round trip are on order there, whatever else the machine does.
            assert there._window.first >= 4 + 60 * 2 * DELAY_S
            assert here._window.first < there._window.first


def test_a_stream_that_is_a_clients_first_call_is_paid_for_the_way_too(server) -> None:
    options = PlayOptions(loop=True, frame_rate_hz=60)
    with (
        DelayingProxy(server.address, DELAY_S) as proxy,
        Client(proxy.address) as client,
        client.play("ada", "walk", options) as playback,
    ):
        next(iter(playback))
        assert playback._window.size >= 4 + 60 * 2 * DELAY_S


def test_every_frame_comes_once_though_the_connection_is_cut(server, tmp_path: Path) -> None:
    with DelayingProxy(server.address, DELAY_S / 4, jitter_s=0.01) as proxy, Client(proxy.address) as client:
        client.manifest("ada")
        with client.play("ada", "walk", PlayOptions(pacing="every-frame")) as playback:
            times_s = []
            for frame in playback:
                times_s.append(frame.time_s)
                if len(times_s) in (5, 20):
                    proxy.cut()
        assert playback.watch.reconnect_count >= 1
        assert len(times_s) == playback.header.frame_count
        assert times_s == sorted(set(times_s))
