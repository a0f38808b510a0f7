"""A clip for a package whose colours were fitted to a picture that is not given again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ani3d_runtime.bake.actor import captured_actor
from ani3d_runtime.bake.into import settings_into
from ani3d_runtime.bake.job import run_bake
from ani3d_runtime.bake.recipe import step_of
from ani3d_runtime.bake.restoration.settings import RestoreSettings
from ani3d_runtime.bake.settings import BakeSettings
from ani3d_runtime.errors import InputError
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.recipe import Recipe
from ani3d_runtime.package.writer import write_package


def test_the_packages_own_colours_are_taken(foreign_capture, tmp_path: Path) -> None:
    np.savez(tmp_path / "stand.npz", poses=np.zeros((4, 24, 3)), trans=np.zeros((4, 3)), fps=30)
    path = tmp_path / "visitor.a3d"
    settings = BakeSettings(str(foreign_capture.path), (), path, fit="none", rest_pose="a")
    avatar = captured_actor(settings, print).avatar
    fitted = replace(avatar, splats=replace(avatar.splats, sh=avatar.splats.sh * np.float32(0.5)))
    write_package(path, fitted, [], recipe=Recipe((step_of(settings, (), None),)))
    further = {"motions": (str(tmp_path / "stand.npz"),)}
    with pytest.raises(InputError, match="colours up to"):
        run_bake(settings_into(path, {"avatar": str(foreign_capture.path), **further}))
    coloured = replace(settings, restoring=RestoreSettings(fit_colours=True))
    write_package(path, fitted, [], recipe=Recipe((step_of(coloured, (), None),)))
    run_bake(settings_into(path, {"avatar": str(foreign_capture.path), **further}))
    with Package.open(path) as package:
        assert package.clip_names == ("stand",)
