"""SOG, PlayCanvas' Gaussians in pictures: https://developer.playcanvas.com/user-manual/gaussian-splatting/formats/sog.

A zip (or a folder) of meta.json and lossless WebP pictures. The same pixel of each belongs to one Gaussian: positions
in 16 bits between bounds of sign(x) ln(|x| + 1), scale logarithms and colours as places in palettes of 256 numbers,
rotations as the three smallest entries of 8 bits, harmonics as places in a palette of vectors. Version 1 has bounds in
place of palettes, and opacities as logits.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ani3d_runtime.arrays import Float32Array, Float64Array, UInt8Array
from ani3d_runtime.errors import SplatFileError
from ani3d_runtime.formats.morton import morton_order
from ani3d_runtime.formats.palette import palette_of_numbers, palette_of_vectors
from ani3d_runtime.formats.smallest_three import join_smallest, split_smallest
from ani3d_runtime.formats.splat_file import (
    SplatFile,
    checked_cloud,
    damaged,
    file_bytes,
    refuse_empty,
    refuse_expansion,
    sigmoid,
    truncated,
    unknown_version,
    wrong_magic,
)
from ani3d_runtime.splats import SplatCloud

ZIP_MAGIC = b"PK"
META = "meta.json"
_TERMS = (0, 3, 8, 15)
_PALETTE_ROW = 64
_LARGEST_TAG = 252
_NUMBERS = 256
# Labels have 16 bits; a clustering may take one entry more for each of its groups.
_MOST_VECTORS = 65_536 - 256
_MAX_META_BYTES = 16 << 20
_ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError)


def read_sog(path: Path | str) -> SplatFile:
    """Read a .sog, or the meta.json of a folder, of version 1 or 2.

    Raises:
        SplatFileError: ``splat-file-*``.
    """
    source = _Source.open(Path(path))
    meta = source.meta
    version = meta.get("version", 1)
    if version not in (1, 2):
        raise unknown_version(source.path, f"SOG version {version!r}", "1 or 2")
    count = meta.get("count") if version == 2 else source.listed("means", "shape")[0]
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        raise damaged(source.path, f"count {count!r}", "a whole number")
    refuse_empty(source.path, count)
    refuse_expansion(source.path, source.size, count * 24, "pixels")
    pixels = _Pixels(source, count)
    low, high = (source.numbers("means", name, 3) for name in ("mins", "maxs"))
    places = pixels.of("means", 0)[:, :3].astype(np.float64) + 256.0 * pixels.of("means", 1)[:, :3]
    logs = low + (high - low) * (places / 65535)
    means = np.sign(logs) * np.expm1(np.minimum(np.abs(logs), 25.0))
    quats = pixels.of("quats", 0)
    tags = np.maximum(quats[:, 3], _LARGEST_TAG) - _LARGEST_TAG
    turns = join_smallest(tags, quats[:, :3] / 255.0 * 2 - 1)
    scales, colours = pixels.of("scales", 0)[:, :3], pixels.of("sh0", 0)
    rest = _rest(source, pixels, version)
    if version == 2:
        log_scales = source.numbers("scales", "codebook", _NUMBERS)[scales]
        dc, opacities = source.numbers("sh0", "codebook", _NUMBERS)[colours[:, :3]], colours[:, 3] / np.float32(255)
    else:
        log_scales = source.between("scales", scales)
        four = source.between("sh0", colours)
        dc, opacities = four[:, :3], sigmoid(four[:, 3].astype(np.float32))
    if float(log_scales.max()) > 80:
        raise damaged(source.path, f"a scale logarithm of {float(log_scales.max()):.3g}", "below 80")
    sh = np.concatenate([dc[:, None], rest], axis=1, dtype=np.float32)
    return SplatFile(checked_cloud(source.path, means.astype(np.float32), turns, np.exp(log_scales), opacities, sh))


def sog_bytes(cloud: SplatCloud, seed: int = 0) -> bytes:
    """A .sog, version 2, of a cloud; its Gaussians lie in Morton order.

    Args:
        cloud: to be packed.
        seed: of the palette of harmonics.
    """
    cloud = cloud.take(morton_order(cloud.means_m).astype(np.int32))
    count = cloud.count
    width = 4 * int(np.ceil(np.sqrt(count) / 4))
    pictures: dict[str, bytes] = {}

    def picture(name: str, columns: NDArray[Any], wide: int = width) -> str:
        rows = 4 * -(-len(columns) // (4 * wide))
        pixels = np.zeros((rows * wide, 4), dtype=np.uint8)
        pixels[:, 3] = 255
        pixels[: len(columns), : columns.shape[1]] = columns
        buffer = io.BytesIO()
        # Exact: colours count where opacities are 0, too.
        Image.fromarray(pixels.reshape(rows, wide, 4)).save(buffer, "WEBP", lossless=True, exact=True, method=3)
        pictures[f"{name}.webp"] = buffer.getvalue()
        return f"{name}.webp"

    logs = np.sign(cloud.means_m) * np.log1p(np.abs(cloud.means_m.astype(np.float64)))
    low, high = logs.min(axis=0), logs.max(axis=0)
    places = np.rint((logs - low) / np.maximum(high - low, 1e-9) * 65535).astype(np.uint16)
    largest, others = split_smallest(cloud.quats_wxyz)
    turns = np.concatenate([np.rint((others * 0.5 + 0.5) * 255), largest[:, None] + _LARGEST_TAG], axis=1)
    scale_palette, scales = palette_of_numbers(np.log(cloud.scales_m), _NUMBERS, evenness=1.0)
    colour_palette, colours = palette_of_numbers(cloud.sh[:, 0], _NUMBERS)
    opacities = np.rint(cloud.opacities * 255).astype(np.uint8)
    meta: dict[str, Any] = {
        "version": 2,
        "asset": {"generator": "ani3d"},
        "count": count,
        "means": {
            "mins": low.tolist(),
            "maxs": high.tolist(),
            "files": [picture("means_l", places & 255), picture("means_u", places >> 8)],
        },
        "scales": {"codebook": scale_palette.tolist(), "files": [picture("scales", scales)]},
        "quats": {"files": [picture("quats", turns)]},
        "sh0": {
            "codebook": colour_palette.tolist(),
            "files": [picture("sh0", np.concatenate([colours, opacities[:, None]], axis=1))],
        },
    }
    if cloud.sh_degree:
        terms = _TERMS[cloud.sh_degree]
        vectors, labels = palette_of_vectors(cloud.sh[:, 1:].reshape(count, -1), _vector_count(count), seed)
        numbers, entries = palette_of_numbers(vectors, _NUMBERS)
        rows = -(-len(vectors) // _PALETTE_ROW) * _PALETTE_ROW
        centroids = np.zeros((rows * terms, 3), dtype=np.uint8)
        centroids[: len(vectors) * terms] = entries.reshape(-1, 3)
        files = [
            picture("shN_centroids", centroids, _PALETTE_ROW * terms),
            picture("shN_labels", np.stack([labels & 255, labels >> 8], axis=1)),
        ]
        meta["shN"] = {"count": len(vectors), "bands": cloud.sh_degree, "codebook": numbers.tolist(), "files": files}
    return _zipped({META: json.dumps(meta).encode(), **pictures})


def _vector_count(count: int) -> int:
    """Entries of the palette of harmonics: about a third to a half of the Gaussians', as far as labels reach."""
    return min(1024 * 2 ** int(np.log2(max(count / 1024, 1))), _MOST_VECTORS)


