"""docs/codec-benchmark.md: the tables, and how they came about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ani3d_runtime.replacing import replacing_file
from benchmarks.codec.plot import write_plot
from benchmarks.codec.report import SequenceReport
from benchmarks.codec.table import markdown_table, title_of

DOCUMENT = Path("docs/codec-benchmark.md")
PLOT = Path("docs/images/codec-rate-distortion.png")

_METHOD = """\
- **Sequences**: the built-in dancer, cloth and hair simulated; with and without the hair that moves by itself. Colours
  are of degree 0, all that splats4d and fourdgs' sequences take.
- **Frames**: ours and splats4d encode every frame. fourdgs' reference writer holds all frames in memory, so it encodes
  the first, middle and last group of 30 as files of their own. Codecs of still splats (SPZ, SOG, PLY) encode the
  measured frames. All codecs are measured on the same frames of those groups.
- **KB/frame**: 1000 bytes; everything that a client needs, divided by the frames it holds. *Clip only* leaves out what
  all clips of an avatar share (splats, skeleton, residual model): what one more clip costs.
- **Peers get posed, world-space splats**, which is what they take; axes and quaternion signs are made continuous from
  frame to frame first. Key frames every 30 frames, as ours.
- **Encode**: wall time; ours includes decoding the package again to verify its bound. **Decode**: wall time per frame
  until Gaussians stand in the world; ours includes posing, splats4d's the start of its program and writing a file,
  SOG's a PLY.
- **Error**: distance between decoded and source centres, world space, all Gaussians of the measured frames. Our bound
  holds for the residual in rest-pose space; in the world the coded pose adds to it, and skinning can stretch it. SOG
  sorts its Gaussians, so its positions can't be compared.
- **PSNR**: six views around the avatar, {px}×{px}, colours clipped to 0..1, pixels that the source or the decoded
  avatar covers at least by half; squared errors of all views and frames taken together, and those of the worst frame.
- **Ours smaller at equal …**: this row's size over ours at the same PSNR or largest error, between our settings
  (logarithmic in size). ≥: the row is worse than our smallest file, whose size is taken. –: we have no setting as
  good.
"""


def write_document(
    root: Path, reports: Sequence[SequenceReport], machine: Mapping[str, object], command: str, picture_px: int
) -> list[Path]:
    """Write the page and its plot below ``root``; returns what was written."""
    write_plot(root / PLOT, reports)
    state = ", ".join(f"{key} {value}" for key, value in machine.items())
    lines = [
        "# Codec benchmark",
        "",
        "Our packages against other codecs of animated Gaussian splats, all from PyPI, on the same sequences.",
        f"Written by `{command}` (install `.[bake,bench]` first).",
        "",
        f"Machine: {state}.",
        "",
        f"![Rate and distortion]({PLOT.relative_to(DOCUMENT.parent).as_posix()})",
        "",
    ]
    for report in reports:
        pictured = f"Errors from {report.measured_frames} frames, pictures from {report.pictured_frames}."
        lines += [f"## {title_of(report)}", "", pictured, "", markdown_table(report), ""]
    lines += ["## Method", "", _METHOD.format(px=picture_px)]
    with replacing_file(root / DOCUMENT) as stream:
        stream.write("\n".join(lines).encode("utf-8"))
    return [root / DOCUMENT, root / PLOT]
