"""The same package under each entropy codec: bytes, and the time that coding and decoding take."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from ani3d_runtime.avatar import Avatar
from ani3d_runtime.codec import entropy
from ani3d_runtime.codec.encoder.bounds import PartBounds
from ani3d_runtime.codec.encoder.residual_encoder import FRAMES_PER_GROUP, ResidualEncoder
from ani3d_runtime.codec.encoder.storage_order import storage_order
from ani3d_runtime.codec.sections.group import decode_group
from ani3d_runtime.codec.sections.model import decode_model
from ani3d_runtime.codec.sections.order import StorageOrder, decode_order, encode_order
from ani3d_runtime.codec.sections.pose import decode_pose_group, encode_pose_group
from ani3d_runtime.codec.sections.splats import decode_canonical, encode_canonical
from ani3d_runtime.errors import ResourceError
from benchmarks.codec.chapter import Chapter
from benchmarks.codec.grid import NONE, Grid, figure
from benchmarks.codec.sequences import BenchmarkSequence
from benchmarks.codec.stopwatch import Stopwatch

QUALITY = "standard"
DECODING_RUNS = 3


@dataclass(frozen=True)
class Stage:
    """One entropy codec.

    Attributes:
        kinds: bytes of splats, order, model, pose and groups.
        encode_cpu_s, encode_s: of everything but the choice of nodes, which knows no entropy codec.
        decode_cpu_s, decode_s: of everything, median of three runs.
        problem: why there are no figures.
    """

    codec: str
    kinds: Mapping[str, int]
    encode_s: float = 0.0
    encode_cpu_s: float = 0.0
    decode_s: float = 0.0
    decode_cpu_s: float = 0.0
    problem: str | None = None

    @property
    def total(self) -> int:
        """Bytes of all sections."""
        return sum(self.kinds.values())


def measure_stages(sequence: BenchmarkSequence) -> tuple[Stage, ...]:
    """All codecs of the registry on one sequence, the default first."""
    order = storage_order(sequence.avatar)
    return tuple(_measured(sequence, order, codec) for codec in sorted(entropy.CODEC_IDS, key=_is_option))


def entropy_chapter(sequence: BenchmarkSequence, stages: Sequence[Stage]) -> Chapter:
    """As a table."""
    return Chapter(
        name="entropy",
        title="Entropy stages",
        grids=(_grid(sequence, stages),),
        figures=[asdict(stage) | {"total": stage.total} for stage in stages],
        note=_NOTE,
    )


_NOTE = (
    "The same sections with every table under one codec. *Encode* is everything but the choice of control nodes, "
    "*decode* everything up to whole numbers: what differs between rows is the codec's share."
)


def _is_option(codec: str) -> bool:
    return codec != entropy.DEFAULT_CODEC_ID


@dataclass(frozen=True)
class _Sections:
    splats: Mapping[str, bytes]
    order: bytes
    model: Mapping[str, bytes]
    poses: tuple[bytes, ...]
    groups: tuple[Mapping[str, bytes], ...]

    def kinds(self) -> dict[str, int]:
        return {
            "splats": _size(self.splats),
            "order": len(self.order),
            "model": _size(self.model),
            "pose": sum(map(len, self.poses)),
            "groups": sum(map(_size, self.groups)),
        }


def _size(sections: Mapping[str, bytes]) -> int:
    return sum(map(len, sections.values()))


def _measured(sequence: BenchmarkSequence, order: StorageOrder, codec: str) -> Stage:
    try:
        # One that is not installed says so here, before anything is fitted.
        entropy.encode(codec, b"installed?")
    except ResourceError as refusal:
        return Stage(codec, {}, problem=refusal.code)
    sections, encode = _encoded(sequence, order, codec)
    runs = [_decoded(sequence, order, sections) for _ in range(DECODING_RUNS)]
    return Stage(
        codec,
        sections.kinds(),
        encode.wall_s,
        encode.cpu_s,
        statistics.median(run.wall_s for run in runs),
        statistics.median(run.cpu_s for run in runs),
    )


def _encoded(sequence: BenchmarkSequence, order: StorageOrder, codec: str) -> tuple[_Sections, Stopwatch]:
    bounds, levels = PartBounds.of_quality(QUALITY), order.level_sizes
    stored, layer = sequence.avatar.take(order.permutation), order.reordered(sequence.residual)
    joints = stored.skeleton.joint_count
    reference = encode_canonical(stored, levels, steps=bounds.rest)
    splats, binding = decode_canonical(reference, levels, joint_count=joints)
    decoded = Avatar(stored.name, splats, stored.skeleton, binding)
    encoder = ResidualEncoder(stored, decoded, bounds=bounds.less_rest(), level_sizes=levels, codec_id=codec)
    encoder.fit([layer])
    motion = sequence.motion
    with Stopwatch() as watch:
        sections = _Sections(
            encode_canonical(stored, levels, steps=bounds.rest, codec_id=codec),
            encode_order(order, codec_id=codec),
            encoder.encode_model(),
            tuple(
                encode_pose_group(
                    motion.root_translation_m[first : first + FRAMES_PER_GROUP],
                    motion.joint_rotations_wxyz[first : first + FRAMES_PER_GROUP],
                    codec_id=codec,
                )
                for first in range(0, motion.frame_count, FRAMES_PER_GROUP)
            ),
            tuple(encoder.encoded_groups(0)),
        )
    return sections, watch


def _decoded(sequence: BenchmarkSequence, order: StorageOrder, sections: _Sections) -> Stopwatch:
    joints, count, frames = sequence.avatar.skeleton.joint_count, sequence.avatar.count, sequence.frame_count
    with Stopwatch() as watch:
        decode_canonical(sections.splats, order.level_sizes, joint_count=joints)
        decode_order(sections.order, count)
        model = decode_model(sections.model, count)
        for number, (pose, group) in enumerate(zip(sections.poses, sections.groups, strict=True)):
            first = number * FRAMES_PER_GROUP
            length = min(FRAMES_PER_GROUP, frames - first)
            decode_pose_group(pose, length, joints)
            decode_group(group, model, first_frame=first, frame_count=length)
    return watch


def _grid(sequence: BenchmarkSequence, stages: Sequence[Stage]) -> Grid:
    smallest = next((stage.total for stage in stages if stage.codec == entropy.DEFAULT_CODEC_ID), 0)
    return Grid(
        title=f"{sequence.name}, {QUALITY}, {sequence.frame_count} frames",
        headings=("codec", "KB/frame", "of rans", "splats KB", "model KB", "groups KB", "encode s", "CPU s", "decode s",
                  "CPU s"),
        rows=tuple(_cells(stage, smallest, sequence.frame_count) for stage in stages),
        bold=frozenset({0}),
    )  # fmt: skip


def _cells(stage: Stage, smallest: int, frames: int) -> tuple[str, ...]:
    if stage.problem is not None:
        return (stage.codec, stage.problem, *[NONE] * 8)
    return (
        stage.codec,
        figure(stage.total / 1e3 / frames),
        f"{100 * stage.total / smallest:.0f} %" if smallest else NONE,
        *(f"{stage.kinds[kind] / 1e3:,.0f}" for kind in ("splats", "model", "groups")),
        figure(stage.encode_s),
        figure(stage.encode_cpu_s),
        figure(stage.decode_s),
        figure(stage.decode_cpu_s),
    )
