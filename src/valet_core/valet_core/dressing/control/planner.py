"""The heuristic planner: over a straight arm, around the outside of a bent elbow."""

from dataclasses import replace

import numpy as np
from scipy.spatial.transform import Rotation

from valet_core.dressing.control.choice import choose_path, robot_foresight
from valet_core.dressing.control.garment_view import garment_view
from valet_core.dressing.control.margin import margin_for, widened
from valet_core.dressing.control.observation import (
    ACTIONS,
    DressingGoal,
    DressingObservation,
    trusted_limb,
)
from valet_core.dressing.control.path import ToolPath, plan_path
from valet_core.dressing.control.path_config import PathConfig
from valet_core.dressing.control.planner_config import PlannerConfig
from valet_core.geometry.limb import Limb
from valet_core.geometry.polyline import Polyline
from valet_core.policy.interface import ActionChunk, Policy, PolicySpec

__all__ = ['DressingPlanner']

OBSERVATIONS = ('arm', 'T_base_tool', 'wrench', 'cloud')


class DressingPlanner(Policy[DressingObservation, DressingGoal]):
    """Follows a path made from the perceived arm, made anew at every call.

    The path is made again from the latest arm estimate each time, so that a moving or better
    seen arm moves the path. The tool's speed along it falls with the force on the tool and turns
    round above `stop_force`; without progress for a while the tool goes back some way and tries
    again with a wider path.

    Attributes:
        shape: of the path, chosen for the arm of this episode before the hand is entered.
    """

    def __init__(
        self, config: PlannerConfig | None = None, path: PathConfig | None = None
    ) -> None:
        """Take the settings.

        Args:
            config: how to follow a path.
            path: how to lay it; the shapes to choose from are near that one.
        """
        self.config = config or PlannerConfig()
        self.path_config = path or PathConfig()
        self.spec = PolicySpec(self.config.period, ACTIONS, 'base_link', OBSERVATIONS)
        self.reset(DressingGoal(), 0)

    def reset(self, goal: DressingGoal, seed: int) -> None:
        """Begin an episode; the path is the same for every garment, and nothing is random."""
        self._start: np.ndarray | None = None
        self.shape = self.path_config
        self._chosen_for: np.ndarray | None = None
        self._margin = 0.0  # for what perception may be off, part of the shape [m]
        self._share = 0.0
        self._best = 0.0
        self._best_time = 0.0
        self._goal = -1.0  # share to go back to; negative while going on
        self._tries = 0
        self._detours = 0
        self._given_up = False
        self._phase = 'approach'

    @property
    def _done(self) -> bool:
        """Whether the tool is at the path's end, or gets no further."""
        return self._share >= 1.0 - 2e-3 or self._given_up

    def act(self, observation: DressingObservation) -> ActionChunk:
        """Twists along the path for the next `horizon` periods.

        Raises:
            PerceptionError: if the arm is not known, or a joint of it is not trusted.
        """
        limb = trusted_limb(observation, self.config.min_confidence)
        T = observation.T_base_tool
        if self._start is None:
            self._start = T.copy()
            self._weight = T[:3, :3] @ observation.wrench[:3]
            self._best_time = observation.time
        self._choose(limb, observation)
        tool_path = plan_path(limb, self._start, self._changed())
        path = Polyline(tool_path.points)
        along = self._advance(path, T[:3, 3])
        self._phase = tool_path.phases[
            int(np.searchsorted(path.cumulative, along + 1e-3).clip(0, len(tool_path.phases) - 1))
        ]
        self._retry(path, observation)
        c = self.config
        speed = min(self._speed(observation), self._turning_speed(tool_path, path, along))
        steps = along + speed * c.period * np.arange(c.horizon + 1)
        steps = np.clip(steps, 0.0, path.length)
        points = path.points_at(steps)
        linear = np.diff(points, axis=0) / c.period
        # The pull back to the path fades out over the chunk as the error is worked off.
        fade = np.exp(-c.correction * c.period * np.arange(c.horizon))[:, None]
        linear = linear + c.correction * fade * (points[0] - T[:3, 3])
        norm = np.linalg.norm(linear, axis=1, keepdims=True)
        linear = linear * np.minimum(1.0, 1.2 * c.speed / np.maximum(norm, 1e-9))
        angular = (
            self._angular(tool_path, path, steps, T)
            if tool_path.turns.any()
            else np.zeros_like(linear)
        )
        return ActionChunk(
            np.concatenate([linear, angular], axis=1),
            # A path has no view of its own; what can be seen of its failing is the cloth.
            garment_view(limb, observation).astype(np.float32),
            wants_stop=self._done,
        )

    def _choose(self, limb: Limb, observation: DressingObservation) -> None:
        """Choose the path's shape, again where the arm is seen elsewhere before it is entered.

        An arm that may be off farther than it was is passed farther off from then on.
        """
        c, before = self.config, self._margin
        assert observation.arm is not None and self._start is not None
        margin = margin_for(observation.arm.confidence, c.error_gap, c.most_gap)
        self._margin = max(before, margin)
        self.shape = widened(self.shape, self._margin - before)
        if c.robot == 'none':
            return
        if self._chosen_for is not None and (
            self._phase != 'approach'
            or np.abs(limb.joints - self._chosen_for).max() < c.reconsider
        ):
            return
        base = widened(self.path_config, self._margin)
        choice = choose_path(limb, self._start, base, robot_foresight(c.robot))
        self._chosen_for = limb.joints
        if choice is not None:
            self.shape = choice.config

    def _changed(self) -> PathConfig:
        """The path's shape after what the tries have taught."""
        c, p = self.config, self.shape
        if not (self._tries or self._detours):
            return p
        return replace(
            p,
            clearance=p.clearance + self._tries * c.retry_clearance,
            outside=max(0.0, p.outside - self._detours * c.detour),
        )

    def _slow_force(self) -> float:
        entering = self._phase in ('approach', 'hand')
        return self.config.entry_slow_force if entering else self.config.slow_force

    def _speed(self, observation: DressingObservation) -> float:
        c = self.config
        if self._goal >= 0.0:
            return -c.speed
        slow, stop, speed = c.slow_force, c.stop_force, c.speed
        if self._phase in ('approach', 'hand'):
            slow, stop, speed = c.entry_slow_force, c.entry_stop_force, c.entry_speed
        scale = np.clip((stop - self._pull(observation)) / max(stop - slow, 1e-6), -0.5, 1.0)
        return float(scale) * speed

    def _turning_speed(self, tool_path: ToolPath, path: Polyline, along: float) -> float:
        """Speed at which the tool can turn as fast as the path asks a little ahead [m/s]."""
        ahead = np.array([along, along + 0.5 * self.config.window])
        turns = np.stack([np.interp(ahead, path.cumulative, v) for v in tool_path.turns.T])
        turn = float(np.linalg.norm(turns[:, 1] - turns[:, 0]))
        return 0.8 * self.config.max_turn * (ahead[1] - ahead[0]) / max(turn, 1e-9)

    def _pull(self, observation: DressingObservation) -> float:
        """Force of the cloth on the tool beyond the weight that hung there at the start [N]."""
        force = observation.T_base_tool[:3, :3] @ observation.wrench[:3]
        return float(np.linalg.norm(force - self._weight))

    def _retry(self, path: Polyline, observation: DressingObservation) -> None:
        """Notice that the tool does not get on, and change something about it."""
        c, time = self.config, observation.time
        if self._share > self._best + 0.005:
            self._best, self._best_time = self._share, time
        if self._goal >= 0.0:
            if self._share <= self._goal + 1e-3 or time - self._best_time > c.stall + 2.0:
                self._goal, self._best, self._best_time = -1.0, self._share, time
        elif time - self._best_time > c.stall:
            self._best_time = time
            if self._tries + self._detours >= c.retries:
                self._given_up = True
            elif self._pull(observation) < self._slow_force():
                self._detours += 1  # nothing holds the cloth: the robot does not reach
            else:
                self._goal = max(0.0, self._share - c.retreat / path.length)
                self._tries += 1

    def _angular(
        self, tool_path: ToolPath, path: Polyline, steps: np.ndarray, T: np.ndarray
    ) -> np.ndarray:
        """Angular velocities towards the path's turn a little ahead. Shape (H, 3)."""
        c = self.config
        assert self._start is not None
        columns = [np.interp(steps[1:], path.cumulative, tool_path.turns[:, i]) for i in range(3)]
        wanted = Rotation.from_rotvec(np.stack(columns, axis=1)) * Rotation.from_matrix(
            self._start[:3, :3]
        )
        error = (wanted * Rotation.from_matrix(T[:3, :3]).inv()).as_rotvec()  # (H, 3)
        rate = np.diff(error, axis=0, prepend=np.zeros((1, 3))) / c.period
        rate[0] = np.minimum(1.0, c.correction * c.period) * error[0] / c.period
        rate = np.cumsum(rate, axis=0) / np.arange(1, len(rate) + 1)[:, None]
        size = np.linalg.norm(rate, axis=1, keepdims=True)
        return rate * np.minimum(1.0, c.max_turn / np.maximum(size, 1e-9))

    def _advance(self, path: Polyline, tool: np.ndarray) -> float:
        """Arc of the path point nearest to the tool, looked for a little ahead only."""
        here = self._share * path.length
        window = self.config.window
        candidates = np.linspace(max(0.0, here - window), min(here + window, path.length), 61)
        gaps = np.linalg.norm(path.points_at(candidates) - tool, axis=1)
        along = float(candidates[int(gaps.argmin())])
        self._share = along / path.length
        return along
