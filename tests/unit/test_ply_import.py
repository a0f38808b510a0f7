"""Reading 3DGS PLY files: every layout that tools write, and every refusal."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.lib.recfunctions import repack_fields
from plyfile import PlyData, PlyElement

from ani3d_runtime.bake.importers.avatar import read_avatar
from ani3d_runtime.errors import PlyError

BASE = ["x", "y", "z", "f_dc_0", "f_dc_1", "f_dc_2", "opacity", "scale_0", "scale_1", "scale_2"]
BASE += ["rot_0", "rot_1", "rot_2", "rot_3"]


def gaussians(count: int, rest: int, *, extra: tuple[str, ...] = (), kind: str = "f4") -> np.ndarray:
    """Random raw 3DGS parameters as a structured array."""
    names = [*BASE[:3], *extra, *BASE[3:6], *(f"f_rest_{i}" for i in range(rest)), *BASE[6:]]
    rng = np.random.default_rng(count + rest)
    rows = np.empty(count, dtype=[(name, kind) for name in names])
    for name in names:
        rows[name] = rng.normal(size=count)
    return rows


def write(path: Path, rows: np.ndarray, *, text: bool = False, byte_order: str = "<", more: tuple = ()) -> Path:
    elements = [PlyElement.describe(rows, "vertex"), *more]
    PlyData(elements, text=text, byte_order=byte_order).write(str(path))
    return path


@pytest.mark.parametrize("rest", [0, 9, 24, 45])
@pytest.mark.parametrize(("text", "byte_order"), [(False, "<"), (False, ">"), (True, "=")])
@pytest.mark.parametrize("kind", ["f4", "f8"])
def test_every_layout_reads_alike(tmp_path, rest, text, byte_order, kind):
    rows = gaussians(23, rest, extra=("nx", "ny", "nz"), kind=kind)
    cloud = read_avatar(write(tmp_path / "a.ply", rows, text=text, byte_order=byte_order), axes="yup").cloud
    terms = rest // 3 + 1
    assert cloud.sh.shape == (23, terms, 3)
    np.testing.assert_allclose(cloud.means_m, np.stack([rows["x"], rows["y"], rows["z"]], 1), rtol=1e-6)
    np.testing.assert_allclose(cloud.opacities, 1 / (1 + np.exp(-rows["opacity"])), rtol=1e-5)
    np.testing.assert_allclose(cloud.scales_m[:, 1], np.exp(rows["scale_1"]), rtol=1e-5)
    raw = np.stack([rows[f"rot_{i}"] for i in range(4)], 1)
    np.testing.assert_allclose(cloud.quats_wxyz, raw / np.linalg.norm(raw, axis=1, keepdims=True), atol=1e-6)
    for channel in range(3):
        np.testing.assert_allclose(cloud.sh[:, 0, channel], rows[f"f_dc_{channel}"], rtol=1e-6)
        for term in range(1, terms):
            name = f"f_rest_{channel * (terms - 1) + term - 1}"
            np.testing.assert_allclose(cloud.sh[:, term, channel], rows[name], rtol=1e-6)


def test_properties_of_other_types_and_faces_after_are_tolerated(tmp_path):
    plain = gaussians(9, 9)
    rows = np.empty(9, dtype=[("id", "i4"), *((name, "f4") for name in plain.dtype.names), ("part", "u1")])
    for name in plain.dtype.names:
        rows[name] = plain[name]
    rows["id"], rows["part"] = 7, np.arange(9) % 5
    faces = np.empty(1, dtype=[("vertex_indices", "i4", (3,))])
    faces["vertex_indices"] = [[0, 1, 2]]
    path = write(tmp_path / "a.ply", rows, more=(PlyElement.describe(faces, "face"),))
    np.testing.assert_array_equal(read_avatar(path).cloud.sh, read_avatar(write(tmp_path / "b.ply", plain)).cloud.sh)
    np.testing.assert_array_equal(read_avatar(path).parts, np.arange(9) % 5)
    assert read_avatar(tmp_path / "b.ply").parts is None


def test_rdf_becomes_y_up(tmp_path):
    rows = gaussians(5, 0)
    path = write(tmp_path / "a.ply", rows)
    yup, rdf = read_avatar(path, axes="yup").cloud, read_avatar(path).cloud
    np.testing.assert_array_equal(rdf.means_m, yup.means_m * np.float32([1, -1, -1]))


def refuse(path: Path) -> PlyError:
    with pytest.raises(PlyError) as caught:
        read_avatar(path)
    return caught.value


def test_missing_file(tmp_path):
    assert refuse(tmp_path / "none.ply").code == "ply-missing-file"
    (tmp_path / "folder.ply").mkdir()
    assert refuse(tmp_path / "folder.ply").code == "ply-missing-file"


@pytest.mark.parametrize("content", [b"", b"\x89PNG....", b"plywood"])
def test_not_a_ply(tmp_path, content):
    path = tmp_path / "a.ply"
    path.write_bytes(content)
    assert refuse(path).code == "ply-not-ply"


def test_missing_properties_are_named(tmp_path):
    rows = gaussians(4, 0)
    kept = [name for name in rows.dtype.names if name not in ("opacity", "rot_2")]
    error = refuse(write(tmp_path / "a.ply", repack_fields(rows[kept])))
    assert error.code == "ply-missing-property"
    assert "rot_2" in error.expected
    assert "opacity" in error.expected


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_not_finite_names_property_and_vertex(tmp_path, value):
    rows = gaussians(6, 9)
    rows["f_rest_4"][3] = value
    error = refuse(write(tmp_path / "a.ply", rows))
    assert error.code == "ply-not-finite"
    assert "f_rest_4 of vertex 3" in error.found


def test_empty(tmp_path):
    assert refuse(write(tmp_path / "a.ply", gaussians(0, 0))).code == "ply-empty"


@pytest.mark.parametrize("text", [False, True])
def test_huge_declared_count_allocates_nothing(tmp_path, text):
    path = write(tmp_path / "a.ply", gaussians(3, 0), text=text)
    path.write_bytes(path.read_bytes().replace(b"element vertex 3\n", b"element vertex 99999999999999\n"))
    assert refuse(path).code == "ply-truncated"


@pytest.mark.parametrize("text", [False, True])
def test_cut_short(tmp_path, text):
    path = write(tmp_path / "a.ply", gaussians(30, 9), text=text)
    path.write_bytes(path.read_bytes()[:-300])
    assert refuse(path).code == "ply-truncated"


def test_header_cut_short_or_wrong(tmp_path):
    path = write(tmp_path / "a.ply", gaussians(3, 0))
    whole = path.read_bytes()
    path.write_bytes(whole[:100])
    assert refuse(path).code == "ply-bad-header"
    path.write_bytes(whole.replace(b"property float x", b"property frogs x"))
    assert refuse(path).code == "ply-bad-header"
    path.write_bytes(whole.replace(b"property float y", b"property float x"))
    assert refuse(path).code == "ply-bad-header"


def test_list_property_among_the_vertices(tmp_path):
    path = write(tmp_path / "a.ply", gaussians(3, 0))
    path.write_bytes(path.read_bytes().replace(b"property float x", b"property list uchar float x"))
    assert refuse(path).code == "ply-list-property"


def test_odd_harmonics_count(tmp_path):
    assert refuse(write(tmp_path / "a.ply", gaussians(3, 12))).code == "ply-sh-degree"


def test_zero_quaternion_and_linear_scales(tmp_path):
    rows = gaussians(3, 0)
    for i in range(4):
        rows[f"rot_{i}"][1] = 0
    assert refuse(write(tmp_path / "a.ply", rows)).code == "splats-zero-quaternion"
    rows = gaussians(3, 0)
    rows["scale_0"][1] = 500
    assert refuse(write(tmp_path / "a.ply", rows)).code == "ply-out-of-range"


def test_words_in_ascii(tmp_path):
    path = write(tmp_path / "a.ply", gaussians(3, 0), text=True)
    head, body = path.read_bytes().split(b"end_header\n")
    tokens = body.split(b" ")
    tokens[1] = b"frog"
    path.write_bytes(head + b"end_header\n" + b" ".join(tokens))
    assert refuse(path).code == "ply-not-numeric"


def test_bad_part_label(tmp_path):
    rows = gaussians(3, 0, extra=("part",))
    rows["part"] = [0, 1, 9]
    with pytest.raises(PlyError, match="garment") as caught:
        read_avatar(write(tmp_path / "a.ply", rows))
    assert caught.value.code == "ply-bad-part"


def test_doubles_far_from_the_origin_keep_their_digits(tmp_path):
    """A capture in a country's coordinates: float32 has steps of half a metre there."""
    rng = np.random.default_rng(0)
    rows = gaussians(200, 0).astype([(name, "f8") for name in gaussians(1, 0).dtype.names])
    near = rng.normal(size=(200, 3))
    for axis, name in enumerate("xyz"):
        rows[name] = near[:, axis] + (4.5e6, 2e5, -7e6)[axis]
    cloud = read_avatar(write(tmp_path / "far.ply", rows), axes="yup").cloud
    moved = cloud.means_m - cloud.means_m.mean(axis=0)
    np.testing.assert_allclose(moved, near - near.mean(axis=0), atol=1e-6)


