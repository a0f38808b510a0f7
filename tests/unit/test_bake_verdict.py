"""The verdict of a restored bake: what speaks against showing a clip, and how the page says it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from ani3d_runtime.avatar import Avatar
from ani3d_runtime.bake.coarse import render_coarse
from ani3d_runtime.bake.report.close_ups import close_ups
from ani3d_runtime.bake.report.page import write_report
from ani3d_runtime.bake.report.verdict import Reason, Verdict, verdict_on
from ani3d_runtime.bake.restoration.pipeline import Restoration
from ani3d_runtime.bake.restoration.plan import RestorationPlan, plan_restoration
from ani3d_runtime.bake.restoration.restorer import RestoredClip
from ani3d_runtime.bake.restoration.settings import RestoreSettings
from ani3d_runtime.bake.restoration.video import RestoredVideo
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.errors import InputError
from ani3d_runtime.residual import ResidualLayer
from ani3d_runtime.testing.avatars import synthetic_motion
from ani3d_runtime.testing.sequences import dancing_sequence
from tests.stand_in_prior import StandInPrior

FRAMES = 8


@pytest.fixture(scope="module")
def good() -> tuple[Avatar, RestoredClip]:
    """A prior that returns what it is given, and a layer that hardly moves."""
    avatar, _ = dancing_sequence(700, FRAMES)
    motion = synthetic_motion(avatar.skeleton, FRAMES)
    plan = plan_restoration(avatar, motion, StandInPrior().description, RestoreSettings(views=1), "draft")
    path = plan.trajectories[0]
    coarse = render_coarse(avatar, motion, path)
    return avatar, clip_of(avatar, motion, plan, RestoredVideo(path, coarse, coarse.rgb), 0.001)


def clip_of(avatar: Avatar, motion: Motion, plan: RestorationPlan, video: RestoredVideo, up_m: float) -> RestoredClip:
    layer = raised(avatar, motion.frame_count, up_m)
    return RestoredClip(motion, Restoration(layer, np.zeros((0, 3)), (), plan), (video,))


def raised(avatar: Avatar, frames: int, up_m: float) -> ResidualLayer:
    loose = np.flatnonzero(np.isin(avatar.binding.parts, (2, 3))).astype(np.int32)
    moves = np.zeros((frames, len(loose), 3), np.float32)
    moves[..., 1] = up_m
    return ResidualLayer(avatar.count, loose, moves)


def words(verdict: Verdict) -> str:
    return " ".join(reason.text for reason in verdict.reasons)


def test_what_nothing_speaks_against_is_good(good: tuple[Avatar, RestoredClip]) -> None:
    avatar, clip = good
    verdict = verdict_on(avatar, [clip], [None], [])
    assert (verdict.word, verdict.reasons) == ("good", ())


def test_doubts_of_the_bake_want_a_look(good: tuple[Avatar, RestoredClip]) -> None:
    avatar, clip = good
    doubt = InputError("prior-out-of-place", "builtin", found="an avatar of your own", expected="e", fix="f")
    verdict = verdict_on(avatar, [clip], [None], [doubt])
    assert verdict.word == "look at these"
    assert "prior-out-of-place" in words(verdict)


@pytest.mark.parametrize(("sigma", "word"), [(0.0, "good"), (3.0, "do not ship")])
def test_a_prior_that_only_blurs_is_stopped(good: tuple[Avatar, RestoredClip], sigma: float, word: str) -> None:
    avatar, clip = good
    (video,) = clip.videos
    soft = ndimage.gaussian_filter(video.rgb, (0, sigma, sigma, 0)) if sigma else video.rgb
    verdict = verdict_on(avatar, [replace(clip, videos=(replace(video, rgb=soft),))], [None], [])
    assert verdict.word == word


def test_ghosts_far_from_the_person_are_stopped(good: tuple[Avatar, RestoredClip]) -> None:
    avatar, clip = good
    (video,) = clip.videos
    haunted = video.rgb.copy()
    bare = np.asarray(ndimage.distance_transform_edt(video.coarse.alpha.max(axis=0) < 0.01)) > 6
    assert bare.sum() > 30
    haunted[:, bare] = (0.5, 0.6, 0.5)
    verdict = verdict_on(avatar, [replace(clip, videos=(replace(video, rgb=haunted),))], [None], [])
    assert verdict.word == "do not ship"
    assert "ghosts" in words(verdict)


def test_a_layer_that_is_farther_from_the_simulation_than_none_is_stopped(good: tuple[Avatar, RestoredClip]) -> None:
    avatar, clip = good
    verdicts = [verdict_on(avatar, [clip], [raised(avatar, FRAMES, up_m)], []) for up_m in (0.05, -0.05)]
    assert [verdict.word for verdict in verdicts] == ["good", "do not ship"]
    assert "mm from the simulation" in words(verdicts[1])


def test_close_ups_have_a_column_for_each_layer(good: tuple[Avatar, RestoredClip]) -> None:
    avatar, clip = good
    layers = {"rigid": None, "restored": clip.restoration.layer, "simulated": raised(avatar, FRAMES, 0.2)}
    pictures = close_ups(avatar, clip.motion, layers)
    assert pictures
    rigid, restored, simulated = np.split(pictures[0][40:], 3, axis=1)
    assert np.abs(rigid - restored).mean() < 0.01
    assert np.abs(rigid - simulated).mean() > 3 * np.abs(rigid - restored).mean()


def test_the_page_begins_with_the_verdict(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    verdict = Verdict((Reason("look", "cloth <is> soft."),))
    write_report(page, title="T", lead="L", pictures=(), tables=(), settings={}, command="c", verdict=verdict)
    text = page.read_text(encoding="utf-8")
    assert "look at these" in text
    assert "cloth &lt;is&gt; soft." in text
    assert text.index("look at these") < text.index("<h2>")
