"""Forces between the robot's links and a person that they touch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from valet_core.common.config import check, setting
from valet_core.geometry.capsules import nearest_points
from valet_core.perception.robot_shape import RobotShape
from valet_core.simulation.person import Capsule
from valet_core.simulation.robot_model import FLANGE_FRAME, TOOL_FRAME

__all__ = ['NO_CONTACT', 'Contact', 'ContactConfig', 'PersonContact']


@dataclass(frozen=True)
class ContactConfig:
    """The skin: stiffness as in ISO/TS 15066:2016, table A.3; it gives no damping."""

    head: float = setting(150e3, 'stiffness of skull and forehead', 'N/m', 1.0, 1e6)
    neck: float = setting(50e3, 'of the neck', 'N/m', 1.0, 1e6)
    shoulder: float = setting(35e3, 'of back and shoulders', 'N/m', 1.0, 1e6)
    torso: float = setting(25e3, 'of the chest', 'N/m', 1.0, 1e6)
    upper_arm: float = setting(30e3, 'of upper arm and elbow', 'N/m', 1.0, 1e6)
    forearm: float = setting(40e3, 'of forearm and wrist', 'N/m', 1.0, 1e6)
    hand: float = setting(75e3, 'of hand and fingers', 'N/m', 1.0, 1e6)
    thigh: float = setting(50e3, 'of thigh and knee', 'N/m', 1.0, 1e6)
    shank: float = setting(60e3, 'of the lower leg', 'N/m', 1.0, 1e6)
    damping: float = setting(
        2.0, 'more force for each speed of approach; assumed', 's/m', 0.0, 100.0
    )

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)


class Contact(NamedTuple):
    """What the robot and the person do to each other at one moment."""

    force: float
    """Of the link that presses most [N]."""
    link: str
    """That link; empty where nothing touches."""
    part: str
    """The part of the person that it presses; empty where nothing touches."""
    on_tool: np.ndarray
    """Force [N] and torque [N m] about the tool of what touches beyond the wrist's sensor, on the
    robot, base frame. Shape (6,)."""


NO_CONTACT = Contact(0.0, '', '', np.zeros(6))

class _Pairs(NamedTuple):
    """Capsules that overlap."""

    robot: np.ndarray
    """Index of the robot's. Shape (n,)."""
    person: np.ndarray
    """Index of the person's. Shape (n,)."""
    depth: np.ndarray
    """[m]. Shape (n,)."""
    normal: np.ndarray
    """From the person to the robot, base frame. Shape (n, 3)."""
    skin: np.ndarray
    """Where the person's surface is pressed, base frame [m]. Shape (n, 3)."""


_PARTS = {'elbow': 'upper_arm', 'collarbone': 'shoulder'}


