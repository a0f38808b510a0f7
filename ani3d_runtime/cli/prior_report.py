"""What ``ani3d doctor --prior`` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from ani3d_runtime.cli.console import Console, table

if TYPE_CHECKING:
    from ani3d_runtime.bake.prior.inspection import PriorInspection, TimeEstimate

_COLOURS = {"ok": "green", "optional": "yellow", "missing": "red", "broken": "red"}


def report_prior(prior: str, device: str, console: Console) -> int:
    """Look at a prior, and say what was found; 1 where it cannot be used."""
    # Imported here: doctor itself needs no torch.
    from ani3d_runtime.bake.prior.inspection import inspect_prior

    found = inspect_prior(prior, device)
    console.result(found.to_json(), *_human(found, device))
    return 0 if found.refusal is None else 1


def _human(found: PriorInspection, device: str) -> list[object]:
    lines: list[object] = [f"{found.subject}: {found.kind}"]
    if found.parts:
        parts = table("part", "", "found", "what to do")
        for part in found.parts:
            mark = Text(part.verdict, style=_COLOURS[part.verdict])
            parts.add_row(part.part, mark, part.found, part.fix)
        lines.append(parts)
    description = found.description
    size = "" if description is None else _size(description.native_frames, description.native_size_px)
    for way in found.memory:
        fits = {True: "fits", False: "does not fit now", None: "nobody can tell whether it fits"}[way.fits]
        how = f"offload {way.offload}{', autoencoder in tiles' if way.tile_vae else ''}"
        lines.append(f"memory on {device}, {how}: about {way.needed_bytes / 1e9:.1f} GB; {fits}")
    if found.time is not None:
        lines += _time(found.time, size, device)
    for name, meaning in found.options.items():
        lines.append(f"reads {name}: {meaning}")
    if found.refusal is not None:
        refusal = found.refusal
        lines.append(
            f"cannot be used ({refusal.code}): {refusal.subject}: {refusal.found}; expected {refusal.expected}"
        )
        lines.append(f"fix: {refusal.fix}")
    return lines


def _size(frames: int, size_px: tuple[int, int]) -> str:
    return f"{frames} frames of {size_px[1]}x{size_px[0]}"


def _time(time: TimeEstimate, size: str, device: str) -> list[object]:
    span = f"{time.seconds:.0f} s" if time.seconds < 600 else f"{time.seconds / 3600:.1f} h"
    return [
        f"time on {device} for {size}: about {span}, an estimate",
        f"  {time.denoiser_flop:.2g} operations of the denoiser at {time.denoiser_flop_per_s:.2g} a second and "
        f"{time.autoencoder_flop:.2g} of the autoencoder at {time.autoencoder_flop_per_s:.2g}, as matrix products just "
        f"ran here, of which {time.efficiency:.0%} is taken to be reached",
    ]
