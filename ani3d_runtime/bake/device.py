"""Which device torch works on."""

from __future__ import annotations

from typing import Literal, TypeAlias

DeviceChoice: TypeAlias = Literal["auto", "cpu", "cuda"]


def resolved_device(choice: DeviceChoice) -> str:
    """``auto`` is CUDA where there is one, else the CPU; a choice that is not there is refused by what needs it."""
    if choice != "auto":
        return choice
    # Imported here: checking the inputs of a bake needs no torch.
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"
