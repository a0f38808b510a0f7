"""Runners that lie a little, and runners that do not keep to the protocol: each is named."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

import pytest

from spec.vectors import run
from spec.vectors.comparison import differences
from spec.vectors.harness.runner import Runner, RunnerError
from spec.vectors.harness.trial import tried
from spec.vectors.harness.vectors import Vector
from tests.conformance.liar import CLAIM, LIES
from tests.conformance.test_vectors import RUNNERS

LIAR = Path(__file__).with_name("liar.py")
HAND = "packages/valid/by-hand-rigid.a3d"
EXACT = "packages/valid/by-hand-exact.a3d"
BROKEN = "packages/invalid/splats-opacity-256.a3d"
ZSTD = "packages/valid/tables-zstd.a3d"
TELLING = [
    ("value", HAND, "splats.means_m.first[4]"),
    ("hidden_value", HAND, "splats.means_m.sum"),
    ("places", HAND, "splats.means_m.weave"),
    ("count", HAND, "manifest.gaussian_count"),
    ("order", HAND, "order.sha256"),
    ("bits", EXACT, "splats.exact.0.scales_m.sha256"),
    ("code", BROKEN, "outcome"),
    ("reads_it", BROKEN, "outcome"),
    ("skipped", HAND, "answer"),
    ("skipped", BROKEN, "outcome"),
    ("posed", "golden/nodes.json", "means_m[3][1]"),
    ("frame", "light/swinging.json", "frames[2].node_displacements_m[7]"),
    ("step", "driver/cloth.json", "steps[1].displacements[9]"),
]
GOOD = '{"name": "good", "version": "1", "features": ["packages"]}'

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")


def vector_of(name: str) -> Vector:
    return Vector(name, (name.split("/")[0],))


def liar(lie: str) -> Runner:
    return Runner(f"{shlex.join([sys.executable, str(LIAR), lie])} {RUNNERS[0]}", time_limit_s=60)


@needs_node
@pytest.mark.parametrize(("lie", "name", "field"), TELLING, ids=[f"{lie}-{name}" for lie, name, _ in TELLING])
def test_a_runner_that_lies_is_caught_at_the_field(lie: str, name: str, field: str) -> None:
    (caught,) = tried(liar(lie), [vector_of(name)])
    assert [difference.field for difference in caught.wrong] == [field]


@needs_node
def test_what_the_liars_pass_on_is_right() -> None:
    assert {lie for lie, _, _ in TELLING} == set(LIES)
    names = sorted({name for _, name, _ in TELLING})
    assert all(outcome.passed for outcome in tried(liar("nothing"), [vector_of(name) for name in names]))


@needs_node
def test_a_feature_that_is_claimed_must_be_delivered() -> None:
    vector = Vector(ZSTD, ("packages", "zstd"))
    honest = liar("nothing")
    if "zstd" in honest.features:
        pytest.skip("this node has zstd")
    assert tried(honest, [vector])[0].missing == ("zstd",)
    (difference,) = tried(liar(CLAIM), [vector])[0].wrong
    assert str(difference) == "outcome: found refused as entropy-not-installed, expected read"


def bad(tmp_path: Path, body: str, features: str = GOOD) -> str:
    """A runner that says what it can do and then does as ``body`` says with its file names in ``files``."""
    path = tmp_path / "bad.py"
    path.write_text(
        "import json, os, signal, sys, time\n"
        "files = sys.argv[2:]\n"
        f"if sys.argv[1] == '--features': print({features!r}); sys.exit()\n{body}\n",
        encoding="utf-8",
    )
    return shlex.join([sys.executable, str(path)])


ANSWER = "print(json.dumps({'refused': 'splats-invalid'}), flush=True)"


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("print('hello')", "prints no JSON: 'hello'"),
        ("print([1])", "prints no JSON object: '[1]'"),
        ("pass", "prints too few lines: it ended without an answer"),
        ("sys.exit('no memory')", "ends with code 1: no memory"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "dies of signal 11"),
        ("time.sleep(60)", "hangs: no answer within 1 s"),
        (f"{ANSWER}; {ANSWER}; {ANSWER}", "prints more lines than there are files"),
        (f"{ANSWER}; {ANSWER}; sys.exit(3)", "ends with code 3"),
    ],
)
def test_a_bad_runner_is_named(body: str, wanted: str, tmp_path: Path) -> None:
    runner = Runner(bad(tmp_path, body), time_limit_s=1)
    outcomes = tried(
        runner, [Vector(BROKEN, ("packages",)), Vector("packages/invalid/splats-part-5.a3d", ("packages",))]
    )
    assert outcomes[-1].wrong[0].field == "the runner"
    assert outcomes[-1].wrong[0].found.startswith(wanted)


def test_what_follows_a_vector_that_kills_a_runner_is_tried_all_the_same(tmp_path: Path) -> None:
    body = (
        "for path in files:\n"
        f"    if open(path, 'rb').read({len(BROKEN)}).startswith(b'\\x89PNG'): sys.exit(7)\n"
        f"    {ANSWER}"
    )
    names = [BROKEN, "packages/invalid/header-magic-of-png.a3d", "packages/invalid/splats-part-5.a3d"]
    outcomes = tried(Runner(bad(tmp_path, body), time_limit_s=5), [Vector(name, ("packages",)) for name in names])
    assert [outcome.passed for outcome in outcomes] == [True, False, True]


def test_a_runner_that_dies_of_everything_is_not_asked_for_ever(tmp_path: Path) -> None:
    names = [BROKEN] * 8
    outcomes = tried(
        Runner(bad(tmp_path, "sys.exit(1)"), time_limit_s=5), [Vector(name, ("packages",)) for name in names]
    )
    assert [outcome.wrong[0].found.startswith("not asked") for outcome in outcomes] == [False] * 5 + [True] * 3


@pytest.mark.parametrize(
    ("features", "wanted"),
    [
        ("{}", "--features prints"),
        ('{"name": "n", "version": "1", "features": "packages"}', "--features prints"),
        (
            '{"name": "n", "version": "1", "features": ["telepathy", "packages"]}',
            "claims the unknown feature 'telepathy'",
        ),
        ('{"name": "n", "version": "1", "features": ["lz4"]}', "offers nothing"),
        ("hello", "prints no JSON"),
    ],
)
def test_a_runner_that_misstates_what_it_can_do_is_named(features: str, wanted: str, tmp_path: Path) -> None:
    with pytest.raises(RunnerError) as caught:
        Runner(bad(tmp_path, "pass", features), time_limit_s=5)
    assert wanted in caught.value.what


def test_a_runner_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["--runner", "no-such-reader --fast"]) == 1
    assert "FAILED no-such-reader --fast: cannot be started" in capsys.readouterr().out


def test_a_runner_cannot_read_the_answer_beside_its_file(tmp_path: Path) -> None:
    """Packages lie alone, and golden vectors come without what is expected of them."""
    body = (
        "for path in files:\n"
        "    beside = os.path.splitext(path)[0] + '.json'\n"
        "    print(json.dumps(json.load(open(beside)).get('expected', {})), flush=True)"
    )
    features = '{"name": "copyist", "version": "1", "features": ["packages", "golden"]}'
    runner = Runner(bad(tmp_path, body, features), time_limit_s=5)
    outcomes = tried(runner, [Vector("golden/rigid.json", ("golden",)), Vector(BROKEN, ("packages",))])
    assert not any(outcome.passed for outcome in outcomes)


def test_two_runners_are_compared_on_any_package(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir(), other.mkdir()
    package = tmp_path / "any.a3d"
    package.write_bytes(b"")
    first, second = bad(one, ANSWER), bad(other, ANSWER)
    arguments = ["--runner", first, "--runner", second, "--package", str(package)]
    assert run.main(arguments) == 0
    bad(other, "print(json.dumps({'refused': 'model-invalid'}))")
    assert run.main(arguments) == 1
    assert "outcome: found refused as model-invalid, expected refused as splats-invalid" in capsys.readouterr().out


def test_a_skipped_vector_is_named_and_does_not_count_as_passed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors = [Vector(BROKEN, ("packages",)), Vector(ZSTD, ("packages", "zstd"))]
    monkeypatch.setattr(run, "all_vectors", lambda: vectors)
    assert run.main(["--runner", bad(tmp_path, ANSWER)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"skipped good, {ZSTD}: it declines zstd",
        "1 passed, 0 failed, 1 skipped",
    ]


@pytest.mark.parametrize(("off", "agrees"), [(2**-148, True), (2**-140, False)])
def test_the_last_digits_below_the_normal_numbers_may_differ(off: float, agrees: bool) -> None:
    def told(value: float) -> dict[str, object]:
        return {"turns": {"count": 1, "first": [value], "size": value, "sum": value, "weave": value}}

    assert (not differences("packages", told(1e-40), told(1e-40 + off))) == agrees
