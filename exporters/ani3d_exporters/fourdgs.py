"""``fourdgs``: frames of a clip as key frames and deltas in a .4dgs, by fourdgs' reference writer.

https://pypi.org/project/fourdgs. Colours are without harmonics of higher degree; a frame holds until the next. The
writer keeps all frames in memory.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from ani3d_exporters.base import Exporter, ExportReport, ExportRequest, ProgressCallback
from ani3d_exporters.losses import lost_parts
from ani3d_exporters.posing import frame_poser
from ani3d_runtime.errors import ResourceError, UsageError
from ani3d_runtime.geometry.harmonics import SH_C0
from ani3d_runtime.replacing import replacing_file
from ani3d_runtime.splats import SplatCloud

# The writer keeps every frame in memory, in 64 bits a value.
_MOST_GAUSSIANS = 6_000_000
_FRAMES_PER_KEY = 30
# Long against any clip, so that opacities do not fade; the writer wants a finite number.
_LIFETIME_S = 1e4


class FourdgsExporter(Exporter):
    """One file for all frames."""

    description = "frames as key frames and deltas in a .4dgs, without harmonics; needs ani3d-runtime[fourdgs]"
    suffix = ".4dgs"
    follows = (".4dgs",)
    usual_axes = "yup"
    axes_fixed = True

    def export(self, request: ExportRequest, progress: ProgressCallback) -> ExportReport:
        """Write the frames of the request into one file.

        Raises:
            UsageError: ``export-suffix``, ``output-exists``, ``export-too-large``.
            ResourceError: ``extra-missing`` without fourdgs; ``output-*``, ``disk-full``.
        """
        self.check_output(request.output, request.overwrite)
        frames, count = sorted(set(request.frames)), request.package.count_at(request.lod)
        if len(frames) * count > _MOST_GAUSSIANS:
            raise UsageError(
                "export-too-large",
                "--frames",
                found=f"{len(frames)} frames of {count} Gaussians",
                expected=f"at most {_MOST_GAUSSIANS} Gaussians in all frames, which the writer keeps in memory",
                fix=f"Export at most {max(_MOST_GAUSSIANS // count, 1)} frames at a time, or a coarser --level.",
            )
        library, writer, file = _fourdgs()
        pose, fps = frame_poser(request), request.package.clip(request.clip_name).fps
        duration_s = (frames[-1] - frames[0] + 1) / fps
        ids, samples = np.arange(count, dtype=np.int64), list[Any]()
        degree = 0
        for done, frame in enumerate(frames):
            cloud = pose(frame)
            degree, time_s = cloud.sh_degree, (frame - frames[0]) / fps
            samples.append(writer.Sample(time_s, ids, _gaussians(library, cloud, time_s, duration_s)))
            progress(0.5 * (done + 1) / len(frames))
        options = writer.KeyframeDeltaOptions(keyframe_every=_FRAMES_PER_KEY)
        content: bytes = file.write_sequence(samples, duration_s, kd=options, profile="fine")
        request.output.parent.mkdir(parents=True, exist_ok=True)
        with replacing_file(request.output) as stream:
            stream.write(content)
        progress(1.0)
        losses = [lost_parts(request), _precision(file.render_at(file.decode_streamed(content), 0.0), pose(frames[0]))]
        if degree:
            losses.append(f"harmonics: degree {'1' if degree == 1 else f'1 to {degree}'}; colours are the mean")
        return ExportReport([str(request.output)], count, len(content), losses, "yup")


def _gaussians(library: Any, cloud: SplatCloud, time_s: float, duration_s: float) -> Any:
    colours = np.clip(0.5 + SH_C0 * cloud.sh[:, 0], 0, 1)
    return library.GaussianSet(
        positions=cloud.means_m,
        scales=cloud.scales_m,
        rotations=np.roll(cloud.quats_wxyz, -1, axis=1),
        colors=np.concatenate([colours, cloud.opacities[:, None]], axis=1).astype(np.float32),
        motions=np.zeros((cloud.count, 3), dtype=np.float32),
        mu_t=np.full(cloud.count, time_s, dtype=np.float32),
        sigma_t=np.full(cloud.count, _LIFETIME_S, dtype=np.float32),
        win_lo=np.zeros(cloud.count),
        win_hi=np.full(cloud.count, duration_s),
    )


def _precision(shown: Any, posed: SplatCloud) -> str:
    """What the first frame lost, by the library's own reader, which gives it in the order of the avatar."""
    off_mm = 1e3 * float(np.linalg.norm(np.asarray(shown["centers"]) - posed.means_m, axis=1).max())
    opacity = float(np.abs(np.asarray(shown["opacity"]) - posed.opacities).max())
    return f"precision: positions by up to {off_mm:.3g} mm, opacities {opacity:.2g}"


def _fourdgs() -> tuple[Any, Any, Any]:
    try:
        names = ("fourdgs", "fourdgs.keyframe_delta_writer", "fourdgs.keyframe_delta_file")
        library, writer, file = (importlib.import_module(name) for name in names)
    except ImportError:
        raise ResourceError(
            "extra-missing",
            "fourdgs",
            found="no module fourdgs",
            expected="ani3d-runtime with its [fourdgs] extra",
            fix="Run: pip install 'ani3d-runtime[fourdgs]'",
        ) from None
    return library, writer, file
