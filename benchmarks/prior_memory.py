"""Memory of Wan models, traced from full-sized models whose allocations are counted and whose numbers are not computed.

python -m benchmarks.prior_memory            every model at 81 frames of 832×480
python -m benchmarks.prior_memory --json
"""

from __future__ import annotations

import argparse
import json
import platform
import weakref
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl_wan import AutoencoderKLWan
from diffusers.models.transformers.transformer_wan import WanTransformer3DModel
from diffusers.models.transformers.transformer_wan_vace import WanVACETransformer3DModel
from diffusers.utils import logging
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten

from ani3d_runtime.bake.prior.prior import PriorOptions
from ani3d_runtime.bake.prior.wan.checkpoint import WanCheckpoint
from ani3d_runtime.bake.prior.wan.memory import WanMemory
from ani3d_runtime.bake.prior.weight_files import WeightFiles

_SHARED = {
    "patch_size": (1, 2, 2),
    "in_channels": 16,
    "out_channels": 16,
    "text_dim": 4096,
    "freq_dim": 256,
    "cross_attn_norm": True,
    "qk_norm": "rms_norm_across_heads",
    "rope_max_seq_len": 1024,
    "attention_head_dim": 128,
}
_SMALL = {**_SHARED, "num_attention_heads": 12, "ffn_dim": 8960, "num_layers": 30}
_LARGE = {**_SHARED, "num_attention_heads": 40, "ffn_dim": 13824, "num_layers": 40}

# The published configurations; Wan 2.2 has two experts of the size of Wan 2.1 14B.
MODELS: dict[str, tuple[dict[str, Any], int]] = {
    "Wan2.1-T2V-1.3B": (_SMALL, 1),
    "Wan2.1-VACE-1.3B": ({**_SMALL, "vace_layers": list(range(0, 30, 2)), "vace_in_channels": 96}, 1),
    "Wan2.1-T2V-14B": (_LARGE, 1),
    "Wan2.1-VACE-14B": ({**_LARGE, "vace_layers": list(range(0, 40, 5)), "vace_in_channels": 96}, 1),
    "Wan2.2-T2V-A14B": (_LARGE, 2),
}


@dataclass(frozen=True)
class Row:
    """One model in one way of running it, GB (10⁹ bytes)."""

    model: str
    parameters_billion: float
    offload: str
    tile_vae: bool
    weights_gb: float
    work_gb: float
    total_gb: float


class AllocationPeak(TorchDispatchMode):
    """Counts the bytes of all tensors that are alive, a model's own apart, and remembers the most."""

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        self.peak = 0
        # Weights are counted apart; operations return views of them.
        self._live = {tensor.untyped_storage()._cdata: 0 for tensor in model.state_dict().values()}
        self._sum = 0

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run the operation and count the storages that it made."""
        result = function(*args, **(kwargs or {}))
        for value in tree_flatten(result)[0]:
            if isinstance(value, torch.Tensor):
                storage = value.untyped_storage()
                if storage._cdata not in self._live:
                    self._live[storage._cdata] = storage.nbytes()
                    self._sum += storage.nbytes()
                    self.peak = max(self.peak, self._sum)
                    weakref.finalize(storage, self._forget, storage._cdata)
        return result

    def _forget(self, key: int) -> None:
        self._sum -= self._live.pop(key, 0)


def trace_denoiser(config: dict[str, Any], dtype: torch.dtype, frames: int, height: int, width: int) -> tuple[int, int]:
    """(peak bytes beside the weights, parameters) of one call of a denoiser."""
    is_vace = "vace_layers" in config
    with FakeTensorMode(allow_non_fake_inputs=True):
        torch.set_default_dtype(dtype)
        try:
            model = (WanVACETransformer3DModel if is_vace else WanTransformer3DModel)(**config).eval()
            latents = ((frames - 1) // 4 + 1 + is_vace, height // 8, width // 8)
            arguments = {
                "hidden_states": torch.zeros(1, 16, *latents),
                "timestep": torch.zeros(1, dtype=torch.float32),
                "encoder_hidden_states": torch.zeros(1, 512, config["text_dim"]),
            }
            if is_vace:
                arguments["control_hidden_states"] = torch.zeros(1, 96, *latents)
        finally:
            torch.set_default_dtype(torch.float32)
        with torch.no_grad(), AllocationPeak(model) as counted:
            model(**arguments, return_dict=False)
        return counted.peak, sum(parameter.numel() for parameter in model.parameters())


def trace_decoder(frames: int, height: int, width: int, *, tiled: bool) -> tuple[int, int]:
    """(peak bytes beside the weights, parameters) of decoding a video with Wan 2.1's autoencoder in float32."""
    with FakeTensorMode(allow_non_fake_inputs=True):
        model = AutoencoderKLWan()
        if tiled:
            model.enable_tiling()
        with torch.no_grad(), AllocationPeak(model) as counted:
            model.decode(torch.zeros(1, 16, (frames - 1) // 4 + 1, height // 8, width // 8))
        return counted.peak, sum(parameter.numel() for parameter in model.parameters())


def estimated(config: dict[str, Any], experts: int, counts: tuple[int, int], options: PriorOptions) -> WanMemory:
    """The estimator that a checkpoint of this configuration would be given, bfloat16."""
    names = ("transformer", "transformer_2")[:experts]
    weights = {name: WeightFiles((), {"all": (counts[0],)}) for name in names} | {
        "vae": WeightFiles((), {"all": (counts[1],)})
    }
    checkpoint = WanCheckpoint(Path(), "vace" if "vace_layers" in config else "text", names, None, config, {}, weights)
    return WanMemory(checkpoint, 2, options)


def measure(frames: int = 81, height: int = 480, width: int = 832) -> list[Row]:
    """Trace every model."""
    rows: list[Row] = []
    decoders = {tiled: trace_decoder(frames, height, width, tiled=tiled) for tiled in (False, True)}
    for name, (config, experts) in MODELS.items():
        denoise, parameters = trace_denoiser(config, torch.bfloat16, frames, height, width)
        for offload in ("none", "model", "sequential"):
            for tiled, (decode, vae_parameters) in decoders.items():
                options = PriorOptions(offload=offload, tile_vae=tiled)  # pyright: ignore[reportArgumentType]
                weights = estimated(config, experts, (parameters, vae_parameters), options).weight_bytes
                work = max(denoise, decode)
                rows.append(
                    Row(
                        name,
                        round(experts * parameters / 1e9, 2),
                        offload,
                        tiled,
                        round(weights / 1e9, 1),
                        round(work / 1e9, 1),
                        round((weights + work) / 1e9, 1),
                    )
                )
    return rows


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    logging.set_verbosity_error()
    rows = measure()
    if asked.json:
        print(
            json.dumps({"machine": platform.processor(), "torch": torch.__version__, "rows": [asdict(r) for r in rows]})
        )
        return
    print(f"traced with torch {torch.__version__}; bfloat16 denoiser, float32 autoencoder, 81 frames of 832×480")
    print(f"{'model':18} {'params':>7} {'offload':>10} {'tiled':>5} {'weights':>8} {'work':>6} {'total GB':>8}")
    for row in rows:
        print(
            f"{row.model:18} {row.parameters_billion:6.2f}B {row.offload:>10} {'yes' if row.tile_vae else 'no':>5} "
            f"{row.weights_gb:8.1f} {row.work_gb:6.1f} {row.total_gb:8.1f}"
        )


if __name__ == "__main__":
    main()
