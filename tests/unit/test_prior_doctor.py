"""``ani3d doctor --prior``: what a folder of weights holds, lacks and takes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ani3d_runtime.bake.prior.wan import flop
from ani3d_runtime.bake.prior.wan.checkpoint import WanCheckpoint
from ani3d_runtime.bake.prior.wan.flop import autoencoder_flop, denoiser_flop
from ani3d_runtime.cli.app import run as command_line
from tests.tiny_fun import save_tiny_fun
from tests.tiny_wan import save_tiny_animate, save_tiny_wan


@pytest.fixture(scope="module")
def fun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_fun(tmp_path_factory.mktemp("fun") / "Fun-V1.1-Control").folder


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_wan(tmp_path_factory.mktemp("wan") / "Wan-T2V")


def verdicts(outcome) -> dict[str, str]:
    return {part["part"]: part["verdict"] for part in outcome.json["parts"]}


def test_a_whole_folder(ani3d, fun, monkeypatch):
    monkeypatch.setattr("ani3d_runtime.bake.prior.wan.restorer.read_pipeline", None)
    monkeypatch.setattr(flop, "_COUNTED_LATENTS", 2)
    outcome = ani3d("doctor", "--prior", fun, "--device", "cpu")
    assert outcome.code == 0, outcome.stderr
    found = {"denoiser": "ok", "vae": "ok", "image_encoder": "ok", "text_encoder": "optional", "tokenizer": "optional"}
    assert verdicts(outcome) == found
    assert "Fun-Control" in outcome.json["kind"]
    assert {"--control", "--reference"} <= set(outcome.json["options"])
    assert not any("prompt" in option for option in outcome.json["options"])
    assert [way["fits"] for way in outcome.json["memory"]][-1]
    time = outcome.json["time"]
    spans = [time[f"{part}_flop"] / time[f"{part}_flop_per_s"] for part in ("denoiser", "autoencoder")]
    assert time["seconds"] == pytest.approx(sum(spans) / time["efficiency"])


def test_what_is_missing_and_broken_is_said_part_by_part(fun, tmp_path, capsys, ani3d):
    folder = Path(shutil.copytree(fun, tmp_path / "copied"))
    (folder / "Wan2.1_VAE.pth").unlink()
    clip = folder / "models_clip_open-clip-xlm-roberta-large-vit-huge-14.pth"
    clip.write_bytes(clip.read_bytes()[:-500])
    outcome = ani3d("doctor", "--prior", folder)
    assert outcome.code == 1
    assert (verdicts(outcome)["vae"], verdicts(outcome)["image_encoder"]) == ("missing", "missing")
    assert outcome.json["refusal"]["code"] == "prior-incomplete"
    assert command_line(["doctor", "--prior", str(folder)]) == 1
    said = capsys.readouterr().out
    assert "Wan2.1_VAE.pth" in said
    assert "prior-incomplete" in said


@pytest.mark.parametrize("part", ["transformer", "image_encoder", "image_processor"])
def test_diffusers_folders_are_looked_through_too(ani3d, tmp_path, part):
    folder = save_tiny_animate(tmp_path / "animate")
    shutil.rmtree(folder / part)
    outcome = ani3d("doctor", "--prior", folder)
    assert outcome.code == 1
    assert [name for name, verdict in verdicts(outcome).items() if verdict == "missing"] == [part]


def test_operations_are_those_of_the_formula(plain):
    checkpoint = WanCheckpoint.read(plain)
    frames, height, width, text = 17, 128, 160, 512
    n, d, f, layers = 5 * 8 * 10, 24, 32, 2
    attention = 8 * n * d**2 + 4 * n**2 * d
    across = 4 * n * d**2 + 4 * text * d**2 + 4 * n * text * d
    ends = 2 * n * d * 64 + 2 * n * d * 64 + text * (2 * 32 * d + 2 * d**2) + 2 * (256 * d + d**2 + 6 * d**2)
    expected = layers * (attention + across + 4 * n * d * f) + ends
    assert denoiser_flop(checkpoint, frames, height, width) == pytest.approx(expected, rel=0.01)


def test_operations_of_a_long_video_are_those_of_all_its_latents(plain, monkeypatch):
    checkpoint = WanCheckpoint.read(plain)
    short = autoencoder_flop(checkpoint, 17, 32, 48)
    monkeypatch.setattr(flop, "_COUNTED_LATENTS", 5)
    assert autoencoder_flop(checkpoint, 17, 32, 48) == pytest.approx(short)
    assert short[1] > 1e6


def test_the_builtin_prior_and_idle_options(ani3d):
    outcome = ani3d("doctor", "--prior", "builtin", "--device", "cpu")
    assert outcome.code == 0, outcome.stderr
    assert outcome.json["time"] is None
    assert ani3d("doctor", "--device", "cpu").error_code == "doctor-idle-device"
    assert ani3d("doctor", "--prior", "./nowhere").error_code == "prior-folder-missing"
