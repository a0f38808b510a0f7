"""Paint the moving picture at the top of the README: the demo's dancer, rigid layer beside residual layer.

    make demo
    .venv/bin/python scripts/readme_picture.py demo/served/dancer.a3d docs/images/rigid-residual.webp

The picture loops without a jump: of all stretches of the dance in which cloth moves much, the one is shown whose end is
most like its beginning.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.picture import ClipPainter
from ani3d_runtime.playback.player import ClipPlayer
from ani3d_runtime.render.image import contact_sheet, to_srgb8, write_png

CLIP = "dance"
WIDTH_PX, HEIGHT_PX = 720, 480
EVERY = 3  # of 30 frames a second: 10
SHORTEST, LONGEST = 75, 120  # frames of the clip
AZIMUTH_RAD = 0.35
QUALITY = 85
MOST_BYTES = 2_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("package", type=Path)
    parser.add_argument("picture", type=Path, help=".webp to write")
    parser.add_argument("--sheet", type=Path, help=".png of all frames side by side, to look at")
    arguments = parser.parse_args()
    with Package.open(arguments.package) as package:
        frames = loudest_first(package, list(range(*best_loop(package), EVERY)))
        painter = ClipPainter(
            package,
            CLIP,
            view="split",
            width_px=WIDTH_PX,
            height_px=HEIGHT_PX,
            frames=frames,
            azimuths_rad=(AZIMUTH_RAD,),
        )
        pictures = [painter.paint(painter.player.frame(frame), AZIMUTH_RAD) for frame in frames]
        rate_hz = package.clip(CLIP).fps / EVERY
    first, *others = [Image.fromarray(to_srgb8(picture)) for picture in pictures]
    first.save(
        arguments.picture,
        save_all=True,
        append_images=others,
        duration=round(1000 / rate_hz),
        loop=0,
        quality=QUALITY,
        method=6,
    )
    if arguments.sheet:
        write_png(arguments.sheet, contact_sheet(pictures, columns=6))
    size = arguments.picture.stat().st_size
    print(f"{arguments.picture}: {len(frames)} frames, from {frames[0]}, {rate_hz:g} Hz, {size / 1e6:.2f} MB")
    if size > MOST_BYTES:
        raise SystemExit(f"more than {MOST_BYTES / 1e6:g} MB: lower QUALITY or LONGEST")


def best_loop(package: Package) -> tuple[int, int]:
    """First and last frame, exclusive, of the stretch that loops best where cloth moves much."""
    player = ClipPlayer(package, CLIP)
    frames = [player.frame(index) for index in range(player.frame_count)]
    joints = np.stack([frame.joint_rotations_wxyz for frame in frames]).reshape(len(frames), -1)
    nodes = np.stack([frame.node_displacements_m for frame in frames]).reshape(len(frames), -1)
    # Poses alone would let a movement turn back at the seam; so their speeds must agree, too.
    state = np.concatenate([_scaled(joints), _scaled(nodes), _scaled(np.gradient(joints, axis=0))], axis=1)
    energy = np.square(np.gradient(nodes, axis=0)).sum(axis=1)
    best, found = np.inf, (0, min(LONGEST, len(frames)))
    for start in range(len(frames) - SHORTEST):
        for stop in range(start + SHORTEST, min(start + LONGEST, len(frames) - 1) + 1, EVERY):
            seam = np.linalg.norm(state[start] - state[stop])
            score = float(seam / np.sqrt(energy[start:stop].mean()))
            if score < best:
                best, found = score, (start, stop)
    return found


def loudest_first(package: Package, frames: list[int]) -> list[int]:
    """The same loop, entered where the layers differ most: it is what a still preview shows."""
    player = ClipPlayer(package, CLIP)
    loudest = int(np.argmax([np.square(player.frame(frame).node_displacements_m).sum() for frame in frames]))
    return frames[loudest:] + frames[:loudest]


def _scaled(values: Float64Array) -> Float64Array:
    """Rows centred, with a mean square length of one."""
    centred = values.astype(np.float64) - values.mean(axis=0)
    return centred / np.sqrt(np.square(centred).sum(axis=1).mean())


if __name__ == "__main__":
    main()
