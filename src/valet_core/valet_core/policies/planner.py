"""The heuristic planner: over a straight arm, around the outside of a bent elbow."""

from dataclasses import dataclass

import numpy as np

from valet_core.config import check, setting
from valet_core.errors import PerceptionError
from valet_core.geometry.limb import Limb
from valet_core.geometry.polyline import Polyline
from valet_core.policies.dressing_path import PathConfig, plan_path
from valet_core.policies.interface import ActionChunk, Observation, Policy

__all__ = ['DressingPlanner', 'PlannerConfig']


@dataclass(frozen=True)
class PlannerConfig:
    """How the planner follows its path."""

    speed: float = setting(0.12, 'of the tool along the path', 'm/s', 0.01, 0.5)
    horizon: int = setting(8, 'actions in a chunk', '', 1, 64)
    period: float = setting(0.05, 'time between two actions', 's', 0.01, 0.5)
    correction: float = setting(4.0, 'gain of the pull back to the path', '1/s', 0.0, 20.0)
    window: float = setting(
        0.10, 'how far ahead on the path the tool is looked for', 'm', 0.01, 1.0
    )
    min_confidence: float = setting(
        0.3, 'joints trusted less than this are not acted on', '', 0.0, 1.0
    )

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)


class DressingPlanner(Policy):
    """Follows a path made from the perceived arm, made anew at every call.

    The path is made again from the latest arm estimate each time, so that a moving or better
    seen arm moves the path; how far the tool has come along it never goes backwards.
    """

    def __init__(
        self, config: PlannerConfig | None = None, path: PathConfig | None = None
    ) -> None:
        """Take the settings.

        Args:
            config: how to follow a path.
            path: how to lay it.
        """
        self.config = config or PlannerConfig()
        self.path_config = path or PathConfig()
        self.period = self.config.period
        self.reset()

    def reset(self) -> None:
        """Forget the episode."""
        self._start: np.ndarray | None = None
        self._share = 0.0

    @property
    def done(self) -> bool:
        """Whether the tool is at the path's end."""
        return self._share >= 1.0 - 1e-3

    def act(self, observation: Observation) -> ActionChunk:
        """Twists along the path for the next `horizon` periods.

        Raises:
            PerceptionError: if the arm is not known, or a joint of it is not trusted.
        """
        limb = self._limb(observation)
        tool = observation.T_base_tool[:3, 3]
        if self._start is None:
            self._start = tool.copy()
        path = Polyline(plan_path(limb, self._start, self.path_config))
        along = self._advance(path, tool)
        c = self.config
        steps = along + c.speed * c.period * np.arange(c.horizon + 1)
        points = path.points_at(np.minimum(steps, path.length))
        linear = np.diff(points, axis=0) / c.period
        # The pull back to the path fades out over the chunk as the error is worked off.
        fade = np.exp(-c.correction * c.period * np.arange(c.horizon))[:, None]
        linear = linear + c.correction * fade * (points[0] - tool)
        norm = np.linalg.norm(linear, axis=1, keepdims=True)
        linear = linear * np.minimum(1.0, 1.3 * c.speed / np.maximum(norm, 1e-9))
        actions = np.concatenate([linear, np.zeros_like(linear)], axis=1)
        return ActionChunk(actions, self._embed(limb, observation))

    def _limb(self, observation: Observation) -> Limb:
        arm = observation.arm
        if arm is None:
            raise PerceptionError('the arm has not been seen yet')
        weakest = int(np.argmin(arm.confidence))
        if arm.confidence[weakest] < self.config.min_confidence:
            name = ('shoulder', 'elbow', 'wrist', 'fingertip')[weakest]
            raise PerceptionError(
                f'the {name} is seen with confidence {arm.confidence[weakest]:.2f}, '
                f'below {self.config.min_confidence:.2f}'
            )
        return Limb(arm.joints)

    def _advance(self, path: Polyline, tool: np.ndarray) -> float:
        """Arc of the path point nearest to the tool, looked for a little ahead only."""
        low = self._share * path.length
        candidates = np.linspace(low, min(low + self.config.window, path.length), 41)
        gaps = np.linalg.norm(path.points_at(candidates) - tool, axis=1)
        along = float(candidates[int(gaps.argmin())])
        self._share = max(self._share, along / path.length)
        return self._share * path.length

    def _embed(self, limb: Limb, observation: Observation) -> np.ndarray:
        """Arm relative to the tool, wrench and progress: all that the planner looks at."""
        relative = (limb.joints - observation.T_base_tool[:3, 3]).ravel()
        return np.concatenate([relative, observation.wrench, [self._share]]).astype(np.float32)
