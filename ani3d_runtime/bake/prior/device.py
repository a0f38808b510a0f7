"""The device that a prior runs on: whether it is there, what it computes in, and how much memory it has left."""

from __future__ import annotations

import psutil
import torch

from ani3d_runtime.bake.prior.prior import Dtype
from ani3d_runtime.errors import ResourceError


def checked_device(name: str) -> torch.device:
    """The torch device of that name.

    Raises:
        ResourceError: ``prior-no-device``.
    """
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise ResourceError(
            "prior-no-device",
            name,
            found=str(error).splitlines()[0],
            expected="a device that this build of torch can use",
            fix="Use cpu, or install the build of torch for your accelerator.",
        ) from None
    return device


def chosen_dtype(dtype: Dtype, device: torch.device) -> torch.dtype:
    """What a denoiser computes in; ``auto`` is bfloat16 on an accelerator, where it is as fast as float16 and does not
    overflow, and float32 on a CPU, where it is faster than either."""
    if dtype == "auto":
        return torch.float32 if device.type == "cpu" else torch.bfloat16
    return {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}[dtype]


def available_bytes(device: torch.device) -> int | None:
    """Memory that is free on the device, None where it cannot be told."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        # What torch has cached is free to us.
        return free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return psutil.virtual_memory().available if device.type == "cpu" else None


def refuse_short_memory(subject: object, needed_bytes: int, device: torch.device, *, fix: str) -> None:
    """Refuse work before it fails halfway.

    Raises:
        ResourceError: ``prior-memory``.
    """
    free = available_bytes(device)
    if free is None or needed_bytes <= free:
        return
    raise ResourceError(
        "prior-memory",
        subject,
        found=f"{free / 1e9:.1f} GB free on {device}",
        expected=f"about {needed_bytes / 1e9:.1f} GB",
        fix=fix,
    )
