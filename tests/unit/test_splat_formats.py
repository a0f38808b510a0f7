"""Formats of Gaussians: files of other tools are read, other tools' rules read ours, and bad files are refused."""

from __future__ import annotations

import gzip
import io
import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ani3d_runtime.bake.importers.avatar import read_avatar
from ani3d_runtime.errors import Ani3dError
from ani3d_runtime.formats.compressed_ply import compressed_ply_bytes
from ani3d_runtime.formats.gltf_splats import gltf_bytes
from ani3d_runtime.formats.morton import morton_order
from ani3d_runtime.formats.sog import sog_bytes
from ani3d_runtime.formats.splat import splat_bytes
from ani3d_runtime.formats.spz import spz_bytes
from ani3d_runtime.splats import SplatCloud

OTHERS = Path(__file__).parents[1] / "others"
SH_C0 = 0.5 / np.sqrt(np.pi)
# Largest errors of positions (m), scale logarithms, rotations (degrees), opacities and harmonics.
EXACT = (1e-6, 1e-5, 0.1, 1e-5, 1e-5)
FROM_OTHERS = {
    "splat-transform-3.spz": (1.3e-4, 0.032, 0.3, 0.003, 0.07),
    "splat-transform-4.spz": (1.3e-4, 0.032, 0.3, 0.003, 0.07),
    "splat-transform.compressed.ply": (1e-3, 0.01, 0.3, 0.003, 0.017),
    "splat-transform.sog": (5e-5, 0.05, 1.3, 0.004, 0.2),
    "splat-transform.glb": EXACT,
    "gaussian-splats-3d-0.ksplat": (1e-6, 1e-5, 0.1, 0.004, 0.016),
    "gaussian-splats-3d-1.ksplat": (1e-4, 1e-3, 0.2, 0.004, 0.016),
    "gaussian-splats-3d-2.ksplat": (1e-4, 1e-3, 0.2, 0.004, 0.016),
}


def source() -> SplatCloud:
    """What the other tools were given."""
    arrays = np.load(OTHERS / "cloud.npz")
    return SplatCloud.checked(*(arrays[name] for name in ("means", "quats", "scales", "opacities", "sh")))


def errors(found: SplatCloud, expected: SplatCloud) -> tuple[float, ...]:
    """Largest differences of positions, scale logarithms, rotations in degrees, opacities; of harmonics, nearly.

    splat-transform gave one Gaussian of the .sog another colour, which its own reader reads as ours does.
    """
    cosines = np.abs((found.quats_wxyz.astype(np.float64) * expected.quats_wxyz).sum(axis=1))
    terms = min(found.sh.shape[1], expected.sh.shape[1])
    return (
        float(np.abs(found.means_m - expected.means_m).max()),
        float(np.abs(np.log(found.scales_m / expected.scales_m)).max()),
        float(np.rad2deg(2 * np.arccos(cosines.clip(0, 1))).max()),
        float(np.abs(found.opacities - expected.opacities).max()),
        float(np.quantile(np.abs(found.sh[:, :terms] - expected.sh[:, :terms]), 0.99)),
    )


def matched(found: SplatCloud, expected: SplatCloud) -> SplatCloud:
    """The expected Gaussians nearest to those that were found: some tools sort them, some leave faint ones out."""
    distances = np.linalg.norm(found.means_m[:, None] - expected.means_m[None], axis=2)
    nearest = distances.argmin(axis=1)
    assert len(set(nearest.tolist())) == found.count >= 0.9 * expected.count
    return expected.take(nearest)


@pytest.mark.parametrize("name", FROM_OTHERS)
def test_files_of_other_tools_are_read(name):
    pytest.importorskip("zstandard") if name.endswith("-4.spz") else None
    found = read_avatar(OTHERS / name, axes=None if name.endswith(".glb") else "yup").cloud
    expected = matched(found, source() if not name.endswith(".glb") else turned_about_z(source()))
    if name.endswith(".ksplat"):
        # Its colours are bytes, of 0 to 1.
        expected.sh[:, 0] = np.clip(expected.sh[:, 0], -0.5 / SH_C0, 0.5 / SH_C0)
    found_errors = errors(found, expected)
    assert np.less_equal(found_errors, FROM_OTHERS[name]).all(), found_errors
    assert found.sh.shape[1] == 9


