"""The command line where only the runtime is installed: no torch, no scipy, no extra at all."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ani3d_runtime.cli.commands import COMMANDS, EXTRAS

# numba looks for scipy by itself and does without.
BARE = f"import sys\nfor name in {sorted(EXTRAS)!r}: sys.modules[name] = None\nfrom ani3d_runtime.cli.app import run\n"
BASH = shutil.which("bash")


def bare(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", BARE + script], capture_output=True, text=True, timeout=60)


@pytest.fixture(scope="module")
def bash_script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("completion") / "ani3d.bash"
    done = bare(f"sys.exit(run(['--install-completion', '--shell', 'bash', '-o', {str(path)!r}]))")
    assert done.returncode == 0, done.stderr
    return path


def test_every_command_has_its_help() -> None:
    done = bare(f"sys.exit(sum(run([name, '--help']) for name in {list(COMMANDS)!r}))")
    assert done.returncode == 0, done.stderr
    for name in COMMANDS:
        assert f"Usage: ani3d {name}" in done.stdout


def test_a_command_that_needs_an_extra_names_it() -> None:
    done = bare("sys.exit(run(['bake', 'dancer', '--motion', 'walk', '-o', 'x.a3d']))")
    assert done.returncode == 1
    assert "extra-missing" in done.stderr
    assert "pip install 'ani3d-runtime[bake]'" in done.stderr


def test_a_misspelt_command_imports_no_command() -> None:
    done = bare("code = run(['bakee']); print('ani3d_runtime.cli.bake' in sys.modules); sys.exit(code)")
    assert done.returncode == 2
    assert "Did you mean 'ani3d bake'?" in done.stderr
    assert done.stdout.strip() == "False"


@pytest.mark.skipif(BASH is None, reason="needs bash")
@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        (["ba"], "bake"),
        (["bake", "--qual"], "--quality"),
        (["bake", "dancer", "--quality", "st"], "standard"),
        (["export", "x.a3d", "--axes", "z"], "zup"),
        (["--js"], "--json"),
    ],
)
def test_bash_completes(bash_script: Path, typed: list[str], offered: str) -> None:
    """As bash does it: the function that is registered for ani3d is called with the words of the line."""
    ask = (
        '. "$1"; shift; COMP_WORDS=(ani3d "$@"); COMP_CWORD=$#; '
        'function=$(complete -p ani3d | sed -E "s/.* -F ([^ ]+) .*/\\1/"); "$function"; echo "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        [str(BASH), "--norc", "-c", ask, "bash", str(bash_script), *typed], capture_output=True, text=True, timeout=20
    )
    assert done.stdout.split() == [offered], done.stderr


@pytest.mark.parametrize(("shell", "checker"), [("zsh", ["zsh", "-n"]), ("fish", ["fish", "--no-execute"])])
def test_other_shells_get_a_script(shell: str, checker: list[str], tmp_path: Path) -> None:
    path = tmp_path / f"ani3d.{shell}"
    done = bare(f"sys.exit(run(['--install-completion', '--shell', '{shell}', '-o', {str(path)!r}]))")
    assert done.returncode == 0, done.stderr
    assert "bake" in path.read_text()
    if shutil.which(shell):
        subprocess.run([*checker, str(path)], check=True, timeout=20)


def test_the_running_shell_is_set_up(tmp_path: Path) -> None:
    """Without a file named: the script where bash looks for it, and a line in .bashrc."""
    done = bare(
        f"import os; os.environ.update(HOME={str(tmp_path)!r}, SHELL='/bin/bash');"
        "[os.environ.pop(name, None) for name in ('ZSH_VERSION', 'BASH_VERSION', 'FISH_VERSION')];"
        "sys.exit(run(['--install-completion', '--shell', 'bash']))"
    )
    assert done.returncode == 0, done.stderr
    script = tmp_path / ".local/share/bash-completion/completions/ani3d"
    assert "complete -F" in script.read_text()
    assert str(script) in (tmp_path / ".bashrc").read_text()
