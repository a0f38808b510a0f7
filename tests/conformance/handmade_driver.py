"""A section ``driver`` written by hand, for the package of :mod:`tests.conformance.handmade`: four nodes."""

from __future__ import annotations

from collections.abc import Sequence

from ani3d_runtime.testing.forgery import ForgedSection
from tests.conformance.handmade import f32, residual_package, steps, table, varint

NODES = 4
FEATURES = (18 + 3 * 1) * (1 + 2 * 1)


def driver(
    *,
    reach: float = 0.5,
    material: Sequence[float] = (0.2, 1.25, 0.01, 0.05, 0.75),
    kind: int = 1,
    joint: int = 1,
    weight: int = 100,
    normal: int = 60,
    code: int = 180,
    mean_step: float = 1e-3,
    first: Sequence[int] = (0, 0, 1, 2),
    gaps: Sequence[int] = (1, 3, 1, 1),
    capsule_joint: int = 1,
    radius: float = 0.1,
    pole: Sequence[float] = (1.5, 0.4),
    rows: int = 2,
    scale: float = 0.5,
) -> bytes:
    """Two kinds of nodes, four links, a capsule, one tracked joint, one filter and two learned directions."""
    counts = b"".join(map(varint, (2, len(first), 1, 1, 1, rows)))
    hanging = [
        table(0, 0, kind, kind),
        table(*[0, joint, 0, 0], *[1] * NODES, *[0] * 2 * NODES),
        table(*[weight, 20, 0, 100], *[0] * 2 * NODES),
        table(*[normal, 0, 10, 0], *[0, 127, 90, 0], *[-20, 0, 30, 0]),
        table(0, code, code, 1),
        f32(mean_step),
        table(*[(7 * k) % 41 - 20 for k in range(3 * NODES)]),
    ]
    links = [steps(first), table(*gaps), table(*[150 + k for k in range(len(first))])]
    learned = [
        f32(*[0.01 * k for k in range(FEATURES)]),
        f32(*[scale + 0.1 * (k % 5) for k in range(FEATURES)]),
        f32(*[1e-3 * (row + 1) for row in range(rows)]),
        table(*[(11 * k) % 29 - 14 for k in range(rows * FEATURES)]),
        f32(*[2e-3 * (row + 1) for row in range(rows)]),
        table(*[(5 * k) % 17 - 8 for k in range(rows * 3 * NODES)]),
    ]
    return b"".join(
        [
            bytes([1]) + counts + f32(reach) + f32(*material) + f32(2.0, 0.5, 0.005, 0.2, 1.0),
            *hanging,
            *links,
            bytes([capsule_joint]) + f32(0, 1, 0, 0, 1.4, 0.02, radius, 0.08),
            bytes([1]) + f32(*pole),
            *(learned if rows else []),
        ]
    )


def driven_package(section: bytes | None = None) -> bytes:
    """The package with a residual layer, and a driver."""
    forgery = residual_package()
    forgery.sections.append(ForgedSection("driver", driver() if section is None else section, critical=False))
    return forgery.to_bytes()
