"""Light frames as a live stream: kilobits per second, time, and what they look like."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from ani3d_runtime.codec.live.light_frames import LightFrameDecoder, LightFrameEncoder
from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.player import ClipPlayer
from benchmarks.codec.chapter import Chapter
from benchmarks.codec.grid import Grid, figure
from benchmarks.codec.measure import Gallery, PictureQuality
from benchmarks.codec.sampling import Sampling
from benchmarks.codec.sequences import BenchmarkSequence


@dataclass(frozen=True)
class LiveStream:
    """One clip, coded frame by frame as it would be live.

    Attributes:
        title: of the sequence.
        nodes: control nodes.
        kbit_per_s: mean over the clip, its first key frame included.
        busiest_kbit_per_s: of the busiest second.
        key_bytes: of the first key frame.
        encode_ms, decode_ms: per frame, median.
        offline: PSNR of the package's frames without detail, and ``live`` after this coding.
    """

    title: str
    nodes: int
    kbit_per_s: float
    busiest_kbit_per_s: float
    key_bytes: int
    encode_ms: float
    decode_ms: float
    offline: PictureQuality
    live: PictureQuality


def stream(sequence: BenchmarkSequence, path: Path, clip_name: str) -> LiveStream:
    """Code the light frames of a package of the sequence."""
    fps = sequence.motion.fps
    pictures = Sampling.of(sequence.frame_count).pictures
    gallery = Gallery({index: sequence.posed(index) for index in pictures})
    with Package.open(path) as package:
        player = ClipPlayer(package, clip_name)
        parents, joints = package.residual_model.node_parents, package.manifest.joint_count
        encoder, decoder = LightFrameEncoder(parents, joints), LightFrameDecoder(parents, joints)
        sizes: list[int] = []
        encoding: list[float] = []
        decoding: list[float] = []
        offline, live = {}, {}
        for index in range(sequence.frame_count):
            frame = player.light_frame(index)
            started = time.perf_counter()
            payload = encoder.change(frame)
            coded = time.perf_counter()
            shown = decoder.decode(payload, frame.time_s)
            decoding.append(time.perf_counter() - coded)
            encoding.append(coded - started)
            sizes.append(len(payload))
            if index in pictures:
                offline[index], live[index] = player.pose(frame).cloud, player.pose(shown).cloud
    second = max(1, round(fps))
    busiest = max(sum(sizes[at : at + second]) for at in range(max(1, len(sizes) - second + 1)))
    return LiveStream(
        title=sequence.name,
        nodes=len(parents),
        kbit_per_s=sum(sizes) / len(sizes) * fps * 8e-3,
        busiest_kbit_per_s=busiest * 8e-3,
        key_bytes=sizes[0],
        encode_ms=statistics.median(encoding) * 1e3,
        decode_ms=statistics.median(decoding) * 1e3,
        offline=gallery.compared(offline),
        live=gallery.compared(live),
    )


def live_chapter(streams: Sequence[LiveStream]) -> Chapter:
    """As a table."""
    rows = tuple(
        (
            one.title,
            f"{one.nodes}",
            figure(one.kbit_per_s),
            figure(one.busiest_kbit_per_s),
            f"{one.key_bytes:,}",
            figure(one.encode_ms),
            figure(one.decode_ms),
            f"{one.offline.mean_db:.1f}",
            f"{one.live.mean_db:.1f}",
            f"{one.live.worst_db:.1f}",
        )
        for one in streams
    )
    headings = ("sequence, standard", "nodes", "kbit/s", "busiest second", "key frame bytes", "encode ms", "decode ms",
                "PSNR without detail", "PSNR live", "worst frame dB")  # fmt: skip
    return Chapter(
        name="live",
        title="Live: light frames",
        grids=(Grid("Pose and control nodes, frame by frame", headings, rows),),
        figures=[asdict(one) for one in streams],
        note=_NOTE,
    )


_NOTE = (
    "Pose and node motion of every frame of the clip, coded against the frame before; the first is a key frame. What "
    "light frames leave out is detail: *PSNR without detail* is the package's own light frames, *live* what a receiver "
    "shows."
)
