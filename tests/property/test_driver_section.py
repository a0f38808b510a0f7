"""Section ``driver``: what is written is what is read, within the steps that the specification states."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ani3d_runtime.codec.sections.driver import (
    compliance_codes,
    compliances_of,
    decode_driver,
    encode_driver,
    solving_order,
)
from ani3d_runtime.codec.sections.driver_model import (
    Capsules,
    Correctives,
    DriverModel,
    HangingNodes,
    Materials,
    NodeLinks,
    feature_count,
)
from ani3d_runtime.errors import PackageError

JOINTS = 7


def random_model(seed: int, nodes: int, kinds: int, rows: int) -> DriverModel:
    rng = np.random.default_rng(seed)
    weights = rng.dirichlet((1, 1, 1, 1), nodes)
    normals = rng.normal(size=(nodes, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    normals[rng.random(nodes) < 0.3] = 0
    hanging = HangingNodes(
        rng.integers(0, JOINTS, (nodes, 4)).astype(np.uint8),
        weights,
        rng.integers(0, kinds, nodes).astype(np.uint8),
        normals,
        np.where(rng.random(nodes) < 0.2, 0, 2.0 ** rng.uniform(-27, 3, nodes)),
        rng.normal(0, 0.2, (nodes, 3)),
    )
    materials = Materials(*rng.uniform(0, 1, (5, kinds)))
    every = np.argwhere(np.triu(np.ones((nodes, nodes), dtype=bool), 1)).astype(np.int32)
    pairs = every[rng.random(len(every)) < 0.4]
    links = NodeLinks(pairs, 2.0 ** rng.uniform(-27, 3, len(pairs)))
    capsules = Capsules(np.array([1, 6], dtype=np.uint8), rng.normal(size=(2, 2, 3)), rng.uniform(0, 0.3, (2, 2)))
    learned = Correctives.none(nodes)
    if rows:
        features = feature_count(2, 3)
        learned = Correctives(
            np.array([0, 5], dtype=np.uint8),
            rng.uniform(0.1, 5, (3, 2)),
            rng.normal(size=features),
            rng.uniform(0.1, 2, features),
            rng.normal(size=(rows, features)),
            rng.normal(0, 0.1, (rows, nodes, 3)),
        )
    return DriverModel(0.7, hanging, materials, links, capsules, learned)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 3), st.integers(0, 4))
def test_what_is_read_is_what_was_written(seed: int, nodes: int, kinds: int, rows: int) -> None:
    model = random_model(seed, nodes, kinds, rows)
    found = decode_driver(encode_driver(model), nodes, JOINTS)
    np.testing.assert_array_equal(found.nodes.joints, model.nodes.joints)
    np.testing.assert_array_equal(found.nodes.kinds, model.nodes.kinds)
    np.testing.assert_allclose(found.nodes.weights.sum(axis=1), 1, atol=1e-12)
    np.testing.assert_allclose(found.nodes.weights, model.nodes.weights, atol=2.5 / 255)
    np.testing.assert_allclose(found.nodes.normals, model.nodes.normals, atol=0.01)
    np.testing.assert_allclose(found.nodes.mean_m, model.nodes.mean_m, atol=0.5e-3 + 1e-9)
    np.testing.assert_allclose(found.nodes.follow, model.nodes.follow, rtol=0.05)
    order = np.lexsort(found.links.pairs.T[::-1])
    np.testing.assert_array_equal(found.links.pairs[order], model.links.pairs)
    np.testing.assert_allclose(found.links.compliances[order], model.links.compliances, rtol=0.05)
    np.testing.assert_allclose(found.capsules.ends_m, model.capsules.ends_m, rtol=1e-6)
    for name in ("weights", "basis_m"):
        there, here = getattr(found.correctives, name), getattr(model.correctives, name)
        assert there.shape == here.shape
        if rows:
            np.testing.assert_allclose(there, here, atol=0.51 / 127 * np.abs(here).max())


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 200), st.integers(1, 255))
def test_damage_is_refused_by_code_or_read_as_numbers(seed: int, place: int, change: int) -> None:
    """A checksum would catch it; the section alone must do no harm."""
    section = bytearray(encode_driver(random_model(seed, 8, 2, 2)))
    section[place * len(section) // 201] ^= change
    with contextlib.suppress(PackageError):
        found = decode_driver(bytes(section), 8, JOINTS)
        assert np.isfinite(found.nodes.mean_m).all()
        assert np.isfinite(found.correctives.basis_m).all()


def test_links_are_solved_in_an_order_without_direction() -> None:
    order = solving_order(1000)
    assert sorted(order.tolist()) == list(range(1000))
    assert abs(np.corrcoef(order[:-1], order[1:])[0, 1]) < 0.7
    assert np.median(np.abs(np.diff(order))) > 100


@pytest.mark.parametrize("compliance", [0.0, 1e-30, 3e-9, 1e-4, 1.0, 1e6])
def test_compliances_keep_their_size(compliance: float) -> None:
    found = compliances_of(compliance_codes(np.array([compliance])))[0]
    assert (found == 0) == (compliance == 0)
    if 1e-8 < compliance < 10:
        assert found == pytest.approx(compliance, rel=0.05)
