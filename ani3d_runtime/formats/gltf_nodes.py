"""NodeTree: the nodes of a glTF, and where they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ani3d_runtime.arrays import Float64Array, Int32Array
from ani3d_runtime.formats.glb import Glb
from ani3d_runtime.geometry.quaternion import matrix_from_quaternion, normalised, quaternion_from_matrix

MAX_NODES = 65_536


@dataclass(frozen=True)
class NodeTree:
    """The nodes of a glTF in their file's order.

    Attributes:
        names: K names; ``node 7`` where a node has none.
        parents: [K] int32, -1 for roots. A parent may come after its children.
        order: K numbers, parents first.
        translations: [K, 3] from the parent, metres.
        rotations_wxyz: [K, 4] local, unit.
        scales: [K, 3] local.
    """

    names: tuple[str, ...]
    parents: Int32Array
    order: tuple[int, ...]
    translations: Float64Array
    rotations_wxyz: Float64Array
    scales: Float64Array

    @classmethod
    def of(cls, glb: Glb) -> NodeTree:
        """The nodes of an opened glTF.

        Raises:
            InputError: ``gltf-damaged``.
        """
        nodes = glb.items("nodes")
        if not 0 < len(nodes) <= MAX_NODES:
            raise glb.damaged(f"{len(nodes)} nodes", f"1 to {MAX_NODES}")
        parents = _parents(glb, nodes)
        local = [_local(glb, node) for node in nodes]
        return cls(
            tuple(str(node.get("name") or f"node {index}") for index, node in enumerate(nodes)),
            parents,
            _parents_first(glb, parents),
            np.array([each[0] for each in local]),
            np.array([each[1] for each in local]),
            np.array([each[2] for each in local]),
        )

    def rest_worlds(self) -> Float64Array:
        """[K, 4, 4] node to world, as the file has them without its animations."""
        local = np.zeros((len(self.names), 4, 4))
        local[:, :3, :3] = matrix_from_quaternion(self.rotations_wxyz) * self.scales[:, None, :]
        local[:, :3, 3] = self.translations
        local[:, 3, 3] = 1
        worlds = np.empty_like(local)
        for node in self.order:
            parent = int(self.parents[node])
            worlds[node] = local[node] if parent < 0 else worlds[parent] @ local[node]
        return worlds


def _parents(glb: Glb, nodes: list[dict[str, Any]]) -> Int32Array:
    parents = np.full(len(nodes), -1, dtype=np.int32)
    for index, node in enumerate(nodes):
        children = node.get("children", [])
        for child in children if isinstance(children, list) else [None]:
            # No bool, which is an int and indexes an array as a mask.
            if type(child) is not int or not 0 <= child < len(nodes) or parents[child] >= 0 or child == index:
                raise glb.damaged(f"a child {child!r} of node {index}", "nodes of one parent each")
            parents[child] = index
    return parents


def _parents_first(glb: Glb, parents: Int32Array) -> tuple[int, ...]:
    children: dict[int, list[int]] = {}
    for node, parent in enumerate(parents.tolist()):
        children.setdefault(parent, []).append(node)
    order: list[int] = []
    waiting = children.get(-1, [])[::-1]
    while waiting:
        node = waiting.pop()
        order.append(node)
        waiting += children.get(node, [])[::-1]
    if len(order) != len(parents):
        raise glb.damaged("nodes that are their own ancestors", "trees")
    return tuple(order)


def _local(glb: Glb, node: dict[str, Any]) -> tuple[Float64Array, Float64Array, Float64Array]:
    """Translation, rotation wxyz and scale of a node."""
    if "matrix" in node:
        matrix = _numbers(glb, node["matrix"], 16).reshape(4, 4).T
        scales = np.linalg.norm(matrix[:3, :3], axis=0)
        if (scales < 1e-12).any():
            raise glb.damaged("a node whose matrix flattens", "one that turns, scales and moves")
        return matrix[:3, 3], quaternion_from_matrix(matrix[:3, :3] / scales), scales
    quat = _numbers(glb, node.get("rotation", [0, 0, 0, 1]), 4)[[3, 0, 1, 2]]
    if np.linalg.norm(quat) < 1e-6:
        raise glb.damaged("a rotation of length zero", "unit quaternions")
    translation = _numbers(glb, node.get("translation", [0, 0, 0]), 3)
    return translation, normalised(quat), _numbers(glb, node.get("scale", [1, 1, 1]), 3)


def _numbers(glb: Glb, value: object, count: int) -> Float64Array:
    try:
        numbers = np.array(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise glb.damaged(f"{str(value)[:80]}", f"{count} numbers") from None
    if numbers.shape != (count,) or not (np.abs(numbers) < 1e9).all():
        raise glb.damaged(f"{str(value)[:80]}", f"{count} finite numbers")
    return numbers
