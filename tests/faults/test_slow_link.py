"""Clients behind a link that carries less than they ask for: what they are sent follows it, and says so."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest

from ani3d_runtime.client import AsyncClient, Client, PlayOptions
from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.player import ClipPlayer
from ani3d_runtime.rpc.methods import PLAY
from ani3d_runtime.rpc.v1.frames_pb2 import CreditCommand
from ani3d_runtime.rpc.v1.playback_pb2 import PlayRequest, PlayResponse, StartCommand
from ani3d_runtime.server import serving
from ani3d_runtime.testing.packages import write_synthetic_package
from tests.delaying_proxy import DelayingProxy

HZ = 60.0
# A frame with detail has some 17 KB, one in steps less than 100 bytes, which travel with as many of gRPC's.
GAUSSIANS = 3000
SLOW_BYTES_PER_S = 150_000
# Frames that are waited for before something counts as never coming true: minutes at any rate.
MANY = 6000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("catalogue")
    write_synthetic_package(folder / "ada.a3d", count=GAUSSIANS)
    return folder


@pytest.fixture(scope="module")
def server(folder: Path):
    with serving(folder) as running:
        yield running


def _until(frames: Iterator[Any], condition: Callable[[], bool]) -> Iterator[Any]:
    """The first frame with which a condition holds."""
    for _ in range(MANY):
        frame = next(frames)
        if condition():
            yield frame
            return
    raise AssertionError("it never came true")


@pytest.fixture
def package(folder: Path):
    with Package.open(folder / "ada.a3d") as package:
        yield package


def test_detail_goes_where_it_does_not_fit_and_comes_back_where_it_does(server, package: Package) -> None:
    player = ClipPlayer(package, "walk")
    options = PlayOptions(loop=True, frame_rate_hz=HZ, package=package)
    with (
        DelayingProxy(server.address, 0.01, bytes_per_s=SLOW_BYTES_PER_S) as proxy,
        Client(proxy.address) as client,
        client.play("ada", "walk", options) as playback,
    ):
        watch = playback.watch
        assert (watch.rendition.form, watch.rendition.with_detail, watch.rendition.every) == ("floats", True, 1)
        frames = iter(playback)
        first = next(frames)
        assert first.detail.indices.size > 1000
        frame = next(_until(frames, lambda: watch.rendition.form == "steps"))
        assert not watch.rendition.with_detail
        assert 0 < watch.rendition.link_bytes_per_s < 3 * SLOW_BYTES_PER_S
        for lesser in (frame, *(next(frames) for _ in range(20))):
            assert lesser.detail is None
            there = player.light_frame_at(lesser.time_s, loop=True)
            turned = np.abs(np.sum(lesser.joint_rotations_wxyz * there.joint_rotations_wxyz, axis=1))
            assert turned.min() > 1 - 1e-5
        proxy.bytes_per_s = None
        frame = next(_until(frames, lambda: watch.rendition.with_detail))
        assert (watch.rendition.form, watch.rendition.every) == ("floats", 1)
        # The response that says so is the first of that form.
        there = player.frame_at(frame.time_s, loop=True)
        assert frame.detail.indices.tolist() == there.detail.indices.tolist()


def test_frames_of_one_form_are_thinned(server) -> None:
    options = PlayOptions(loop=True, frame_rate_hz=HZ, mode="full")

    async def watch_it(address: str):
        async with AsyncClient(address) as client, await client.play("ada", "walk", options) as playback:
            async for frame in playback:
                if playback.watch.rendition.every > 1:
                    assert frame.means_m.shape == (GAUSSIANS, 3)
                    return playback.watch
        raise AssertionError("it ended")

    with DelayingProxy(server.address, 0.01, bytes_per_s=2 * SLOW_BYTES_PER_S) as proxy:
        watch = asyncio.run(watch_it(proxy.address))
    assert watch.rendition.form == "full"
    assert watch.thinned_count > 0
    assert server.playback.registry.totals().thinned >= watch.thinned_count


def test_every_frame_comes_whole_over_a_slow_link(server) -> None:
    with (
        DelayingProxy(server.address, 0.01, bytes_per_s=10 * SLOW_BYTES_PER_S) as proxy,
        Client(proxy.address) as client,
    ):
        with client.play("ada", "walk", PlayOptions(pacing="every-frame")) as playback:
            frames = list(playback)
        assert playback.watch.rendition is None
        assert [round(frame.time_s * playback.header.fps) for frame in frames] == list(
            range(playback.header.frame_count)
        )
        assert all(frame.detail.indices.size > 1000 for frame in frames)


def test_whoever_does_not_ask_for_it_gets_what_was_asked_for(server) -> None:
    options = PlayOptions(loop=True, frame_rate_hz=HZ, adaptive=False)
    with (
        DelayingProxy(server.address, 0.01, bytes_per_s=2 * SLOW_BYTES_PER_S) as proxy,
        Client(proxy.address) as client,
        client.play("ada", "walk", options) as playback,
    ):
        frames = iter(playback)
        assert all(next(frames).detail.indices.size > 1000 for _ in range(12))
        assert playback.watch.rendition is None
        assert playback.watch.thinned_count == 0


def test_a_cut_connection_begins_with_what_was_asked_for(server, package: Package) -> None:
    options = PlayOptions(loop=True, frame_rate_hz=HZ, package=package)
    with (
        DelayingProxy(server.address, 0.01, jitter_s=0.01, bytes_per_s=SLOW_BYTES_PER_S) as proxy,
        Client(proxy.address) as client,
        client.play("ada", "walk", options) as playback,
    ):
        watch, frames = playback.watch, iter(playback)
        next(_until(frames, lambda: watch.rendition.form == "steps"))
        thinned = watch.thinned_count
        proxy.bytes_per_s = None
        proxy.cut()
        frame = next(_until(frames, lambda: watch.reconnect_count > 0))
        assert watch.rendition.with_detail
        assert frame.detail.indices.size > 1000
        assert watch.thinned_count >= thinned


@pytest.mark.parametrize(("count", "ago_s"), [(1000, 0.0), (2**64 - 1, 0.0), (0, float("nan")), (0, -1.0)])
def test_a_client_that_lies_about_what_has_come_is_refused(server, count: int, ago_s: float) -> None:
    def requests() -> Iterator[PlayRequest]:
        yield PlayRequest(start=StartCommand(avatar_id="ada", clip="walk", loop=True, adaptive=True))
        yield PlayRequest(credit=CreditCommand(received_count=count, received_ago_s=ago_s))
        over.wait(30)

    over = threading.Event()
    with grpc.insecure_channel(server.address) as channel:
        call = channel.stream_stream(
            PLAY.path, request_serializer=PlayRequest.SerializeToString, response_deserializer=PlayResponse.FromString
        )
        with pytest.raises(grpc.RpcError) as caught:
            for _ in call(requests(), timeout=30):
                pass
        over.set()
    assert "play-bad-report" in str(caught.value.trailing_metadata())
