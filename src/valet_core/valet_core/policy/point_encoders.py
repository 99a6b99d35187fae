"""Encoders of point sets in torch: a small one as of DP3, and one as of PointNet++.

Both give the same embedding for any order of the points (Qi et al. 2017, equation 1: a maximum
over the points of a function of each), and both export to ONNX without loops of their own.
"""

from typing import Literal

import torch
from torch import nn

__all__ = ['ENCODERS', 'Dp3Encoder', 'PointNet2Encoder', 'farthest_points', 'make_encoder']

ENCODERS = ('dp3', 'pointnet2')


class Dp3Encoder(nn.Module):
    """A maximum over the points of a network of each point (Ze et al. 2024)."""

    def __init__(self, channels: int, width: int) -> None:
        """Lay out the layers.

        Args:
            channels: numbers of a point, its place first.
            width: of the embedding.
        """
        super().__init__()
        self.points = _layers(channels, 64, 128, width)
        self.out = nn.Sequential(nn.Linear(width, width), nn.LayerNorm(width))

    def forward(self, points: torch.Tensor) -> torch.Tensor:
        """Embedding (B, D) of points (B, N, C)."""
        return self.out(self.points(points).amax(dim=1))


class PointNet2Encoder(nn.Module):
    """Two levels of neighbourhoods around points far from each other, then a maximum."""

    def __init__(
        self, channels: int, width: int, centres: int = 24, near: int = 16, radius: float = 0.12
    ) -> None:
        """Lay out the layers.

        Args:
            channels: numbers of a point, its place first.
            width: of the embedding.
            centres: of neighbourhoods.
            near: points of a neighbourhood at most.
            radius: of a neighbourhood, in the unit of the points.
        """
        super().__init__()
        self.centres, self.near, self.radius = centres, near, radius
        self.local = _layers(channels + 3, 64, 128)
        self.whole = _layers(128 + 3, 128, width)
        self.out = nn.Sequential(nn.Linear(width, width), nn.LayerNorm(width))

    def forward(self, points: torch.Tensor) -> torch.Tensor:
        """Embedding (B, D) of points (B, N, C)."""
        places = points[..., :3]
        middle = _rows(places, farthest_points(places, self.centres))  # (B, M, 3)
        gaps = (middle[:, :, None] - places[:, None]).square().sum(dim=-1)  # (B, M, N)
        square, index = gaps.topk(self.near, dim=-1, largest=False)  # (B, M, K)
        batch, count = index.shape[:2]
        groups = _rows(points, index.flatten(1)).view(batch, count, self.near, -1)
        offset = groups[..., :3] - middle[:, :, None]
        local = self.local(torch.cat([offset, groups], dim=-1))
        # Points out of the radius do not count; the centre is always within it.
        outside = (square > self.radius**2)[..., None]
        local = local.masked_fill(outside, float('-inf')).amax(dim=2)  # (B, M, 128)
        return self.out(self.whole(torch.cat([middle, local], dim=-1)).amax(dim=1))


def farthest_points(places: torch.Tensor, count: int) -> torch.Tensor:
    """Indices of points far from each other, the first the one farthest from the origin.

    Args:
        places: shape (B, N, 3).
        count: how many to choose.

    Returns:
        Shape (B, count).
    """
    chosen = [places.square().sum(dim=-1).argmax(dim=-1)]  # (B,)
    gaps = torch.full_like(places[..., 0], float('inf'))
    for _ in range(count - 1):
        last = _rows(places, chosen[-1][:, None])  # (B, 1, 3)
        gaps = torch.minimum(gaps, (places - last).square().sum(dim=-1))
        chosen.append(gaps.argmax(dim=-1))
    return torch.stack(chosen, dim=1)


def make_encoder(
    kind: Literal['dp3', 'pointnet2'] | str, channels: int, width: int
) -> Dp3Encoder | PointNet2Encoder:
    """An encoder by its name, one of `ENCODERS`."""
    if kind == 'dp3':
        return Dp3Encoder(channels, width)
    if kind == 'pointnet2':
        return PointNet2Encoder(channels, width)
    raise ValueError(f'encoder: received {kind!r}; allowed: {", ".join(ENCODERS)}')


def _layers(*sizes: int) -> nn.Sequential:
    parts: list[nn.Module] = []
    for given, made in zip(sizes[:-1], sizes[1:], strict=True):
        parts += [nn.Linear(given, made), nn.LayerNorm(made), nn.ReLU()]
    return nn.Sequential(*parts)


def _rows(values: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
    """Rows (B, K, C) of values (B, N, C) by index (B, K)."""
    return values.gather(1, index[..., None].expand(-1, -1, values.shape[-1]))
