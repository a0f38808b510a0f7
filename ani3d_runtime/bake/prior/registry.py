"""Priors by name, folder or hub id, found through the ``ani3d.priors`` entry-point group."""

from __future__ import annotations

import re
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from ani3d_runtime.bake.prior.hub import downloaded_folder
from ani3d_runtime.bake.prior.prior import Prior, PriorFamily, PriorOptions
from ani3d_runtime.bake.prior.wan.checkpoint import pipeline_class_name
from ani3d_runtime.errors import InputError, NotFoundError, ResourceError

GROUP = "ani3d.priors"

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")


def list_priors() -> dict[str, str]:
    """Names of the families and the objects that they stand for, without importing any of them."""
    return {entry.name: entry.value for entry in sorted(_entries().values(), key=lambda entry: entry.name)}


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
        ResourceError: ``prior-broken``, when a plugin cannot be imported or does not fit the interface.
        Ani3dError: what the family itself refuses.
    """
    text = str(name_or_path)
    chosen = options or PriorOptions()
    entries = _entries()
    if text in entries:
        return _family(entries[text]).load(None, device, chosen)
    folder = Path(text).expanduser()
    if not folder.is_dir():
        if not _HUB_ID.fullmatch(text) or folder.exists():
            raise _unknown(text, entries)
        folder = downloaded_folder(text)
    broken: ResourceError | None = None
    for entry in entries.values():
        try:
            family = _family(entry)
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
        expected=f"weights of one of {', '.join(sorted(entries))}; Wan's have a model_index.json",
        fix="Name the folder that holds model_index.json, or install the plugin that reads this model.",
    )


def _entries() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)}


def _unknown(text: str, entries: dict[str, EntryPoint]) -> NotFoundError:
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
        expected=f"one of {', '.join(sorted(entries))}, a folder with weights, or a hub id",
        fix="Name one of these, or install the plugin that provides it.",
    )


def _family(entry: EntryPoint) -> PriorFamily:
    try:
        family = entry.load()()
    except (ImportError, AttributeError, TypeError) as error:
        raise ResourceError(
            "prior-broken",
            entry.value,
            found=f"{type(error).__name__}: {error}",
            expected="an importable PriorFamily class",
            fix="Reinstall or update the plugin; ours need: pip install 'ani3d-runtime[bake]'.",
        ) from error
    if not isinstance(family, PriorFamily):
        raise ResourceError(
            "prior-broken",
            entry.value,
            found=f"a {type(family).__name__}",
            expected="an object with summary, recognises and load",
            fix="Update the plugin; docs/priors.md shows the interface.",
        )
    return family
