"""The recipe that a bake leaves in its package."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ani3d_runtime import __version__
from ani3d_runtime.bake import recipe_numbers
from ani3d_runtime.bake.generators.registry import residual_generator
from ani3d_runtime.bake.inputs import OWN_SOURCES, input_files, is_residual_file
from ani3d_runtime.bake.settings import BakeSettings
from ani3d_runtime.package.recipe import RecipeStep

if TYPE_CHECKING:
    from ani3d_runtime.bake.restoration.restorer import Restorer


def step_of(settings: BakeSettings, clips: Sequence[str], restorer: Restorer | None) -> RecipeStep:
    """One bake as a package keeps it: nothing in it tells when or in which folder it was done.

    Args:
        settings: of the bake.
        clips: names of the clips, in the order of the settings' motions.
        restorer: what restores residuals, where any is restored.

    Raises:
        ResourceError: ``file-unreadable``.
    """
    return RecipeStep(tuple(clips), settings.recipe_json(), input_files(settings), _made_with(settings, restorer))


def _made_with(settings: BakeSettings, restorer: Restorer | None) -> dict[str, int | str]:
    """Program and recipe numbers of all code that took part, and the prior."""
    sources = set(settings.residual_per_clip())
    made: dict[str, int | str] = {"program": f"ani3d {__version__}", "codec": recipe_numbers.CODEC}
    made |= {"motion": recipe_numbers.MOTION, "contacts": recipe_numbers.CONTACTS}
    if settings.loops:
        made["loop"] = recipe_numbers.LOOP
    if settings.is_builtin:
        made["character"] = recipe_numbers.CHARACTER
    else:
        made["binding"] = recipe_numbers.BINDING
    if sources != {"none"}:
        made["driver"] = recipe_numbers.DRIVER
    if "simulated" in sources or settings.practice_count:
        made["simulation"] = recipe_numbers.SIMULATION
    if settings.avatar_from is not None:
        made["avatar_from"] = settings.avatar_from
    for source in sorted(sources - OWN_SOURCES):
        if not is_residual_file(source):
            made[f"residual_{source}"] = residual_generator(source).version()
    if restorer is not None:
        prior = restorer.prior.description
        made |= {"coarse": recipe_numbers.COARSE, "restoration": recipe_numbers.RESTORATION, "fit": recipe_numbers.FIT}
        made |= {"prior_digest": prior.digest, "prior_dtype": prior.dtype, "device": restorer.device}
    return made