def turned_about_z(cloud: SplatCloud) -> SplatCloud:
    """A cloud after half a turn about z, which splat-transform makes from PLY to glTF."""
    w, x, y, z = cloud.quats_wxyz.T
    # Signs of x and y change, and with them those of the harmonics that are odd in one of the two.
    signs = np.float32([1, -1, 1, -1, 1, -1, 1, -1, 1])[None, :, None]
    return SplatCloud(
        cloud.means_m * np.float32([-1, -1, 1]),
        np.stack([-z, -y, x, w], axis=1),
        cloud.scales_m,
        cloud.opacities,
        cloud.sh * signs,
    )


def spz_by_the_page(data: bytes) -> dict[str, np.ndarray]:
    """An SPZ 3 as its page says, number by number: https://github.com/nianticlabs/spz."""
    raw = gzip.decompress(data)
    magic, version, count, degree, bits, _, _ = struct.unpack_from("<4sIIBBBB", raw)
    assert (magic, version) == (b"NGSP", 3)
    at = 16
    words = [raw[at + 3 * i : at + 3 * i + 3] for i in range(3 * count)]
    means = [int.from_bytes(word, "little", signed=True) / 2**bits for word in words]
    at += 9 * count
    opacities = [raw[at + i] / 255 for i in range(count)]
    at += count
    colours = [(raw[at + i] / 255 - 0.5) / 0.15 for i in range(3 * count)]
    at += 3 * count
    scales = [np.exp(raw[at + i] / 16 - 10) for i in range(3 * count)]
    at += 3 * count
    quats = []
    for i in range(count):
        word = int.from_bytes(raw[at + 4 * i : at + 4 * i + 4], "little")
        largest, entries = word >> 30, [0.0] * 4
        for place in reversed([k for k in range(4) if k != largest]):
            entries[place] = (word & 511) / 511 * np.sqrt(0.5) * (-1 if word >> 9 & 1 else 1)
            word >>= 10
        entries[largest] = np.sqrt(1 - sum(entry**2 for entry in entries))
        quats.append([entries[3], *entries[:3]])
    at += 4 * count
    rest = [(raw[at + i] - 128) / 128 for i in range(3 * count * ((degree + 1) ** 2 - 1))]
    assert at + len(rest) == len(raw)
    sh = np.concatenate([np.reshape(colours, (count, 1, 3)), np.reshape(rest, (count, -1, 3))], axis=1)
    return {
        "means_m": np.reshape(means, (count, 3)),
        "quats_wxyz": np.array(quats),
        "scales_m": np.reshape(scales, (count, 3)),
        "opacities": np.array(opacities),
        "sh": sh,
    }


def glb_by_the_page(data: bytes) -> dict[str, np.ndarray]:
    """The Gaussians of a .glb as the pages of glTF and its extension say."""
    length = struct.unpack_from("<I", data, 12)[0]
    content = json.loads(data[20 : 20 + length])
    binary = data[20 + length + 8 :]
    assert content["extensionsUsed"] == ["KHR_gaussian_splatting"]
    primitive = content["meshes"][0]["primitives"][0]
    assert primitive["mode"] == 0
    assert primitive["extensions"]["KHR_gaussian_splatting"]["kernel"] == "ellipse"

    def attribute(name: str, width: int) -> np.ndarray:
        accessor = content["accessors"][primitive["attributes"][name]]
        assert accessor["componentType"] == 5126
        view = content["bufferViews"][accessor["bufferView"]]
        return np.frombuffer(binary, "<f4", accessor["count"] * width, view["byteOffset"]).reshape(-1, width)

    prefix = "KHR_gaussian_splatting:"
    terms = [f"{prefix}SH_DEGREE_{d}_COEF_{c}" for d in range(3) for c in range(2 * d + 1)]
    return {
        "means_m": attribute("POSITION", 3),
        "quats_wxyz": attribute(f"{prefix}ROTATION", 4)[:, [3, 0, 1, 2]],
        "scales_m": attribute(f"{prefix}SCALE", 3),
        "opacities": attribute(f"{prefix}OPACITY", 1)[:, 0],
        "sh": np.stack([attribute(term, 3) for term in terms], axis=1),
    }


