"""``ani3d restore``: a coarse video of one's own through a prior."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from cyclopts import Parameter

from ani3d_runtime.arrays import Float32Array, UInt8Array
from ani3d_runtime.bake.device import DeviceChoice, resolved_device
from ani3d_runtime.bake.footage.backdrop import doubts_about
from ani3d_runtime.bake.footage.composite import checked_subject, on_white, set_back
from ani3d_runtime.bake.footage.footage import (
    Footage,
    read_footage,
    refuse_other_kind,
    refuse_unwritable,
    write_footage,
)
from ani3d_runtime.bake.footage.restore import (
    FootageOptions,
    checked_mask,
    plan_footage,
    refuse_other_length,
    refuse_other_shape,
    restore_footage,
)
from ani3d_runtime.bake.prior.prior import Prior, PriorDescription, RestoreRequest
from ani3d_runtime.bake.prior.registry import load_prior
from ani3d_runtime.bake.recipe_numbers import RESTORATION
from ani3d_runtime.bake.restoration.digest import content_key
from ani3d_runtime.bake.restoration.reference import doubts_about_reference, read_references
from ani3d_runtime.bake.restoration.released import sampling_lines
from ani3d_runtime.bake.restoration.store import UnitStore
from ani3d_runtime.bake.sampling.settings import SamplingSettings, checked_renoise
from ani3d_runtime.cli.choices import refuse_existing
from ani3d_runtime.cli.console import ConsoleArgument
from ani3d_runtime.errors import UsageError


def restore(
    video: Path,
    /,
    *,
    output: Annotated[Path, Parameter(name=["--output", "-o"])],
    mask: Path | None = None,
    subject: Path | None = None,
    control: Path | None = None,
    face: Path | None = None,
    reference: Annotated[list[Path] | None, Parameter(consume_multiple=False, negative="")] = None,
    prior: str = "builtin",
    device: DeviceChoice = "auto",
    steps: int | None = None,
    strength: float | None = None,
    guidance: float | None = None,
    self_guidance: float | None = None,
    renoise: str | None = None,
    form: Literal["released", "paper"] | None = None,
    prompt: str | None = None,
    negative_prompt: str | None = None,
    seed: int = 0,
    fps: float | None = None,
    overlap: float = 0.25,
    work_px: int | None = None,
    paste: Annotated[bool, Parameter(negative="")] = False,
    force: Annotated[bool, Parameter(negative="")] = False,
    dry_run: Annotated[bool, Parameter(negative="")] = False,
    console: ConsoleArgument,
) -> None:
    """Restore a coarse video: frames, size and rate stay as they are.

    Args:
        video: film, animated .webp, folder of pictures, or .npz with rgb [T, H, W, 3] and fps.
        output: .mp4, .webp, .npz, or a name without a suffix for a folder of PNGs.
        mask: video or picture, white where the video is to stay as it is (skin, face), black where the prior may
            change it (cloth, hair, background). Left out, all of it may change.
        subject: video or picture, white where the person is. The prior sees the person over white, and the place is put
            back behind; the camera is taken to stand still. Without it, the video has to have a plain white backdrop.
        control: video of the posed body for priors that take one: skeletons as DWPose draws them for Fun-Control and
            VACE, thin ones for Animate, normals for builtin.
        face: video of the face, cut out of the video, for priors that watch one. Black where it is left out.
        reference: picture of the person for priors that take one; repeat it for several.
        prior: builtin, wan, a folder with weights, or a hub id that has been downloaded.
        device: auto takes CUDA where there is one.
        steps: sampling steps on the whole way from pure noise; strength of them are taken. The prior's when left out.
        strength: 0..1, how far from the coarse video sampling starts.
        guidance: classifier-free guidance; 1 is none.
        self_guidance: 0..1, the pull towards the coarse video where the mask is white.
        renoise: 0..1 share of fresh noise per step, or sigma, or 1-sigma-next; 0 is the deterministic ODE.
        form: of the self-guidance, released or paper.
        prompt: text for priors that read text.
        negative_prompt: text to stay away from.
        seed: of all noise.
        fps: frames per second, for folders and .npz that do not tell.
        overlap: share of a window that is cross-faded with the next one, where the video is longer than the prior's.
        work_px: height of the pictures that the prior sees; the prior's own where the video is much larger.
        paste: put the video back exactly where the mask is white. Cloth can then no longer swing over it.
        force: replace the output.
        dry_run: read and check every input, and write nothing.
    """
    _refuse_bad(output, overlap, work_px, fps, force)
    given: dict[str, Any] = {
        "steps": steps,
        "strength": strength,
        "guidance_scale": guidance,
        "self_guidance": self_guidance,
        "renoise": None if renoise is None else checked_renoise(renoise, "--renoise"),
        "form": form,
        "prompt": prompt,
        "negative_prompt": negative_prompt,
        "seed": seed,
    }
    given = {key: value for key, value in given.items() if value is not None}
    # Refused before anything is read. What was not given is set so that it cannot be refused: the prior decides on it.
    permissive: dict[str, Any] = {"steps": 10_000, "strength": 1.0}
    SamplingSettings(**(permissive | given))
    footage = read_footage(video)
    rate_hz = _rate(video, footage, fps)
    refuse_unwritable(output, footage.size_px)
    masks = checked_mask(None if mask is None else read_footage(mask), footage, mask)
    person = None if subject is None else checked_subject(read_footage(subject), footage, subject)
    poses = _poses(control, footage)
    faces = None if face is None else read_footage(face)
    if faces is not None:
        refuse_other_length(faces, footage, face, "face", single=False)
    look = read_references(reference) if reference else None
    loaded = load_prior(prior, resolved_device(device))
    given_names = {
        "control": control,
        "face": face,
        "reference": reference,
        "prompt": prompt,
        "negative_prompt": negative_prompt,
    }
    _refuse_idle(loaded.description, {name for name, value in given_names.items() if value})
    for doubt in doubts_about_reference(look, footage.size_px):
        console.doubt(doubt)
    for doubt in doubts_about(footage, masks, loaded.description, has_subject=person is not None):
        console.doubt(doubt)
    sampling = replace(loaded.description.default_sampling, **given)
    options = FootageOptions(overlap, work_px, paste)
    plan = plan_footage(len(footage.frames), footage.size_px, loaded.description, options)
    height, width = footage.size_px
    recipe = () if loaded.description.made_for else sampling_lines(loaded.description, sampling)
    facts = {
        "output": str(output),
        "frames": len(footage.frames),
        "size_px": [width, height],
        "fps": rate_hz,
        "windows": len(plan.starts),
        "window_frames": plan.length,
        "work_size_px": [plan.work_size_px[1], plan.work_size_px[0]],
        "prior": loaded.description.name,
        "memory_bytes": loaded.description.memory_bytes,
        "sampling": sampling.to_json(),
        "recipe": [each.to_json() for each in recipe],
    }
    line = f"{facts['frames']} frames of {width}x{height} at {rate_hz:g} fps, {len(plan.starts)} window(s)"
    if dry_run:
        console.result(facts, f"{video} can be restored: {line}; nothing was written", *map(str, recipe))
        return
    coarse = footage if person is None else on_white(footage, person)
    with console.progress("restore") as progress:
        frames = restore_footage(
            coarse,
            loaded,
            sampling,
            plan,
            mask=masks,
            control=poses,
            face=None if faces is None else faces.frames,
            reference=look,
            fps=rate_hz,
            paste=paste,
            keep=_keeper(loaded),
            progress=progress,
        )
    if person is not None:
        frames = set_back(frames, coarse, footage, person)
    write_footage(output, frames, rate_hz)
    console.result(facts, f"wrote {output}: {line}")


def _refuse_idle(prior: PriorDescription, given: set[str]) -> None:
    """Refuse what this prior does not read, before its weights are."""
    reads = {
        "control": prior.takes_control,
        "face": prior.face_px > 0,
        "reference": prior.takes_reference,
        "prompt": prior.takes_prompt,
        "negative_prompt": prior.takes_prompt,
    }
    if prior.needs_reference and "reference" not in given:
        raise UsageError(
            "prior-no-reference",
            prior.name,
            found="no reference picture",
            expected="a picture of the person",
            fix="Pass --reference.",
        )
    for name in sorted(given):
        if not reads[name]:
            raise UsageError(
                "restore-idle-option",
                f"--{name.replace('_', '-')}",
                found=f"the prior {prior.name}, which does not read it",
                expected=", ".join(sorted(each for each, read in reads.items() if read)) or "no such options",
                fix="Leave it out, or name another prior: docs/priors.md says what each reads.",
            )


def _keeper(prior: Prior) -> Callable[[RestoreRequest, SamplingSettings, Callable[[], Float32Array]], Float32Array]:
    """Windows that are done stay done, whatever stops the command."""
    store, description = UnitStore(), prior.description

    def keep(request: RestoreRequest, sampling: SamplingSettings, make: Callable[[], Float32Array]) -> Float32Array:
        key = content_key(RESTORATION, request, sampling, description.digest, description.dtype)
        arrays = store.get_or_make("footage", key, lambda: {"rgb": make()})
        return arrays["rgb"].astype(np.float32)

    return keep


def _refuse_bad(output: Path, overlap: float, work_px: int | None, fps: float | None, force: bool) -> None:
    refuse_existing(output, force)
    refuse_other_kind(output)
    if fps is not None and not 0 < fps <= 1000:
        raise UsageError(
            "restore-frame-rate",
            "--fps",
            found=f"{fps:g}",
            expected="above 0 and at most 1000",
            fix="Try --fps 30.",
        )
    if not 0 <= overlap <= 0.5:
        raise UsageError(
            "restore-overlap", "--overlap", found=f"{overlap:g}", expected="0 to 0.5", fix="Leave it out for 0.25."
        )
    if work_px is not None and not 16 <= work_px <= 4096:
        raise UsageError(
            "restore-work-size", "--work-px", found=str(work_px), expected="16 to 4096", fix="Leave it out."
        )


def _rate(video: Path, footage: Footage, fps: float | None) -> float:
    rate = footage.fps if fps is None else fps
    if rate is None or not 0 < rate <= 1000:
        raise UsageError(
            "footage-no-rate",
            video,
            found="no frame rate" if rate is None else f"{rate:g} frames per second",
            expected="a rate above 0 and at most 1000",
            fix="Pass --fps, such as --fps 30.",
        )
    return rate


def _poses(control: Path | None, footage: Footage) -> UInt8Array | None:
    if control is None:
        return None
    poses = read_footage(control)
    refuse_other_shape(poses, footage, control, "control", single=False)
    return poses.frames
