"""WanCheckpoint: what a folder with a Wan model holds, judged by its JSON files and weight headers alone."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ani3d_runtime.bake.prior.weight_files import WeightFiles, read_json
from ani3d_runtime.errors import InputError

# A checkpoint's class and whether it is VACE; both video-to-video and text-to-video pipelines hold the same models.
_KINDS = {"WanPipeline": False, "WanVideoToVideoPipeline": False, "WanVACEPipeline": True}


@dataclass(frozen=True)
class WanCheckpoint:
    """A Wan model on disk.

    Attributes:
        folder: where model_index.json lies.
        is_vace: takes a control video and a reference picture.
        experts: component names of the denoisers: ``transformer``, and ``transformer_2`` for low noise in Wan 2.2.
        boundary_ratio: σ below which the second expert takes over.
        transformer: config of the first denoiser.
        vae: config of the video autoencoder.
        weights: per component, ``transformer``, ``transformer_2``, ``vae`` and ``text_encoder``, as far as present.
    """

    folder: Path
    is_vace: bool
    experts: tuple[str, ...]
    boundary_ratio: float | None
    transformer: dict[str, Any]
    vae: dict[str, Any]
    weights: dict[str, WeightFiles]

    @classmethod
    def read(cls, folder: Path) -> WanCheckpoint:
        """Read a folder that ``save_pretrained`` or ``hf download`` wrote.

        Raises:
            InputError: ``prior-wrong-class``, ``prior-incomplete``, ``prior-unreadable``.
        """
        index = read_json(folder / "model_index.json")
        name = index.get("_class_name")
        if name not in _KINDS:
            raise InputError(
                "prior-wrong-class",
                folder,
                found=f"a {name}",
                expected=f"one of {', '.join(_KINDS)}",
                fix="Use a text-to-video or VACE checkpoint; image-to-video ones start from a picture, not a video.",
            )
        present = [part for part in ("transformer", "transformer_2", "vae", "text_encoder") if _has(index, part)]
        # Without its text encoder a checkpoint is 11 GB smaller and works with stored or empty embeddings.
        present = [part for part in present if part != "text_encoder" or (folder / part).is_dir()]
        experts = tuple(part for part in present if part.startswith("transformer"))
        weights = {part: WeightFiles.read(folder / part) for part in present}
        for part in (*(experts or ("transformer",)), "vae"):
            if part not in weights:
                raise InputError(
                    "prior-incomplete",
                    folder,
                    found=f"no {part} in model_index.json",
                    expected="a denoiser and a video autoencoder",
                    fix="Download the whole repository.",
                )
        transformer = read_json(folder / experts[0] / "config.json")
        patch = transformer.get("patch_size")
        if not (isinstance(patch, list) and len(patch) == 3 and all(isinstance(side, int) for side in patch)):
            raise InputError(
                "prior-unreadable",
                folder / experts[0] / "config.json",
                found=f"patch_size {patch!r}",
                expected="three whole numbers",
                fix="Download this file again.",
            )
        return cls(
            folder,
            _KINDS[name],
            experts,
            index.get("boundary_ratio"),
            transformer,
            read_json(folder / "vae" / "config.json"),
            weights,
        )

    @property
    def spatial_factor(self) -> int:
        """Pixels per latent along both axes."""
        return int(self.vae.get("scale_factor_spatial", 8))

    @property
    def temporal_factor(self) -> int:
        """Frames per latent, the first on its own."""
        return int(self.vae.get("scale_factor_temporal", 4))

    @property
    def size_multiple(self) -> int:
        """Heights and widths that are made of whole patches of latents."""
        return self.spatial_factor * int(self.transformer["patch_size"][-1])

    @property
    def native_frames(self) -> int:
        """Frames of the videos that it was trained on; longer ones are denoised in windows of this many."""
        return 121 if self._is_5b else 81

    @property
    def native_size_px(self) -> tuple[int, int]:
        """(height, width) that it was trained on; the 14B models know 720 × 1280 as well."""
        return (704, 1280) if self._is_5b else (480, 832)

    @property
    def _is_5b(self) -> bool:
        # Wan 2.2 5B alone has an autoencoder that folds pixels into channels first.
        return self.vae.get("patch_size") is not None

    @property
    def has_text_encoder(self) -> bool:
        """Whether prompts can be encoded."""
        return "text_encoder" in self.weights and (self.folder / "tokenizer").is_dir()

    def digest(self, *, tiled: bool) -> str:
        """A fingerprint of everything that decides what the model computes."""
        hasher = hashlib.sha256()
        for part in (*self.experts, "vae"):
            config = read_json(self.folder / part / "config.json")
            stable = {key: value for key, value in config.items() if not key.startswith("_")}
            hasher.update(f"{part} {json.dumps(stable, sort_keys=True)} {self.weights[part].digest()}\n".encode())
        hasher.update(f"{self.is_vace} {self.boundary_ratio} {tiled}".encode())
        return hasher.hexdigest()


def pipeline_class_name(folder: Path) -> str | None:
    """``_class_name`` of the folder's model_index.json; None where there is none."""
    path = folder / "model_index.json"
    if not path.is_file():
        return None
    name = read_json(path).get("_class_name")
    return name if isinstance(name, str) else None


def _has(index: dict[str, Any], part: str) -> bool:
    """Whether model_index.json names a class for the part; absent ones are listed as [null, null]."""
    entry = index.get(part)
    return isinstance(entry, list) and len(entry) == 2 and entry[1] is not None