def test_infinite_opacities_and_scales_are_values(tmp_path):
    """A logit of plus infinity is an opacity of 1; a logarithm of minus infinity is an axis without extent."""
    rows = gaussians(6, 9)
    rows["opacity"][:2] = np.inf, -np.inf
    rows["scale_2"][3] = -np.inf
    cloud = read_avatar(write(tmp_path / "a.ply", rows)).cloud
    np.testing.assert_array_equal(cloud.opacities[:2], [1, 0])
    assert 0 < cloud.scales_m[3, 2] < 2e-6
    rows["scale_2"][3] = np.inf
    assert refuse(write(tmp_path / "a.ply", rows)).code == "ply-out-of-range"


def test_gaussians_with_nan_are_left_out_on_request(tmp_path):
    rows = gaussians(6, 9, extra=("part",))
    rows["part"] = [0, 1, 2, 3, 4, 0]
    rows["f_rest_4"][3] = rows["x"][0] = np.nan
    path = write(tmp_path / "a.ply", rows)
    assert "--drop-nan" in refuse(path).fix
    found = read_avatar(path, drop_nan=True)
    np.testing.assert_allclose(found.cloud.sh[:, 0, 0], rows["f_dc_0"][[1, 2, 4, 5]])
    np.testing.assert_array_equal(found.parts, [1, 2, 4, 0])
    assert found.notes == ("2 Gaussians with NaN are left out",)


