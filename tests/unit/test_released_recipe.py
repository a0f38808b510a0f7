"""The released script's settings, as a dry run of tiny weights prints them beside ours."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ani3d_runtime.bake.coarse.render import render_coarse
from ani3d_runtime.bake.prior.registry import load_prior
from ani3d_runtime.bake.restoration.pipeline import RestorationPipeline
from ani3d_runtime.bake.restoration.plan import plan_restoration
from ani3d_runtime.bake.restoration.settings import RestoreSettings
from ani3d_runtime.bake.restoration.store import UnitStore
from ani3d_runtime.cli.app import run as command_line
from ani3d_runtime.errors import InputError
from ani3d_runtime.testing.avatars import synthetic_avatar, synthetic_motion
from tests.conftest import Outcome
from tests.stand_in_prior import StandInPrior
from tests.tiny_fun import add_tiny_text_files, save_tiny_fun

AS_RELEASED = ("--quality", "paper", "--views", "1", "--whole-clip", "--preserve", "whole")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    result = save_tiny_fun(tmp_path_factory.mktemp("weights") / "Fun-V1.1-Control").folder
    add_tiny_text_files(result)
    return result


def planned(folder: Path, tmp_path: Path, *options: str) -> tuple[object, ...]:
    motion = ("dancer", "--detail", "low", "--motion", "dance", "--residual", "restored", "--prior", folder)
    return ("bake", *motion, "-o", tmp_path / "x.a3d", *options, "--dry-run")


def test_a_dry_run_prints_the_released_settings_line_by_line(folder, tmp_path, monkeypatch, capsys):
    # Weights are not to be read for it.
    monkeypatch.setattr("ani3d_runtime.bake.prior.wan.restorer.read_pipeline", None)
    monkeypatch.setenv("COLUMNS", "200")
    assert command_line([str(word) for word in planned(folder, tmp_path, *AS_RELEASED)]) == 0
    lines = [line.strip() for line in capsys.readouterr().out.splitlines() if line.startswith("  ")]
    assert lines == [
        "= picture, width × height: 480 × 832",
        "= frames: 81 over the whole clip",
        "= camera: 1 way(s) of 60° each, the first before the face, 10° above",
        "= camera distance: 4.00 m",
        "= control: skeleton as DWPose draws it",
        "= reference picture: followed",
        "= preserved: person without clothes; hair is kept",
        "= preserved pixels: whole or not",
        "= prompt: a person moving, clean background, rotating camera, photorealistic, high quality",
        "= negative prompt: the one of Wan's code",
        "= steps, strength, shift: 10, 0.7, 5",
        "= σ: 0.921 0.882 0.833 0.769 0.682 0.556 0.357",
        "= classifier-free guidance: 5",
        "= fresh noise γ: 1",
        "= self-guidance λ: 0.05, annealed, released form",
    ]


def test_what_differs_is_said(folder):
    avatar = synthetic_avatar(gaussian_count=200, seed=0)
    motion = synthetic_motion(avatar.skeleton, frame_count=30, seed=0)
    settings = RestoreSettings(hair="free", renoise="1-sigma-next", guidance=3.0)
    plan = plan_restoration(avatar, motion, load_prior(folder).description, settings, "standard")
    other = {line.setting: line.here for line in plan.recipe if not line.is_released}
    assert other["preserved"] == "person without clothes and hair"
    assert other["fresh noise γ"] == "1-sigma-next"
    assert other["classifier-free guidance"] == "3"
    assert set(other) >= {"frames", "preserved pixels", "camera"}
    assert plan.sampling.renoise == "1-sigma-next"


@pytest.mark.parametrize(("form", "face_px"), [("dwpose", 0), ("animate", 16)])
def test_a_prior_is_given_the_control_that_it_was_trained_on(form, face_px):
    avatar = synthetic_avatar(gaussian_count=300, seed=0)
    names = ("pelvis", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "head")
    avatar = replace(avatar, skeleton=replace(avatar.skeleton, joint_names=names))
    motion = synthetic_motion(avatar.skeleton, frame_count=3, seed=0)
    description = replace(StandInPrior().description, control_form=form, face_px=face_px, keeps_hair=True)
    prior: Any = SimpleNamespace(description=description)
    plan = plan_restoration(avatar, motion, description, RestoreSettings(views=1, preserve="whole"), "draft")
    nobody: Any = None
    pipeline = RestorationPipeline(avatar, motion, prior, plan, nobody, reference=None, store=UnitStore(), watch=nobody)
    trajectory = plan.trajectories[0]
    request = pipeline._request(render_coarse(avatar, motion, trajectory), trajectory)
    assert np.median(request.control) == 0, "skeletons are on black, normals on grey"
    assert request.control.max() > 0.3
    assert (request.face is None) == (face_px == 0)
    assert set(np.unique(request.preserve)) <= {0.0, 1.0}


def test_a_motion_of_one_frame_is_refused(folder):
    avatar = synthetic_avatar(gaussian_count=200, seed=0)
    motion = synthetic_motion(avatar.skeleton, frame_count=1, seed=0)
    with pytest.raises(InputError) as refused:
        plan_restoration(avatar, motion, load_prior(folder).description, RestoreSettings(), "standard")
    assert refused.value.code == "restore-one-frame"


def write_video(folder: Path, frames: int = 2) -> Path:
    path = folder / f"coarse{frames}.npz"
    np.savez(path, rgb=np.full((frames, 48, 32, 3), 255, np.uint8), fps=30.0)
    return path


def test_restoring_says_the_sampling_and_doubts_pictures_that_do_not_fit(ani3d, folder, tmp_path):
    Image.new("RGB", (60, 20), "white").save(tmp_path / "wide.png")
    options = ("--prior", folder, "-o", tmp_path / "out.npz", "--dry-run", "--reference", tmp_path / "wide.png")
    outcome: Outcome = ani3d("restore", write_video(tmp_path, 1), *options)
    assert outcome.code == 3
    assert all(line["as_released"] for line in outcome.json["recipe"])
    codes = {warning["code"] for warning in outcome.json["warnings"]}
    assert codes >= {"reference-proportions", "reference-too-small", "footage-one-frame"}


def test_what_a_prior_does_not_read_is_refused(ani3d, tmp_path):
    Image.new("RGB", (32, 48), "white").save(tmp_path / "face.png")
    options = ("--prior", "builtin", "-o", tmp_path / "out.npz", "--dry-run", "--prompt", "a dancer")
    outcome: Outcome = ani3d("restore", write_video(tmp_path), *options)
    assert (outcome.code, outcome.error_code) == (2, "restore-idle-option")
