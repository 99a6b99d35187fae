"""The dressing task as a Gymnasium environment, without ROS."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import gymnasium
import numpy as np

from valet_core.common.config import check, setting
from valet_core.dressing.sim.cells import DressingCell
from valet_core.dressing.sim.cloth_scene import ClothConfig
from valet_core.dressing.sim.dressing_world import DressingTruth, DressingWorld
from valet_core.dressing.sim.separation_watch import SeparationWatch
from valet_core.dressing.sim.state_observer import StateObserver
from valet_core.perception.thinning import MAX_POINTS
from valet_core.safety.arm.limits import MotionLimits, TwistLimiter
from valet_core.safety.arm.separation_config import SeparationConfig

__all__ = ['DressingEnv', 'EpisodeMetrics', 'TaskConfig']

# World, truth-free observation: what a policy gets at one moment.
Observer = Callable[[DressingWorld], dict[str, np.ndarray]]


@dataclass(frozen=True)
class TaskConfig:
    """Rules of an episode; motion is limited as the safety gate limits it."""

    control_period_s: float = setting(0.05, 'time that one action lasts', 's', 0.01, 0.5)
    horizon: int = setting(400, 'actions after which an episode is cut off', '', 1, 10_000)
    motion: MotionLimits = MotionLimits()
    separation: SeparationConfig = SeparationConfig()
    solid: bool = setting(
        True,
        'whether contact of robot and person acts, on the wrench and by the force limit, and the '
        'separation rule keeps them apart',
    )
    force_limit: float = setting(
        40.0, 'force on the tool or of a link on the person that ends the episode', 'N', 1.0, 500.0
    )

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)


class EpisodeMetrics(NamedTuple):
    """What an episode came to."""

    upper_arm_ratio: float
    """Dressed share of the upper arm at the end."""
    whole_arm_ratio: float
    """Dressed share of forearm and upper arm at the end."""
    best_upper_arm_ratio: float
    """The largest share reached at any time."""
    best_whole_arm_ratio: float
    """The largest share reached at any time."""
    force_peak_n: float
    """Largest force on the tool [N]."""
    force_p95_n: float
    """95th percentile over time of the force on the tool [N]."""
    pierced: bool
    """Whether cloth went through the arm."""
    force_limit: bool
    """Whether the force limit was passed, by the tool or a link that presses the person."""
    contact_peak_n: float
    """Largest force between a link of the robot and the person [N]."""
    contact_time_s: float
    """Time with such a force above 1 N [s]."""
    contact_between: str
    """Link and part of the person of the largest one, as 'flange, elbow'; empty for none."""
    slowed_s: float
    """Time in which the separation from the person slowed the tool [s]."""
    too_near: bool
    """Whether a link came so near to the perceived person that the gate would latch a stop."""
    steps: int
    """Actions taken."""


class DressingEnv(gymnasium.Env[dict[str, np.ndarray], np.ndarray]):
    """Move the tool so that the sleeve comes over the arm.

    Action: twist of the tool in the base frame, [m/s] and [rad/s]. Observation: see `Observer`.
    Reward: progress of the opening along the arm [m], the upper arm counted five times, so that
    its sum over an episode is the potential's end value. An episode terminates as a failure when
    the cloth is pierced, the force limit is passed, on the tool or by a link that presses the
    person, or a link comes so near that the gate would stop for good, and is cut off at the
    horizon. It does not end by itself when the arm is dressed: a policy has to know when to stop.
    `info` holds the `DressingTruth` as 'truth' and, at the end, the `EpisodeMetrics` as 'episode'.
    """

    metadata: dict[str, Any] = {'render_modes': []}

    def __init__(
        self,
        cell: DressingCell | None = None,
        observer: Observer | None = None,
        task: TaskConfig | None = None,
        cloth: ClothConfig | None = None,
    ) -> None:
        """Take the cell to dress; `reset(options={'cell': ...})` changes it.

        Args:
            cell: person, garment and seed.
            observer: makes the observation from the world; privileged state by default.
            task: rules of the episode.
            cloth: numbers of the physics.
        """
        self.task = task or TaskConfig()
        self._cloth = cloth
        self._observer: Observer = observer or StateObserver()
        self._cell = cell or DressingCell()
        self._world: DressingWorld | None = None
        motion = self.task.motion
        bound = np.array(
            [motion.linear_speed] * 3 + [motion.angular_speed] * 3, dtype=np.float32
        )
        self._watch = SeparationWatch(self.task.separation, motion, self.task.solid)
        self._limiter = TwistLimiter(motion, self._watch.rule)
        self.action_space = gymnasium.spaces.Box(-bound, bound)
        box = lambda *shape: gymnasium.spaces.Box(-np.inf, np.inf, shape, np.float64)  # noqa: E731
        self.observation_space = gymnasium.spaces.Dict(
            {
                'time': box(),
                'joints': box(4, 3),
                'confidence': box(4),
                'cloud': gymnasium.spaces.Box(-np.inf, np.inf, (MAX_POINTS, 3), np.float32),
                'labels': gymnasium.spaces.Box(0, 255, (MAX_POINTS,), np.uint8),
                'T_base_tool': box(4, 4),
                'wrench': box(6),
            }
        )

    @property
    def world(self) -> DressingWorld:
        """The simulated world, for observers and evaluation."""
        if self._world is None:
            raise RuntimeError('reset() comes before everything else')
        return self._world

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Start an episode; the same cell comes back by its snapshot, in microseconds.

        Args:
            seed: seeds the environment's generator; the cell's own seed rules the episode.
            options: 'cell', a `DressingCell`, to change the task.
        """
        super().reset(seed=seed)
        cell = (options or {}).get('cell', self._cell)
        if self._world is None or cell != self._cell:
            self._world = DressingWorld(cell, self._cloth)
            self._world.solid = self.task.solid
            self._cell = cell
        else:
            self._world.reset()
        self._limiter.rest()
        self._watch.reset()
        self._steps, self._slowed = 0, 0.0
        self._forces: list[float] = []
        self._best = (0.0, 0.0)
        self._truth = self._world.truth()
        if hasattr(self._observer, 'reset'):
            self._observer.reset()
        return self._observe(), {'truth': self._truth}

    def step(
        self, action: np.ndarray
    ) -> tuple[dict[str, np.ndarray], float, bool, bool, dict[str, Any]]:
        """Ask for one twist for a control period; the gate's own limiter has the last word."""
        world = self.world
        bound = self.action_space.high.astype(float)
        twist = np.clip(np.asarray(action, dtype=float), -bound, bound)
        for _ in range(round(self.task.control_period_s / world.timestep)):
            place = world.robot.T_base_tool[:3, 3]
            limited = self._limiter.clamp(world.time, twist, place)
            world.step(limited.command)
            self._slowed += world.timestep * ('separation' in limited.clamped)
            self._forces.append(float(np.linalg.norm(world.scene.tool_force[:3])))
        self._steps += 1
        before, self._truth = self._truth, world.truth()
        now = self._truth
        self._best = (
            max(self._best[0], now.upper_arm_ratio),
            max(self._best[1], now.whole_arm_ratio),
        )
        diverged = world.scene.unstable()
        overloaded = max(*self._forces[-6:], self._pressed(now)) > self.task.force_limit
        observation = self._observe()
        terminated = now.pierced or overloaded or diverged or self._watch.too_near
        truncated = not terminated and self._steps >= self.task.horizon
        info: dict[str, Any] = {'truth': now}
        if terminated or truncated:
            info['episode'] = self.metrics()
        reward = self._potential(now) - self._potential(before)
        return observation, reward, terminated, truncated, info

    def metrics(self) -> EpisodeMetrics:
        """What the episode has come to so far; a pierced arm counts as not dressed."""
        unstable = self.world.scene.unstable()
        truth = self._truth
        failed = truth.pierced or unstable
        forces = np.array(self._forces or [0.0])
        return EpisodeMetrics(
            upper_arm_ratio=0.0 if failed else truth.upper_arm_ratio,
            whole_arm_ratio=0.0 if failed else truth.whole_arm_ratio,
            best_upper_arm_ratio=self._best[0],
            best_whole_arm_ratio=self._best[1],
            force_peak_n=float(forces.max()),
            force_p95_n=float(np.percentile(forces, 95)),
            pierced=truth.pierced,
            force_limit=bool(max(forces.max(), self._pressed(truth)) > self.task.force_limit),
            contact_peak_n=truth.contact_peak_n,
            contact_time_s=truth.contact_time_s,
            contact_between=truth.contact_between,
            slowed_s=self._slowed,
            too_near=self._watch.too_near,
            steps=self._steps,
        )

    def _observe(self) -> dict[str, np.ndarray]:
        """What the policy gets, which the separation rule sees too."""
        observation = self._observer(self.world)
        cloud = getattr(self._observer, 'whole_cloud', None)
        self._watch.look(observation, cloud, self.world.robot, self.world.time)
        return observation

    def _pressed(self, truth: DressingTruth) -> float:
        """Force of a link on the person that counts against the limit [N]."""
        return truth.contact_peak_n if self.task.solid else 0.0

    def _potential(self, truth: DressingTruth) -> float:
        limb = self.world.person.arm
        return truth.arc + 4.0 * max(0.0, truth.arc - limb.elbow_arc)
