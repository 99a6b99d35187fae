"""How near the links of a robot may come to a person, by the phase of a dressing."""

from dataclasses import dataclass
from typing import NamedTuple

from valet_core.common.config import check, setting
from valet_core.common.errors import ConfigError
from valet_core.geometry.limb_phase import PHASES

__all__ = ['Distances', 'SeparationConfig', 'SeparationTable']

_KINDS = ('link', 'body', 'gripper')
_UR_LINKS = (
    'shoulder_link', 'upper_arm_link', 'forearm_link', 'wrist_1_link', 'wrist_2_link',
    'wrist_3_link',
)  # fmt: skip


def _column(default: tuple[float, ...], description: str) -> tuple[float, ...]:
    return setting(default, f'{description}, one value a phase', 'm', -1.0, 2.0)


@dataclass(frozen=True)
class SeparationConfig:
    """The robot, what of the person counts, and a table with one row a phase.

    A phase that is not in the table gets the largest distance of every column. Where a link
    comes nearer than `slow`, the speed towards the person is limited: to all of the tool's top
    speed at `slow`, and to none at `stop`.
    """

    enabled: bool = setting(True, 'whether the rule holds and needs its inputs')
    robot: str = setting('ur5e', 'whose capsules: config/robot_<name>.yaml, or a path')
    joints: tuple[str, ...] = setting(
        _UR_LINKS, 'links from the base on, each of which turns about the z axis of its own frame'
    )
    gripper: tuple[str, ...] = setting(
        ('flange',), 'links with distances of their own from the arm; they move with the tool'
    )
    rate: float = setting(30.0, 'most often that distances are taken', 'Hz', 5.0, 200.0)
    arm_radii: tuple[float, float, float] = setting(
        (0.050, 0.042, 0.037), 'of upper arm, forearm and hand about the perceived axis', 'm',
        0.0, 0.3,
    )  # fmt: skip
    cloud_points: int = setting(500, 'most points of the cloud that count', '', 1, 10_000)
    cloud_least: int = setting(
        5, 'points that have to be so near, as a few may be labelled wrongly', '', 1, 100
    )
    phases: tuple[str, ...] = setting(
        PHASES, 'names of the phases, in the order of the other lists'
    )
    link_slow: tuple[float, ...] = _column(
        (0.06,) * 5, 'distance of a link from the arm, and of the gripper from the body, from '
        'which it is slowed',
    )  # fmt: skip
    link_stop: tuple[float, ...] = _column(
        (0.03,) * 5, 'distance of the same at which they come no nearer'
    )
    body_slow: tuple[float, ...] = _column(
        (0.10,) * 5, 'the same of a link other than the gripper and the body'
    )
    body_stop: tuple[float, ...] = _column(
        (0.05,) * 5, 'the same of a link other than the gripper and the body'
    )
    gripper_slow: tuple[float, ...] = _column(
        (0.02, 0.02, 0.02, 0.01, 0.01), 'the same of the gripper and the arm'
    )
    gripper_stop: tuple[float, ...] = _column(
        (0.0, 0.0, 0.0, -0.015, -0.015), 'the same of the gripper and the arm'
    )
    link_contact: float = setting(
        -0.03, 'distance of a link below which the stop is latched', 'm', -1.0, 2.0
    )
    gripper_contact: float = setting(-0.05, 'the same of the gripper and the arm', 'm', -1.0, 2.0)

    def __post_init__(self) -> None:
        """Check every field, that tables are complete, and that stop is below slow.

        Raises:
            ConfigError: naming the field that is wrong.
        """
        check(self)
        if not self.phases or len(set(self.phases)) != len(self.phases):
            raise ConfigError(f'phases: {list(self.phases)} are not names, each given once')
        if not self.joints or len(set(self.joints)) != len(self.joints):
            raise ConfigError(f'joints: {list(self.joints)} are not links, each given once')
        for name in (f'{kind}_{end}' for kind in _KINDS for end in ('slow', 'stop')):
            received = len(getattr(self, name))
            if received != len(self.phases):
                raise ConfigError(
                    f'{name}: received {received} values for {len(self.phases)} phases '
                    f'({", ".join(self.phases)})'
                )
        for kind in _KINDS:
            self._check_order(kind)

    def contact(self, kind: str) -> float:
        """Distance below which the stop is latched, of one of the three kinds of pairs [m]."""
        return self.gripper_contact if kind == 'gripper' else self.link_contact

    def _check_order(self, kind: str) -> None:
        contact, name = self.contact(kind), 'gripper' if kind == 'gripper' else 'link'
        columns = (getattr(self, f'{kind}_{end}') for end in ('stop', 'slow'))
        for phase, stop, slow in zip(self.phases, *columns, strict=True):
            if stop >= slow:
                raise ConfigError(
                    f'{kind}_stop: {stop} m of phase {phase!r} is not below {kind}_slow {slow} m'
                )
            if contact > stop:
                raise ConfigError(
                    f'{name}_contact: {contact} m is above {kind}_stop {stop} m of phase {phase!r}'
                )


class Distances(NamedTuple):
    """What holds for one pair of link and part of the person.

    Attributes:
        slow: below it the speed towards the person is limited [m].
        stop: at it and below there is no motion towards the person [m].
        contact: below it the stop is latched [m].
    """

    slow: float
    stop: float
    contact: float


class SeparationTable:
    """Looks up the distances of a phase."""

    def __init__(self, config: SeparationConfig) -> None:
        """Read the table once.

        Args:
            config: with the table.
        """
        self._kinds = [self._read(config, kind) for kind in _KINDS]

    def at(self, phase: str) -> tuple[Distances, Distances, Distances]:
        """Distances of links from the arm, of links from the body, and of gripper and arm.

        Args:
            phase: one that is not in the table gets the largest.
        """
        link, body, gripper = (rows.get(phase, rows['']) for rows in self._kinds)
        return link, body, gripper

    @staticmethod
    def _read(config: SeparationConfig, kind: str) -> dict[str, Distances]:
        slow, stop = getattr(config, f'{kind}_slow'), getattr(config, f'{kind}_stop')
        contact = config.contact(kind)
        rows = {
            phase: Distances(far, near, contact)
            for phase, far, near in zip(config.phases, slow, stop, strict=True)
        }
        rows[''] = Distances(max(slow), max(stop), contact)
        return rows
