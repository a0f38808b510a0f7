"""Residual files: dense channels in, moving Gaussians out, and refusals that name avatar and motion."""

from __future__ import annotations

import numpy as np
import pytest

from ani3d_runtime.bake.importers.residual import read_residual
from ani3d_runtime.errors import ResidualError

FRAMES, GAUSSIANS = 70, 40


def channel(seed: int = 0, kind: type = np.float32) -> np.ndarray:
    values = np.random.default_rng(seed).normal(size=(FRAMES, GAUSSIANS, 3))
    values[:, ::3] = 0
    return values.astype(kind)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("order", ["C", "F"])
def test_every_channel_comes_back(tmp_path, save, kind, order):
    channels = {"dpos_m": channel(0, kind), "drot_rad": channel(1, kind), "dcolour": channel(2, kind)}
    save(tmp_path / "a.npz", **{name: np.asarray(value, order=order) for name, value in channels.items()})
    layer = read_residual(tmp_path / "a.npz", FRAMES, GAUSSIANS)
    np.testing.assert_array_equal(layer.indices, [i for i in range(GAUSSIANS) if i % 3])
    for name, value in channels.items():
        np.testing.assert_array_equal(getattr(layer, name), value[:, layer.indices].astype(np.float32))
    assert layer.dlogscale is None


def test_a_gaussian_that_only_changes_colour_is_kept(tmp_path):
    colour = np.zeros((FRAMES, GAUSSIANS, 3))
    colour[69, 7, 2] = 0.1
    np.savez(tmp_path / "a.npz", dpos_m=np.zeros((FRAMES, GAUSSIANS, 3)), dcolour=colour)
    np.testing.assert_array_equal(read_residual(tmp_path / "a.npz", FRAMES, GAUSSIANS).indices, [7])


def test_all_zero(tmp_path):
    np.savez(tmp_path / "a.npz", dpos_m=np.zeros((FRAMES, GAUSSIANS, 3), np.float32))
    assert read_residual(tmp_path / "a.npz", FRAMES, GAUSSIANS).dpos_m.shape == (FRAMES, 0, 3)


def refused(path, frames: int = FRAMES, gaussians: int = GAUSSIANS) -> ResidualError:
    with pytest.raises(ResidualError) as caught:
        read_residual(path, frames, gaussians, avatar="hero.ply", motion="walk.bvh")
    return caught.value


def test_another_avatar_or_motion_is_named(tmp_path):
    np.savez(tmp_path / "a.npz", dpos_m=channel())
    for frames, gaussians in ((71, GAUSSIANS), (FRAMES, 41)):
        error = refused(tmp_path / "a.npz", frames, gaussians)
        assert error.code == "residual-wrong-shape"
        assert f"{frames} frames of walk.bvh and {gaussians} Gaussians of hero.ply" in error.expected


@pytest.mark.parametrize(
    ("arrays", "code"),
    [
        ({"position": channel()}, "residual-missing-array"),
        ({"dpos_m": channel()[..., 0]}, "residual-wrong-shape"),
        ({"dpos_m": channel(), "drot_rad": channel()[1:]}, "residual-wrong-shape"),
        ({"dpos_m": channel().astype(complex)}, "residual-not-numeric"),
        ({"dpos_m": channel().astype("U8")}, "residual-not-numeric"),
        ({"dpos_m": channel().astype(object)}, "residual-pickled"),
        ({"dpos_m": channel(0, np.float64) * 1e300}, "residual-not-finite"),
    ],
)
def test_refusals(tmp_path, arrays, code):
    np.savez(tmp_path / "a.npz", **arrays)
    assert refused(tmp_path / "a.npz").code == code


@pytest.mark.parametrize("value", [np.nan, -np.inf])
def test_not_finite_names_frame_and_gaussian(tmp_path, value):
    values = channel()
    values[65, 11, 1] = value
    np.savez(tmp_path / "a.npz", dpos_m=channel(), dlogscale=values)
    error = refused(tmp_path / "a.npz")
    assert error.code == "residual-not-finite"
    assert "dlogscale" in error.subject
    assert "frame 65 at Gaussian 11" in error.found


def test_missing_cut_short_and_foreign_files(tmp_path):
    assert refused(tmp_path / "none.npz").code == "residual-missing-file"
    path = tmp_path / "a.npz"
    path.write_bytes(b"not a zip")
    assert refused(path).code == "residual-not-npz"
    np.savez(path, dpos_m=channel())
    path.write_bytes(path.read_bytes()[:-100])
    assert refused(path).code == "residual-not-npz"


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("place", [0.2, 0.5, 0.8])
def test_a_flipped_bit_is_noticed(tmp_path, save, place):
    path = tmp_path / "a.npz"
    save(path, dpos_m=channel())
    data = bytearray(path.read_bytes())
    data[int(len(data) * place)] ^= 0x10
    path.write_bytes(data)
    assert refused(path).code == "residual-truncated"