@pytest.mark.parametrize(
    ("written", "read", "bound"),
    [
        (spz_bytes, spz_by_the_page, (1.3e-4, 0.032, 0.3, 0.002, 0.014)),
        (gltf_bytes, glb_by_the_page, EXACT),
    ],
)
def test_what_is_written_is_what_the_page_says(written, read, bound):
    cloud = source()
    found = SplatCloud(**{name: values.astype(np.float32) for name, values in read(written(cloud)).items()})
    assert np.less_equal(errors(found, cloud), bound).all(), errors(found, cloud)


WRITERS: dict[str, tuple[Callable[[SplatCloud], bytes], tuple[float, ...], bool]] = {
    "a.spz": (spz_bytes, (1.3e-4, 0.032, 0.3, 0.002, 0.014), False),
    "a.compressed.ply": (compressed_ply_bytes, (1e-3, 0.01, 0.3, 0.003, 0.017), True),
    "a.sog": (sog_bytes, (5e-5, 0.02, 1.2, 0.003, 0.03), True),
    "a.splat": (splat_bytes, (1e-7, 1e-6, 1.0, 0.003, 0.9), False),
    "a.glb": (gltf_bytes, EXACT, False),
}


@pytest.mark.parametrize("name", WRITERS)
def test_what_is_written_is_read_back(tmp_path, name):
    """Oracles hold the readers (files of others) and two writers (pages); this holds the rest to the readers."""
    write, bound, sorts = WRITERS[name]
    cloud = source()
    (tmp_path / name).write_bytes(write(cloud))
    found = read_avatar(tmp_path / name, axes="yup").cloud
    expected = cloud.take(morton_order(cloud.means_m)) if sorts else cloud
    assert np.less_equal(errors(found, expected), bound).all(), errors(found, expected)
    assert found.sh_degree == (0 if name == "a.splat" else 2)


def test_old_versions_of_spz(tmp_path):
    """1 has half floats, 2 has fixed point; both have rotations of three bytes."""
    cloud = source().with_sh(source().sh[:, :1])
    quats = cloud.quats_wxyz * np.where(cloud.quats_wxyz[:, :1] < 0, -1, 1)
    rest = b"".join(
        np.clip(np.rint(values), 0, 255).astype("u1").tobytes()
        for values in (
            cloud.opacities * 255,
            (cloud.sh[:, 0] * 0.15 + 0.5) * 255,
            (np.log(cloud.scales_m) + 10) * 16,
            quats[:, 1:] * 127.5 + 127.5,
        )
    )
    fixed = b"".join(round(v * 4096).to_bytes(3, "little", signed=True) for v in cloud.means_m.ravel().tolist())
    for version, positions, bound_m in ((1, cloud.means_m.astype("<f2").tobytes(), 6e-4), (2, fixed, 1.3e-4)):
        head = struct.pack("<4sIIBBBB", b"NGSP", version, cloud.count, 0, 12, 0, 0)
        path = tmp_path / f"{version}.spz"
        path.write_bytes(gzip.compress(head + positions + rest))
        found = errors(read_avatar(path, axes="yup").cloud, cloud)
        assert np.less_equal(found, (bound_m, 0.032, 5.0, 0.003, 0.014)).all(), found


def test_first_version_of_sog(tmp_path):
    """Bounds in place of palettes, and opacities as logits."""
    cloud = source().with_sh(source().sh[:, :1])
    width = 12

    def picture(values: np.ndarray) -> bytes:
        pixels = np.full((width * width, 4), 255, dtype=np.uint8)
        pixels[: len(values), : values.shape[1]] = values
        buffer = io.BytesIO()
        Image.fromarray(pixels.reshape(width, width, 4)).save(buffer, "WEBP", lossless=True, exact=True)
        return buffer.getvalue()

    def placed(values: np.ndarray, steps: int) -> tuple[dict[str, list[float]], np.ndarray]:
        low, high = values.min(axis=0), values.max(axis=0)
        bounds = {"mins": low.tolist(), "maxs": high.tolist()}
        return bounds, np.rint((values - low) / (high - low) * steps).astype(np.int64)

    means, places = placed(np.sign(cloud.means_m) * np.log1p(np.abs(cloud.means_m.astype(np.float64))), 65535)
    scales, scale_places = placed(np.log(cloud.scales_m.astype(np.float64)), 255)
    logits = np.log(cloud.opacities / (1 - cloud.opacities))
    colours, colour_places = placed(np.concatenate([cloud.sh[:, 0], logits[:, None]], axis=1).astype(np.float64), 255)
    largest = np.abs(cloud.quats_wxyz).argmax(axis=1)
    turns = []
    for quat, place in zip(cloud.quats_wxyz, largest, strict=True):
        others = np.delete(quat, place) * np.sign(quat[place]) * np.sqrt(2)
        turns.append([*np.rint((others + 1) / 2 * 255), 252 + place])
    meta = {
        "means": {"shape": [cloud.count, 3], **means, "files": ["l.webp", "u.webp"]},
        "scales": {**scales, "files": ["s.webp"]},
        "quats": {"files": ["q.webp"]},
        "sh0": {**colours, "files": ["c.webp"]},
    }
    (tmp_path / "meta.json").write_text(json.dumps(meta))
    for name, values in {
        "l": places & 255,
        "u": places >> 8,
        "s": scale_places,
        "q": np.array(turns),
        "c": colour_places,
    }.items():
        (tmp_path / f"{name}.webp").write_bytes(picture(values))
    found = errors(read_avatar(tmp_path / "meta.json", axes="yup").cloud, cloud)
    assert np.less_equal(found, (5e-5, 0.02, 1.2, 0.02, 0.02)).all(), found


