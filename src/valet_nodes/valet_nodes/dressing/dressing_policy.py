"""The dressing policy as a node: the action `dress_arm`, commands for the gate, traces."""

from dataclasses import dataclass

import numpy as np
from geometry_msgs.msg import TwistStamped, WrenchStamped
from sensor_msgs.msg import PointCloud2
from valet_msgs.action import DressArm
from valet_msgs.msg import ArmPose

from valet_core.common.config import setting
from valet_core.common.errors import InvalidInputError, StaleInputError
from valet_core.dressing.control.observation import DressingGoal, DressingObservation, prepare
from valet_core.dressing.control.registry import DRESSING_POLICIES
from valet_core.dressing.sim.garments import GARMENT_KINDS
from valet_core.dressing.task.dressing_task import DressingTask, DressingTaskConfig
from valet_core.policy.episode import Episode, EpisodeConfig, EpisodeStep
from valet_core.policy.outcome import Outcome
from valet_core.policy.runner import ChunkRunner
from valet_core.simulation.person import SIDES
from valet_nodes.dressing.dressing_inputs import DressingInputs
from valet_nodes.lockstep.streams import DRESSING_STREAMS
from valet_nodes.ros.conversions import twist_to_message
from valet_nodes.ros.parameters import declare_config
from valet_nodes.ros.qos import RELIABLE, SENSOR
from valet_nodes.ros.runs import Run
from valet_nodes.ros.spin import run
from valet_nodes.ros.task_node import POLICY_PATIENCE, TaskNode

__all__ = ['DressingPolicy', 'DressingPolicyConfig', 'main']

REST = np.zeros(6)


@dataclass(frozen=True)
class DressingPolicyConfig(EpisodeConfig, DressingTaskConfig):
    """Which policy runs, and how a dressing is run and judged."""

    policy: str = setting('planner', 'name of the policy, or folder of a model')
    rate: float = setting(30.0, 'commands sent to the gate', 'Hz', 5.0, 100.0)
    input_timeout: float = setting(0.4, 'oldest input that counts as fresh', 's', 0.05, 5.0)
    stale_timeout: float = setting(1.0, 'longest time without fresh inputs', 's', 0.05, 60.0)


class DressingPolicy(TaskNode):
    """Asks the policy for actions while a goal runs, and sends zero while none does."""

    action_name = 'dress_arm'
    rest = REST

    def __init__(self, **options: object) -> None:
        """Create the node; parameters and interfaces come with `configure`."""
        super().__init__('dressing_policy', **options)

    def prepare(self) -> None:
        """Declare the parameters and make the policy.

        Raises:
            ConfigError: for a parameter that is not right.
            InvalidInputError: for a policy that there is not.
        """
        self._config = declare_config(self, DressingPolicyConfig)
        self._policy = DRESSING_POLICIES.make(self._config.policy)

    def configure(self) -> None:
        """Create topics, the action, the timer and the policy's thread."""
        config = self._config
        streams = DRESSING_STREAMS.copy()
        streams.pop('policy/command')
        period = 1.0 / config.rate
        self.keep_step(streams, self._tick, by='wrench', period=period, stand=self.stand)
        worker = self.make_worker(POLICY_PATIENCE, self._answer)
        self._runner = ChunkRunner(self._policy, config.replan_every, worker)
        # The cloud of an arm pose is sent before it.
        self._inputs = DressingInputs(
            self.transforms(),
            self.newest(PointCloud2, 'perception/cloud', SENSOR),
            self.newest(WrenchStamped, 'wrench', SENSOR),
            config.input_timeout,
        )
        self.listen(ArmPose, 'perception/arm', self._on_arm, RELIABLE)
        self.open_action(DressArm, 'policy/command', 'safety/state')
        self._timer = None if self.keeps_step else self.every(period, self._tick)

    def begin(self, request: DressArm.Goal) -> Episode[DressingObservation, DressingGoal]:
        """Check the goal and begin to dress."""
        for name, value, allowed in (
            ('garment', request.garment, GARMENT_KINDS),
            ('side', request.side, SIDES),
        ):
            if value not in allowed:
                raise InvalidInputError(f'{name} {value!r} is not one of: {", ".join(allowed)}')
        self.get_logger().info(f'dress_arm: {request.garment} on the {request.side} arm')
        self._fresh = self.now
        task = DressingTask(self._config, request.side)
        goal = DressingGoal(request.garment, request.side)
        return Episode(self._runner, task, prepare, self._config, goal, self._fresh)

    def feedback(
        self, step: EpisodeStep, observation: DressingObservation
    ) -> DressArm.Feedback:
        """Phase, dressed ratio and force."""
        feedback = DressArm.Feedback(phase=step.status.phase, dressed_ratio=step.status.progress)
        feedback.force = float(np.linalg.norm(observation.wrench[:3]))
        return feedback

    def result_of(self, outcome: Outcome, message: str, run: Run | None) -> DressArm.Result:
        """Outcome with the last dressed ratio."""
        ratio = 0.0 if run is None else run.status.progress
        result = DressArm.Result(message=message, dressed_ratio=ratio)
        result.outcome.value = int(outcome)
        return result

    def fill(self, message: TwistStamped, action: np.ndarray) -> None:
        """A twist of the tool."""
        message.twist = twist_to_message(action)

    def _on_arm(self, message: ArmPose) -> None:
        """Keep it, and answer it at once rather than at the next tick."""
        self._inputs.on_arm(message)
        self._answer()

    def _answer(self) -> None:
        if self._timer is not None:
            self._timer.reset()
            self._tick()

    def _tick(self) -> None:
        if self.active:
            self.send(REST if self.current is None else self._advance(), self.now)

    def _advance(self) -> np.ndarray:
        """One tick of the goal that runs; the command that comes of it."""
        if self.current.cancel_requested:
            self.end(Outcome.CANCELED, 'canceled by the client')
            return REST
        now = self.now
        # Where the world waits, images and ticks keep their order anyway.
        fresh = None if self.keeps_step else self._inputs.fresh
        try:
            observation = self._inputs.observation(now)
        except StaleInputError as error:
            # The gate judges lateness by the millisecond; here it only must not last.
            if now - self._fresh > self._config.stale_timeout:
                self.end(Outcome.STALE_INPUT, str(error))
            return REST
        except InvalidInputError as error:
            self.end(Outcome.PERCEPTION_FAILED, str(error))
            return REST
        self._fresh = now
        step = self.advance(now, observation, fresh)
        return REST if step is None else step.action


def main() -> int:
    """Run the node until a signal; exit status 1 for a bad configuration."""
    return run(DressingPolicy)
