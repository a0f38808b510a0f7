"""Gaussians that move in one file, USD and .4dgs, read by the libraries of these formats."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ani3d_exporters.base import ExportRequest
from ani3d_exporters.fourdgs import FourdgsExporter
from ani3d_exporters.posing import frame_poser
from ani3d_exporters.usd import UsdExporter
from ani3d_runtime.errors import Ani3dError
from ani3d_runtime.package.reader import Package
from ani3d_runtime.testing.packages import write_synthetic_package


def request_of(package: Package, output: Path, axes: str = "yup") -> ExportRequest:
    return ExportRequest(package, package.clip_names[0], [0, 2, 3], "residual", axes, output, False)  # type: ignore


def test_frames_are_time_samples(tmp_path: Path) -> None:
    pxr = pytest.importorskip("pxr.UsdVol", reason="usd-core is not installed")
    from pxr import Usd, UsdGeom

    with Package.open(write_synthetic_package(tmp_path / "a.a3d", frame_count=5)) as package:
        request = request_of(package, tmp_path / "a.usdc")
        report = UsdExporter().export(request, lambda fraction: None)
        posed = {frame: frame_poser(request)(frame) for frame in request.frames}
        fps = package.clip(request.clip_name).fps
    stage = Usd.Stage.Open(str(tmp_path / "a.usdc"))
    field = pxr.ParticleField3DGaussianSplat(stage.GetPrimAtPath("/avatar/gaussians"))
    assert (stage.GetTimeCodesPerSecond(), UsdGeom.GetStageUpAxis(stage)) == (fps, "Y")
    assert field.GetPositionsAttr().GetTimeSamples() == [0, 2, 3]
    assert report.gaussian_count == posed[0].count
    for frame, cloud in posed.items():
        np.testing.assert_allclose(np.array(field.GetPositionsAttr().Get(frame)), cloud.means_m, atol=1e-6)
        quats = [[quat.GetReal(), *quat.GetImaginary()] for quat in field.GetOrientationsAttr().Get(frame)]
        np.testing.assert_allclose(quats, cloud.quats_wxyz, atol=1e-6)
        low, high = np.array(field.GetExtentAttr().Get(frame))
        assert (low < cloud.means_m).all()
        assert (cloud.means_m < high).all()
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix != ".a3d") == ["a.usdc"]


def test_without_the_library_and_in_axes_that_no_stage_has(tmp_path, monkeypatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pxr.Usd", None)
    with Package.open(write_synthetic_package(tmp_path / "a.a3d", frame_count=5)) as package:
        for axes, code in (("yup", "extra-missing"), ("rdf", "export-axes")):
            with pytest.raises(Ani3dError) as caught:
                UsdExporter().export(request_of(package, tmp_path / "b.usdc", axes), lambda fraction: None)
            assert caught.value.code == code


def test_frames_are_key_frames_and_deltas(tmp_path: Path) -> None:
    file = pytest.importorskip("fourdgs.keyframe_delta_file", reason="fourdgs is not installed")
    with Package.open(write_synthetic_package(tmp_path / "a.a3d", frame_count=5)) as package:
        request = request_of(package, tmp_path / "a.4dgs")
        report = FourdgsExporter().export(request, lambda fraction: None)
        posed = {frame: frame_poser(request)(frame) for frame in request.frames}
        fps = package.clip(request.clip_name).fps
    scene = file.decode_streamed((tmp_path / "a.4dgs").read_bytes())
    for frame, cloud in posed.items():
        shown = file.render_at(scene, (frame + 0.25) / fps)
        np.testing.assert_allclose(shown["centers"], cloud.means_m, atol=2e-3)
        np.testing.assert_allclose(shown["opacity"], cloud.opacities, atol=0.02)
    assert [loss.partition(":")[0] for loss in report.losses][:2] == ["parts", "precision"]
