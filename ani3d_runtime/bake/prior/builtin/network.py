# pyright: basic
"""The built-in prior's network: a space-time U-Net on pixels that predicts the clean video.

Each stage convolves pictures in space, then mixes them over time; the coarsest one also attends over time, over space
and to the reference picture. The clean picture is put together from two proposals: the coarse picture warped by a
predicted flow, which keeps prints and seams sharp, and pixels painted anew; a gate chooses between them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace

import torch
from torch import Tensor, nn
from torch.nn import functional

from ani3d_runtime.bake.prior.builtin.windows import WINDOW_FRAMES

# The network's pictures are this much smaller than the video; three stages halve them twice more.
PATCH_PX = 4
REFERENCE_PX = 64
# Outputs per pixel: painted rgb, flow (right, down), gate, alpha, displacement.
_HEAD = 3 + 2 + 1 + 1 + 3
# The head works in these units, so that all outputs are of order one.
FLOW_UNIT_PX = 4.0
DISPLACEMENT_UNIT_M = 0.2
# A gate of zero believes the source.
GATE_OFFSET = 2.0
# A skirt answers to decimetres per second and must survive metres.
_VELOCITY_KNEE_M_S = 0.3


@dataclass(frozen=True)
class NetworkShape:
    """Sizes of the network.

    Attributes:
        widths: channels of the three stages.
        depths: blocks of each stage on the way down; one fewer on the way up, at least one.
        heads: of attention in the coarsest stage.
        reach: frames that attention over time can tell apart to each side.
    """

    widths: tuple[int, int, int] = (64, 128, 192)
    depths: tuple[int, int, int] = (1, 2, 2)
    heads: int = 6
    reach: int = WINDOW_FRAMES - 1


@dataclass(frozen=True)
class Conditions:
    """What the network is told besides the noisy video. B videos of F frames of H×W pixels.

    Attributes:
        coarse: [B, F, 3, H, W] 0..1 over white.
        preserve: [B, F, 1, H, W] 0..1.
        control: [B, F, 3, H, W] 0..1.
        velocity: [B, F, 3, H, W] m/s, camera axes.
        reference: [B, 3, 64, 64] 0..1.
        given: [B, 4] 1 where coarse (with preserve), control, velocity, reference are given; what is not is ignored.
    """

    coarse: Tensor
    preserve: Tensor
    control: Tensor
    velocity: Tensor
    reference: Tensor
    given: Tensor

    def to(self, dtype: torch.dtype) -> Conditions:
        """The same in another type."""
        return Conditions(**{field.name: getattr(self, field.name).to(dtype) for field in fields(self)})


@dataclass(frozen=True)
class Restored:
    """What the network makes of a noisy video.

    Attributes:
        rgb: [B, F, 3, H, W] the clean video, about 0..1.
        alpha: [B, F, 1, H, W] coverage of the clean video, logits.
        displacement_m: [B, F, 3, H, W] where what the coarse picture shows at a pixel goes, camera axes.
        flow_px: [B, F, 2, H, W] from a pixel of the clean picture to its source in the coarse one, right and down.
        painted: [B, F, 3, H, W] what is there where the coarse picture has no source, 0..1.
        painted_share: [B, F, 1, H, W] 0..1, how far ``painted`` is to be believed rather than the source.
    """

    rgb: Tensor
    alpha: Tensor
    displacement_m: Tensor
    flow_px: Tensor
    painted: Tensor
    painted_share: Tensor


class RestoringNetwork(nn.Module):
    """Predicts the clean video from a noisy one and its conditions."""

    def __init__(self, shape: NetworkShape) -> None:
        super().__init__()
        self.shape = shape
        first, second, third = shape.widths
        inputs = (3 + 3 + 1 + 3 + 3) * PATCH_PX**2
        code = 4 * first
        self.unshuffle = nn.PixelUnshuffle(PATCH_PX)
        self.shuffle = nn.PixelShuffle(PATCH_PX)
        self.enter = nn.Conv2d(inputs, first, 1)
        self.code = nn.Sequential(nn.Linear(_WAVES * 2 + 4, code), nn.SiLU(), nn.Linear(code, code), nn.SiLU())
        self.look = _Look(third)
        self.down1 = _stage(first, shape.depths[0], code)
        self.halve1 = nn.Conv2d(first, second, 2, stride=2)
        self.down2 = _stage(second, shape.depths[1], code)
        self.halve2 = nn.Conv2d(second, third, 2, stride=2)
        self.down3 = _stage(third, shape.depths[2], code)
        self.attend = nn.ModuleList([_Attention(third, shape.heads, shape.reach) for _ in range(shape.depths[2])])
        self.double2 = nn.Conv2d(third, second * 4, 1)
        self.join2 = nn.Conv2d(second * 2, second, 1)
        self.up2 = _stage(second, max(1, shape.depths[1] - 1), code)
        self.double1 = nn.Conv2d(second, first * 4, 1)
        self.join1 = nn.Conv2d(first * 2, first, 1)
        self.up1 = _stage(first, max(1, shape.depths[0] - 1), code)
        last = nn.Conv2d(first, _HEAD * PATCH_PX**2, 3, padding=1)
        nn.init.normal_(last.weight, std=0.01)
        nn.init.zeros_(last.get_parameter("bias"))
        self.leave = nn.Sequential(nn.GroupNorm(_groups(first), first), nn.SiLU(), last)

    def reaching(self, reach: int) -> RestoringNetwork:
        """A copy whose attention tells frames apart ``reach`` to each side, no fewer than so far.

        New distances begin as the farthest ones so far, which they were taken for.
        """
        further = reach - self.shape.reach
        wider = RestoringNetwork(replace(self.shape, reach=reach))
        state = self.state_dict()
        for name in state:
            if name.endswith(".lag"):
                state[name] = functional.pad(state[name][None], (further, further), mode="replicate")[0]
        wider.load_state_dict(state)
        return wider

    def forward(self, noisy: Tensor, sigma: Tensor, conditions: Conditions) -> Restored:
        """The clean video.

        Args:
            noisy: [B, F, 3, H, W] (1 - σ) x + σ ε of the video x in -1..1; H and W multiples of 16.
            sigma: [B] noise level 0..1.
        """
        batch, frames = noisy.shape[:2]
        given = conditions.given
        has = [given[:, k].view(-1, 1, 1, 1, 1) for k in range(3)]
        coarse = conditions.coarse * 2 - 1
        pixels = torch.cat(
            [
                noisy,
                coarse * has[0],
                (conditions.preserve * 2 - 1) * has[0],
                (conditions.control * 2 - 1) * has[1],
                0.7 * torch.asinh(conditions.velocity / _VELOCITY_KNEE_M_S) * has[2],
            ],
            dim=2,
        )
        code = self.code(torch.cat([_waves(sigma), given], dim=1))
        code = code.repeat_interleave(frames, dim=0)
        look = self.look(conditions.reference, given[:, 3])
        x = self.enter(self.unshuffle(pixels.flatten(0, 1)).contiguous(memory_format=torch.channels_last))
        x1 = _through(self.down1, x, code, frames)
        x2 = _through(self.down2, self.halve1(x1), code, frames)
        x3 = self.halve2(x2)
        for block, attend in zip(self.down3, self.attend, strict=True):
            x3 = attend(block(x3, code, frames), look, frames)
        y = self.join2(torch.cat([functional.pixel_shuffle(self.double2(x3), 2), x2], dim=1))
        y = _through(self.up2, y, code, frames)
        y = self.join1(torch.cat([functional.pixel_shuffle(self.double1(y), 2), x1], dim=1))
        y = _through(self.up1, y, code, frames)
        out = self.shuffle(self.leave(y)).unflatten(0, (batch, frames)).float()
        return _put_together(out, (coarse * has[0]).float())


def _put_together(out: Tensor, coarse: Tensor) -> Restored:
    painted, flow, gate, alpha, shift = out.split([3, 2, 1, 1, 3], dim=2)
    flow_px = flow * FLOW_UNIT_PX
    carried = warped(coarse.flatten(0, 1), flow_px.flatten(0, 1)).unflatten(0, coarse.shape[:2])
    share = torch.sigmoid(gate - GATE_OFFSET)
    rgb = torch.lerp(carried, painted, share) * 0.5 + 0.5
    return Restored(rgb, alpha, shift * DISPLACEMENT_UNIT_M, flow_px, painted * 0.5 + 0.5, share)


def warped(pictures: Tensor, flow_px: Tensor) -> Tensor:
    """[N, C, H, W] each pixel taken from where [N, 2, H, W] pixels (right, down) point."""
    height, width = pictures.shape[2:]
    rows = torch.arange(height, dtype=flow_px.dtype, device=flow_px.device).view(1, -1, 1) + flow_px[:, 1]
    columns = torch.arange(width, dtype=flow_px.dtype, device=flow_px.device).view(1, 1, -1) + flow_px[:, 0]
    grid = torch.stack([(2 * columns + 1) / width - 1, (2 * rows + 1) / height - 1], dim=3)
    return functional.grid_sample(pictures, grid, padding_mode="border", align_corners=False)


_WAVES = 16


def _waves(sigma: Tensor) -> Tensor:
    """[B, 32] sines and cosines of the noise level."""
    rates = torch.exp(torch.linspace(0, math.log(100.0), _WAVES, device=sigma.device)).to(sigma.dtype)
    angle = sigma[:, None] * rates
    return torch.cat([torch.sin(angle), torch.cos(angle)], dim=1)


def _silence(layer: nn.Module) -> None:
    """Let a layer add nothing at first."""
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)


def _groups(channels: int) -> int:
    return channels // 16


def _stage(channels: int, depth: int, code: int) -> nn.ModuleList:
    return nn.ModuleList([_Block(channels, code) for _ in range(depth)])


def _through(blocks: nn.ModuleList, x: Tensor, code: Tensor, frames: int) -> Tensor:
    for block in blocks:
        x = block(x, code, frames)
    return x


class _Block(nn.Module):
    """Two convolutions in space, scaled and shifted by the code, then one over time; both residual."""

    def __init__(self, channels: int, code: int) -> None:
        super().__init__()
        self.norm1 = nn.GroupNorm(_groups(channels), channels)
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.modulate = nn.Linear(code, 2 * channels)
        self.norm2 = nn.GroupNorm(_groups(channels), channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        self.norm3 = nn.GroupNorm(_groups(channels), channels)
        # Five frames at once: cloth lags behind the body by a few tenths of a second.
        self.over_time = nn.Conv1d(channels, channels, 5, padding=2)
        _silence(self.over_time)
        _silence(self.conv2)

    def forward(self, x: Tensor, code: Tensor, frames: int) -> Tensor:
        scale, shift = self.modulate(code)[:, :, None, None].chunk(2, dim=1)
        h = self.conv1(functional.silu(self.norm1(x)))
        h = self.conv2(functional.silu(self.norm2(h) * (1 + scale) + shift))
        x = x + h
        h = functional.silu(self.norm3(x))
        return x + _over_time(self.over_time, h, frames)


def _over_time(conv: nn.Conv1d, x: Tensor, frames: int) -> Tensor:
    """A convolution over frames at every pixel of [B·F, C, H, W], as one in two dimensions: frames by pixels."""
    _, channels, height, width = x.shape
    rows = x.permute(0, 2, 3, 1).reshape(-1, frames, height * width, channels).permute(0, 3, 1, 2)
    mixed = functional.conv2d(rows, conv.weight[:, :, :, None], conv.bias, padding=(conv.kernel_size[0] // 2, 0))
    return mixed.permute(0, 2, 3, 1).reshape(-1, height, width, channels).permute(0, 3, 1, 2)


class _Look(nn.Module):
    """The reference picture as 64 tokens that know where they come from."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.cut = nn.Conv2d(3, channels, 8, stride=8)
        self.place = nn.Parameter(torch.randn(64, channels) * 0.02)
        self.none = nn.Parameter(torch.zeros(64, channels))

    def forward(self, reference: Tensor, given: Tensor) -> Tensor:
        tokens = self.cut(reference * 2 - 1).flatten(2).transpose(1, 2) + self.place
        return torch.lerp(self.none.expand_as(tokens), tokens, given.view(-1, 1, 1))