def refusal(path: Path) -> str:
    with pytest.raises(Ani3dError) as caught:
        read_avatar(path)
    return caught.value.code


def test_other_bytes_than_the_name_says(tmp_path):
    ply = compressed_ply_bytes(source())
    for name, content, code in (
        ("a.spz", ply, "import-wrong-suffix"),
        ("a.ply", gltf_bytes(source()), "import-wrong-suffix"),
        ("a.xyz", ply, "import-wrong-suffix"),
        ("a.xyz", b"?" * 99, "import-unknown-format"),
        ("a.sog", b"?" * 99, "splat-file-magic"),
        ("a.spz", gzip.compress(b"?" * 99), "splat-file-damaged"),
        ("a.ksplat", b"?" * 9999, "splat-file-version"),
        ("a.splat", b"?" * 33, "splat-file-truncated"),
        ("a.glb", b"?" * 99, "gltf-damaged"),
    ):
        (tmp_path / name).write_bytes(content)
        assert refusal(tmp_path / name) == code, name


def test_absurd_counts_take_no_memory(tmp_path):
    """A few bytes that say they hold gigabytes."""
    head = struct.pack("<4sIIBBBB", b"NGSP", 3, 2**31, 3, 12, 0, 0)
    meta = {"version": 2, "count": 2**40, "means": {"mins": [0] * 3, "maxs": [1] * 3, "files": ["a", "b"]}}
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("meta.json", b" " * (300 << 20))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("meta.json", json.dumps(meta))
    glb = gltf_bytes(source()).replace(b'"count":80', b'"count":8000000000', 1)
    for name, content, code in (
        ("a.spz", gzip.compress(head + bytes(99)), "splat-file-expands"),
        ("b.spz", gzip.compress(head[:8] + struct.pack("<I", 90_000) + head[12:] + bytes(99)), "splat-file-truncated"),
        ("a.sog", packed.getvalue(), "splat-file-expands"),
        ("b.sog", bomb.getvalue(), "splat-file-expands"),
        ("a.glb", glb[:8] + struct.pack("<I", len(glb)) + glb[12:], "gltf-"),
    ):
        (tmp_path / name).write_bytes(content)
        assert refusal(tmp_path / name).startswith(code), name


def test_axes_that_a_format_fixes_cannot_be_changed(tmp_path):
    (tmp_path / "a.glb").write_bytes(gltf_bytes(source()))
    assert read_avatar(tmp_path / "a.glb").axes == "yup"
    with pytest.raises(Ani3dError) as caught:
        read_avatar(tmp_path / "a.glb", axes="rdf")
    assert caught.value.code == "axes-fixed"


def test_logarithms_in_place_of_a_gltfs_scales_are_refused(tmp_path):
    cloud = source()
    glb = gltf_bytes(cloud).replace(cloud.scales_m.tobytes(), np.log(cloud.scales_m).tobytes())
    (tmp_path / "a.glb").write_bytes(glb)
    with pytest.raises(Ani3dError, match="logarithms") as caught:
        read_avatar(tmp_path / "a.glb")
    assert caught.value.code == "gltf-damaged"