def _zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            # Without the time of day: the same cloud gives the same bytes.
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content)
    return buffer.getvalue()


@dataclass(frozen=True)
class _Source:
    """The files of a SOG, in a zip or in a folder."""

    path: Path
    meta: dict[str, Any]
    size: int
    archive: bytes | None
    prefix: str = ""

    @classmethod
    def open(cls, path: Path) -> _Source:
        data = file_bytes(path, "a .sog file", 4)
        if not data.startswith(ZIP_MAGIC):
            if path.suffix.lower() != ".json":
                raise wrong_magic(path, data, "a zip's PK")
            meta = _meta_of(path, data, is_any_json=True)
            size = sum(file.stat().st_size for file in path.parent.glob("*.webp"))
            return cls(path, meta, size, None)
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                name = min((name for name in archive.namelist() if name.endswith(META)), key=len, default=None)
        except _ZIP_ERRORS as exc:
            raise truncated(path, f"a zip that cannot be opened ({exc})", "a whole one") from None
        if name is None:
            raise damaged(path, "a zip without meta.json", "a SOG")
        source = cls(path, {}, len(data), data, name.removesuffix(META))
        return cls(path, _meta_of(path, source.file(META)), len(data), data, source.prefix)

    def file(self, name: str) -> bytes:
        """One file."""
        if self.archive is None:
            if Path(name).name != name:
                raise damaged(self.path, f"a picture at {name[:80]!r}", "one beside meta.json")
            return file_bytes(self.path.parent / name, "a picture of a SOG", 12)
        try:
            with zipfile.ZipFile(io.BytesIO(self.archive)) as archive:
                info = archive.getinfo(self.prefix + name)
                refuse_expansion(self.path, max(info.compress_size, 1), info.file_size, name)
                with archive.open(info) as stream:
                    # One byte more: zipfile compares its checksum at the end.
                    return stream.read(info.file_size + 1)
        except KeyError:
            raise damaged(self.path, f"no {name[:80]} in the zip", "every file that meta.json names") from None
        except _ZIP_ERRORS as exc:
            raise damaged(self.path, f"{name[:80]} cannot be read ({exc})", "a whole file") from None

    def listed(self, group: str, name: str, index: int | None = None) -> Any:
        """A list in meta.json, or one of its entries."""
        entry = self.meta.get(group)
        found = entry.get(name) if isinstance(entry, dict) else None
        if not isinstance(found, list) or not found or (index is not None and index >= len(found)):
            raise damaged(self.path, f"meta.json without {group}.{name}", "a list of it")
        return found if index is None else found[index]

    def numbers(self, group: str, name: str, count: int) -> Float64Array:
        """[count] numbers in meta.json; what may follow them is passed over, what lacks is 0."""
        values = self.meta.get(group, {}).get(name) if isinstance(self.meta.get(group), dict) else None
        values = values if isinstance(values, list) else [values] * count
        numbers = [one for one in values[:count] if isinstance(one, int | float)]
        if not numbers or (len(numbers) < count and count != _NUMBERS):
            raise damaged(self.path, f"meta.json without {group}.{name}", f"{count} numbers")
        padded = np.zeros(count)
        padded[: len(numbers)] = numbers
        if not (np.abs(padded) < 1e30).all():
            raise damaged(self.path, f"{group}.{name} that is no number", f"{count} numbers")
        return padded

    def between(self, group: str, places: UInt8Array) -> Float64Array:
        """[N, C] numbers at places 0..255 between the bounds of a group, as version 1 has them."""
        low, high = (self.numbers(group, name, places.shape[1]) for name in ("mins", "maxs"))
        return low + (high - low) * (places / 255.0)


