"""Priors by name, folder or hub id, found through the ``ani3d.priors`` entry-point group."""

from __future__ import annotations

import re
from pathlib import Path

from ani3d_runtime.bake.prior.hub import downloaded_folder
from ani3d_runtime.bake.prior.prior import Prior, PriorFamily, PriorOptions
from ani3d_runtime.bake.prior.wan.checkpoint import pipeline_class_name
from ani3d_runtime.errors import InputError, NotFoundError, ResourceError
from ani3d_runtime.plugins import Plugins

PRIORS: Plugins[PriorFamily] = Plugins("ani3d.priors", PriorFamily)

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")


def list_priors() -> dict[str, str]:
    """Names of the families and the objects that they stand for, without importing any of them."""
    return PRIORS.objects()


def load_prior(name_or_path: str | Path, device: str = "cpu", options: PriorOptions | None = None) -> Prior:
    """The prior of that name, in that folder, or of that hub id if it has been downloaded.

    Args:
        name_or_path: a family, such as ``builtin``; a folder with weights; or a hub id, such as
            ``Wan-AI/Wan2.1-T2V-1.3B-Diffusers``. Nothing is ever downloaded here.
        device: torch device, such as ``cpu`` or ``cuda``.
        options: how to run it.

    Raises:
        NotFoundError: ``prior-unknown``, ``prior-folder-missing``, ``prior-not-downloaded``.
        InputError: ``prior-folder-unknown``, when no family recognises the folder.
        ResourceError: ``plugin-broken``, when a plugin cannot be imported or does not fit the interface.
        Ani3dError: what the family itself refuses.
    """
    text = str(name_or_path)
    chosen = options or PriorOptions()
    names = PRIORS.names()
    if text in names:
        return PRIORS.load(text).load(None, device, chosen)
    folder = Path(text).expanduser()
    if not folder.is_dir():
        if not _HUB_ID.fullmatch(text) or folder.exists():
            raise _unknown(text, names)
        folder = downloaded_folder(text)
    broken: ResourceError | None = None
    for name in names:
        try:
            family = PRIORS.load(name)
        except ResourceError as error:
            # Another family's plugin that is broken concerns this folder only if nobody else knows it.
            broken = error
            continue
        if family.recognises(folder):
            return family.load(folder, device, chosen)
    if broken is not None:
        raise broken
    class_name = pipeline_class_name(folder)
    raise InputError(
        "prior-folder-unknown",
        folder,
        found=f"weights of a {class_name}" if class_name else "a folder that no installed prior recognises",
        expected=f"weights of one of {', '.join(names)}; Wan's have a model_index.json",
        fix="Name the folder that holds model_index.json, or install the plugin that reads this model.",
    )


def _unknown(text: str, names: list[str]) -> NotFoundError:
    if any(separator in text for separator in "/\\") or text.startswith("."):
        return NotFoundError(
            "prior-folder-missing",
            text,
            found="no such folder",
            expected="a folder with a prior's weights",
            fix="Check the path.",
        )
    return NotFoundError(
        "prior-unknown",
        text,
        found="no prior of that name",
        expected=f"one of {', '.join(names)}, a folder with weights, or a hub id",
        fix="Name one of these, or install the plugin that provides it.",
    )
