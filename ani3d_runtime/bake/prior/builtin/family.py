"""The family ``builtin``: the prior that comes with ani3d. Importing it loads no torch."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from ani3d_runtime.bake.prior.prior import Prior, PriorOptions

WEIGHTS_NAME = "builtin.safetensors"


class BuiltinFamily:
    """The small pixel-space video model trained on simulated characters; see docs/builtin-prior.md."""

    summary = "our own small video model, trained on simulated characters; comes with ani3d"

    def recognises(self, folder: Path) -> bool:
        """Whether the folder holds weights that our training wrote."""
        return (folder / WEIGHTS_NAME).is_file()

    def load(self, folder: Path | None, device: str, options: PriorOptions) -> Prior:
        """The weights in ``folder``; None means those in the package.

        Raises:
            InputError: ``prior-weights-invalid``. ResourceError: ``prior-no-device``.
        """
        # Imported here: seconds of torch that listing priors should not cost.
        from ani3d_runtime.bake.prior.builtin.restorer import BuiltinPrior

        if folder is not None:
            return BuiltinPrior.load(folder / WEIGHTS_NAME, device, options)
        with resources.as_file(resources.files("ani3d_runtime.bake.prior.builtin") / WEIGHTS_NAME) as path:
            return BuiltinPrior.load(path, device, options)
