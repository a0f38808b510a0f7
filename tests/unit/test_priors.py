"""What every prior shares: requests, descriptions, and finding one by name, folder, hub id or plugin."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ani3d_runtime.bake.prior.prior import PriorDescription, RestoreRequest
from ani3d_runtime.bake.prior.registry import list_priors, load_prior
from ani3d_runtime.bake.sampling.settings import SamplingSettings
from ani3d_runtime.errors import Ani3dError, InputError
from tests.stand_in_prior import StandInPrior, plug_in

DESCRIPTION = PriorDescription(
    name="test",
    digest="0",
    dtype="float32",
    frame_multiple=4,
    frame_remainder=1,
    size_multiple=16,
    native_frames=81,
    native_size_px=(480, 832),
    takes_control=True,
    takes_reference=True,
    takes_prompt=True,
    default_sampling=SamplingSettings(),
    memory_bytes=1,
)


def make_arrays(frames: int = 3, height: int = 4, width: int = 5) -> dict[str, object]:
    video = np.linspace(0, 1, frames * height * width * 3).reshape(frames, height, width, 3)
    return {"coarse": video, "preserve": video[..., 0], "control": video[::-1], "reference": video[0], "fps": 24.0}


def test_a_request_is_float32_and_clipped():
    request = RestoreRequest.checked(**{**make_arrays(), "coarse": np.full((3, 4, 5, 3), 1.0005)})
    assert request.coarse.dtype == request.preserve.dtype == request.control.dtype == np.float32
    assert request.coarse.max() == 1
    assert (request.frame_count, request.size_px) == (3, (4, 5))


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"coarse": np.zeros((3, 4, 5))}, "restore-wrong-shape"),
        ({"coarse": np.zeros((0, 4, 5, 3))}, "restore-empty"),
        ({"coarse": np.full((3, 4, 5, 3), 255)}, "restore-range"),
        ({"coarse": np.full((3, 4, 5, 3), np.nan)}, "restore-not-finite"),
        ({"preserve": np.zeros((3, 4, 6))}, "restore-wrong-shape"),
        ({"preserve": np.zeros((3, 4, 5, 1))}, "restore-wrong-shape"),
        ({"preserve": np.full((3, 4, 5), -1.0)}, "restore-range"),
        ({"control": np.zeros((2, 4, 5, 3))}, "restore-wrong-shape"),
        ({"reference": np.zeros((4, 5, 4))}, "restore-wrong-shape"),
        ({"fps": 0.0}, "restore-fps"),
        ({"fps": float("nan")}, "restore-fps"),
    ],
)
def test_arrays_that_cannot_be_restored_are_refused(wrong, code):
    with pytest.raises(InputError) as refusal:
        RestoreRequest.checked(**{**make_arrays(), **wrong})
    assert refusal.value.code == code


@settings(max_examples=40, deadline=None)
@given(
    frames=st.integers(1, 40),
    size=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    multiple=st.integers(1, 9),
    remainder=st.integers(0, 8),
    size_multiple=st.integers(1, 16),
)
def test_padding_reaches_what_fits_and_keeps_what_was_there(frames, size, multiple, remainder, size_multiple):
    description = replace(
        DESCRIPTION,
        frame_multiple=multiple,
        frame_remainder=remainder % multiple,
        size_multiple=size_multiple,
    )
    request = RestoreRequest.checked(**make_arrays(frames, *size))
    fitting = description.fitting(frames, *size)
    padded = request.padded(*fitting)
    assert (padded.frame_count, *padded.size_px) == fitting
    assert (fitting[0] - description.frame_remainder) % multiple == 0
    assert fitting[0] - frames < multiple
    assert all(
        side % size_multiple == 0 and side - old < size_multiple for side, old in zip(fitting[1:], size, strict=True)
    )
    for name in ("coarse", "preserve", "control"):
        grown, original = getattr(padded, name), getattr(request, name)
        np.testing.assert_array_equal(grown[:frames, : size[0], : size[1]], original)
        assert set(np.unique(grown)) <= set(np.unique(original))


def test_what_fits_is_left_alone():
    assert DESCRIPTION.fitting(81, 480, 832) == (81, 480, 832)
    assert DESCRIPTION.fitting(82, 481, 1) == (85, 496, 16)


def refusal_of(name: str) -> Ani3dError:
    with pytest.raises(Ani3dError) as caught:
        load_prior(name)
    return caught.value


def test_names_that_nobody_answers_to():
    refusal = refusal_of("buitlin")
    assert refusal.code == "prior-unknown"
    assert "builtin" in refusal.expected
    assert "wan" in refusal.expected


@pytest.mark.parametrize("path", ["./nothing/here", "/nothing", "~/no/such/folder"])
def test_folders_that_are_not_there(path):
    assert refusal_of(path).code == "prior-folder-missing"


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "weights").write_text("")
    assert refusal_of(str(tmp_path / "weights")).code == "prior-folder-missing"


def test_hub_ids_that_were_not_downloaded_say_how_to():
    refusal = refusal_of("ani3d-tests/No-Such-Model")
    assert refusal.code == "prior-not-downloaded"
    assert "hf download ani3d-tests/No-Such-Model --local-dir No-Such-Model" in refusal.fix


def test_a_folder_with_something_else_in_it(tmp_path):
    assert refusal_of(str(tmp_path)).code == "prior-folder-unknown"


class TestPlugins:
    def test_one_is_listed_and_loaded_by_name(self, tmp_path, monkeypatch):
        plug_in(tmp_path)
        monkeypatch.syspath_prepend(tmp_path)
        assert {"builtin", "wan", "stand-in"} <= set(list_priors())
        assert isinstance(load_prior("stand-in"), StandInPrior)

    @pytest.mark.parametrize("target", ["no_such_module:Family", "json:JSONDecoder", "json:nothing", "json:dumps"])
    def test_a_broken_one_is_named(self, tmp_path, monkeypatch, target):
        plug_in(tmp_path)
        entry = tmp_path / "ani3d_stand_in-1.0.dist-info" / "entry_points.txt"
        entry.write_text(f"[ani3d.priors]\nstand-in = {target}\n")
        monkeypatch.syspath_prepend(tmp_path)
        refusal = refusal_of("stand-in")
        assert refusal.code == "plugin-broken"
        assert refusal.subject == target


def test_naming_a_prior_loads_no_torch():
    code = (
        "import sys; from ani3d_runtime.bake.prior.registry import list_priors; "
        "from ani3d_runtime.bake.prior.prior import RestoreRequest; "
        "from ani3d_runtime.bake.prior.wan.family import WanFamily; "
        "list_priors(); print({'torch', 'diffusers', 'transformers'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert done.stdout.strip() == "set()", done.stderr
