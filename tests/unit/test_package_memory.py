"""A file takes memory in proportion to its bytes, whatever it says about itself."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

from tests.conformance import handmade

MEGABYTE = 1 << 20
# Reads the last path and prints the peak of memory, in bytes, above what reading the first one took.
READ = """
import resource, sys
from ani3d_runtime.package.validate import validate_package

def read(path):
    codes = [finding.code for finding in validate_package(path).findings]
    return codes, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

_, before = read(sys.argv[1])
codes, peak = read(sys.argv[2])
print(peak - before, *codes)
"""


def reading(path: Path) -> tuple[int, list[str]]:
    """(bytes of memory, codes of findings) of the validator, which decodes everything."""
    small = path.with_name("small.a3d")
    small.write_bytes(handmade.alike_package(100, 3).to_bytes())
    command = [sys.executable, "-c", READ, str(small), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    peak, *codes = done.stdout.split()
    return int(peak), codes


def test_a_small_file_of_a_million_gaussians_is_refused_before_they_are_decoded(tmp_path: Path) -> None:
    path = tmp_path / "hostile.a3d"
    path.write_bytes(handmade.alike_package(1_000_000, 3).to_bytes())
    assert path.stat().st_size < 4000
    peak, codes = reading(path)
    assert codes == ["splats-invalid"]
    assert peak < 16 * MEGABYTE


def test_a_file_at_the_limit_takes_a_small_multiple_of_what_an_honest_one_takes(tmp_path: Path) -> None:
    """Two bytes a Gaussian, where an honest file has twelve."""
    count = 200_000
    dice = random.Random(3)
    largest, opacities = (b"\0" + handmade.table(*dice.choices(range(most), k=count)) for most in (4, 64))
    path = tmp_path / "limit.a3d"
    path.write_bytes(handmade.alike_package(count, 3, largest=largest, opacities=opacities).to_bytes())
    peak, codes = reading(path)
    assert codes == []
    # A Gaussian takes some 1,500 bytes while it is decoded: 125 for each of an honest file's bytes.
    assert peak < 8 * 125 * path.stat().st_size
