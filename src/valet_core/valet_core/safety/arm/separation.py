"""The rule that the robot's links keep their distance from the perceived person."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from valet_core.common.errors import ConfigError
from valet_core.perception.robot_shape import Capsules, RobotShape
from valet_core.safety.arm.chain import Chain
from valet_core.safety.arm.gaps import Gaps, approach_speeds, capsule_gaps, point_gaps
from valet_core.safety.arm.seen_person import SeenPerson
from valet_core.safety.arm.separation_config import SeparationConfig, SeparationTable
from valet_core.safety.fault import Fault

__all__ = ['Pair', 'Separation']

_ARM_PARTS = ('upper arm', 'forearm', 'hand')
_POINTS = 'seen body'
_TOLERANCE = 1e-6  # approach that is round-off [m/s]
_NOISE = 0.01  # measured approach that is noise of the poses [m/s]
_STEP = 1e-3, 0.2  # between two placements by which speed is measured [s]


class Pair(NamedTuple):
    """A link and the part of the person that it is near.

    Attributes:
        link: of the robot.
        part: of the person.
        gap: between the two [m].
        slow: gap from which the approach is slowed [m].
        stop: gap at which there is none [m].
        contact: gap below which the stop is latched [m].
    """

    link: str
    part: str
    gap: float
    slow: float
    stop: float
    contact: float

    def __str__(self) -> str:
        """The pair for people."""
        return f'{self.link} is {self.gap:.3f} m from the {self.part}'


class Separation:
    """Slows a twist of the tool by which a link would come too near to the person.

    The speed of approach of every link is limited: from the tool's top speed at the gap `slow`
    to none at `stop`. Motion along the person and away from him is free, so that a robot that
    was stopped can be backed off. Both what the twist asks for and what the links are measured to
    do counts: near a singularity a robot may go elsewhere than it is told.

    Attributes:
        person: what is seen of him.
        pace: share of any twist that the measured approach leaves, 0 to 1.
    """

    def __init__(
        self, config: SeparationConfig, shape: RobotShape, tool_frame: str, top_speed: float
    ) -> None:
        """Start with nobody seen.

        Args:
            config: the distances, and what of the robot is what.
            shape: capsules of the robot's links.
            tool_frame: frame that the twists move.
            top_speed: of the tool [m/s].

        Raises:
            ConfigError: for a gripper that is none of the robot's links.
        """
        self._config, self._top_speed, self._tool_frame = config, top_speed, tool_frame
        self._table, self._chain = SeparationTable(config), Chain(config.joints)
        links = {name: c for name, c in shape.links.items() if name != shape.base_frame}
        unknown = set(config.gripper) - set(links)
        if unknown:
            raise ConfigError(
                f'separation.gripper: {sorted(unknown)} are no links of {config.robot!r} beyond '
                f'its base; there are: {", ".join(links)}'
            )
        self._links = [name for name, c in links.items() for _ in c.radius]
        own = (np.concatenate(parts) for parts in zip(*links.values(), strict=True))
        self._own = Capsules(*own)  # each in the frame of its link
        self._moved_by = np.array([self._chain.index(name) for name in self._links])
        self.person = SeenPerson(config)
        self._slows: Pair | None = None  # by what a twist asks for
        self._moves: Pair | None = None  # by what is measured
        self._near = np.array([name in config.gripper for name in self._links])
        self.forget()

    @property
    def frames(self) -> tuple[str, ...]:
        """The frames that `place` needs a pose of."""
        return tuple(dict.fromkeys([*self._config.joints, *self._links, self._tool_frame]))

    def forget(self) -> None:
        """Nobody is seen, and it is not known where the robot is."""
        self.person.forget()
        self._before: tuple[float, np.ndarray] | None = None
        self._clear()

    def place(self, stamp: float, poses: Mapping[str, np.ndarray], phase: str) -> None:
        """Take where the links are, and find out how near they are to the person.

        Args:
            stamp: of the poses [s].
            poses: T_base_link of each of `frames`. Shapes (4, 4).
            phase: of the dressing; any that is not in the table means the largest distances.
        """
        self._clear()
        T = np.stack([poses[name] for name in self._links])
        robot = self._placed(T)
        link, body, gripper = self._table.at(phase)
        found: list[tuple[Gaps, np.ndarray, Sequence[str]]] = []
        if self.person.arm is not None:
            gaps = capsule_gaps(robot, self.person.arm)
            distances = np.where(self._near[gaps.capsule, None], gripper, link)
            found.append((gaps, distances, _ARM_PARTS))
        if len(self.person.points):
            reach = max(link.slow, body.slow)
            gaps = point_gaps(robot, self.person.points, self._config.cloud_least, reach)
            distances = np.where(self._near[gaps.capsule, None], link, body)
            found.append((gaps, distances, (_POINTS,)))
        before, self._before = self._before, (stamp, T)
        for gaps, distances, parts in found:
            close = self._take(gaps, distances, parts, poses)
            if len(close) and before is not None:
                self._measure(gaps, close, stamp - before[0], before[1], T)

    def share(self, twist: Sequence[float]) -> float:
        """Share of a twist of the tool (6,) [m/s, rad/s] that keeps the distances, 0 to 1."""
        if not len(self._rows):
            return 1.0
        approach = -(self._rows @ np.asarray(twist))
        over = ~(approach <= self._allowed + _TOLERANCE)  # what is no number is over as well
        if not over.any():
            return 1.0
        shares = np.where(over, self._allowed / np.maximum(approach, _TOLERANCE), 1.0)
        binding = int(shares.argmin())
        self._slows = self._pairs[binding]
        return max(0.0, float(shares[binding]))

    @property
    def nearest(self) -> Pair | None:
        """The pair that is nearest to its stop; None where nobody is near or seen."""
        return self._nearest

    @property
    def reason(self) -> str:
        """Which pair has slowed a twist since the last placement; empty where none did."""
        pair = self._slows or self._moves
        if pair is None:
            return ''
        return f'{pair}, slowed below {pair.slow:.3f} m, no nearer than {pair.stop:.3f} m'

    def fault(self) -> Fault | None:
        """A link that is so near that the stop is latched."""
        pair = min(self._pairs, key=lambda p: p.gap - p.contact, default=None)
        if pair is None or pair.gap >= pair.contact:
            return None
        return Fault('separation', f'{pair}, allowed {pair.contact:.3f} m')

    def _clear(self) -> None:
        self._pairs: list[Pair] = []
        self._rows: np.ndarray = np.zeros((0, 6))
        self._allowed: np.ndarray = np.zeros(0)
        self._nearest: Pair | None = None
        self.pace = 1.0
        self._slows = self._moves = None

    def _placed(self, T: np.ndarray) -> Capsules:
        """The capsules in the base frame, by the poses of their links. Shape (k, 4, 4)."""
        R, p = T[:, :3, :3], T[:, :3, 3]
        start, end = (np.einsum('kij,kj->ki', R, own) + p for own in self._own[:2])
        return Capsules(start, end, self._own.radius)

    def _take(
        self,
        gaps: Gaps,
        distances: np.ndarray,
        parts: Sequence[str],
        poses: Mapping[str, np.ndarray],
    ) -> np.ndarray:
        """Keep the pairs that limit anything, and the nearest; the indices of the former."""
        close = np.flatnonzero(~(gaps.gap >= distances[:, 0]))
        if not len(gaps.gap):
            return close
        slow, stop = distances[:, 0], distances[:, 1]
        least = int((gaps.gap - stop).argmin())
        nearest = self._pair(gaps, distances, parts, least)
        if self._nearest is None or nearest.gap - nearest.stop < self._margin():
            self._nearest = nearest
        if not len(close):
            return close
        share = (gaps.gap - stop)[close] / (slow - stop)[close]
        allowed = self._top_speed * np.clip(share, 0.0, 1.0)
        # Where two axes cross there is no direction that leads away.
        lost = ~gaps.normal[close].any(axis=1)
        rows = self._chain.rows(
            poses, poses[self._tool_frame][:3, 3], self._moved_by[gaps.capsule[close]],
            gaps.point[close], gaps.normal[close],
        )  # fmt: skip
        self._rows = np.concatenate([self._rows, rows])
        self._allowed = np.concatenate([self._allowed, np.where(lost, -1.0, allowed)])
        self._pairs += [self._pair(gaps, distances, parts, k) for k in close]
        return close

    def _measure(
        self, gaps: Gaps, close: np.ndarray, step: float, before: np.ndarray, T: np.ndarray
    ) -> None:
        """Slow all motion while a link approaches faster than it may, whatever the twist asks."""
        if not _STEP[0] <= step <= _STEP[1]:
            return
        approach = approach_speeds(gaps, close, before, T, step)
        allowed = np.maximum(self._allowed[-len(close) :], 0.0)
        over = approach > allowed + _NOISE
        shares = np.where(over, allowed / np.maximum(approach, _NOISE), 1.0)
        least = int(shares.argmin())
        if shares[least] < self.pace:
            self.pace = float(shares[least])
            self._moves = self._pairs[len(self._pairs) - len(close) + least]

    def _margin(self) -> float:
        assert self._nearest is not None
        return self._nearest.gap - self._nearest.stop

    def _pair(self, gaps: Gaps, distances: np.ndarray, parts: Sequence[str], k: int) -> Pair:
        link, part = self._links[gaps.capsule[k]], parts[gaps.part[k]]
        return Pair(link, part, float(gaps.gap[k]), *map(float, distances[k]))
