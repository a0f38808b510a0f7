"""The restoration pipeline: its plan, its units of work and their keys, and that nothing is done twice."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from ani3d_runtime.avatar import Avatar, Part
from ani3d_runtime.bake.coarse.video import CoarseVideo
from ani3d_runtime.bake.quality import BAKE_QUALITIES, BakeQuality, effort_of
from ani3d_runtime.bake.report.command import bake_command
from ani3d_runtime.bake.restoration import fitting, pipeline
from ani3d_runtime.bake.restoration.cost import StageCost
from ani3d_runtime.bake.restoration.digest import content_key
from ani3d_runtime.bake.restoration.fitting import Fitter
from ani3d_runtime.bake.restoration.pipeline import Physics, Restoration, RestorationPipeline, chosen_for_looking
from ani3d_runtime.bake.restoration.plan import EFFORTS, RestorationPlan, plan_restoration
from ani3d_runtime.bake.restoration.reference import read_references, rendered_reference
from ani3d_runtime.bake.restoration.settings import RestoreSettings
from ani3d_runtime.bake.restoration.store import UnitStore
from ani3d_runtime.bake.restoration.video import RestoredVideo
from ani3d_runtime.bake.settings import BakeSettings
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.readers import MotionOptions
from ani3d_runtime.cli.app import app
from ani3d_runtime.errors import InputError, UsageError
from ani3d_runtime.progress import ProgressCallback
from ani3d_runtime.render.image import write_png
from ani3d_runtime.residual import ResidualLayer
from ani3d_runtime.testing.avatars import synthetic_motion
from ani3d_runtime.testing.sequences import dancing_sequence
from tests.stand_in_prior import LOG, StandInPrior

FRAMES = 8
SETTINGS = RestoreSettings(views=2, fit_iterations=30)


@pytest.fixture(scope="module")
def actor() -> tuple[Avatar, Motion]:
    avatar, _ = dancing_sequence(700, FRAMES)
    return avatar, synthetic_motion(avatar.skeleton, FRAMES)


def plan_of(actor: tuple[Avatar, Motion], settings: RestoreSettings = SETTINGS, seed: int = 0) -> RestorationPlan:
    return plan_restoration(*actor, StandInPrior().description, settings, "standard", seed=seed)


class Watched:
    """Remembers the stages, and that their progress went from 0 to 1."""

    def __init__(self) -> None:
        self.stages: dict[str, list[float]] = {}

    @contextlib.contextmanager
    def __call__(self, name: str) -> Generator[ProgressCallback, None, None]:
        fractions = self.stages.setdefault(name, [])
        yield fractions.append


def run(
    actor: tuple[Avatar, Motion],
    folder: Path,
    plan: RestorationPlan | None = None,
    watch: Watched | None = None,
    physics: Physics | None = None,
) -> Restoration:
    store = UnitStore(folder)
    fitter = Fitter(*actor, None, store, "cpu")
    return RestorationPipeline(
        *actor,
        StandInPrior(),
        plan or plan_of(actor),
        fitter,
        reference=None,
        store=store,
        watch=watch or Watched(),
        physics=physics,
    ).run()


def lifted(avatar: Avatar, calls: list[str]) -> Physics:
    """A simulation in which all garments hang 6 cm higher."""
    cloth = np.flatnonzero(avatar.binding.parts == Part.GARMENT).astype(np.int32)

    def simulate(motion: Motion, progress: ProgressCallback) -> ResidualLayer:
        calls.append(motion.name)
        progress(1.0)
        moves = np.zeros((motion.frame_count, len(cloth), 3), np.float32)
        moves[..., 1] = 0.06
        return ResidualLayer(avatar.count, cloth, moves)

    return simulate


def test_a_fit_starts_where_physics_has_the_cloth(actor: tuple[Avatar, Motion], tmp_path: Path) -> None:
    calls: list[str] = []
    plan = plan_of(actor, replace(SETTINGS, fit_iterations=2))
    watch = Watched()
    alone, both = (
        run(actor, tmp_path, plan, physics=physics, watch=watch) for physics in (None, lifted(actor[0], calls))
    )
    # With a simulation the prior has nothing to do again, and the fit has.
    assert [cost.reused for cost in both.costs] == [len(plan.trajectories)] * 2 + [0, 0]
    assert len(calls) == 1
    assert watch.stages["physics"][-1] == 1.0
    cloth = actor[0].binding.parts[both.layer.indices] == Part.GARMENT
    assert abs(np.median(alone.layer.dpos_m[:, cloth, 1])) < 0.01
    assert 0.03 < np.median(both.layer.dpos_m[:, cloth, 1]) < 0.09
    again = run(actor, tmp_path, plan, physics=lifted(actor[0], calls))
    assert len(calls) == 1
    assert again.costs[-1].reused == 1
    np.testing.assert_array_equal(both.layer.dpos_m, again.layer.dpos_m)


def test_where_nothing_hangs_loose_the_fit_starts_without_physics(actor: tuple[Avatar, Motion], tmp_path: Path) -> None:
    def refuses(motion: Motion, progress: ProgressCallback) -> ResidualLayer:
        raise InputError("simulate-no-proxy", "avatar", found="none", expected="some", fix="Label them.")

    plan = plan_of(actor, replace(SETTINGS, fit_iterations=2))
    alone, both = (run(actor, tmp_path / str(k), plan, physics=p) for k, p in enumerate((None, refuses)))
    np.testing.assert_array_equal(alone.layer.dpos_m, both.layer.dpos_m)


def test_a_second_run_does_nothing_and_gives_the_same(
    actor: tuple[Avatar, Motion], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(LOG, str(tmp_path / "log"))
    watch = Watched()
    first = run(actor, tmp_path / "store", watch=watch)
    assert list(watch.stages) == [f"{stage} {n}/2" for n in (1, 2) for stage in ("coarse", "restore", "fit")]
    for fractions in watch.stages.values():
        assert fractions == sorted(fractions)
        assert fractions[-1] == pytest.approx(1.0)
    restored = (tmp_path / "log").read_text().split()
    assert len(restored) == len(set(restored)) == len(first.plan.trajectories)
    again = run(actor, tmp_path / "store")
    assert (tmp_path / "log").read_text().split() == restored
    assert [(c.units, c.reused) for c in again.costs] == [(0, c.units) for c in first.costs]
    np.testing.assert_array_equal(first.layer.dpos_m, again.layer.dpos_m)
    np.testing.assert_array_equal(first.losses, again.losses)
    elsewhere = run(actor, tmp_path / "other")
    np.testing.assert_array_equal(first.layer.dpos_m, elsewhere.layer.dpos_m)
    assert not list((tmp_path / "store").rglob("*.checkpoint"))


def test_a_damaged_unit_is_made_again_and_nothing_else(
    actor: tuple[Avatar, Motion], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run(actor, tmp_path)
    (fit, *_) = sorted((tmp_path / "fit").glob("*.npz"))
    for path in (tmp_path / "fit").glob("*.npz"):
        path.unlink()
    damaged = sorted((tmp_path / "restore").glob("*.npz"))[1]
    data = bytearray(damaged.read_bytes())
    data[len(data) // 2] ^= 1
    damaged.write_bytes(data)
    monkeypatch.setenv(LOG, str(tmp_path / "log"))
    again = run(actor, tmp_path)
    assert len((tmp_path / "log").read_text().split()) == 1
    np.testing.assert_array_equal(first.layer.dpos_m, again.layer.dpos_m)
    assert fit.exists()


def test_later_rounds_can_start_from_what_is_fitted(actor: tuple[Avatar, Motion], tmp_path: Path) -> None:
    settings = replace(SETTINGS, coarse_from="fitted")
    rigid = run(actor, tmp_path)
    fitted = run(actor, tmp_path, plan_of(actor, settings))
    # The first round is the same, and is not done again.
    assert [cost.reused for cost in fitted.costs] == [len(rigid.plan.rounds[0].trajectories)] * 2 + [1]
    assert np.abs(rigid.layer.dpos_m - fitted.layer.dpos_m).max() > 0


@pytest.mark.parametrize(
    ("number", "of", "reused"),
    [
        ("COARSE", pipeline, (False, False, False)),
        ("RESTORATION", pipeline, (True, False, False)),
        ("FIT", fitting, (True, True, False)),
    ],
)
def test_a_raised_recipe_number_makes_its_results_again_and_what_follows_from_them(
    actor: tuple[Avatar, Motion],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: str,
    of: ModuleType,
    reused: tuple[bool, ...],
) -> None:
    run(actor, tmp_path)
    monkeypatch.setattr(of, number, 1000)
    again = run(actor, tmp_path)
    assert tuple(cost.reused > 0 for cost in again.costs) == reused


def test_keys_follow_content(actor: tuple[Avatar, Motion]) -> None:
    avatar, motion = actor
    assert content_key(avatar, motion) == content_key(replace(avatar), replace(motion))
    louder = motion.root_translation_m.copy()
    louder[3, 1] += 1e-3
    others = [
        content_key(avatar, replace(motion, root_translation_m=louder)),
        content_key(avatar, replace(motion, fps=29.0)),
        content_key(replace(avatar, name="other"), motion),
        content_key(motion, avatar),
        content_key(avatar, motion, None),
    ]
    assert len({content_key(avatar, motion), *others}) == 6
    assert content_key(1) != content_key(1.0) != content_key("1")
    assert content_key(("a", "b")) != content_key(("ab",))
    with pytest.raises(TypeError):
        content_key(object())


def test_a_seed_changes_noise_and_not_what_is_rendered(actor: tuple[Avatar, Motion], tmp_path: Path) -> None:
    zero, one = run(actor, tmp_path), run(actor, tmp_path, plan_of(actor, seed=1))
    assert one.costs[0].reused == len(one.plan.trajectories)
    assert one.costs[1].reused == 0
    assert np.abs(zero.layer.dpos_m - one.layer.dpos_m).max() > 0


def test_rounds_share_trajectories_and_steps(actor: tuple[Avatar, Motion]) -> None:
    plan = plan_of(actor, RestoreSettings(views=8))
    assert len(plan.rounds) == plan.effort.rounds == 4
    names = [t.name for t in plan.trajectories]
    assert len(names) == len(set(names))
    assert plan.fit_steps == plan.effort.fit.step_count
    assert [len(turn.fit.stages) for turn in plan.rounds] == [len(plan.effort.fit.stages), 1, 1, 1]
    assert len({len(turn.trajectories) for turn in plan.rounds}) == 1
    assert plan_of(actor, SETTINGS).fit_steps == pytest.approx(30, abs=1)
    assert [t.name for t in chosen_for_looking(plan)] == [names[0], names[len(names) // 2 - 1], names[-1]]


def test_short_clips_are_shown_at_their_own_pace(actor: tuple[Avatar, Motion]) -> None:
    avatar, motion = actor
    prior = StandInPrior(frames=48).description
    plan = plan_restoration(avatar, motion, prior, SETTINGS, "standard")
    assert [t.frame_count for t in plan.trajectories] == [5, 5]
    assert plan.trajectories[0].fps == pytest.approx(plan.effort.fps, rel=0.2)


def test_options_win_over_the_effort(actor: tuple[Avatar, Motion]) -> None:
    plan = plan_of(actor, RestoreSettings(views=3, picture_px=50, steps=4))
    assert (plan.effort.views, plan.size_px, plan.sampling.steps) == (3, (48, 48), 4)
    for wrong in ({"views": 0}, {"picture_px": 8}, {"fit_iterations": 0}, {"reference": (Path("nowhere.png"),)}):
        with pytest.raises(UsageError):
            RestoreSettings(**wrong).refuse_bad()  # type: ignore[arg-type]


def test_the_matte_tells_white_cloth_from_a_gap(actor: tuple[Avatar, Motion]) -> None:
    plan = plan_of(actor)
    ones = np.ones((1, 32, 32), np.float32)
    alpha = np.zeros_like(ones)
    alpha[:, 8:24, 8:24] = 1
    alpha[:, 14:17, 9:12] = 0  # between arm and body
    coarse = np.where(alpha[..., None] > 0, 0.3, 1.0).astype(np.float32) * np.ones(3, np.float32)
    rgb = coarse.copy()
    rgb[:, 18:21, 18:21] = 1.0  # a white dot moves over the cloth
    rgb[:, 20:30, 24:28] = (0.8, 0.1, 0.1)  # cloth swings out
    rgb[:, 8:12, 8:24] = 1.0  # and away from here
    video = CoarseVideo(coarse, alpha, ones, 0 * ones, coarse, 0 * coarse, 30.0)
    matte = RestoredVideo(plan.trajectories[0], video, rgb).alpha()[0]
    assert matte[19, 19] == pytest.approx(1.0)
    assert matte[15, 10] == 0
    assert matte[25, 26] == pytest.approx(1.0)
    assert matte[9, 15] == 0
    assert matte[2, 2] == 0


def test_references_are_read_and_rendered(actor: tuple[Avatar, Motion], tmp_path: Path) -> None:
    rendered = rendered_reference(actor[0])
    assert rendered.shape == (512, 512, 3)
    assert (rendered.min(axis=2) < 0.9).mean() > 0.05
    write_png(tmp_path / "a.png", rendered)
    write_png(tmp_path / "b.png", rendered[:256])
    both = read_references([tmp_path / "a.png", tmp_path / "b.png"])
    assert both.shape == (512, 512 + 1024, 3)
    np.testing.assert_allclose(both[:, :512], rendered, atol=1 / 255)
    (tmp_path / "c.png").write_text("no picture")
    with pytest.raises(InputError, match="not a picture"):
        read_references([tmp_path / "c.png"])


def test_costs_add_up() -> None:
    cost = StageCost("fit")
    for _ in range(2):
        with cost.measured():
            np.ones(30_000_000).sum()
    assert cost.seconds > 0
    assert cost.peak_bytes > 240e6


def test_settings_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    def code_of(**changes: object) -> str:
        with pytest.raises(UsageError) as refused:
            replace(settings, **changes).refuse_bad()  # type: ignore[arg-type]
        return refused.value.code

    settings = BakeSettings("dancer", ("walk",), tmp_path / "out.a3d", residuals=("restored",))
    settings.refuse_bad()
    assert settings.report == tmp_path / "out.html"
    assert code_of(residuals=("simulated",), restoring=RestoreSettings(views=3)) == "bake-nothing-restored"
    assert code_of(restoring=RestoreSettings(fit_colours=True)) == "restore-no-reference"
    assert code_of(restoring=RestoreSettings(report=tmp_path / "no" / "page.html")) == "report-no-folder"
    (tmp_path / "out.html").write_text("mine")
    assert code_of() == "output-exists"
    replace(settings, overwrite=True).refuse_bad()
    replace(settings, residuals=("simulated",)).refuse_bad()


@pytest.mark.parametrize("quality", BAKE_QUALITIES)
def test_every_quality_packs_and_restores(quality: BakeQuality, tmp_path: Path) -> None:
    settings = BakeSettings("dancer", ("walk",), tmp_path / "out.a3d", quality=quality)
    assert settings.bounds.position_m[Part.FACE] <= settings.bounds.position_m[Part.HAIR]
    assert effort_of(quality) in EFFORTS


def test_the_printed_command_is_the_bake(tmp_path: Path) -> None:
    settings = BakeSettings(
        "it's me.ply",
        ("walk", "dance"),
        tmp_path / "out.a3d",
        residuals=("restored", "none"),
        axes="yup",
        motion_options=MotionOptions(start=5, stop=30, ground="floor"),
        max_error_m=2.5e-3,
        quality="paper",
        restoring=RestoreSettings(prior="some/folder", reference=(Path("a.png"), Path("b.png")), fit_colours=True),
        seed=4,
        overwrite=True,
    )
    command, bound, _ = app.parse_args(shlex.split(bake_command(settings))[1:], exit_on_error=False)
    assert command.__name__ == "bake"
    given = bound.arguments
    assert bound.args == ("it's me.ply",)
    assert given["motion"] == ["walk", "dance"]
    assert given["residual"] == ["restored", "none"]
    assert given["restoring"] == settings.restoring
    assert (given["quality"], given["seed"], given["force"], given["axes"]) == ("paper", 4, True, "yup")
    assert (given["start_frame"], given["stop_frame"], given["ground"]) == (5, 30, "floor")
    assert given["max_error_mm"] == 2.5
    assert given["output"] == tmp_path / "out.a3d"
