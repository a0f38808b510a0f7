"""The whole chain, from a package to a picture, against ``ani3d render`` of the same frame and camera."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pytest

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.package.reader import Package
from shaders.checks.compilers import DXC, GLSLANG, Source, compiled
from shaders.checks.dancer import dancer_package
from shaders.checks.eyes import Eye, Shown
from shaders.checks.toolchain import Toolchain
from shaders.checks.view_oracle import displayed, light

if TYPE_CHECKING:
    from shaders.checks.client_files import ClientFiles
    from shaders.checks.gpu.device import Device

LEVELS = (None, 1)
# 40 dB are asked for; there are about 66 over the picture and 59 over the person.
PICTURE_DB, PERSON_DB = 50.0, 45.0


@pytest.fixture(scope="module")
def dancer() -> Iterator[Package]:
    with Package.open(dancer_package()) as package:
        yield package


@pytest.fixture(scope="module")
def client(gpu: Device, tmp_path_factory: pytest.TempPathFactory) -> ClientFiles:
    """The frame as the client in C# packs it."""
    from shaders.checks.client_files import ClientFiles, why_not
    from shaders.checks.painting import CLIP, FRAME

    if why_not():
        pytest.skip(why_not())
    options = ["--clip", CLIP, "--time", repr(FRAME / 30)]
    return ClientFiles(dancer_package(), tmp_path_factory.mktemp("client"), *options)


def assert_same(found: Float32Array, expected: Float32Array) -> None:
    """[H, W, 3] over the studio."""
    from shaders.checks.painting import decibels, of_person

    difference, person = found - expected, of_person(expected)
    assert 0.05 < np.mean(person) < 0.5
    assert decibels(difference) > PICTURE_DB
    assert decibels(difference[person]) > PERSON_DB


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("compiler", [GLSLANG, DXC])
def test_a_package_becomes_the_picture_of_render(
    gpu: Device, tools: Toolchain, dancer: Package, compiler: str, level: int | None
) -> None:
    from shaders.checks.painting import drawn_by_kernels, posed_by_kernels, rendered

    expected = rendered(dancer, level)
    shown = posed_by_kernels(gpu, tools, dancer, compiler, level)
    assert len(shown) == dancer.count_at(level)
    assert_same(drawn_by_kernels(gpu, tools, compiler, shown, expected.camera), expected.picture)


@pytest.mark.parametrize("level", LEVELS)
def test_what_the_client_in_csharp_packs_becomes_it_too(
    gpu: Device, tools: Toolchain, dancer: Package, client: ClientFiles, level: int | None
) -> None:
    from shaders.checks.painting import drawn_by_kernels, rendered

    expected = rendered(dancer, level)
    assert client.index["sh_degree"] == 0
    shown = Shown(client.posed(gpu, tools, DXC, level=level), np.zeros((1, 1), np.uint32))
    assert len(shown) == dancer.count_at(level)
    assert_same(drawn_by_kernels(gpu, tools, DXC, shown, expected.camera), expected.picture)


def test_a_target_of_linear_light_shows_it_too(gpu: Device, tools: Toolchain, dancer: Package) -> None:
    """Composited over a wall in linear light, and turned to display values, it is the picture over that wall."""
    from shaders.checks.chain import Chain, SharedOrder
    from shaders.checks.painting import SIDE_PX, decibels, depth_limits, posed_by_kernels, rendered

    made = Chain(gpu, lambda file, entry, stage: compiled(Source(file, entry, stage), GLSLANG, tools))
    shown, camera = posed_by_kernels(gpu, tools, dancer, GLSLANG, None), rendered(dancer, None).camera
    eyes, limits = (Eye.of_camera(camera),), depth_limits(shown.posed, camera)
    shared, nothing = (SharedOrder(gpu, [shown]) for _ in range(2))
    colour, empty, scene, over_scene, blended = (gpu.picture(SIDE_PX, SIDE_PX) for _ in range(5))
    wall = np.array([0.8, 0.82, 0.5])
    recording = gpu.recording()
    made.view(recording, shared, eyes, limits)
    made.sort(recording, shared)
    made.arguments(recording, shared)
    made.draw(recording, shared, eyes, colour)
    made.draw(recording, nothing, eyes, empty)
    for drawn, target in ((empty, scene), (colour, blended)):
        made.composite(recording, drawn, target, linear=True, clear=[*light(wall), 1])
    made.composite(recording, colour, over_scene, linear=True, scene=scene)
    recording.run()
    premultiplied = colour.read().astype(np.float32)
    alpha = premultiplied[..., 3:]
    expected = premultiplied[..., :3] + (1 - alpha) * wall
    read, mixed = (displayed(picture.read()[..., :3].astype(np.float64)) for picture in (over_scene, blended))
    assert decibels(read - expected) > 60
    # Without reading what is behind, half-covered pixels of the edge mix in linear light; the rest is the same.
    whole = ((alpha < 0.001) | (alpha > 0.999))[..., 0]
    assert np.mean(whole) > 0.95
    assert np.max(np.abs(mixed - expected)[whole]) < 0.02
    assert decibels(mixed - expected) > 35