class PersonContact:
    """Penalty forces between capsules, after Hunt and Crossley: k d (1 + c d').

    The person holds still and the joints of the robot follow their command, so that a link that
    presses on goes on pressing: the forces are those of an arm that does not yield.

    Attributes:
        gap: smallest distance between robot and person at the last step, negative where they
            overlap [m]; minus infinity before the first.
    """

    def __init__(
        self,
        shape: RobotShape,
        person: Sequence[Capsule],
        T_world_base: np.ndarray,
        config: ContactConfig | None = None,
    ) -> None:
        """Take both shapes.

        Args:
            shape: capsules of the robot's links.
            person: capsules of the person, world frame.
            T_world_base: where the robot stands. Shape (4, 4).
            config: of the skin.
        """
        self.config = config or ContactConfig()
        frames = shape.links
        self._frames = tuple(frames)
        self._frame = np.repeat(np.arange(len(frames)), [len(c.radius) for c in frames.values()])
        self._ends = np.concatenate([np.stack([c.start, c.end], 1) for c in frames.values()])
        self._radius = np.concatenate([c.radius for c in frames.values()])
        self._base_frame = shape.base_frame
        R, p = T_world_base[:3, :3], T_world_base[:3, 3]
        self._parts = tuple(c.name for c in person)
        starts, ends = np.array([c.start for c in person]), np.array([c.end for c in person])
        self._axes = (starts - p) @ R, (ends - p) @ R
        self._person_radius = np.array([c.radius for c in person])
        self._stiffness = np.array([self._stiffness_of(c.name) for c in person])
        self._radii = self._radius[:, None] + self._person_radius
        self._beyond = np.array([self._frames[k] == FLANGE_FRAME for k in self._frame])
        self.reset()

    @property
    def depths(self) -> np.ndarray:
        """How deep each capsule of the robot is in each of the person [m]: all of the state."""
        return self._depths.copy()

    def reset(self, depths: np.ndarray | None = None) -> None:
        """Take the state, `depths`; by default that nothing touches."""
        none = np.zeros_like(self._radii)
        self._depths = none if depths is None else np.array(depths, dtype=float)
        self.gap = -np.inf

    def step(self, links: Mapping[str, np.ndarray], dt: float) -> Contact:
        """The forces in a pose of the robot.

        Args:
            links: T_base_link of each moving frame, the tool's too. Shapes (4, 4).
            dt: time since the pose of the last call [s].
        """
        touching = self._touching(self._placed(links))
        if not (len(touching.depth) or self._depths.any()):
            return NO_CONTACT
        depths = np.zeros_like(self._depths)
        depths[touching.robot, touching.person] = touching.depth
        rate = (depths - self._depths)[touching.robot, touching.person] / dt
        self._depths = depths
        force = self._stiffness[touching.person] * touching.depth
        force *= np.maximum(1.0 + self.config.damping * rate, 0.0)
        if not force.any():
            return NO_CONTACT
        most = int(force.argmax())
        link = self._frames[self._frame[touching.robot[most]]]
        on_tool = self._on_tool(touching, force, links[TOOL_FRAME][:3, 3])
        return Contact(float(force[most]), link, self._parts[touching.person[most]], on_tool)

    def _touching(self, ends: np.ndarray) -> '_Pairs':
        """The pairs that overlap, for robot capsules with these ends. Shape (k, 2, 3)."""
        on_robot, on_person = nearest_points(ends[:, None, 0], ends[:, None, 1], *self._axes)
        gap = on_robot - on_person
        distance = np.sqrt(np.einsum('kmi,kmi->km', gap, gap))
        depth = self._radii - distance
        self.gap = -float(depth.max())
        i, j = np.nonzero(depth > 0.0)
        normal = gap[i, j] / np.maximum(distance[i, j], 1e-9)[:, None]
        skin = on_person[i, j] + self._person_radius[j, None] * normal
        return _Pairs(i, j, depth[i, j], normal, skin)

    def _on_tool(self, touching: '_Pairs', force: np.ndarray, tool: np.ndarray) -> np.ndarray:
        """What the wrist's sensor feels. Shape (6,).

        Capsules of one body overlap, so that the one that presses most stands for all.
        """
        force = np.where(self._beyond[touching.robot], force, 0.0)
        most = int(force.argmax())
        push = force[most] * touching.normal[most]
        return np.concatenate([push, np.cross(touching.skin[most] - tool, push)])

    def _placed(self, links: Mapping[str, np.ndarray]) -> np.ndarray:
        """Ends of the robot's capsules, base frame. Shape (k, 2, 3)."""
        poses = {self._base_frame: np.eye(4), **links}
        T = np.stack([poses[name] for name in self._frames])[self._frame]
        return np.einsum('kij,kej->kei', T[:, :3, :3], self._ends) + T[:, None, :3, 3]

    def _stiffness_of(self, name: str) -> float:
        kind = name if hasattr(self.config, name) else name.split('_')[0]
        return float(getattr(self.config, _PARTS.get(kind, kind)))
