"""Digests of content: what a unit of work depends on, as the key under which its result is kept.

Which code made a result is part of its key as a number of :mod:`~ani3d_runtime.bake.recipe_numbers`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

_KEY_DIGITS = 24


def content_key(*parts: object) -> str:
    """Hexadecimal digest of values that are None, text, numbers, paths, arrays, or dataclasses, mappings and sequences
    of these. Equal content gives equal keys on every machine; a path counts as its text."""
    hasher = hashlib.sha256()
    for part in parts:
        _feed(hasher, part)
    return hasher.hexdigest()[:_KEY_DIGITS]


def _feed(hasher: Any, value: object) -> None:
    if isinstance(value, np.ndarray):
        hasher.update(f"array {value.dtype.str} {value.shape}".encode())
        hasher.update(np.ascontiguousarray(value).data)
    elif is_dataclass(value) and not isinstance(value, type):
        hasher.update(f"record {type(value).__name__}(".encode())
        for field in fields(value):
            _feed(hasher, field.name)
            _feed(hasher, getattr(value, field.name))
        hasher.update(b")")
    elif isinstance(value, Mapping):
        hasher.update(b"mapping(")
        for key in sorted(value, key=str):
            _feed(hasher, str(key))
            _feed(hasher, value[key])
        hasher.update(b")")
    elif isinstance(value, (list, tuple)):
        hasher.update(f"sequence {len(value)}(".encode())
        for item in value:
            _feed(hasher, item)
        hasher.update(b")")
    elif value is None or isinstance(value, (str, int, float, np.integer, np.floating, Path)):
        text = f"{type(value).__name__} {value!r}" if not isinstance(value, Path) else f"path {value}"
        hasher.update(f"{text};".encode())
    else:
        raise TypeError(f"no digest of a {type(value).__name__}")
