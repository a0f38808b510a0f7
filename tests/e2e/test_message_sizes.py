"""What a server says of the sizes of its messages holds on the wire, for a client with a limit of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import grpc
import numpy as np
import pytest

from ani3d_runtime.client import Client, PlayOptions
from ani3d_runtime.package.reader import Package
from ani3d_runtime.rpc.v1 import frames_pb2, live_pb2, playback_pb2
from ani3d_runtime.server import AvatarServer, ServerOptions, serving
from ani3d_runtime.testing.packages import write_body_package, write_synthetic_package

PLAY = "/ani3d_runtime.rpc.v1.PlaybackService/Play"
COUNT = 4000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AvatarServer]:
    folder = tmp_path_factory.mktemp("sizes")
    write_body_package(folder / "small.a3d")
    write_synthetic_package(folder / "large.a3d", count=COUNT)
    with serving(folder, ServerOptions(port=0)) as running:
        yield running


@pytest.fixture(scope="module")
def largest_bytes(server: AvatarServer) -> int:
    with Client(server.address) as client:
        info = client.server_info()
        assert info.download_chunk_bytes == 128 * 1024
        return info.max_message_bytes


def asked_once(request: Any, over: threading.Event) -> Iterator[Any]:
    """One request, after which the client does not hang up."""
    yield request
    over.wait(30)


@pytest.mark.parametrize("avatar", ["small", "large"])
@pytest.mark.parametrize("pacing", [playback_pb2.PACING_REAL_TIME, playback_pb2.PACING_EVERY_FRAME])
@pytest.mark.parametrize("form", ["full", "detail", "floats", "steps"])
def test_no_message_is_larger_than_its_header_says(
    server: AvatarServer, largest_bytes: int, avatar: str, pacing: Any, form: str
) -> None:
    start = playback_pb2.StartCommand(
        avatar_id=avatar,
        clip="walk" if avatar == "large" else "stroll",
        mode=frames_pb2.FRAME_MODE_FULL if form == "full" else frames_pb2.FRAME_MODE_LIGHT,
        pacing=pacing,
        rate=8.0,
        credits=200,
        without_detail=form != "detail",
        codecs=[frames_pb2.FRAME_CODEC_STEPS] if form == "steps" else [],
    )
    sizes: list[int] = []
    with grpc.insecure_channel(server.address) as channel:
        call: Any = channel.stream_stream(PLAY, playback_pb2.PlayRequest.SerializeToString, None)
        responses = call(asked_once(playback_pb2.PlayRequest(start=start), over := threading.Event()))
        header = playback_pb2.PlayResponse.FromString(next(responses)).header
        for data in responses:
            response = playback_pb2.PlayResponse.FromString(data)
            sizes += [len(data)] if response.frames else []
            if response.HasField("ended"):
                break
        over.set()
        responses.cancel()
    assert 0 < max(sizes) <= header.max_message_bytes <= largest_bytes
    if form == "full" and pacing == playback_pb2.PACING_REAL_TIME:
        assert header.max_message_bytes < 1.05 * max(sizes)


def test_a_stock_client_with_that_limit_gets_full_live_frames(server: AvatarServer, largest_bytes: int) -> None:
    del largest_bytes
    with Client(server.address) as client, Package.open(f"{server.catalogue.directory}/large.a3d") as package:
        ticket = client.live.create("large")
        with client.live.publish(ticket) as publisher, client.live.subscribe(ticket.session_id, "full") as full:
            said = full.header.max_message_bytes
            skeleton = package.skeleton
            publisher.send(skeleton.rest_rotations_wxyz, np.zeros(3, dtype=np.float32))
            assert next(iter(full)).count == COUNT  # type: ignore[union-attr]
            limit = [("grpc.max_receive_message_length", said)]
            with grpc.insecure_channel(server.address, options=limit) as channel:
                path = "/ani3d_runtime.rpc.v1.LiveService/Subscribe"
                call: Any = channel.stream_stream(path, live_pb2.SubscribeRequest.SerializeToString, None)
                asked = live_pb2.SubscribeCommand(
                    session_id=ticket.session_id, mode=frames_pb2.FRAME_MODE_FULL, credits=4
                )
                responses = call(asked_once(live_pb2.SubscribeRequest(subscribe=asked), over := threading.Event()))
                sizes = [len(data) for data in (next(responses), next(responses), next(responses))]
                over.set()
                responses.cancel()
        client.live.end(ticket)
        played = client.play("large", "walk", PlayOptions(mode="full"))
        # Live frames may have curves, too.
        assert said - 2048 < played.header.max_message_bytes <= said
        played.close()
    assert 36 * COUNT < max(sizes) <= said
