"""Built characters on disk, so that the second build takes no time."""

from __future__ import annotations

import contextlib
import hashlib
import typing
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ani3d_runtime.avatar import Avatar, Binding
from ani3d_runtime.bake.characters.character import Character
from ani3d_runtime.bake.recipe_numbers import CHARACTER
from ani3d_runtime.bake.simulate.proxy import Attachment, Proxy
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.cache import cache_folder
from ani3d_runtime.errors import ResourceError
from ani3d_runtime.replacing import replacing_file
from ani3d_runtime.splats import SplatCloud


def load_or_build(name: str, seed: int, count: int, build: Callable[[], Character]) -> Character:
    """The stored character, or a newly built one, which is then stored. A damaged entry is built again."""
    key = hashlib.sha256(f"{CHARACTER}/{name}/{seed}/{count}".encode()).hexdigest()[:16]
    path = cache_folder("characters") / f"{name}-{key}.npz"
    stored = _load(path)
    if stored is not None:
        return stored
    character = build()
    _save(path, character)
    return character


def _load(path: Path) -> Character | None:
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as data:
            arrays = {key: data[key] for key in data.files}
        return _character_from(arrays)
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile, TypeError):
        # Missing, cut short, or not ours: the caller builds it anew and overwrites it.
        return None


def _save(path: Path, character: Character) -> None:
    """Store a character; a full or read-only cache is no reason to fail a bake."""
    with contextlib.suppress(OSError, ResourceError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing_file(path) as stream:
            np.savez(stream, **_arrays_of(character))  # pyright: ignore[reportArgumentType]


def _arrays_of(character: Character) -> dict[str, np.ndarray[Any, Any]]:
    avatar = character.avatar
    arrays = {
        "name": np.array(avatar.name),
        "joint_names": np.array(avatar.skeleton.joint_names),
        "parents": avatar.skeleton.parents,
        "zero_joints_m": avatar.skeleton.zero_joints_m,
        "betas": character.betas,
        "hanging_pose_wxyz": character.hanging_pose_wxyz,
        "proxy_count": np.array(len(character.proxies)),
        "attachment_count": np.array(len(character.attachments)),
    }
    arrays |= _flattened("splats", avatar.splats) | _flattened("binding", avatar.binding)
    for index, proxy in enumerate(character.proxies):
        arrays |= _flattened(f"proxy{index}", proxy)
    for index, attachment in enumerate(character.attachments):
        arrays |= _flattened(f"attachment{index}", attachment)
    return arrays


def _character_from(arrays: Mapping[str, np.ndarray[Any, Any]]) -> Character:
    skeleton = Skeleton.in_zero_pose(
        tuple(str(n) for n in arrays["joint_names"]), arrays["parents"], arrays["zero_joints_m"]
    )
    avatar = Avatar(
        str(arrays["name"]),
        _restored(SplatCloud, "splats", arrays),
        skeleton,
        _restored(Binding, "binding", arrays),
    )
    proxies = tuple(_restored(Proxy, f"proxy{k}", arrays) for k in range(int(arrays["proxy_count"])))
    attachments = tuple(_restored(Attachment, f"attachment{k}", arrays) for k in range(int(arrays["attachment_count"])))
    return Character(avatar, arrays["betas"], arrays["hanging_pose_wxyz"], proxies, attachments)


def _flattened(prefix: str, value: Any) -> dict[str, np.ndarray[Any, Any]]:
    """The arrays of a tree of dataclasses, by dotted path."""
    result: dict[str, np.ndarray[Any, Any]] = {}
    for field in fields(value):
        item = getattr(value, field.name)
        path = f"{prefix}.{field.name}"
        if is_dataclass(item):
            result |= _flattened(path, item)
        else:
            result[path] = np.asarray(item)
    return result


def _restored(kind: Any, prefix: str, arrays: Mapping[str, np.ndarray[Any, Any]]) -> Any:
    hints = typing.get_type_hints(kind)
    values: dict[str, Any] = {}
    for field in fields(kind):
        path, hint = f"{prefix}.{field.name}", hints[field.name]
        if is_dataclass(hint):
            values[field.name] = _restored(hint, path, arrays)
        else:
            array = arrays[path]
            values[field.name] = array if array.ndim else array.item()
    return kind(**values)
