"""Variations of perception's training frames: mirrored, moved, recoloured, partly hidden."""

from typing import NamedTuple

import torch

__all__ = ['IGNORED', 'Batch', 'augment']

IGNORED = 255
"""Label of a pixel without a point; it does not count."""

_PATCHES = 3
_REGIONS = 4


class Batch(NamedTuple):
    """Training frames, or what is predicted about them."""

    pixels: torch.Tensor
    """See `valet_core.perception.arm_inference.pack`. Shape (b, h, w, CHANNELS)."""
    labels: torch.Tensor
    """A `Label` or `IGNORED` for each pixel. Shape (b, h, w), int64."""
    joints: torch.Tensor
    """Base frame [m]. Shape (b, 4, 3)."""
    regions: torch.Tensor
    """True `Label` of each pixel, with or without a point. Shape (b, h, w), int64."""


def augment(batch: Batch, generator: torch.Generator) -> Batch:
    """Vary frames as other people, rooms, mountings and cameras would.

    - Half are mirrored, which makes left arms of right ones.
    - Points and joints are turned about the vertical and shifted together: another place of the
      robot beside the person, or a camera mounted a little differently than it is believed to be.
    - Colours: of each region by itself (another garment, other clothes, another room), then gain,
      contrast and noise of the whole image.
    - Some rectangles lose their points, some of those their colours too.
    """
    batch = _mirror(batch, generator)
    batch = _move(batch, generator)
    pixels = batch.pixels
    pixels[..., :3] = _recolour(_repaint(batch, generator), generator)
    pixels, labels = _hide(pixels, batch.labels, generator)
    return Batch(pixels, labels, batch.joints, batch.regions)


def _uniform(generator: torch.Generator, *shape: int) -> torch.Tensor:
    """Uniform in -1..1."""
    return 2 * torch.rand(shape, generator=generator) - 1


def _mirror(batch: Batch, generator: torch.Generator) -> Batch:
    flip = torch.rand(len(batch.joints), generator=generator) < 0.5
    pixels, labels, joints, regions = (part.clone() for part in batch)
    pixels[flip] = pixels[flip].flip(2)
    labels[flip] = labels[flip].flip(2)
    regions[flip] = regions[flip].flip(2)
    pixels[flip, :, :, 4] *= -1.0
    joints[flip, :, 1] *= -1.0
    return Batch(pixels, labels, joints, regions)


def _move(batch: Batch, generator: torch.Generator) -> Batch:
    count = len(batch.joints)
    angle = 0.3 * _uniform(generator, count)
    shift = 0.12 * _uniform(generator, count, 3)
    zero, one = torch.zeros(count), torch.ones(count)
    c, s = angle.cos(), angle.sin()
    turn = torch.stack([c, -s, zero, s, c, zero, zero, zero, one], 1).view(-1, 3, 3)
    pixels = batch.pixels
    shape = pixels[..., 3:6].shape
    points = pixels[..., 3:6].reshape(count, -1, 3) @ turn.transpose(1, 2) + shift[:, None]
    pixels[..., 3:6] = points.view(shape) * pixels[..., 6:7]
    joints = batch.joints @ turn.transpose(1, 2) + shift[:, None]
    return Batch(pixels, batch.labels, joints, batch.regions)


def _repaint(batch: Batch, generator: torch.Generator) -> torch.Tensor:
    """Give the regions of a frame other colours, their shading kept."""
    count = len(batch.joints)
    tint = (0.8 * torch.randn(count, _REGIONS, 3, generator=generator)).exp()
    tint = tint.clamp(0.25, 4.0)
    keep = torch.rand(count, _REGIONS, 1, generator=generator) < 0.5
    tint = torch.where(keep, 1.0, tint)
    index = batch.regions.flatten(1)[..., None].expand(-1, -1, 3)
    gain = tint.gather(1, index).view(*batch.regions.shape, 3)
    return (batch.pixels[..., :3] * gain).clamp(0.0, 1.0)


def _recolour(color: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    count = len(color)
    gain = 1 + 0.2 * _uniform(generator, count, 1, 1, 1)
    gain = gain + 0.1 * _uniform(generator, count, 1, 1, 3)
    contrast = 1 + 0.25 * _uniform(generator, count, 1, 1, 1)
    noise = 0.03 * _uniform(generator, *color.shape)
    varied = ((color * gain - 0.4) * contrast + 0.4 + noise).clamp(0.0, 1.0)
    return torch.where((color > 0).any(-1, keepdim=True), varied, color)


def _hide(
    pixels: torch.Tensor, labels: torch.Tensor, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    count, height, width = labels.shape
    for i in range(count):
        for _ in range(int(torch.randint(_PATCHES, (), generator=generator))):
            share = 0.25 * torch.rand(2, generator=generator)
            size = (share * torch.tensor([height, width])).int()
            top = int(torch.randint(height, (), generator=generator))
            left = int(torch.randint(width, (), generator=generator))
            patch = (i, slice(top, top + int(size[0])), slice(left, left + int(size[1])))
            pixels[(*patch, slice(3, 7))] = 0.0
            labels[patch] = IGNORED
            if torch.rand((), generator=generator) < 0.5:
                pixels[(*patch, slice(0, 3))] = 0.0
    return pixels, labels
