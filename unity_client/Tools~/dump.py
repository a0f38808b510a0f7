"""What the GPU reads of one frame of a package, as files: ``python unity_client/Tools~/dump.py PACKAGE FOLDER …``.

Options: ``--clip NAME``, the first clip by default; ``--time SECONDS``, 0 by default; ``--over NAME SECONDS SHARE``
fades another clip in to a share of 0 to 1, and with ``--mask JOINT,…`` behind it lays it over these joints instead.

The folder has the buffers of shaders/README.md in raw little-endian files, and ``index.json``:

- counts, ``channels`` in the order of a slot of *detail*, ``level_ends``: Gaussians of the levels 0 to k;
- ``splats``, ``harmonics``, ``look.k`` of each level below the last, ``joints``, ``nodes``: file, type and shape;
- ``sources``: clip, ``has_detail``, ``has_mask``, ``fraction``, ``share``, ``parents`` with ``stages``, each
  [first row, rows], and two ``slots``, whose numbers are those of *detail*: for each channel F (``frames``),
  ``cosines`` and the file of the ``group``.
"""

from __future__ import annotations

import sys

from toolchain.assemblies import compile_all, core, dump
from toolchain.dotnet import find_dotnet
from toolchain.downloads import ToolchainError


def main() -> int:
    """Compile what has changed, and run; 1 where it cannot be built."""
    try:
        dotnet = find_dotnet()
        reader = core("net", dotnet.references)
        program = dump("net", [*dotnet.references, reader.path])
        said = compile_all(dotnet, [reader, program])
    except ToolchainError as error:
        print(error, file=sys.stderr)
        return 1
    if said:
        print(said, file=sys.stderr)
        return 1
    return dotnet.run(program.path, sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