def test_two_dimensional_gaussians_have_a_thin_third_axis(tmp_path):
    rows = gaussians(6, 9)
    kept = [name for name in rows.dtype.names if name != "scale_2"]
    cloud = read_avatar(write(tmp_path / "a.ply", repack_fields(rows[kept]))).cloud
    np.testing.assert_allclose(
        cloud.scales_m[:, :2], np.exp(np.stack([rows["scale_0"], rows["scale_1"]], 1)), rtol=1e-5
    )
    assert (cloud.scales_m[:, 2] < 2e-6).all()


def test_colours_as_red_green_and_blue(tmp_path):
    rows = gaussians(4, 0)
    names = ("red", "green", "blue")
    mixed = np.empty(
        4, dtype=[(n, "u1" if n in names else "f4") for n in (*names, *rows.dtype.names) if n[:4] != "f_dc"]
    )
    for name in mixed.dtype.names:
        mixed[name] = [0, 51, 204, 255] if name in names else rows[name]
    cloud = read_avatar(write(tmp_path / "a.ply", mixed)).cloud
    assert cloud.sh_degree == 0
    np.testing.assert_allclose(0.5 + 0.28209479177387814 * cloud.sh[:, 0, 1], [0, 0.2, 0.8, 1], atol=1e-6)


def test_blank_lines_in_ascii(tmp_path):
    path = write(tmp_path / "a.ply", gaussians(5, 0), text=True)
    whole = read_avatar(path).cloud
    path.write_bytes(path.read_bytes().replace(b"end_header\n", b"end_header\n\n") + b"\n\n")
    np.testing.assert_array_equal(read_avatar(path).cloud.means_m, whole.means_m)


def test_scales_that_are_activated_already(tmp_path):
    """Widths of millimetres, read as logarithms, would be Gaussians of a metre."""
    rows = gaussians(30, 0)
    for axis in range(3):
        rows[f"scale_{axis}"] = np.exp(rows[f"scale_{axis}"] - 6)
    error = refuse(write(tmp_path / "a.ply", rows))
    assert error.code == "ply-activated"
    for axis in range(3):
        rows[f"scale_{axis}"] = np.log(rows[f"scale_{axis}"])
    read_avatar(write(tmp_path / "a.ply", rows))
