"""The CPU rasteriser against the dense float64 reference: images and gradients, and what happens at the edges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import torch

from ani3d_runtime.bake.rasterise.reference import ReferenceRasteriser
from ani3d_runtime.errors import InputError
from ani3d_runtime.parallel import threads_limited_to
from ani3d_runtime.render.camera import Camera
from ani3d_runtime.render.rasterise import Gradients, Rasterisation, RasterOptions, rasterise, render_cloud
from ani3d_runtime.splats import SplatCloud

WIDTH, HEIGHT = 53, 37  # neither a multiple of the tile nor of the block


@dataclass
class Scene:
    means: np.ndarray
    quats: np.ndarray
    scales: np.ndarray
    opacities: np.ndarray
    sh: np.ndarray
    camera: Camera

    @property
    def arrays(self) -> tuple[np.ndarray, ...]:
        return self.means, self.quats, self.scales, self.opacities


def make_scene(seed: int = 0, count: int = 120, degree: int = 3, scale_m: float = 0.06) -> Scene:
    rng = np.random.default_rng(seed)
    sh = rng.normal(0, 0.15, (count, (degree + 1) ** 2, 3))
    sh[:, 0] += 0.5
    return Scene(
        rng.normal(0, 0.35, (count, 3)).astype(np.float32),
        rng.normal(size=(count, 4)).astype(np.float32),
        (scale_m * np.exp(rng.normal(0, 0.6, (count, 3)))).astype(np.float32),
        rng.uniform(0.05, 1.0, count).astype(np.float32),
        sh.astype(np.float32),
        Camera.look_at((0.6, 0.5, 2.2), (0.05, 0, 0), (0, 1, 0), 0.7, WIDTH, HEIGHT),
    )


def reference(scene: Scene, *, gradients_by: tuple[np.ndarray, ...] | None = None, **options: object):  # type: ignore[no-untyped-def]
    """Images of the dense reference in float64 and, if asked, its gradients by autograd."""
    tensors = [torch.tensor(array, dtype=torch.float64, requires_grad=True) for array in (*scene.arrays, scene.sh)]
    view = torch.tensor(scene.camera.world_to_camera, dtype=torch.float64)[None]
    K = torch.tensor(scene.camera.intrinsics_px, dtype=torch.float64)[None]
    degree = round(scene.sh.shape[1] ** 0.5) - 1
    size = (scene.camera.width_px, scene.camera.height_px)
    views = ReferenceRasteriser().render(*tensors, view, K, *size, sh_degree=degree, **options)  # type: ignore[arg-type]
    images = (views.rgb[0], views.alpha[0, ..., 0], views.depth[0, ..., 0])
    gradients = []
    if gradients_by is not None:
        loss = sum((image * torch.from_numpy(by)).sum() for image, by in zip(images, gradients_by, strict=True))
        gradients = [gradient.numpy() for gradient in torch.autograd.grad(loss, tensors)]
    return [image.detach().numpy() for image in images], gradients


def gradient_arrays(gradients: Gradients) -> list[np.ndarray]:
    colours = gradients.colours if gradients.sh is None else gradients.sh
    assert colours is not None
    return [gradients.means_m, gradients.quats_wxyz, gradients.scales_m, gradients.opacities, colours]


def relative_error(found: np.ndarray, expected: np.ndarray) -> float:
    return float(np.linalg.norm(found - expected) / max(np.linalg.norm(expected), 1e-12))


@pytest.mark.parametrize("antialiased", [False, True])
@pytest.mark.parametrize("degree", [0, 3])
def test_images_and_gradients_agree_with_the_dense_reference(degree: int, antialiased: bool) -> None:
    scene = make_scene(seed=degree, degree=degree)
    rng = np.random.default_rng(9)
    by = (rng.normal(size=(HEIGHT, WIDTH, 3)), rng.normal(size=(HEIGHT, WIDTH)), rng.normal(size=(HEIGHT, WIDTH)))
    background = np.array([0.2, 0.6, 0.9])
    (rgb, alpha, depth), expected = reference(
        scene,
        gradients_by=by,
        mode="antialiased" if antialiased else "classic",
        backgrounds=torch.from_numpy(background)[None],
    )
    pass_ = Rasterisation(
        *scene.arrays,
        scene.camera,
        sh=scene.sh,
        background=background,
        options=RasterOptions(antialiased=antialiased),
    )
    assert alpha.max() > 0.99
    np.testing.assert_allclose(pass_.result.rgb, rgb, atol=3e-6)
    np.testing.assert_allclose(pass_.result.alpha, alpha, atol=3e-6)
    np.testing.assert_allclose(pass_.result.depth, depth, atol=2e-5)
    found = gradient_arrays(pass_.backward(*(array.astype(np.float32) for array in by)))
    for name, mine, theirs in zip(("means", "quats", "scales", "opacities", "sh"), found, expected, strict=True):
        assert relative_error(mine, theirs) < 1e-4, name


def test_gradients_of_colours_taken_as_they_are() -> None:
    scene = make_scene()
    colours = np.random.default_rng(1).uniform(0, 1, (len(scene.means), 3)).astype(np.float32)
    pass_ = Rasterisation(*scene.arrays, scene.camera, colours=colours)
    by_rgb = np.ones((HEIGHT, WIDTH, 3), np.float32)
    gradients = pass_.backward(by_rgb)
    assert gradients.sh is None
    assert gradients.colours is not None
    # The picture is linear in the colours.
    assert float((gradients.colours * colours).sum()) == pytest.approx(float(pass_.result.rgb.sum()), rel=1e-5)


@pytest.mark.parametrize("antialiased", [False, True])
def test_gradients_by_finite_differences(antialiased: bool) -> None:
    """Differences in float64 with steps so small that hardly a pixel crosses the alpha cut-off, which is a jump."""
    scene = make_scene(seed=4, count=25, degree=1, scale_m=0.15)
    rng = np.random.default_rng(2)
    by_rgb = rng.normal(size=(HEIGHT, WIDTH, 3)).astype(np.float32)
    arrays = [array.astype(np.float64) for array in (*scene.arrays, scene.sh)]
    options = RasterOptions(antialiased=antialiased)
    pass_ = Rasterisation(*scene.arrays, scene.camera, sh=scene.sh, options=options)
    gradients = gradient_arrays(pass_.backward(by_rgb))

    def loss(values: list[np.ndarray]) -> float:
        images, _ = reference(Scene(*values, scene.camera), mode="antialiased" if antialiased else "classic")
        return float((images[0] * by_rgb).sum())

    for index, gradient in enumerate(gradients):
        step = 1e-7 * rng.normal(size=gradient.shape)
        ahead, behind = list(arrays), list(arrays)
        ahead[index], behind[index] = arrays[index] + step, arrays[index] - step
        measured = loss(ahead) - loss(behind)
        assert 2 * float((gradient * step).sum()) == pytest.approx(measured, rel=1e-3)


def test_result_does_not_depend_on_the_number_of_threads() -> None:
    scene = make_scene(seed=3, count=900)
    by_rgb = np.random.default_rng(0).normal(size=(HEIGHT, WIDTH, 3)).astype(np.float32)
    found = []
    for threads in (1, 3):
        with threads_limited_to(threads):
            pass_ = Rasterisation(*scene.arrays, scene.camera, sh=scene.sh)
            found.append([pass_.result.rgb, pass_.result.depth, *gradient_arrays(pass_.backward(by_rgb))])
    for one, many in zip(*found, strict=True):
        np.testing.assert_array_equal(one, many)


@pytest.mark.parametrize("still", [1, 70, 119, 120])
def test_what_stays_still_changes_nothing_for_the_rest(still: int) -> None:
    scene = make_scene()
    rng = np.random.default_rng(4)
    by = [rng.normal(size=shape).astype(np.float32) for shape in ((HEIGHT, WIDTH, 3), (HEIGHT, WIDTH), (HEIGHT, WIDTH))]
    drawn = Rasterisation(*scene.arrays, scene.camera, sh=scene.sh)
    for found, expected in zip(
        gradient_arrays(drawn.backward(*by, still=still)), gradient_arrays(drawn.backward(*by)), strict=True
    ):
        assert not found[:still].any()
        assert relative_error(found[still:], expected[still:]) < 1e-6


def test_nothing_to_see_is_the_background() -> None:
    scene = make_scene(count=3)
    behind = scene.means + 5 * (scene.camera.position_m - scene.means)
    for means in (behind, scene.means * np.nan):
        pass_ = Rasterisation(means, *scene.arrays[1:], scene.camera, sh=scene.sh, background=(0.1, 0.2, 0.3))
        np.testing.assert_array_equal(
            pass_.result.rgb, np.broadcast_to(np.float32([0.1, 0.2, 0.3]), (HEIGHT, WIDTH, 3))
        )
        assert (pass_.result.alpha == 0).all()
        assert all((gradient == 0).all() for gradient in gradient_arrays(pass_.backward(pass_.result.rgb)))


def test_no_gaussians_at_all() -> None:
    pass_ = Rasterisation(
        np.zeros((0, 3)), np.zeros((0, 4)), np.zeros((0, 3)), np.zeros(0), make_scene().camera, colours=np.zeros((0, 3))
    )
    assert (pass_.result.rgb == 0).all()
    assert pass_.backward(pass_.result.rgb).means_m.shape == (0, 3)


@pytest.mark.parametrize("what", ["transparent", "needle", "huge", "degenerate rotation", "at the eye"])
def test_extreme_gaussians_leave_finite_pictures_and_gradients(what: str) -> None:
    scene = make_scene(count=40)
    if what == "transparent":
        scene.opacities[::2] = 0
    elif what == "needle":
        scene.scales[:] = (1e-7, 1e-7, 3.0)
    elif what == "huge":
        scene.scales[::2] = 1e4
    elif what == "degenerate rotation":
        scene.quats[::2] = 0
    else:
        scene.means[::2] = scene.camera.position_m + 0.02 * scene.means[::2]
    pass_ = Rasterisation(*scene.arrays, scene.camera, sh=scene.sh)
    gradients = gradient_arrays(pass_.backward(np.ones((HEIGHT, WIDTH, 3), np.float32)))
    for array in (pass_.result.rgb, pass_.result.alpha, pass_.result.depth, *gradients):
        assert np.isfinite(array).all()
    if what != "huge":
        (rgb, _, _), _ = reference(_without_zero_quaternions(scene))
        np.testing.assert_allclose(pass_.result.rgb, rgb, atol=1e-4)


def _without_zero_quaternions(scene: Scene) -> Scene:
    kept = np.linalg.norm(scene.quats, axis=1) > 0
    return Scene(*(array[kept] for array in (*scene.arrays, scene.sh)), scene.camera)  # type: ignore[arg-type]


def test_rows_of_pixels_are_where_the_camera_says() -> None:
    camera = Camera.look_at((0, 0, 2), (0, 0, 0), (0, 1, 0), 0.8, 64, 48)
    point = np.array([[0.2, 0.15, 0.0]], np.float32)
    rgb = rasterise(point, [[1, 0, 0, 0]], [[0.005] * 3], [0.99], camera, colours=[[1, 1, 1]]).rgb
    row, column = np.unravel_index(rgb[..., 0].argmax(), rgb.shape[:2])
    seen = camera.intrinsics_px @ (camera.world_to_camera[:3, :3] @ point[0] + camera.world_to_camera[:3, 3])
    assert (column, row) == tuple(np.floor(seen[:2] / seen[2]))
    assert row < 24 < 32 < column  # up and to the right of the centre


def test_cloud_and_its_colours() -> None:
    scene = make_scene()
    cloud = SplatCloud.checked(*scene.arrays, scene.sh)
    direct = rasterise(*scene.arrays, scene.camera, sh=scene.sh)
    np.testing.assert_allclose(render_cloud(cloud, scene.camera).rgb, direct.rgb, atol=1e-5)
    grey = render_cloud(cloud, scene.camera, colours=np.full((cloud.count, 3), 0.5))
    np.testing.assert_allclose(grey.rgb, 0.5 * np.repeat(grey.alpha[..., None], 3, axis=2), atol=1e-5)


def test_wrong_arrays_are_refused_by_name() -> None:
    scene = make_scene(count=5)
    with pytest.raises(InputError, match="scales_m") as caught:
        rasterise(scene.means, scene.quats, scene.scales[:3], scene.opacities, scene.camera, sh=scene.sh)
    assert caught.value.code == "render-wrong-shape"
    with pytest.raises(InputError) as caught:
        rasterise(*scene.arrays, scene.camera)
    assert caught.value.code == "render-colour-source"
    with pytest.raises(InputError) as caught:
        rasterise(*scene.arrays, scene.camera, sh=scene.sh[:, :5])
    assert caught.value.code == "render-sh-degree"
