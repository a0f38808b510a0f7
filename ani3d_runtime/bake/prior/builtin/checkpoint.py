# pyright: basic
"""Weights of the built-in prior on disk: float16 safetensors with the network's shape in the header."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import nn

from ani3d_runtime.bake.prior.builtin.finishing.network import FinishingNetwork, FinishingShape
from ani3d_runtime.bake.prior.builtin.network import NetworkShape, RestoringNetwork
from ani3d_runtime.errors import InputError
from ani3d_runtime.replacing import replacing_file

_Network = TypeVar("_Network", bound=nn.Module)
FORMAT = "ani3d-builtin-prior-1"
FINISHING_FORMAT = "ani3d-builtin-finishing-1"
# Beside the weights of the network.
FINISHING_NAME = "finishing.safetensors"


def write_weights(path: Path, network: RestoringNetwork, card: dict[str, str]) -> None:
    """Write a network's weights in half precision; ``card`` is kept with them."""
    _write(path, network, {"format": FORMAT, "shape": json.dumps(asdict(network.shape)), **card})


def write_finishing(path: Path, network: FinishingNetwork, card: dict[str, str]) -> None:
    """The same for the network that finishes pictures."""
    _write(path, network, {"format": FINISHING_FORMAT, "shape": json.dumps(asdict(network.shape)), **card})


def read_weights(path: Path) -> tuple[RestoringNetwork, dict[str, str], str]:
    """A network in float32, its card and the file's digest.

    Raises:
        InputError: ``prior-weights-invalid`` where the file is not one of ours.
    """

    def built(sizes: dict[str, Any]) -> RestoringNetwork:
        shape = NetworkShape(tuple(sizes["widths"]), tuple(sizes["depths"]), sizes["heads"], sizes["reach"])
        return RestoringNetwork(shape)

    return _read(path, FORMAT, built)


def read_finishing(path: Path) -> tuple[FinishingNetwork, str]:
    """The network that finishes pictures in float32, and the file's digest; one that changes nothing without a file.

    Raises:
        InputError: ``prior-weights-invalid`` where the file is not one of ours.
    """
    if not path.exists():
        return FinishingNetwork(FinishingShape()).eval(), ""
    network, _, digest = _read(path, FINISHING_FORMAT, lambda sizes: FinishingNetwork(FinishingShape(**sizes)))
    return network, digest


def _write(path: Path, network: nn.Module, header: dict[str, str]) -> None:
    tensors = {name: value.detach().to(torch.float16).contiguous() for name, value in network.state_dict().items()}
    with replacing_file(path) as file:
        file.write(save(tensors, header))


def _read(
    path: Path, expected: str, built: Callable[[dict[str, Any]], _Network]
) -> tuple[_Network, dict[str, str], str]:
    try:
        with safe_open(path, framework="pt") as file:
            card = dict(file.metadata() or {})
            tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118 (no mapping)
        if card.pop("format", None) != expected:
            raise _refusal(path, f"no header of format {expected}")
        network = built(json.loads(card.pop("shape")))
        network.load_state_dict(tensors)
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise _refusal(path, f"{type(error).__name__}: {error}") from None
    return network.eval(), card, hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def _refusal(path: Path, found: str) -> InputError:
    return InputError(
        "prior-weights-invalid",
        path,
        found=found[:300],
        expected=f"weights that 'python -m ani3d_runtime.bake.prior.builtin.train' wrote ({path.name})",
        fix="Install the package again, or train anew.",
    )
