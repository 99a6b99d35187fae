"""What a scene looks like: colours of people, clothes and rooms, drawn at random."""

import colorsys
from typing import NamedTuple

import numpy as np

__all__ = ['Appearance', 'Colour']

Colour = tuple[float, float, float]

# Ends of the range of human skin, and one between [sRGB].
_SKIN = np.array([[0.97, 0.84, 0.76], [0.78, 0.57, 0.43], [0.24, 0.15, 0.11]])
_HAIR = np.array([[0.05, 0.04, 0.04], [0.35, 0.22, 0.12], [0.75, 0.60, 0.38], [0.75, 0.75, 0.75]])


class Appearance(NamedTuple):
    """Colours [sRGB, 0..1] and lights of a scene."""

    skin: Colour
    hair: Colour
    shirt: Colour
    trousers: Colour
    garment: Colour
    floor: tuple[Colour, Colour]
    wall: Colour
    chair: Colour
    clutter: tuple[Colour, Colour, Colour]
    pedestal: Colour
    light_direction: tuple[float, float, float]
    """Of the main light, world frame, pointing down."""
    light: float
    """Brightness of the main light."""
    ambient: float
    """Brightness of light from everywhere."""

    @classmethod
    def random(cls, rng: np.random.Generator) -> 'Appearance':
        """Anyone, in any clothes, in any room."""
        angle = rng.uniform(-np.pi, np.pi)
        slant = rng.uniform(0.2, 0.8)
        floor = _any(rng)
        return cls(
            skin=_skin(rng),
            hair=_colour(_HAIR[rng.integers(len(_HAIR))] * rng.uniform(0.8, 1.1)),
            shirt=_any(rng),
            trousers=_any(rng),
            garment=_any(rng),
            floor=(floor, _colour(np.array(floor) * rng.uniform(0.5, 0.95))),
            wall=_any(rng, dull=0.5),
            chair=_any(rng),
            clutter=(_any(rng), _any(rng), _any(rng)),
            pedestal=_any(rng, dull=0.3),
            light_direction=(slant * np.cos(angle), slant * np.sin(angle), -1.0),
            light=float(rng.uniform(0.45, 0.75)),
            ambient=float(rng.uniform(0.4, 0.6)),
        )


def _skin(rng: np.random.Generator) -> Colour:
    share = rng.uniform(0.0, 2.0)
    low = int(share)
    tone = _SKIN[low] + (share - low) * (_SKIN[min(low + 1, 2)] - _SKIN[low])
    return _colour(tone * rng.uniform(0.95, 1.05, 3))


def _any(rng: np.random.Generator, dull: float = 1.0) -> Colour:
    return colorsys.hsv_to_rgb(rng.random(), dull * rng.random() ** 0.7, rng.uniform(0.12, 0.95))


def _colour(values: np.ndarray) -> Colour:
    r, g, b = np.clip(values, 0.0, 1.0)
    return float(r), float(g), float(b)
