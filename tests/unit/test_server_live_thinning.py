"""A subscriber behind a slow link: frames are left out, but never the one that stays."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor

from ani3d_runtime.rpc.v1 import frames_pb2, live_pb2
from ani3d_runtime.server.live.stream import LiveStream
from ani3d_runtime.server.stream.client_stream import ClientStream
from ani3d_runtime.server.stream.frame_form import FrameForm
from ani3d_runtime.server.stream.rendition_ladder import RenditionForm, RenditionLadder


class NumberedFrame:
    """A frame that holds its number."""

    epoch = 1

    def __init__(self, number: int) -> None:
        self.number = number

    async def serialised(self, form: FrameForm, after: int, pool: Executor) -> bytes:
        del form, after, pool
        return live_pb2.SubscribeResponse(frames=[frames_pb2.Frame(frame_index=self.number)]).SerializeToString()


class HalvedLadder(RenditionLadder):
    """Sends every second frame."""

    @property
    def every(self) -> int:
        return 2


def test_the_pose_in_which_a_source_stops_comes() -> None:
    async def main() -> list[int]:
        responses: list[live_pb2.SubscribeResponse] = []

        async def write(data: bytes) -> None:
            responses.append(live_pb2.SubscribeResponse.FromString(data))

        client = ClientStream(64, 64, 0.0)
        client.ladder = HalvedLadder([RenditionForm(FrameForm.FLOATS, False, 0.0)], 60.0, 0.0)
        stream = LiveStream(client, FrameForm.FLOATS, None, [])  # type: ignore[arg-type]
        running = asyncio.create_task(stream.run(write))
        for number in range(1, 8):  # the seventh is one of those that are left out
            stream.offer(NumberedFrame(number))
            for _ in range(5):
                await asyncio.sleep(0)
        assert [frame.frame_index for r in responses for frame in r.frames] == [2, 4, 6]
        idle = live_pb2.SubscribeResponse(source=live_pb2.Source(state=live_pb2.SOURCE_STATE_IDLE))
        stream.news(1, idle.SerializeToString())
        for _ in range(10):
            await asyncio.sleep(0)
        stream.end(1.0)
        client.hang_up()
        await running
        assert responses[-1].thinned_count == 3
        return [frame.frame_index for r in responses for frame in r.frames]

    assert asyncio.run(main()) == [2, 4, 6, 7]
