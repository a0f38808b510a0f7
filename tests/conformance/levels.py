"""Packages that tell how their levels of detail look, intact, at limits, and past them."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence

import numpy as np

from ani3d_runtime.testing.forgery import ForgedSection, Forgery
from tests.conformance import assembly, handmade
from tests.conformance.assembly import column
from tests.conformance.handmade import f32, rans_table, table, varint

Row = Sequence[int]
Maker = Callable[[], bytes]
STEPS = (1e-3, 0.05, 0.014)
SIZES = (2, 3, 4)
# So many Gaussians hold as many integers as may come out of few bytes, and the next one more than may.
FREE_INTEGERS, PER_BYTE, PER_GAUSSIAN = 2**20, 32, 10


def below(limit: float) -> float:
    """The next smaller float32."""
    return float(np.nextafter(np.float32(limit), np.float32(-np.inf)))


def appearance(
    count: int,
    *,
    layout: int = 1,
    steps: Sequence[float] = STEPS,
    modes: Sequence[int] = (0, 0, 0, 0),
    tail: bytes = b"",
    **rows: Row,
) -> bytes:
    """A section ``appearance.k`` of so many Gaussians; ``rows``: ``moves``, ``scales``, ``opacities``, ``base``."""
    usual = {
        "moves": [3] * 3 * count,
        "scales": [10] * 3 * count,
        "opacities": [60] * count,
        "base": [-4] * 3 * count,
    }
    coded = (rows.get(name, values) for name, values in usual.items())
    tables = b"".join(bytes([mode]) + column(row) for mode, row in zip(modes, coded, strict=True))
    return bytes([layout]) + f32(*steps) + tables + tail


def package(*looks: tuple[int, bytes], sizes: Sequence[int] = SIZES, degree: int = 0, thinner: int = 0) -> Forgery:
    """Levels of detail of Gaussians that lie apart, and how some of them look: (level, section).

    ``thinner``: steps of log-scales.
    """
    dice = random.Random(sum(sizes))
    levels = [(size, _level(size, dice, degree, thinner)) for size in sizes]
    forgery = assembly.package(levels, sh_degree=degree)
    forgery.sections += [ForgedSection(f"appearance.{level}", section) for level, section in looks]
    return forgery


def _level(count: int, dice: random.Random, degree: int, thinner: int) -> bytes:
    def rolled(low: int, high: int, times: int) -> list[int]:
        return [dice.randint(low, high) for _ in range(times * count)]

    return assembly.splats(
        count,
        degree=degree,
        cells=rolled(-500, 500, 3),
        logscales=rolled(-130 - thinner, -80 - thinner, 3),
        opacities=rolled(1, 255, 1),
        base=rolled(-60, 60, 3),
    )


def rolled_look(count: int, seed: int) -> bytes:
    """A look of which every number is another."""
    dice = random.Random(seed)

    def rolled(low: int, high: int, times: int) -> list[int]:
        return [dice.randint(low, high) for _ in range(times * count)]

    return appearance(
        count,
        moves=rolled(-20, 20, 3),
        scales=rolled(-5, 30, 3),
        opacities=rolled(0, 63, 1),
        base=rolled(-15, 15, 3),
    )


def every_level() -> bytes:
    """Three levels; how the first two look is told, in plain numbers and in differences."""
    return package((0, rolled_look(2, 1)), (1, _in_differences(5, 2))).to_bytes()


def _in_differences(count: int, seed: int) -> bytes:
    """The look of that seed, opacities as differences of neighbours."""
    dice = random.Random(seed)
    opacities = [dice.randint(0, 63) for _ in range(count)]
    steps = [b - a for a, b in zip([0, *opacities], opacities, strict=False)]
    return appearance(count, modes=(0, 0, 1, 0), opacities=steps, moves=[dice.randint(-9, 9) for _ in range(3 * count)])


def one_level_of_two() -> bytes:
    """How the second of three levels looks is told; the first grows by the fourth root. Harmonics of degree 1."""
    return package((1, rolled_look(5, 3)), degree=1).to_bytes()


def of_exact_level() -> bytes:
    """A look of a level that is stored without loss."""
    splats = handmade.exact_splats([(0, 1)], scale=0.01)
    forgery = handmade.package(splats_0=splats)
    forgery.sections.append(ForgedSection("appearance.0", rolled_look(1, 4)))
    return forgery.to_bytes()


def at_limits() -> bytes:
    """Steps just below 1000 of no change, and the ends of all numbers in small steps."""
    none = [0, 0, 0, 0, 0, 0]
    wide = appearance(2, steps=(below(1000),) * 3, moves=none, scales=none, opacities=(0, 63), base=none)
    far, log = 2**20, 20
    ends = appearance(
        5,
        steps=(1e-4, 1.0, 1e-4),
        moves=[far, -far, 0, 1, -1] * 3,
        scales=[log, -log, 0, 1, -1] * 3,
        opacities=(0, 63, 1, 62, 31),
        base=[far, -far, 0, 1, -1] * 3,
    )
    return package((0, wide), (1, ends), thinner=200).to_bytes()


def fifteen() -> bytes:
    """Sixteen levels of detail of one Gaussian each, all told of but the last."""
    looks = [(level, rolled_look(level + 1, level)) for level in range(15)]
    return package(*looks, sizes=[1] * 16).to_bytes()


def _alike(extra: int) -> bytes:
    """As many integers in a look as its bytes allow, and so many Gaussians more."""
    look = b""
    count = FREE_INTEGERS // PER_GAUSSIAN
    for _ in range(4):
        look = appearance(count + extra)
        count = (FREE_INTEGERS + PER_BYTE * len(look)) // PER_GAUSSIAN
    count += extra
    dice = random.Random(1)
    levels = (count, 1)
    opacities = b"\0" + rans_table([dice.randint(0, 7) for _ in range(count)], 1)
    document = handmade.manifest(
        gaussian_count=count + 1, level_sizes=list(levels), part_counts=[count + 1, 0, 0, 0, 0]
    )
    order = bytes([1, 2]) + b"".join(map(varint, levels)) + table(0, *[1] * count, codec_id="rans")
    sections = {
        "splats_0": handmade.alike_splats(count, 0, opacities=opacities),
        "splats_1": handmade.alike_splats(1, 0),
        "order": order,
    }
    forgery = handmade.package(manifest=assembly.pack(document), **sections)
    forgery.sections.append(ForgedSection("appearance.0", appearance(count)))
    return forgery.to_bytes()


def with_look(section: bytes, level: int = 0) -> bytes:
    """Another look of a level of two Gaussians, or of five."""
    return package((level, section)).to_bytes()


def with_named(name: str, *, clip: int = -1, sizes: Sequence[int] = SIZES) -> bytes:
    """A look in a section of that name."""
    forgery = package(sizes=sizes)
    forgery.sections.append(ForgedSection(name, appearance(2), clip))
    return forgery.to_bytes()


def one_in(values: int, place: int, value: int) -> list[int]:
    """So many zeros, one of which is something else."""
    return [value if k == place else 0 for k in range(values)]


AT: dict[str, Maker] = {
    "appearance-of-every-level": every_level,
    "appearance-of-one-level": one_level_of_two,
    "appearance-of-exact-level": of_exact_level,
    "limits-appearance": at_limits,
    "limits-appearance-fifteen": fifteen,
    "limits-appearance-integers": lambda: _alike(0),
}

_WRONG: dict[str, Maker] = {
    "step-0": lambda: with_look(appearance(2, steps=(0, 0.05, 0.014))),
    "step-below-0": lambda: with_look(appearance(2, steps=(1e-3, -0.05, 0.014))),
    "step-1000": lambda: with_look(appearance(2, steps=(1e-3, 0.05, 1000))),
    "mode-2": lambda: with_look(appearance(2, modes=(0, 2, 0, 0))),
    "move-just-beyond": lambda: with_look(appearance(2, steps=(1e-4, 1, 1), moves=one_in(6, 4, 2**20 + 1))),
    "move-just-below": lambda: with_look(appearance(2, steps=(1e-4, 1, 1), moves=one_in(6, 0, -(2**20) - 1))),
    "scale-just-beyond": lambda: with_look(appearance(2, scales=one_in(6, 5, 401))),
    "scale-just-below": lambda: with_look(appearance(2, scales=one_in(6, 1, -401))),
    "opacity-64": lambda: with_look(appearance(2, opacities=(63, 64))),
    "opacity-below-0": lambda: with_look(appearance(2, opacities=(-1, 0))),
    "colour-just-beyond": lambda: with_look(appearance(2, steps=(1, 1, 1e-4), base=one_in(6, 2, 2**20 + 1))),
    "colour-just-below": lambda: with_look(appearance(2, steps=(1, 1, 1e-4), base=one_in(6, 3, -(2**20) - 1))),
}

PAST: dict[str, tuple[str, Maker]] = {
    **{f"appearance-{name}": ("appearance-invalid", make) for name, make in _WRONG.items()},
    "appearance-layout-2": ("section-version", lambda: with_look(appearance(2, layout=2))),
    "appearance-step-infinite": ("section-not-finite", lambda: with_look(appearance(2, steps=(math.inf, 1, 1)))),
    "appearance-cut-short": ("section-truncated", lambda: with_look(appearance(2)[:9])),
    "appearance-of-more-gaussians": ("entropy-corrupt", lambda: with_look(appearance(3))),
    "appearance-trailing-byte": ("section-trailing", lambda: with_look(appearance(2, tail=b"\0"))),
    "appearance-far-away": (
        "package-not-finite",
        lambda: with_look(appearance(2, steps=(1, 1, 1), moves=one_in(6, 0, 100_001), scales=[0] * 6)),
    ),
    "appearance-huge": ("package-not-finite", lambda: with_look(appearance(2, steps=(1, 1, 1), scales=[20] * 6))),
    "appearance-glaring": (
        "package-not-finite",
        lambda: with_look(appearance(2, steps=(1e-3, 0.05, 1), base=one_in(6, 0, 100_001))),
    ),
    "appearance-more-integers-than-bytes-allow": ("section-invalid", lambda: _alike(1)),
    "section-appearance-of-the-last-level": ("package-toc-invalid", lambda: with_named("appearance.2")),
    "section-appearance-of-the-only-level": ("package-toc-invalid", lambda: with_named("appearance.0", sizes=(2,))),
    "section-appearance-in-two-digits": ("package-unknown-section", lambda: with_named("appearance.00")),
    "section-appearance-k": ("package-unknown-section", lambda: with_named("appearance.k")),
    "section-appearance-of-a-clip": ("package-toc-invalid", lambda: with_named("appearance.0", clip=0)),
}
