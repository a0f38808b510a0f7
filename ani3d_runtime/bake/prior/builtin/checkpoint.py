# pyright: basic
"""Weights of the built-in prior on disk: float16 safetensors with the network's shape in the header."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from ani3d_runtime.bake.prior.builtin.family import WEIGHTS_NAME
from ani3d_runtime.bake.prior.builtin.network import NetworkShape, RestoringNetwork
from ani3d_runtime.errors import InputError
from ani3d_runtime.replacing import replacing_file

FORMAT = "ani3d-builtin-prior-1"


def write_weights(path: Path, network: RestoringNetwork, card: dict[str, str]) -> None:
    """Write a network's weights in half precision; ``card`` is kept with them."""
    tensors = {name: value.detach().to(torch.float16).contiguous() for name, value in network.state_dict().items()}
    header = {"format": FORMAT, "shape": json.dumps(asdict(network.shape)), **card}
    with replacing_file(path) as file:
        file.write(save(tensors, header))


def read_weights(path: Path) -> tuple[RestoringNetwork, dict[str, str], str]:
    """A network in float32, its card and the file's digest.

    Raises:
        InputError: ``prior-weights-invalid`` where the file is not one of ours.
    """
    try:
        with safe_open(path, framework="pt") as file:
            card = dict(file.metadata() or {})
            tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118 (no mapping)
        if card.pop("format", None) != FORMAT:
            raise _refusal(path, f"no header of format {FORMAT}")
        sizes = json.loads(card.pop("shape"))
        shape = NetworkShape(tuple(sizes["widths"]), tuple(sizes["depths"]), sizes["heads"], sizes["reach"])
        network = RestoringNetwork(shape)
        network.load_state_dict(tensors)
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise _refusal(path, f"{type(error).__name__}: {error}") from None
    return network.eval(), card, hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def _refusal(path: Path, found: str) -> InputError:
    return InputError(
        "prior-weights-invalid",
        path,
        found=found[:300],
        expected=f"weights that 'python -m ani3d_runtime.bake.prior.builtin.train' wrote ({WEIGHTS_NAME})",
        fix="Install the package again, or train anew.",
    )
