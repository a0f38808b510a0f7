"""The family of every refusal code. Generated from spec/refusals.toml by `make constants`; edit that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

Family: TypeAlias = Literal[
    "foreign",
    "future",
    "container",
    "section",
    "codec-missing",
    "light",
]

FAMILY_OF: Final[Mapping[str, Family]] = {
    "package-wrong-magic": "foreign",
    "package-future": "future",
    "package-unknown-section": "future",
    "section-version": "future",
    "entropy-unknown": "future",
    "package-truncated": "container",
    "package-length": "container",
    "package-header-damaged": "container",
    "package-toc-range": "container",
    "package-toc-damaged": "container",
    "package-toc-invalid": "container",
    "package-section-range": "container",
    "package-section-repeated": "container",
    "package-padding": "container",
    "package-digest-wrong": "container",
    "package-not-finite": "container",
    "section-missing": "section",
    "section-damaged": "section",
    "section-too-large": "section",
    "section-truncated": "section",
    "section-trailing": "section",
    "section-invalid": "section",
    "section-not-finite": "section",
    "entropy-corrupt": "section",
    "manifest-invalid": "section",
    "skeleton-invalid": "section",
    "order-invalid": "section",
    "splats-invalid": "section",
    "pose-invalid": "section",
    "model-invalid": "section",
    "nodes-invalid": "section",
    "detail-invalid": "section",
    "driver-invalid": "section",
    "entropy-not-installed": "codec-missing",
    "light-frame-missed": "light",
    "light-frame-corrupt": "light",
    "light-frame-version": "light",
}
