"""The CUDA backend shows the same picture and the same gradients as the CPU backend; needs an NVIDIA GPU."""

from __future__ import annotations

import pytest
import torch

from ani3d_runtime.bake.rasterise.rasteriser import RasterMode, choose_rasteriser
from ani3d_runtime.render.camera import Camera

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
SIZE = 96


@pytest.mark.parametrize("mode", ["classic", "antialiased"])
def test_cuda_and_cpu_agree(mode: RasterMode) -> None:
    generator = torch.Generator().manual_seed(0)
    count = 2000
    gaussians = [
        0.3 * torch.randn(count, 3, generator=generator),
        torch.randn(count, 4, generator=generator),
        0.02 * torch.exp(0.5 * torch.randn(count, 3, generator=generator)),
        torch.rand(count, generator=generator),
        0.3 * torch.randn(count, 16, 3, generator=generator),
    ]
    cameras = [Camera.look_at(eye, (0, 0, 0), (0, 1, 0), 0.7, SIZE, SIZE) for eye in ((0, 0.3, 2), (2, 0, 0.5))]
    views = torch.stack([torch.from_numpy(camera.world_to_camera) for camera in cameras])
    Ks = torch.stack([torch.from_numpy(camera.intrinsics_px) for camera in cameras])
    backgrounds = torch.tensor([[0.1, 0.5, 0.9], [1.0, 1.0, 1.0]])
    target = torch.rand(2, SIZE, SIZE, 3, generator=generator)
    found = []
    for backend, device in (("numba", "cpu"), ("gsplat", "cuda")):
        inputs = [tensor.to(device).requires_grad_() for tensor in gaussians]
        rendered = choose_rasteriser(backend).render(
            *inputs,
            views.to(device),
            Ks.to(device),
            SIZE,
            SIZE,
            sh_degree=3,
            mode=mode,
            backgrounds=backgrounds.to(device),
        )
        loss = ((rendered.rgb - target.to(device)) ** 2).mean() + rendered.depth.mean() + rendered.alpha.mean()
        gradients = torch.autograd.grad(loss, inputs)
        found.append([image.cpu() for image in (rendered.rgb, rendered.alpha, rendered.depth, *gradients)])
    for cpu, cuda in zip(*found, strict=True):
        assert cpu.shape == cuda.shape
        assert (cpu - cuda).norm() < 1e-3 * cpu.norm()
