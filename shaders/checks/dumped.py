# pyright: basic
"""A frame that the C# client packed, run through the kernels of deformation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from ani3d_runtime.arrays import UInt32Array
from ani3d_runtime.channel import Channel
from shaders.checks.compilers import compiled
from shaders.checks.gpu.buffer import Buffer
from shaders.checks.gpu.device import Device
from shaders.checks.gpu.recording import Recording
from shaders.checks.posing import COSINES, DEFORM, PARENTS, POSED_BYTES, channel_bits, deform_uniforms
from shaders.checks.toolchain import Toolchain


class DumpedFrame:
    """What ``unity_client/Tools~/dump.py`` wrote of one clip at one time.

    Attributes:
        level_ends: Gaussians of the levels 0 to k. degree: of the harmonics. harmonics: [N, words].
    """

    def __init__(self, folder: Path, device: Device, tools: Toolchain, compiler: str) -> None:
        self._folder, self._device = folder, device
        self._cosines, self._parents, self._deform = (
            device.kernel(compiled(source, compiler, tools)) for source in (COSINES, PARENTS, DEFORM)
        )
        self._index: dict[str, Any] = json.loads((folder / "index.json").read_text(encoding="utf-8"))
        self.level_ends: list[int] = [int(end) for end in self._index["level_ends"]]
        self.degree: int = self._index["sh_degree"]
        words = self._words(self._index["harmonics"])
        self.harmonics: UInt32Array = words if words.size else np.zeros((1, 1), np.uint32)
        self._names: list[str] = self._index["channels"]
        self._tracks: int = self._index["track_count"]

    def posed(self, level: int | None = None) -> UInt32Array:
        """[n, 12] posed Gaussians of a level, of the last where it is None."""
        source, work = self._index["sources"][0], self._device.recording()
        detail = self._device.buffer(len(source["slots"]) * len(self._names) * self._tracks * 12)
        used = [detail, *self._decode(work, source, detail)]
        last = level is None or level == len(self.level_ends) - 1
        count = self.level_ends[-1 if level is None else level]
        nothing = self._device.buffer(16)
        look = nothing if last else self._device.buffer(self._words(self._index[f"look.{level}"]))
        bound: dict[str, Buffer] = {
            f"_{name.capitalize()}": self._device.buffer(self._words(self._index[name]))
            for name in ("splats", "joints", "nodes")
        }
        posed = self._device.buffer(count * POSED_BYTES)
        bound |= {"_Looks": look, "_NextLooks": nothing, "_Detail": detail, "_Correctives": nothing, "_Posed": posed}
        uniforms = deform_uniforms(
            count,
            _LookCount=0 if last else count,
            _LevelShare=1.0 if last else 0.0,
            _Tracks=self._tracks,
            _Channels=self._bits,
            _Sources=1,
            _FrameShares=np.array([source["fraction"], 0, 0, 0], np.float32),
            _SourceShares=np.array([source["share"], 0, 0, 0], np.float32),
        )
        work.dispatch(self._deform, self._deform.groups(count), bound, uniforms)
        work.run()
        words = posed.read(np.uint32, count * 12).reshape(count, 12)
        for buffer in {id(each): each for each in (*used, *bound.values(), nothing)}.values():
            buffer.release()
        return words

    @property
    def _bits(self) -> int:
        return channel_bits([channel for channel in Channel if channel.name.lower() in self._names])

    def _decode(self, work: Recording, source: dict[str, Any], detail: Buffer) -> list[Buffer]:
        used: list[Buffer] = []
        for number, slot in enumerate(source["slots"]):
            for place, name in enumerate(self._names):
                part = slot[name]
                group = self._device.buffer(self._words(part["group"]))
                cosines = self._device.buffer(np.array(part["cosines"], np.float32))
                used += [group, cosines]
                start = 3 * self._tracks * (number * len(self._names) + place)
                bound = {"_Group": group, "_Cosines": cosines, "_Detail": detail}
                uniforms = {"_FirstCosine": 0, "_DetailStart": start}
                work.dispatch(self._cosines, self._cosines.groups(part["columns"]), bound, uniforms)
        parents = self._device.buffer(self._words(source["parents"]))
        for first, count in source["stages"]:
            uniforms = {
                "_FirstParents": int(first),
                "_StageTracks": int(count),
                "_Tracks": self._tracks,
                "_Channels": self._bits,
                "_DetailStart": 0,
            }
            groups = (self._parents.groups(int(count))[0], len(source["slots"]) * len(self._names), 1)
            work.dispatch(self._parents, groups, {"_Parents": parents, "_Detail": detail}, uniforms)
        return [*used, parents]

    def _words(self, described: dict[str, Any]) -> UInt32Array:
        shape = [int(size) for size in described["shape"]]
        return np.fromfile(self._folder / described["file"], np.uint32).reshape(shape)
