"""Soak: a server under changing load for a long time; its memory, its open files and its threads must stay flat.

Watchers come and go, some read slowly, some vanish in the middle of a call; live sessions begin, have subscribers, and
end or lose their publisher. One line every so often; the verdict is the slope of the second half.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import grpc
import numpy as np
import psutil

from ani3d_runtime.body.model import load_builtin_body
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.readers import read_motion
from ani3d_runtime.client import AsyncClient, PlayOptions
from ani3d_runtime.client.aio.client import AsyncPlayback
from ani3d_runtime.errors import Ani3dError
from ani3d_runtime.rpc.methods import PLAY
from ani3d_runtime.testing.packages import write_body_package
from benchmarks.serving.live import perform
from benchmarks.serving.servers import cpu_s, server_process

SAMPLES = 60
_PERFORMERS = 12
_FLAT_MB_PER_HOUR = 20.0
# A client that has been told to stop and does not: its stack is shown.
_PATIENCE_S = 20.0


@dataclass(frozen=True)
class SoakSample:
    """The server at one moment.

    Attributes:
        at_s: since the beginning. cpu_share: of one core, since the last sample.
        acts: of clients, since the beginning. refused: of them, with a coded error.
    """

    at_s: float
    resident_mb: float
    open_files: int
    threads: int
    cpu_share: float
    acts: int
    refused: int


@dataclass(frozen=True)
class SoakVerdict:
    """What became of it.

    Attributes:
        mb_per_hour: slope of resident memory over the second half.
        is_flat: it is under 20 MB an hour, and files and threads have not grown over that half.
    """

    minutes: float
    acts: int
    refused: int
    first_mb: float
    last_mb: float
    mb_per_hour: float
    is_flat: bool


def soak(folder: Path, minutes: float, say: Callable[[SoakSample], None]) -> SoakVerdict:
    """Run it; ``say`` gets each sample."""
    write_body_package(folder / "dancer.a3d")
    motion = read_motion("cmu_01_01", load_builtin_body().skeleton)
    with server_process("ours", folder) as (process, port):
        samples = asyncio.run(_soaked(process, port, motion, minutes, say))
    half = samples[len(samples) // 2 :]
    slope = float(np.polyfit([s.at_s for s in half], [s.resident_mb for s in half], 1)[0]) * 3600
    steady = half[-1].open_files <= half[0].open_files + 8 and half[-1].threads <= half[0].threads + 2
    last = samples[-1]
    flat = steady and slope < _FLAT_MB_PER_HOUR
    return SoakVerdict(minutes, last.acts, last.refused, half[0].resident_mb, last.resident_mb, slope, flat)


async def _soaked(
    process: psutil.Process, port: int, motion: Motion, minutes: float, say: Callable[[SoakSample], None]
) -> list[SoakSample]:
    cast = _Cast(port, motion)
    performers = [asyncio.create_task(cast.perform_for_ever(seed)) for seed in range(_PERFORMERS)]
    samples: list[SoakSample] = []
    started = last_s = time.monotonic()
    spent_s = cpu_s(process)
    try:
        for number in range(SAMPLES):
            await asyncio.sleep(max(0.0, started + (number + 1) * minutes * 60 / SAMPLES - time.monotonic()))
            now, cpu = time.monotonic(), cpu_s(process)
            sample = SoakSample(
                now - started,
                process.memory_info().rss / 1e6,
                process.num_fds(),
                process.num_threads(),
                (cpu - spent_s) / (now - last_s),
                cast.acts,
                cast.refused,
            )
            samples.append(sample)
            say(sample)
            last_s, spent_s = now, cpu
            for performer in performers:
                if performer.done():
                    performer.result()
    finally:
        for performer in performers:
            performer.cancel()
        _, stuck = await asyncio.wait(performers, timeout=_PATIENCE_S)
        for performer in stuck:
            performer.print_stack()
    return samples


class _Cast:
    """Clients that do this and that."""

    def __init__(self, port: int, motion: Motion) -> None:
        self._address, self._motion = f"127.0.0.1:{port}", motion
        self.acts = self.refused = 0

    async def perform_for_ever(self, seed: int) -> None:
        dice = random.Random(seed)
        acts = (self._watch, self._watch_slowly, self._vanish, self._live, self._lose, self._download)
        while True:
            try:
                await dice.choice(acts)(dice)
            except Ani3dError:
                self.refused += 1
            self.acts += 1

    async def _watch(self, dice: random.Random) -> None:
        """Full or light frames for some seconds."""
        mode = dice.choice(("light", "full"))
        async with AsyncClient(self._address) as client:
            stream = await client.play("dancer", "stroll", PlayOptions(mode=mode, loop=True, credits=4))
            await self._read(stream, dice.randint(20, 200), 0.0)

    async def _watch_slowly(self, dice: random.Random) -> None:
        async with AsyncClient(self._address) as client:
            stream = await client.play("dancer", "stroll", PlayOptions(loop=True, credits=2))
            await self._read(stream, 10, dice.uniform(0.1, 0.4))

    async def _vanish(self, dice: random.Random) -> None:
        """The connection is dropped in the middle of a call, and nothing is said."""
        channel = grpc.aio.insecure_channel(self._address, options=(("grpc.use_local_subchannel_pool", 1),))
        call = channel.stream_stream(PLAY.path)()
        start = PlayOptions(loop=True).start_request("dancer", "stroll")
        await call.write(start.SerializeToString())
        for _ in range(dice.randint(0, 5)):
            await call.read()
        await channel.close(None)

    async def _live(self, dice: random.Random) -> None:
        async with AsyncClient(self._address) as client:
            await perform(client, self._motion, dice.randint(30, 240), dice.randint(0, 4))

    async def _lose(self, dice: random.Random) -> None:
        """A publisher that goes away without a word; its session is ended by the next administrator."""
        async with AsyncClient(self._address) as client:
            ticket = await client.live.create("dancer")
            publisher = await client.live.publish(ticket)
            for number in range(dice.randint(1, 30)):
                frame = number % self._motion.frame_count
                await publisher.send(self._motion.joint_rotations_wxyz[frame], self._motion.root_translation_m[frame])
        async with AsyncClient(self._address) as client:
            await client.live.end(ticket)

    async def _download(self, _dice: random.Random) -> None:
        async with AsyncClient(self._address) as client:
            with tempfile.TemporaryDirectory() as folder:
                await client.download("dancer", Path(folder) / "dancer.a3d")

    @staticmethod
    async def _read(stream: AsyncPlayback, frames: int, pause_s: float) -> None:
        count = 0
        async for _ in stream:
            count += 1
            if count == frames:
                break
            if pause_s:
                await asyncio.sleep(pause_s)
        await stream.close()
