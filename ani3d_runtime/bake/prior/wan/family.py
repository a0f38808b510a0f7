"""The family ``wan``: what recognises and loads Wan checkpoints. Importing it loads no torch."""

from __future__ import annotations

from pathlib import Path

from ani3d_runtime.bake.prior.hub import downloaded_folder
from ani3d_runtime.bake.prior.prior import Prior, PriorOptions
from ani3d_runtime.bake.prior.wan.checkpoint import WanCheckpoint, pipeline_class_name
from ani3d_runtime.bake.prior.wan.fun_checkpoint import is_original_layout, read_fun_checkpoint

# Smallest of the models that take both a control video and a reference picture.
DEFAULT_HUB_ID = "Wan-AI/Wan2.1-VACE-1.3B-diffusers"


class WanFamily:
    """Wan 2.1 and 2.2: text-to-video, VACE, Fun-Control and Animate; see docs/priors.md."""

    summary = "Wan 2.1/2.2 video diffusion, from a downloaded folder (video to video, VACE, Fun-Control, Animate)"

    def recognises(self, folder: Path) -> bool:
        """Whether the folder's model_index.json names a Wan pipeline, or its config.json a Wan model, supported or
        not."""
        return (pipeline_class_name(folder) or "").startswith("Wan") or is_original_layout(folder)

    def load(self, folder: Path | None, device: str, options: PriorOptions) -> Prior:
        """The checkpoint in ``folder``; None means the default one, if it has been downloaded.

        Raises:
            NotFoundError: ``prior-not-downloaded``.
            InputError: ``prior-wrong-class``, ``prior-incomplete``, ``prior-unreadable``, ``prior-dtype``.
            UsageError: ``prior-options``. ResourceError: ``prior-memory``, ``prior-no-device``.
        """
        checkpoint = read_checkpoint(folder or downloaded_folder(DEFAULT_HUB_ID))
        # Imported here: several seconds of torch and diffusers that listing priors should not cost.
        from ani3d_runtime.bake.prior.wan.restorer import WanPrior

        return WanPrior.load(checkpoint, device, options)


def read_checkpoint(folder: Path) -> WanCheckpoint:
    """What a folder holds, in diffusers' layout or in that of Wan's authors.

    Raises:
        InputError: ``prior-wrong-class``, ``prior-incomplete``, ``prior-unreadable``, ``prior-dtype``.
    """
    if pipeline_class_name(folder) is None and is_original_layout(folder):
        return read_fun_checkpoint(folder)
    return WanCheckpoint.read(folder)
