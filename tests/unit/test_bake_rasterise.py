"""The torch side of the rasteriser: autograd over several cameras, the choice of a backend, refusals."""

from __future__ import annotations

import pytest
import torch

from ani3d_runtime.bake.rasterise.rasteriser import choose_rasteriser
from ani3d_runtime.bake.rasterise.reference import ReferenceRasteriser
from ani3d_runtime.errors import ResourceError, UsageError
from ani3d_runtime.render.camera import Camera

SIZE = 32
NAMES = ("means", "quats", "scales", "opacities", "colours")


def make_inputs(dtype: torch.dtype, *, harmonics: bool) -> tuple[list[torch.Tensor], torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(3)

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    count = 60
    colours = 0.3 * normal(count, 9, 3) if harmonics else torch.rand(count, 3, generator=generator)
    gaussians = [0.3 * normal(count, 3), normal(count, 4), 0.08 * torch.exp(0.5 * normal(count, 3))]
    gaussians += [torch.rand(count, generator=generator), colours]
    cameras = [Camera.look_at(eye, (0, 0, 0), (0, 1, 0), 0.7, SIZE, SIZE) for eye in ((0, 0.3, 2), (2, 0, 0.5))]
    views = torch.stack([torch.from_numpy(camera.world_to_camera) for camera in cameras]).to(dtype)
    Ks = torch.stack([torch.from_numpy(camera.intrinsics_px) for camera in cameras]).to(dtype)
    # The same numbers in both precisions.
    return [g.float().to(dtype).requires_grad_() for g in gaussians], views, Ks


@pytest.mark.parametrize("mode", ["classic", "antialiased"])
@pytest.mark.parametrize("sh_degree", [None, 1, 2])
def test_numba_and_reference_agree_over_two_cameras(mode: str, sh_degree: int | None) -> None:
    backgrounds = torch.tensor([[0.1, 0.5, 0.9], [1.0, 1.0, 1.0]])
    results = []
    for rasteriser, dtype in ((choose_rasteriser("numba"), torch.float32), (ReferenceRasteriser(), torch.float64)):
        gaussians, views, Ks = make_inputs(dtype, harmonics=sh_degree is not None)
        rendered = rasteriser.render(
            *gaussians, views, Ks, SIZE, SIZE, sh_degree=sh_degree, mode=mode, backgrounds=backgrounds.to(dtype)
        )
        target = torch.linspace(0, 1, SIZE, dtype=dtype)[None, :, None, None]
        loss = ((rendered.rgb - target) ** 2).mean() + (rendered.alpha * target).mean() + 0.1 * rendered.depth.mean()
        results.append((rendered, torch.autograd.grad(loss, gaussians)))
    (mine, my_gradients), (theirs, their_gradients) = results
    for name in ("rgb", "alpha", "depth"):
        image, expected = getattr(mine, name), getattr(theirs, name)
        assert image.shape == expected.shape == (2, SIZE, SIZE, 3 if name == "rgb" else 1)
        torch.testing.assert_close(image.double(), expected, atol=3e-5, rtol=0)
    for name, gradient, expected in zip(NAMES, my_gradients, their_gradients, strict=True):
        assert (gradient.double() - expected).norm() < 2e-4 * expected.norm(), name


def test_a_picture_can_be_fitted() -> None:
    gaussians, views, Ks = make_inputs(torch.float32, harmonics=False)
    rasteriser = choose_rasteriser("numba")
    with torch.no_grad():
        target = rasteriser.render(*gaussians, views, Ks, SIZE, SIZE).rgb
    start = [gaussians[0].detach() + 0.01, *(g.detach() for g in gaussians[1:4]), torch.full_like(gaussians[4], 0.5)]
    fitted = [tensor.clone().requires_grad_() for tensor in (start[0], start[4])]
    optimiser = torch.optim.Adam(fitted, lr=0.02)
    losses = []
    for _ in range(60):
        rendered = rasteriser.render(fitted[0], *start[1:4], fitted[1], views, Ks, SIZE, SIZE)
        loss = ((rendered.rgb - target) ** 2).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.05 * losses[0]


def test_gradients_that_would_be_missing_are_refused() -> None:
    gaussians, views, Ks = make_inputs(torch.float32, harmonics=False)
    with pytest.raises(UsageError) as caught:
        choose_rasteriser("numba").render(*gaussians, views.requires_grad_(), Ks, SIZE, SIZE)
    assert caught.value.code == "rasteriser-camera-gradient"


def test_unknown_backends_are_refused() -> None:
    with pytest.raises(UsageError) as caught:
        choose_rasteriser("opengl")
    assert caught.value.code == "rasteriser-unknown"


def test_the_default_backend_fits_the_machine() -> None:
    expected = "GsplatRasteriser" if torch.cuda.is_available() else "NumbaRasteriser"
    assert type(choose_rasteriser()).__name__ == expected


def test_gsplat_without_cuda_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ResourceError) as caught:
        choose_rasteriser("gsplat")
    assert caught.value.code == "rasteriser-no-cuda"
