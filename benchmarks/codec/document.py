"""docs/codec-benchmark.md: the chapters, and how their figures came about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ani3d_runtime.replacing import replacing_file
from benchmarks.codec.chapter import Chapter

DOCUMENT = Path("docs/codec-benchmark.md")
IMAGES = Path("docs/images")

_METHOD = """\
- **Sequences**: the built-in dancer, cloth and hair simulated; with and without the hair that moves by itself. Colours
  are of degree 0, all that splats4d and fourdgs' sequences take.
- **Frames**: ours and splats4d encode every frame. fourdgs' reference writer holds all frames in memory, so it encodes
  the first, middle and last group of 30 as files of their own. Codecs of still splats (SPZ, SOG, PLY) encode the
  measured frames. All codecs are measured on the same frames of those groups.
- **KB/frame**: 1000 bytes; everything that a client needs, divided by the frames it holds. *Clip only* leaves out what
  all clips of an avatar share (splats, skeleton, residual model): what one more clip costs.
- **Levels of detail**: none beside other codecs, which have none. What `ani3d bake` writes besides, `appearance.k`, is
  in the built-in dancer and in *Progressive*: 213 KB for 62,110 Gaussians, however many frames there are.
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
    root: Path, chapters: Sequence[Chapter], machine: Mapping[str, object], command: str, picture_px: int
) -> list[Path]:
    """Write the page and its pictures below ``root``; returns what was written."""
    state = ", ".join(f"{key} {value}" for key, value in machine.items())
    lines = [
        "# Codec benchmark",
        "",
        "Our packages against other codecs of animated Gaussian splats, all from PyPI, on the same sequences.",
        f"Written by `{command}` (install `.[bake,bench]` first).",
        "",
        f"Machine: {state}.",
        "",
    ]
    written = [root / DOCUMENT]
    for chapter in chapters:
        lines += [f"## {chapter.title}", ""]
        lines += [chapter.note, ""] if chapter.note else []
        for name, picture in chapter.pictures.items():
            written.append(root / IMAGES / name)
            _write(written[-1], picture)
            lines += [f"![{chapter.title}]({(IMAGES / name).relative_to(DOCUMENT.parent).as_posix()})", ""]
        for grid in chapter.grids:
            lines += [f"### {grid.title}", ""] if grid.title != chapter.title else []
            lines += [grid.note, ""] if grid.note else []
            lines += [grid.markdown(), ""]
    lines += ["## Method", "", _METHOD.format(px=picture_px)]
    _write(written[0], "\n".join(lines).encode("utf-8"))
    return written


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing_file(path) as stream:
        stream.write(data)
