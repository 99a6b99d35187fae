"""The network of perception in torch: what is trained and exported."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from valet_core.common.config import check, setting
from valet_core.perception.arm_inference import CHANNELS
from valet_core.perception.labels import Label

__all__ = ['ArmNet', 'ArmNetConfig']

JOINTS = 4


@dataclass(frozen=True)
class ArmNetConfig:
    """Size of the network and scale of its input."""

    widths: tuple[int, ...] = setting(
        (16, 48, 80, 96), 'channels at 1/2, 1/4, 1/8 and 1/16 of the grid', '', 4, 512
    )
    vote_width: int = setting(64, 'hidden channels of the votes', '', 4, 512)
    label_width: int = setting(48, 'hidden channels of the labels', '', 4, 512)
    centre: tuple[float, ...] = setting((0.0, 0.0, 0.2), 'of the points, base frame', 'm')
    scale_m: float = setting(0.5, 'that points are divided by', 'm', 0.01, 10.0)

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)


class ArmNet(nn.Module):
    """An encoder and decoder over the sampled frame, with labels and votes at two scales.

    Labels: the decoder's features at half the grid together with the four pixels of each place,
    so that edges are those of the pixels themselves. Joints: each place at a quarter of the
    grid says how far each joint is from the mean of its points, with a weight; the joint is the
    weighted mean of all places that have points.
    """

    def __init__(self, config: ArmNetConfig | None = None) -> None:
        """Make it with random weights."""
        super().__init__()
        self.config = config or ArmNetConfig()
        a, b, c, d = self.config.widths
        packed = 4 * CHANNELS
        self.enter = _conv(packed, a)
        self.down2 = nn.Sequential(_conv(a, b, 2), _Residual(b))
        self.down3 = nn.Sequential(_conv(b, c, 2), _Residual(c), _Residual(c))
        self.down4 = nn.Sequential(_conv(c, d, 2), _Residual(d))
        self.lift3, self.up3 = nn.Conv2d(d, c, 1), _conv(c, c)
        self.lift2, self.up2 = nn.Conv2d(c, b, 1), _conv(b, b)
        self.lift1, self.up1 = nn.Conv2d(b, a, 1), _conv(a, a)
        w, v = self.config.label_width, self.config.vote_width
        self.labels = nn.Sequential(
            nn.Conv2d(a + packed, w, 1), nn.ReLU(), nn.Conv2d(w, 4 * len(Label), 1)
        )
        # A joint's offset (3), its weight and the logarithm of its expected error.
        self.votes = nn.Sequential(nn.Conv2d(b, v, 1), nn.ReLU(), nn.Conv2d(v, JOINTS * 5, 1))
        self.register_buffer('centre', torch.tensor(self.config.centre).view(1, 3, 1, 1))

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Label pixels and find the joints.

        Args:
            pixels: see `valet_core.perception.arm_inference.pack`. Shape (b, h, w, CHANNELS).

        Returns:
            Logits (b, labels, h, w), joints (b, 4, 3) [m], logarithms of errors (b, 4).
        """
        logits, places, votes = self.features(pixels)
        joints, log_error, _ = self.gather(places, votes)
        return logits, joints, log_error

    def features(
        self, pixels: torch.Tensor
    ) -> tuple[torch.Tensor, tuple[torch.Tensor, torch.Tensor], torch.Tensor]:
        """Logits, mean point and presence of each place, and raw votes of each place."""
        logits, places, votes = self.decode(F.pixel_unshuffle(pixels.permute(0, 3, 1, 2), 2))
        return F.pixel_shuffle(logits, 2), places, votes

    def decode(
        self, planes: torch.Tensor
    ) -> tuple[torch.Tensor, tuple[torch.Tensor, torch.Tensor], torch.Tensor]:
        """The same from what the exported graph takes, with the logits in planes as well.

        Args:
            planes: each channel of the four pixels of a place. Shape (b, 4 CHANNELS, h/2, w/2).
        """
        color, points, seen = planes.split([12, 12, 4], 1)
        points = points.unflatten(1, (3, 4)) - self.centre[..., None]
        points = points / self.config.scale_m * seen[:, None]
        packed = torch.cat([color - 0.5, points.flatten(1, 2), seen], 1)
        e1 = self.enter(packed)
        e2 = self.down2(e1)
        e3 = self.down3(e2)
        d3 = self.up3(e3 + _grow(self.lift3(self.down4(e3)), e3))
        d2 = self.up2(e2 + _grow(self.lift2(d3), e2))
        d1 = self.up1(e1 + _grow(self.lift1(d2), e1))
        logits = self.labels(torch.cat([d1, packed], 1))
        share, mean = _pooled(seen[:, None]), _pooled(points)
        return logits, (mean / share.clamp(min=1e-3), share), self.votes(d2)

    def gather(
        self, places: tuple[torch.Tensor, torch.Tensor], votes: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, tuple[torch.Tensor, torch.Tensor]]:
        """Weighted mean of the votes.

        Returns:
            Joints (b, 4, 3) [m], logarithms of errors (b, 4), and each vote: weights (b, 4, n)
            and joints voted for (b, 4, 3, n) [m].
        """
        mean, share = places
        offset, weight, log_error = votes.float().flatten(2).split([12, 4, 4], 1)
        absent = (share.float().flatten(2) < 1e-3) * 1e4
        weight = torch.softmax(weight - absent, 2)  # (b, 4, n)
        point = mean.float().flatten(2)[:, None] + offset.unflatten(1, (JOINTS, 3))
        scale, centre = self.config.scale_m, self.centre.view(1, 1, 3, 1)
        point = point * scale + centre  # (b, 4, 3, n)
        joints = (point * weight[:, :, None]).sum(3)
        # Starts near 5 cm.
        return joints, (log_error * weight).sum(2) - 3.0, (weight, point)


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        nn.init.zeros_(self.second.weight)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(x + self.second(F.relu(self.first(x))))


def _conv(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, stride, 1), nn.ReLU())


def _pooled(x: torch.Tensor) -> torch.Tensor:
    """Mean over a quarter of the grid. Shape (b, c, 4, h/2, w/2) to (b, c, h/4, w/4)."""
    return F.avg_pool2d(x.mean(2), 2)


def _grow(x: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    return F.interpolate(x, size=like.shape[-2:], mode='nearest')
