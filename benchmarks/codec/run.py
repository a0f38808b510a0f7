"""Every codec on one sequence."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.codec.measure import Gallery, position_error
from benchmarks.codec.peers.ani3d import Ani3d
from benchmarks.codec.peers.contender import Contender
from benchmarks.codec.report import Row, SequenceReport
from benchmarks.codec.sampling import Sampling
from benchmarks.codec.sequences import BenchmarkSequence

Say = Callable[[str], None]
WARM_UP_FRAMES, WARM_UP_EVERY = 31, 24


def warm_up(sequence: BenchmarkSequence) -> None:
    """Compile everything of ours that a clock would otherwise see compiled."""
    excerpt = sequence.excerpt(WARM_UP_FRAMES, WARM_UP_EVERY)
    with tempfile.TemporaryDirectory() as folder:
        Ani3d.within(1e-3).run(excerpt, Sampling.of(excerpt.frame_count), Path(folder))


def compared(sequence: BenchmarkSequence, contenders: Sequence[Contender], say: Say) -> SequenceReport:
    """Run all codecs; one that is missing or fails gets a row that says so, the others go on.

    Args:
        say: called with what is being done.
    """
    sampling = Sampling.of(sequence.frame_count)
    sources = {index: sequence.posed(index) for index in sampling.frames}
    say(f"{sequence.name}: {len(sampling.pictures)} source frames painted from six sides")
    gallery = Gallery({index: sources[index] for index in sampling.pictures})

    def row_of(contender: Contender) -> Row:
        if not contender.is_installed():
            return Row(contender.family, contender.setting, problem="not installed")
        say(f"{sequence.name}: {contender.family}, {contender.setting}")
        try:
            with tempfile.TemporaryDirectory() as folder:
                outcome = contender.run(sequence, sampling, Path(folder))
        except Exception as error:
            # Other people's code: a table with one gap is worth more than no table.
            return Row(contender.family, contender.setting, problem=f"failed: {type(error).__name__}: {error}"[:200])
        decoded = outcome.decoded
        position = None
        if outcome.keeps_order:
            position = position_error((sources[index].means_m, decoded[index].means_m) for index in sampling.frames)
        return Row(contender.family, contender.setting, None, outcome, position, gallery.compared(decoded))

    return SequenceReport(
        name=sequence.name,
        gaussians=sequence.avatar.count,
        moving=len(sequence.residual.indices),
        frames=sequence.frame_count,
        fps=sequence.motion.fps,
        measured_frames=len(sampling.frames),
        pictured_frames=len(sampling.pictures),
        rows=tuple(row_of(contender) for contender in contenders),
    )
