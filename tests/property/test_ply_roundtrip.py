"""Any Gaussian PLY that plyfile writes, we read; any change of axes can be taken back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plyfile import PlyData, PlyElement

from ani3d_runtime.bake.importers.avatar import read_avatar
from ani3d_runtime.geometry.frames import cloud_from_axes, cloud_to_axes, points_from_axes, rotation_from_axes
from ani3d_runtime.geometry.harmonics import evaluate_sh
from ani3d_runtime.geometry.quaternion import rotate
from ani3d_runtime.splats import SplatCloud

BASE = ["x", "y", "z", "f_dc_0", "f_dc_1", "f_dc_2", "opacity", "scale_0", "scale_1", "scale_2"]
BASE += ["rot_0", "rot_1", "rot_2", "rot_3"]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_property_order_and_types_do_not_matter(tmp_path, data):
    rest = data.draw(st.sampled_from([0, 9, 24, 45]))
    extra = data.draw(st.lists(st.sampled_from(["nx", "label", "confidence"]), unique=True))
    names = data.draw(st.permutations([*BASE, *(f"f_rest_{i}" for i in range(rest)), *extra]))
    kinds = [data.draw(st.sampled_from(["f4", "f8"])) for _ in names]
    rows = np.empty(data.draw(st.integers(1, 12)), dtype=list(zip(names, kinds, strict=True)))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    for name in names:
        rows[name] = rng.normal(size=len(rows)).astype(np.float32)
    path = tmp_path / "a.ply"
    text = data.draw(st.booleans())
    order = data.draw(st.sampled_from("<>"))
    PlyData([PlyElement.describe(rows, "vertex")], text=text, byte_order="=" if text else order).write(str(path))
    oracle = PlyData.read(str(path))["vertex"]
    cloud = read_avatar(path, axes="yup").cloud
    np.testing.assert_allclose(cloud.means_m[:, 2], oracle["z"], rtol=1e-6)
    np.testing.assert_allclose(np.log(cloud.scales_m[:, 0]), oracle["scale_0"], atol=1e-5)
    np.testing.assert_allclose(np.log(cloud.opacities / (1 - cloud.opacities)), oracle["opacity"], atol=1e-4)
    if rest:
        np.testing.assert_allclose(cloud.sh[:, 1, 1], oracle[f"f_rest_{rest // 3}"], rtol=1e-6)


def random_cloud(seed: int, terms: int) -> SplatCloud:
    rng = np.random.default_rng(seed)
    return SplatCloud.checked(
        rng.normal(size=(17, 3)),
        rng.normal(size=(17, 4)),
        np.exp(rng.normal(size=(17, 3))),
        rng.uniform(size=17),
        rng.normal(size=(17, terms, 3)),
    )


@pytest.mark.parametrize("axes", ["rdf", "zup", "yup"])
@pytest.mark.parametrize("terms", [1, 4, 9, 16])
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_axes_round_trip(axes, terms, seed):
    cloud = random_cloud(seed, terms)
    back = cloud_to_axes(cloud_from_axes(cloud, axes), axes)
    np.testing.assert_array_equal(back.means_m, cloud.means_m)
    np.testing.assert_allclose(np.abs((back.quats_wxyz * cloud.quats_wxyz).sum(1)), 1, atol=1e-6)
    np.testing.assert_allclose(back.sh, cloud.sh, atol=2e-5)


@pytest.mark.parametrize("axes", ["rdf", "zup"])
def test_colour_turns_with_the_cloud(axes):
    """Seen from the turned direction, every Gaussian keeps its colour, and its axes turn with its centre."""
    cloud = random_cloud(5, 16)
    turned = cloud_from_axes(cloud, axes)
    directions = np.random.default_rng(1).normal(size=(17, 3)).astype(np.float32)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    before = evaluate_sh(cloud.sh, directions)
    after = evaluate_sh(turned.sh, np.ascontiguousarray(points_from_axes(directions, axes)))
    np.testing.assert_allclose(after, before, atol=2e-5)
    np.testing.assert_allclose(rotate(rotation_from_axes(axes), cloud.means_m), turned.means_m, atol=1e-6)
    axis = np.array([1.0, 0, 0])
    expected = points_from_axes(rotate(cloud.quats_wxyz, axis), axes)
    np.testing.assert_allclose(rotate(turned.quats_wxyz, axis), expected, atol=1e-6)
