"""Canonical splats: bytes per Gaussian and rendered PSNR of ours against SPZ, on the same clouds.

    python -m benchmarks.canonical [--json] [--gaussians 40000]

Two clouds: the built-in dancer, and the dancer's body covered with Gaussians as a photographic capture has them, with
harmonics of degree 3. What ours holds is told with and without the binding to the skeleton, which SPZ does not have.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from ani3d_runtime.avatar import Avatar, Binding
from ani3d_runtime.bake.characters import build_character
from ani3d_runtime.codec.encoder.bounds import QUALITIES, PartBounds
from ani3d_runtime.codec.encoder.storage_order import storage_order
from ani3d_runtime.codec.sections.splats import decode_canonical, encode_canonical
from ani3d_runtime.splats import SplatCloud
from benchmarks.codec.measure import BEST_PSNR_DB, Gallery
from benchmarks.playback import processor

SPZ_VERSIONS = (3, 4)
_OPACITY_MARGIN = 1e-6


@dataclass(frozen=True)
class Row:
    """One codec on one cloud.

    Attributes:
        bytes_per_gaussian: of the splats alone; with_binding includes joints, weights and parts.
        psnr_db: six views, against the cloud before coding.
        encode_s, decode_s: CPU time.
    """

    cloud: str
    codec: str
    bytes_per_gaussian: float
    with_binding: float | None
    psnr_db: float
    encode_s: float
    decode_s: float


def captured_avatar(dancer: Avatar, count: int, seed: int = 0) -> Avatar:
    """The dancer's surface as a photographic capture covers it: scattered, flat Gaussians, harmonics of degree 3.

    Harmonics fall off with their degree, their tails are heavy (Laplace), red, green and blue go together, and half of
    their energy varies smoothly over the surface, as reflections do. That is how trained 3DGS clouds look.
    """
    generator = np.random.default_rng(seed)
    members = np.sort(generator.choice(dancer.count, count, replace=count > dancer.count)).astype(np.int32)
    avatar = dancer.take(members)
    splats = avatar.splats
    means = splats.means_m + generator.normal(0, 0.002, (count, 3))
    waves = np.cos(means @ generator.normal(0, 12, (3, 24)) + generator.uniform(0, 6, 24))
    harmonics = np.empty((count, 15, 3))
    for degree, scale in ((1, 0.09), (2, 0.05), (3, 0.035)):
        rows = slice(degree**2 - 1, (degree + 1) ** 2 - 1)
        terms = 2 * degree + 1
        smooth = waves @ generator.normal(0, 1, (24, terms * 3)) / np.sqrt(12)
        rough = generator.laplace(0, np.sqrt(0.5), (count, terms, 3))
        shared = generator.laplace(0, np.sqrt(0.5), (count, terms, 1))
        rough = np.sqrt(0.7) * shared + np.sqrt(0.3) * rough
        harmonics[:, rows] = scale * np.sqrt(0.5) * (smooth.reshape(count, terms, 3) + rough)
    scales = splats.scales_m * np.exp(generator.normal(0, 0.35, (count, 3)))
    opacities = 1 / (
        1 + np.exp(-(np.log(np.clip(splats.opacities, 0.02, 0.98) / 0.02) - 2 + generator.normal(0, 1.5, count)))
    )
    colour = splats.sh[:, :1] + generator.normal(0, 0.15, (count, 1, 3))
    cloud = SplatCloud(
        means.astype(np.float32),
        splats.quats_wxyz,
        scales.astype(np.float32),
        opacities.astype(np.float32),
        np.concatenate([colour, harmonics], axis=1).astype(np.float32),
    )
    return replace(avatar, splats=cloud)


def rows_of(name: str, avatar: Avatar) -> Iterator[Row]:
    """Ours at each quality, then SPZ."""
    gallery = Gallery({0: avatar.splats})
    for quality in QUALITIES:
        steps = PartBounds.of_quality(quality).rest
        order = storage_order(avatar)
        stored = avatar.take(order.permutation)
        started = time.process_time()
        sections = encode_canonical(stored, order.level_sizes, steps=steps)
        encoded = time.process_time()
        cloud, _ = decode_canonical(sections, order.level_sizes, joint_count=avatar.skeleton.joint_count)
        decoded = time.process_time()
        bare = encode_canonical(_unbound(stored), order.level_sizes, steps=steps)
        quality_of = gallery.compared({0: cloud.take(order.inverse)})
        yield Row(
            name,
            f"ani3d {quality}",
            _size(bare) / avatar.count,
            _size(sections) / avatar.count,
            quality_of.mean_db,
            encoded - started,
            decoded - encoded,
        )
    yield from lossless_rows(name, avatar.take(storage_order(avatar).permutation).splats)
    for version in SPZ_VERSIONS:
        yield spz_row(name, avatar.splats, version, gallery)


def lossless_rows(name: str, cloud: SplatCloud) -> Iterator[Row]:
    """What ``archive`` is to be compared with: the floats as they are, and their bytes, plane by plane, under zstd."""
    import zstandard

    columns = (cloud.means_m, cloud.quats_wxyz, cloud.scales_m, cloud.opacities[:, None], cloud.sh)
    floats = np.ascontiguousarray(np.concatenate([c.reshape(cloud.count, -1) for c in columns], axis=1).T)
    started = time.process_time()
    planes = floats.view(np.uint8).reshape(*floats.shape, 4).transpose(0, 2, 1).tobytes()
    packed = zstandard.ZstdCompressor(9).compress(planes)
    encoded = time.process_time()
    zstandard.ZstdDecompressor().decompress(packed)
    decoded = time.process_time()
    yield Row(name, "float32", floats.nbytes / cloud.count, None, BEST_PSNR_DB, 0.0, 0.0)
    size = len(packed) / cloud.count
    yield Row(name, "float32 planes, zstd 9", size, None, BEST_PSNR_DB, encoded - started, decoded - encoded)


def spz_row(name: str, cloud: SplatCloud, version: int, gallery: Gallery) -> Row:
    """SPZ as gsply writes and reads it."""
    from gsply import GSData, read_spz, write_spz

    opacity = np.clip(cloud.opacities, _OPACITY_MARGIN, 1 - _OPACITY_MARGIN)
    data = GSData(
        means=cloud.means_m,
        scales=np.log(cloud.scales_m),
        quats=cloud.quats_wxyz,
        opacities=np.log(opacity / (1 - opacity)),
        sh0=np.ascontiguousarray(cloud.sh[:, 0]),
        shN=np.ascontiguousarray(cloud.sh[:, 1:]),
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cloud.spz"
        started = time.process_time()
        write_spz(path, data, version=version)
        encoded = time.process_time()
        found = read_spz(path)
        decoded = time.process_time()
        size = path.stat().st_size
    harmonics = np.zeros((cloud.count, 0, 3)) if cloud.sh_degree == 0 else np.asarray(found.shN)
    back = SplatCloud.checked(
        np.asarray(found.means),
        np.asarray(found.quats),
        np.exp(np.asarray(found.scales)),
        1 / (1 + np.exp(-np.asarray(found.opacities).reshape(-1))),
        np.concatenate([np.asarray(found.sh0).reshape(-1, 1, 3), harmonics.reshape(cloud.count, -1, 3)], axis=1),
    )
    psnr = gallery.compared({0: back}).mean_db
    return Row(name, f"SPZ v{version}", size / cloud.count, None, psnr, encoded - started, decoded - encoded)


def _unbound(avatar: Avatar) -> Avatar:
    """With a binding that costs nothing; parts stay, because the order follows them."""
    joints = np.zeros((avatar.count, 4), dtype=np.uint8)
    weights = np.zeros((avatar.count, 4), dtype=np.float32)
    weights[:, 0] = 1
    return replace(avatar, binding=Binding(joints, weights, avatar.binding.parts))


def _size(sections: dict[str, bytes]) -> int:
    return sum(map(len, sections.values()))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--gaussians", type=int, default=40_000, help="of the captured cloud")
    arguments = parser.parse_args()
    dancer = build_character("dancer").avatar
    clouds = {"dancer": dancer, "captured, degree 3": captured_avatar(dancer, arguments.gaussians)}
    rows = [row for name, avatar in clouds.items() for row in rows_of(name, avatar)]
    if arguments.json:
        print(json.dumps({"machine": processor(), "rows": [asdict(row) for row in rows]}, indent=1))
        return
    table = Table(title=f"Canonical splats, six views, {processor()}")
    for column in ("cloud", "codec", "bytes/Gaussian", "with binding", "PSNR dB", "encode s", "decode s"):
        table.add_column(column, justify="left" if column in ("cloud", "codec") else "right")
    for row in rows:
        binding = "" if row.with_binding is None else f"{row.with_binding:.2f}"
        table.add_row(
            row.cloud,
            row.codec,
            f"{row.bytes_per_gaussian:.2f}",
            binding,
            f"{row.psnr_db:.2f}",
            f"{row.encode_s:.2f}",
            f"{row.decode_s:.2f}",
        )
    Console().print(table)


if __name__ == "__main__":
    main()
