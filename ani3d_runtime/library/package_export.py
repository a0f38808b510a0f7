"""Writing a package of a library in another format, beside it in the store."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from ani3d_exporters.base import ExportRequest
from ani3d_exporters.one_frame import FrameExporter
from ani3d_exporters.registry import load_exporter
from ani3d_runtime.errors import InputError
from ani3d_runtime.library.store import LibraryStore
from ani3d_runtime.library.task import Task
from ani3d_runtime.package.reader import Package
from ani3d_runtime.progress import Watcher, part_of


def export_package(task: Task, store: LibraryStore, folder: Path, watch: Watcher) -> dict[str, Any]:
    """Write every clip of a package in a format: ``exports/CHARACTER/FORMAT/CLIP``, with the format's own suffix.

    Formats of one frame get the first frame of each clip.

    Returns:
        what a record keeps: digest, bytes, facts; and files, by their names in the store.

    Raises:
        InputError: ``library-need-missing``. Ani3dError: as the exporter.
    """
    package, format = str(task.settings["package"]), str(task.settings["format"])
    if not store.fetch(package, folder / package):
        raise InputError(
            "library-need-missing",
            task.result,
            found=f"no {package} in {store.name}",
            expected="the package that is to be exported",
            fix="Run 'ani3d library bake'; it bakes what is missing.",
        )
    exporter = load_exporter(format)
    hasher, total, files, losses = hashlib.sha256(), 0, dict[str, Path](), dict[str, None]()
    with Package.open(folder / package) as opened, watch(f"export {format}") as progress:
        for index, name in enumerate(opened.clip_names):
            clip, target = opened.clip(name), folder / format / name
            if not exporter.writes_folder:
                target = target.with_name(target.name + exporter.suffix)
            target.parent.mkdir(exist_ok=True)
            frames = [0] if isinstance(exporter, FrameExporter) else list(range(clip.frame_count))
            request = ExportRequest(opened, name, frames, "residual", exporter.chosen_axes(None), target, True)
            count = len(opened.clip_names)
            report = exporter.export(request, part_of(progress, index / count, (index + 1) / count))
            losses |= dict.fromkeys(report.losses)
        for path in sorted(path for path in (folder / format).rglob("*") if path.is_file()):
            data = path.read_bytes()
            hasher.update(data)
            total += len(data)
            files[str(path.relative_to(folder / format))] = path
    return {
        "digest": hasher.hexdigest(),
        "bytes": total,
        "facts": {"files": list(files), "losses": list(losses)},
        "files": {f"{task.result}/{name}": path for name, path in files.items()},
    }
