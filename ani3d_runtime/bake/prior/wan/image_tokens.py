"""image_tokens: what Wan's image encoder says of a reference picture."""

# pyright: basic
from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from ani3d_runtime.bake.prior.wan.fun_weights import load_image_encoder
from ani3d_runtime.bake.prior.wan.quiet import without_bars

_CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
_CLIP_DEVIATION = (0.26862954, 0.26130258, 0.27577711)


def image_tokens(path: Path, picture: Image.Image, device: torch.device) -> Tensor:
    """[1, 257, D] the tokens before the encoder's last block.

    The picture is squashed to the encoder's square, bicubic and without antialiasing, as Fun-Control was trained with.
    The encoder is loaded for it and let go again.
    """
    with without_bars():
        encoder: Any = load_image_encoder(path)
    side = encoder.config.image_size
    pixels = torch.from_numpy(np.asarray(picture, dtype=np.float32) / 255.0).permute(2, 0, 1)[None]
    small = functional.interpolate(pixels, size=(side, side), mode="bicubic", align_corners=False)
    mean, deviation = (torch.tensor(values).view(1, 3, 1, 1) for values in (_CLIP_MEAN, _CLIP_DEVIATION))
    with torch.no_grad():
        said = encoder.to(device)(
            pixel_values=((small - mean) / deviation).to(device), output_hidden_states=True
        ).hidden_states[-2]
    return said.cpu()
