"""WanCheckpoint: what a folder with a Wan model holds, judged by its JSON files and weight headers alone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

from ani3d_runtime.bake.prior.weight_files import WeightFiles, read_json
from ani3d_runtime.errors import InputError

Kind: TypeAlias = Literal["text", "vace", "fun-control", "animate"]

# Both video-to-video and text-to-video pipelines hold the same models.
_KINDS: dict[str, Kind] = {
    "WanPipeline": "text",
    "WanVideoToVideoPipeline": "text",
    "WanVACEPipeline": "vace",
    "WanAnimatePipeline": "animate",
}

# The text of the method's released script (rerender.py), and the negative text that Wan's own code comes with
# (Wan2.2, wan/configs/shared_config.py), which the script uses.
RELEASED_PROMPT = "a person moving, clean background, rotating camera, photorealistic, high quality"
WAN_NEGATIVE_PROMPT = (
    "色调艳丽，过曝，静态，细节模糊不清，字幕，风格，作品，画作，画面，静止，整体发灰，最差质量，低质量，JPEG压缩残留，丑陋的，残缺的，"
    "多余的手指，画得不好的手部，画得不好的脸部，畸形的，毁容的，形态畸形的肢体，手指融合，静止不动的画面，杂乱的背景，三条腿，背景人很多，倒着走"
)
# As Wan-Animate's own code has it: the person in the video is moving.
ANIMATE_PROMPT = "视频中的人在做动作"
# Classifier-free guidance: the script's for Fun-Control and its plain text-to-video variant; diffusers' for the others.
_GUIDANCE: dict[Kind, float] = {"text": 2.0, "vace": 5.0, "fun-control": 5.0, "animate": 1.0}


@dataclass(frozen=True)
class WanCheckpoint:
    """A Wan model on disk.

    Attributes:
        folder: where it lies.
        kind: what it is told besides text: nothing; VACE's control video and reference picture; Fun-Control's; or the
            pose, face and reference picture of Wan-Animate.
        experts: component names of the denoisers: ``transformer``, and ``transformer_2`` for low noise in Wan 2.2.
        boundary_ratio: σ below which the second expert takes over.
        transformer: config of the first denoiser, in diffusers' words.
        vae: config of the video autoencoder, in diffusers' words.
        weights: per component, ``transformer``, ``transformer_2``, ``vae``, ``text_encoder`` and ``image_encoder``, as
            far as present.
        reference_channels: channels of the reference's own convolution in Fun-Control; 0 where there is none.
        tokenizer: its folder, where that is not ``tokenizer``.
    """

    folder: Path
    kind: Kind
    experts: tuple[str, ...]
    boundary_ratio: float | None
    transformer: dict[str, Any]
    vae: dict[str, Any]
    weights: Mapping[str, WeightFiles] = field(default_factory=dict[str, WeightFiles])
    reference_channels: int = 0
    tokenizer: Path | None = None

    @classmethod
    def read(cls, folder: Path) -> WanCheckpoint:
        """Read a folder that ``save_pretrained`` or ``hf download`` wrote.

        Raises:
            InputError: ``prior-wrong-class``, ``prior-incomplete``, ``prior-unreadable``, ``prior-dtype``.
        """
        index = read_json(folder / "model_index.json")
        name = index.get("_class_name")
        if name not in _KINDS:
            raise InputError(
                "prior-wrong-class",
                folder,
                found=f"a {name}",
                expected=f"one of {', '.join(_KINDS)}",
                fix="Use a text-to-video, VACE, Fun-Control or Animate checkpoint; image-to-video ones start from a "
                "picture, not a video.",
            )
        parts = ("transformer", "transformer_2", "vae", "text_encoder", "image_encoder")
        present = [part for part in parts if _has(index, part)]
        # Without its text encoder a checkpoint is 11 GB smaller and works with stored or empty embeddings.
        present = [part for part in present if part != "text_encoder" or (folder / part).is_dir()]
        if _KINDS[name] != "animate":
            present = [part for part in present if part != "image_encoder"]
        experts = tuple(part for part in present if part.startswith("transformer"))
        needed = (*(experts or ("transformer",)), "vae", *(("image_encoder",) if _KINDS[name] == "animate" else ()))
        for part in needed:
            if part not in present:
                raise InputError(
                    "prior-incomplete",
                    folder,
                    found=f"no {part} in model_index.json",
                    expected="a denoiser and a video autoencoder, and in Wan-Animate an image encoder",
                    fix="Download the whole repository.",
                )
        weights = {part: WeightFiles.read(folder / part) for part in present}
        if _KINDS[name] == "animate":
            read_json(folder / "image_processor" / "preprocessor_config.json")
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
    def leading_latents(self) -> int:
        """Latent frames that a denoiser sees before the video's own: the reference picture, where it is one."""
        return int(self.kind in ("vace", "animate") or self.reference_channels > 0)

    @property
    def prompts(self) -> tuple[str, str]:
        """What it is told to make and to avoid where nobody says otherwise."""
        return (ANIMATE_PROMPT if self.kind == "animate" else RELEASED_PROMPT), WAN_NEGATIVE_PROMPT

    @property
    def guidance_scale(self) -> float:
        """Classifier-free guidance that suits it; 1 is none."""
        return _GUIDANCE[self.kind]

    @property
    def takes_reference(self) -> bool:
        """Whether it reads a picture of the person."""
        return self.kind in ("vace", "animate") or self.reference_channels > 0 or "image_encoder" in self.weights

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
        return 121 if self._is_5b else 77 if self.kind == "animate" else 81

    @property
    def native_size_px(self) -> tuple[int, int]:
        """(height, width) that it was trained on, upright as a person is; the 14B models know 1280 × 720 as well."""
        return (1280, 704) if self._is_5b else (832, 480)

    @property
    def _is_5b(self) -> bool:
        # Wan 2.2 5B alone has an autoencoder that folds pixels into channels first.
        return self.vae.get("patch_size") is not None

    @property
    def has_text_encoder(self) -> bool:
        """Whether prompts can be encoded."""
        return "text_encoder" in self.weights and self.tokenizer_folder.is_dir()

    @property
    def tokenizer_folder(self) -> Path:
        """Where the tokenizer lies, if it does."""
        return self.tokenizer or self.folder / "tokenizer"

    def digest(self, *, tiled: bool) -> str:
        """A fingerprint of everything that decides what the model computes."""
        hasher = hashlib.sha256()
        for config in (self.transformer, self.vae):
            stable = {key: value for key, value in config.items() if not key.startswith("_")}
            hasher.update(f"{json.dumps(stable, sort_keys=True)}\n".encode())
        for part in (*self.experts, "vae", "image_encoder"):
            if part in self.weights:
                hasher.update(f"{part} {self.weights[part].digest()}\n".encode())
        hasher.update(f"{self.kind} {self.boundary_ratio} {tiled}".encode())
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
