"""``usd``: frames of a clip as time samples of a ``ParticleField3DGaussianSplat``, which Omniverse plays.

OpenUSD's UsdVol, https://openusd.org/release/api/usd_vol_page_front.html. usd-core writes it, from the extra
``usd``. Values that are the same in all frames are written once. Between frames a player mixes linearly.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ani3d_exporters.base import Exporter, ExportReport, ExportRequest, ProgressCallback
from ani3d_exporters.losses import lost_parts
from ani3d_exporters.posing import frame_poser
from ani3d_runtime.errors import ResourceError, UsageError
from ani3d_runtime.replacing import replacing_path
from ani3d_runtime.splats import SplatCloud

# Standard deviations that a Gaussian reaches, for extents.
_REACH = 3.0


class UsdExporter(Exporter):
    """One stage for all frames."""

    description = "frames as time samples of Gaussians in USD (.usdc); needs ani3d-runtime[usd]"
    suffix = ".usdc"
    follows = (".usdc",)
    usual_axes = "yup"

    def export(self, request: ExportRequest, progress: ProgressCallback) -> ExportReport:
        """Write the frames of the request into one stage.

        Raises:
            UsageError: ``export-suffix``, ``output-exists``, ``export-axes``.
            ResourceError: ``extra-missing`` without usd-core; ``output-*``, ``disk-full``.
        """
        self.check_output(request.output, request.overwrite)
        if request.axes == "rdf":
            raise UsageError(
                "export-axes",
                "--axes",
                found="rdf for a .usdc file",
                expected="yup or zup, which a stage can state",
                fix="Leave --axes out.",
            )
        usd = _usd()
        pose = frame_poser(request)
        request.output.parent.mkdir(parents=True, exist_ok=True)
        with replacing_path(request.output) as partial:
            # The library writes by names that end as its format does.
            stage = usd.Usd.Stage.CreateNew(str(partial.with_suffix(".usdc")))
            try:
                count = _write(usd, stage, request, pose, progress)
                stage.GetRootLayer().Save()
                partial.with_suffix(".usdc").replace(partial)
            finally:
                partial.with_suffix(".usdc").unlink(missing_ok=True)
        size = request.output.stat().st_size
        losses = [lost_parts(request), "between frames: Gaussians move on straight lines"]
        return ExportReport([str(request.output)], count, size, losses, request.axes)


def _write(usd: Any, stage: Any, request: ExportRequest, pose: Any, progress: ProgressCallback) -> int:
    clip = request.package.clip(request.clip_name)
    frames = sorted(set(request.frames))
    stage.SetTimeCodesPerSecond(clip.fps)
    stage.SetFramesPerSecond(clip.fps)
    stage.SetStartTimeCode(frames[0])
    stage.SetEndTimeCode(frames[-1])
    usd.UsdGeom.SetStageUpAxis(stage, "Y" if request.axes == "yup" else "Z")
    usd.UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    root = usd.UsdGeom.Xform.Define(stage, "/avatar")
    stage.SetDefaultPrim(root.GetPrim())
    field = usd.UsdVol.ParticleField3DGaussianSplat.Define(stage, "/avatar/gaussians")
    field.CreateProjectionModeHintAttr("perspective")
    field.CreateSortingModeHintAttr("cameraDistance")
    samples: dict[str, _Sampled] = {}
    count = 0
    for done, frame in enumerate(frames):
        cloud: SplatCloud = pose(frame)
        count = cloud.count
        if done == 0:
            field.CreateRadianceSphericalHarmonicsDegreeAttr(cloud.sh_degree)
        for name, (attribute, value, raw) in _values(usd, field, cloud).items():
            samples.setdefault(name, _Sampled(attribute)).at(frame, value, raw.tobytes())
        progress((done + 1) / len(frames))
    return count


class _Sampled:
    """An attribute that is written where it changes; between samples a player mixes."""

    def __init__(self, attribute: Any) -> None:
        self._attribute = attribute
        self._content = b""
        self._value: Any = None
        self._frame = self._written = 0

    def at(self, frame: int, value: Any, content: bytes) -> None:
        """The value of a frame."""
        if content != self._content:
            if self._content and self._written != self._frame:
                # It stood still until then.
                self._attribute.Set(self._value, self._frame)
            self._attribute.Set(value, frame)
            self._written = frame
        self._frame, self._value, self._content = frame, value, content


def _values(usd: Any, field: Any, cloud: SplatCloud) -> dict[str, tuple[Any, Any, NDArray[Any]]]:
    """Name → attribute, its value for the library, and the same as an array."""
    reach = _REACH * cloud.scales_m.max(axis=1, keepdims=True)
    extent = np.stack([(cloud.means_m - reach).min(axis=0), (cloud.means_m + reach).max(axis=0)]).astype(np.float32)
    # Imaginary part first, as the library's arrays lie in memory.
    quats = np.ascontiguousarray(cloud.quats_wxyz[:, [1, 2, 3, 0]])
    harmonics = np.ascontiguousarray(cloud.sh.reshape(-1, 3))
    vec3, vt = usd.Vt.Vec3fArray.FromNumpy, usd.Vt
    return {
        "positions": (field.CreatePositionsAttr(), vec3(cloud.means_m), cloud.means_m),
        "orientations": (field.CreateOrientationsAttr(), vt.QuatfArray.FromNumpy(quats), quats),
        "scales": (field.CreateScalesAttr(), vec3(cloud.scales_m), cloud.scales_m),
        "opacities": (field.CreateOpacitiesAttr(), vt.FloatArray.FromNumpy(cloud.opacities), cloud.opacities),
        "harmonics": (field.CreateRadianceSphericalHarmonicsCoefficientsAttr(), vec3(harmonics), harmonics),
        "extent": (field.CreateExtentAttr(), vec3(extent), extent),
    }


class _Modules:
    """The modules of usd-core, which takes seconds to load."""

    def __init__(self) -> None:
        for name in ("Usd", "UsdGeom", "UsdVol", "Vt"):
            setattr(self, name, importlib.import_module(f"pxr.{name}"))


def _usd() -> Any:
    try:
        modules: Any = _Modules()
        modules.UsdVol.ParticleField3DGaussianSplat  # noqa: B018 - since 26.3
    except (ImportError, AttributeError):
        raise ResourceError(
            "extra-missing",
            "usd",
            found="no usd-core 26.3 or later",
            expected="ani3d-runtime with its [usd] extra",
            fix="Run: pip install 'ani3d-runtime[usd]'",
        ) from None
    return modules