@dataclass(frozen=True)
class _Pixels:
    source: _Source
    count: int

    def of(self, group: str, index: int) -> UInt8Array:
        """[N, 4] the pixels of a picture with one for each Gaussian."""
        image = self.image(group, index, 4 * self.count + (1 << 16))
        flat = image.reshape(-1, 4)
        if len(flat) < self.count:
            raise damaged(self.source.path, f"{group}: {len(flat)} pixels", f"{self.count}, as meta.json says")
        return flat[: self.count]

    def image(self, group: str, index: int, most: int) -> UInt8Array:
        """[H, W, 4] a picture of at most so many pixels."""
        name = str(self.source.listed(group, "files", index))
        content = self.source.file(name)
        try:
            with Image.open(io.BytesIO(content), formats=("WEBP", "PNG")) as image:
                width, height = image.size
                if width * height > most:
                    raise damaged(self.source.path, f"{name}: {width} × {height} pixels", f"at most {most}")
                return np.asarray(image.convert("RGBA"))
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as exc:
            raise damaged(self.source.path, f"{name[:80]} is no picture ({str(exc)[:80]})", "a whole one") from None


def _rest(source: _Source, pixels: _Pixels, version: int) -> Float32Array:
    """[N, K - 1, 3] harmonics of higher degree; K is 1 where there are none."""
    if not source.meta.get("shN"):
        return np.empty((pixels.count, 0, 3), dtype=np.float32)
    centroids = pixels.image("shN", 0, 65_536 * 15 + _PALETTE_ROW * 15)
    terms = centroids.shape[1] // _PALETTE_ROW
    if terms not in _TERMS[1:] or centroids.shape[1] % _PALETTE_ROW:
        raise damaged(source.path, f"a palette {centroids.shape[1]} pixels wide", "64 times 3, 8 or 15")
    places = centroids[:, :, :3].reshape(-1, terms, 3)
    if version == 2:
        vectors = source.numbers("shN", "codebook", _NUMBERS)[places]
    else:
        low, high = (source.numbers("shN", name, 1)[0] for name in ("mins", "maxs"))
        vectors = low + (high - low) * (places / 255.0)
    label_pixels = pixels.of("shN", 1)
    labels = label_pixels[:, 0].astype(np.int64) + (label_pixels[:, 1].astype(np.int64) << 8)
    if int(labels.max()) >= len(vectors):
        raise damaged(source.path, f"a label of {int(labels.max())}", f"below {len(vectors)}, the palette's size")
    return vectors.astype(np.float32)[labels]


def _meta_of(path: Path, data: bytes, *, is_any_json: bool = False) -> dict[str, Any]:
    try:
        if len(data) > _MAX_META_BYTES:
            raise ValueError(f"{len(data)} bytes")
        meta = json.loads(data)
    except (ValueError, RecursionError) as exc:
        raise damaged(path, f"a meta.json that is no JSON ({str(exc)[:80]})", "SOG's") from None
    if is_any_json and not (isinstance(meta, dict) and {"means", "quats", "scales"} & set(meta)):
        raise SplatFileError(
            "splat-file-magic",
            path,
            found="a .json that says nothing of Gaussians",
            expected="the meta.json of a SOG; no other .json holds an avatar or a motion",
            fix="Joint names go behind --joint-mapping, markers behind --markers.",
        )
    if not isinstance(meta, dict) or not isinstance(meta.get("means"), dict):
        raise damaged(path, "a meta.json without means", "SOG's")
    return meta