class _Attention(nn.Module):
    """Over time at every place, over places in every frame, and to the reference."""

    def __init__(self, channels: int, heads: int, reach: int) -> None:
        super().__init__()
        self.heads, self.reach = heads, reach
        self.norm_time, self.norm_place, self.norm_look = (nn.LayerNorm(channels) for _ in range(3))
        self.time_in, self.time_out = nn.Linear(channels, 3 * channels), nn.Linear(channels, channels)
        self.place_in, self.place_out = nn.Linear(channels, 3 * channels), nn.Linear(channels, channels)
        self.look_query, self.look_in = nn.Linear(channels, channels), nn.Linear(channels, 2 * channels)
        self.look_out = nn.Linear(channels, channels)
        self.lag = nn.Parameter(torch.zeros(heads, 2 * reach + 1))
        for layer in (self.time_out, self.place_out, self.look_out):
            _silence(layer)

    def forward(self, x: Tensor, look: Tensor, frames: int) -> Tensor:
        count, channels, height, width = x.shape
        places = height * width
        tokens = x.permute(0, 2, 3, 1).reshape(count // frames, frames, places, channels)
        by_place = tokens.transpose(1, 2)
        mixed = self._mixed(self.time_in(self.norm_time(by_place)).chunk(3, dim=-1), self._lags(frames))
        tokens = tokens + self.time_out(mixed).transpose(1, 2)
        tokens = tokens + self.place_out(self._mixed(self.place_in(self.norm_place(tokens)).chunk(3, dim=-1)))
        seen = tokens.flatten(1, 2)
        key, value = self.look_in(look).chunk(2, dim=-1)
        seen = seen + self.look_out(self._mixed((self.look_query(self.norm_look(seen)), key, value)))
        return seen.reshape(count, height, width, channels).permute(0, 3, 1, 2)

    def _lags(self, frames: int) -> Tensor:
        """[heads, F, F] how much a frame likes another one so far away."""
        index = torch.arange(frames, device=self.lag.device)
        apart = (index[None] - index[:, None]).clamp(-self.reach, self.reach) + self.reach
        return self.lag[:, apart]

    def _mixed(self, parts: tuple[Tensor, Tensor, Tensor], bias: Tensor | None = None) -> Tensor:
        query, key, value = (p.unflatten(-1, (self.heads, -1)).transpose(-3, -2) for p in parts)
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=bias)
        return mixed.transpose(-3, -2).flatten(-2)
