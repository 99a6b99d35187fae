"""A drive seen from above: the world, the base, what it sees and where it has been."""

import math

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.body.footprint import scan_points
from valet_core.mobility.sim.world import World
from valet_nodes.demo.mobile_client import MobileRow
from valet_nodes.demo.report import GATE_NAMES

__all__ = ['TopView']

LONGEST = 880  # pixels of the longer side
MARGIN = 0.5  # m around the world
LINE = 44  # pixels for the line of text
FLOOR, OBSTACLE, WALL = (246, 245, 240), (122, 96, 74), (90, 80, 74)
TRAIL, SEEN, BODY, GOAL = (40, 110, 190), (214, 60, 50), (240, 180, 40), (40, 150, 80)


class TopView:
    """Draws moments of one drive; the longer side of the world lies across the picture."""

    def __init__(
        self, world: World, embodiment: Embodiment, goal: np.ndarray, route: np.ndarray | None
    ) -> None:
        """Draw what stays.

        Args:
            world: obstacles.
            embodiment: whose outline and scanner.
            goal: (2,) in the world [m].
            route: (P, 2) in the world [m] that is followed, or None.
        """
        self._embodiment = embodiment
        margin = MARGIN + embodiment.radius  # a body at the edge shows whole
        low, high = world.bounds + np.array([[-margin], [margin]])
        size = high - low
        self._turned = bool(size[1] > size[0])
        self._low, self._high = low, high
        self._scale = LONGEST / float(size.max())
        wide, tall = (size[::-1] if self._turned else size) * self._scale
        # Multiples of 8 pixels, as video codecs want them.
        self._size = (8 * math.ceil(wide / 8), 8 * math.ceil((tall + LINE) / 8))
        self._font = ImageFont.load_default(18)
        self._ground = Image.new('RGB', self._size, FLOOR)
        draw = ImageDraw.Draw(self._ground)
        for x, y, radius in world.circles:
            self._disc(draw, np.array([x, y]), radius, fill=OBSTACLE)
        for segment in world.segments:
            draw.line(self._pixels(segment.reshape(2, 2)), fill=WALL, width=3)
        if route is not None and len(route) > 1:
            draw.line(self._pixels(route), fill=(150, 190, 160), width=2)
        self._disc(draw, goal, 0.3, outline=GOAL, width=3)
        self._disc(draw, goal, 0.06, fill=GOAL)

    def draw(self, row: MobileRow, trail: np.ndarray) -> np.ndarray:
        """One picture, (H, W, 3) uint8.

        Args:
            row: the moment.
            trail: (N, 2) true positions until then [m].
        """
        image = self._ground.copy()
        draw = ImageDraw.Draw(image)
        if len(trail) > 1:
            draw.line(self._pixels(trail), fill=TRAIL, width=3)
        if len(row.scan) == self._embodiment.sensor.rays:
            points = _to_world(scan_points(self._embodiment, row.scan), row.pose)
            for x, y in self._pixels(points):
                draw.rectangle((x - 1, y - 1, x + 1, y + 1), fill=SEEN)
        body = _to_world(self._embodiment.polygon, row.pose)
        draw.polygon(self._pixels(body), fill=BODY, outline=(60, 50, 20))
        nose = np.array([[0.0, 0.0], [self._embodiment.polygon[:, 0].max(), 0.0]])
        draw.line(self._pixels(_to_world(nose, row.pose)), fill=(60, 50, 20), width=2)
        draw.rectangle((0, 0, self._size[0], LINE), fill=(40, 40, 44))
        text = (
            f'{self._embodiment.name}   {row.time:5.1f} s   {row.speed:4.2f} m/s   '
            f'{row.phase or "start":8} {row.distance:5.1f} m to go   gate {GATE_NAMES[row.gate]}'
        )
        draw.text((12, 11), text, fill=(240, 240, 240), font=self._font)
        return np.asarray(image)

    def _pixels(self, points: np.ndarray) -> list[tuple[float, float]]:
        x, y = (np.asarray(points) - self._low).T * self._scale
        if self._turned:  # world x goes down, y to the right
            return list(zip(y, x + LINE, strict=True))
        return list(zip(x, self._size[1] - y, strict=True))

    def _disc(
        self, draw: ImageDraw.ImageDraw, centre: np.ndarray, radius: float, **style: object
    ) -> None:
        (x, y), r = self._pixels(centre[None])[0], max(radius * self._scale, 1.0)
        draw.ellipse((x - r, y - r, x + r, y + r), **style)


def _to_world(points: np.ndarray, pose: np.ndarray) -> np.ndarray:
    c, s = math.cos(pose[2]), math.sin(pose[2])
    return points @ np.array([[c, s], [-s, c]]) + pose[:2]
