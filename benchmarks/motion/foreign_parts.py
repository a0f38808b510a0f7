"""Parts guessed of a foreign file, against those it was made of: ``python -m benchmarks.motion.foreign_parts``.

The built-in characters are stripped of labels and scale, turned about x as a 3DGS file is, and bound as one.
"""

from __future__ import annotations

import argparse

import numpy as np

from ani3d_runtime.arrays import Int32Array
from ani3d_runtime.avatar import Avatar, Part
from ani3d_runtime.bake.actor import builtin_actor
from ani3d_runtime.bake.binding.bind import bind_to_body
from ani3d_runtime.bake.characters.style import CHARACTER_NAMES
from ani3d_runtime.body.model import load_builtin_body
from ani3d_runtime.progress import silent


def guessed(name: str) -> tuple[Avatar, Avatar]:
    """A built-in character, and the same bound as a foreign file."""
    known = builtin_actor(name, 0, "low", silent).avatar
    return known, bind_to_body(known.splats, load_builtin_body(), name=name)


def confusion(known: Avatar, bound: Avatar) -> Int32Array:
    """[5, 5] Gaussians of each part (rows) by what they are taken for."""
    table = np.zeros((len(Part), len(Part)), dtype=np.int32)
    np.add.at(table, (known.binding.parts.astype(int), bound.binding.parts.astype(int)), 1)
    return table


def main() -> None:
    """Print a table of each character."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    names = [part.name.lower() for part in Part]
    for character in CHARACTER_NAMES:
        table = confusion(*guessed(character))
        print(f"| {character}: taken for | {' | '.join(names)} |\n|---|{'---|' * len(names)}")
        for name, row in zip(names, table, strict=True):
            print(f"| {name} | {' | '.join(map(str, row))} |")


if __name__ == "__main__":
    main()
