"""The component for Unity, in a simulated engine, makes the picture of ``ani3d render`` on a real device."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ani3d_runtime.package.reader import Package
from shaders.checks.compilers import DXC
from shaders.checks.dancer import dancer_package
from shaders.checks.toolchain import Toolchain

if TYPE_CHECKING:
    from shaders.checks.gpu.device import Device

# Where the avatar stands and how large it is may not matter: the camera goes with it.
PLACES = {"at the origin": (0.0, 0.0, 0.0, 0.0, 1.0), "elsewhere": (3.0, -1.0, 2.5, 130.0, 1.7)}
PICTURE_DB, PERSON_DB = 50.0, 45.0


@pytest.fixture(scope="module")
def dancer() -> Iterator[Package]:
    with Package.open(dancer_package()) as package:
        yield package


@pytest.mark.parametrize("place", PLACES)
def test_an_avatar_of_unity_is_the_picture_of_render(
    gpu: Device, tools: Toolchain, dancer: Package, place: str, tmp_path: Path
) -> None:
    from ani3d_runtime.render.image import over_studio
    from shaders.checks.client_files import why_not
    from shaders.checks.painting import CLIP, FRAME, decibels, of_person, rendered
    from shaders.checks.unity_replay import Replay, traced

    if why_not():
        pytest.skip(why_not())
    expected = rendered(dancer, None)
    folder = traced(dancer_package(), tmp_path, expected.camera, CLIP, FRAME / 30, [PLACES[place]])
    replay = Replay(gpu, tools, DXC)
    picture = replay.picture(folder, expected.camera)
    difference = over_studio(picture[..., :3], picture[..., 3]) - expected.picture
    assert decibels(difference) > PICTURE_DB
    assert decibels(difference[of_person(expected.picture)]) > PERSON_DB
