# pyright: basic
"""What the client in C# packs for the GPU, as its ``dump.py`` writes it, and the kernels run on that."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.channel import Channel
from scripts.downloads.programs import run_program
from shaders.checks.compilers import compiled
from shaders.checks.gpu.device import Device
from shaders.checks.places import ROOT
from shaders.checks.posing import COSINES, DEFORM, PARENTS, POSED_BYTES, channel_bits, deform_uniforms
from shaders.checks.toolchain import Toolchain

DUMP = ROOT / "unity_client" / "Tools~" / "dump.py"
# The client's names of channels, in the order of ``Channel``.
CHANNELS = {"position": Channel.POSITION, "rotation": Channel.ROTATION, "scale": Channel.LOG_SCALE}
CHANNELS["colour"] = Channel.COLOUR


def why_not() -> str:
    """Why the client cannot be asked; empty where it can. ``make unity`` sets up what it needs."""
    if (ROOT / "build" / "unity" / "dotnet").is_dir() or shutil.which("dotnet"):
        return ""
    return "there is no .NET yet to run the client's packer: run `make unity` once"


class ClientFiles:
    """Buffers of one instant.

    Attributes:
        index: what ``dump.py`` says of them.
    """

    def __init__(self, package: Path, folder: Path, *options: str) -> None:
        run_program([sys.executable, str(DUMP), str(package), str(folder), *options], ROOT)
        self._folder = folder
        self.index: dict[str, Any] = json.loads((folder / "index.json").read_text(encoding="utf-8"))

    def read(self, entry: dict[str, Any]) -> NDArray[Any]:
        """One buffer."""
        raw = (self._folder / entry["file"]).read_bytes()
        return np.frombuffer(raw, np.dtype(entry["type"])).reshape(entry["shape"])

    @property
    def channels(self) -> list[Channel]:
        """Channels of a slot."""
        return [CHANNELS[name] for name in self.index["channels"]]

    def posed(self, device: Device, tools: Toolchain, compiler: str, *, level: int | None = None) -> NDArray[np.uint32]:
        """[n, 12] what the kernels make of them, at a level of detail; at the last where it is None."""
        index, tracks = self.index, self.index["track_count"]
        kernels = {
            source.entry: device.kernel(compiled(source, compiler, tools)) for source in (COSINES, PARENTS, DEFORM)
        }
        nothing = device.buffer(16)
        detail = device.buffer(np.full(max(4, 8 * len(self.channels) * 3 * tracks), np.nan, np.float32))
        work = device.recording()
        fractions, shares = np.zeros(4, np.float32), np.zeros(4, np.float32)
        for number, source in enumerate(index["sources"]):
            fractions[number], shares[number] = source["fraction"], source["share"]
            for slot in source["slots"]:
                for place, name in enumerate(index["channels"]):
                    start = 3 * tracks * (slot["slot"] * len(self.channels) + place)
                    bound = {
                        "_Group": device.buffer(self.read(slot[name]["group"])),
                        "_Cosines": device.buffer(np.array(slot[name]["cosines"], np.float32)),
                        "_Detail": detail,
                    }
                    groups = kernels["DetailCosines"].groups(slot[name]["columns"])
                    work.dispatch(kernels["DetailCosines"], groups, bound, {"_FirstCosine": 0, "_DetailStart": start})
            parents = device.buffer(self.read(source["parents"]))
            for first, count in source["stages"]:
                uniforms = {
                    "_FirstParents": first,
                    "_StageTracks": count,
                    "_Tracks": tracks,
                    "_Channels": channel_bits(self.channels),
                    "_DetailStart": 3 * tracks * len(self.channels) * source["slots"][0]["slot"],
                }
                groups = (kernels["DetailParents"].groups(count)[0], 2 * len(self.channels), 1)
                work.dispatch(kernels["DetailParents"], groups, {"_Parents": parents, "_Detail": detail}, uniforms)
        ends = [int(end) for end in index["level_ends"]]
        is_last = level is None or level == len(ends) - 1
        count = ends[-1 if level is None else level]
        posed = device.buffer(count * POSED_BYTES)
        bound = {
            "_Splats": device.buffer(self.read(index["splats"])),
            "_Joints": device.buffer(self.read(index["joints"])),
            "_Nodes": device.buffer(self.read(index["nodes"])) if index["node_count"] else nothing,
            "_Posed": posed,
            "_Detail": detail,
        }
        bound |= dict.fromkeys(("_NextLooks", "_Correctives"), nothing)
        bound["_Looks"] = nothing if is_last else device.buffer(self.read(index[f"look.{level}"]))
        uniforms = deform_uniforms(
            count,
            _LookCount=0 if is_last else count,
            _LevelShare=1.0 if is_last else 0.0,
            _Tracks=tracks,
            _Channels=channel_bits(self.channels),
            _Sources=len(index["sources"]),
            _FrameShares=fractions,
            _SourceShares=shares,
        )
        work.dispatch(kernels["Deform"], kernels["Deform"].groups(count), bound, uniforms)
        work.run()
        return posed.read(np.uint32, count * 12).reshape(count, 12)
