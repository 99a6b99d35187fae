"""The simulated arm: tool twists tracked through inverse kinematics within the joints' limits."""

from dataclasses import dataclass
from typing import NamedTuple

import mink
import mujoco
import numpy as np

from valet_core.common.config import check, setting
from valet_core.common.errors import InvalidInputError
from valet_core.simulation import ur_kinematics
from valet_core.simulation.robot_model import FRAME_NAMES, TOOL_FRAME, TOOL_OFFSET, kinematic_model
from valet_core.simulation.ur_motion import preferred

__all__ = ['RobotArm', 'RobotArmConfig', 'RobotState', 'StepReport', 'tool_solutions']

_SOLVER = 'daqp'
_ON_TARGET = 1e-3
_UNSLOWED = 0.99
_NEAR_SINGULAR = 1e-4
"""Damping that makes directions lost near a singularity show up."""
_MAX_LOST = 0.25
"""Share of a twist lost to that damping at which motion towards the singularity ends."""


@dataclass(frozen=True)
class RobotArmConfig:
    """Limits of the joints. The maker gives position and speed; acceleration is a setting."""

    max_joint_speed: float = setting(np.pi, 'speed limit of each joint', 'rad/s', 0.01, np.pi)
    max_joint_acceleration: float = setting(
        10.0, 'acceleration limit of each joint', 'rad/s^2', 0.1, 40.0
    )
    damping: float = setting(1e-9, 'damping of the inverse kinematics', '', 1e-12, 1.0)

    def __post_init__(self) -> None:
        """Check the values."""
        check(self)


class StepReport(NamedTuple):
    """What became of one twist command."""

    twist: np.ndarray
    """Twist of the tool that the joints make [m/s, rad/s], base frame. Shape (6,)."""
    tracking_error: float
    """Norm of commanded minus made twist, 1 rad counted as 1 m."""
    at_limit: bool
    """True if a position, speed or acceleration limit changed the motion."""


class RobotState(NamedTuple):
    """All that changes in a `RobotArm`."""

    q: np.ndarray
    qd: np.ndarray


class _ServoLimit(mink.Limit):
    """Joint speeds that the drives can reach from the present ones and still brake in time.

    One limit in place of mink's for configuration and velocity, which it contains.
    """

    def __init__(self, model: mujoco.MjModel, max_speed: float, max_acceleration: float) -> None:
        self.lower, self.upper = model.jnt_range.T.copy()
        self.max_speed, self.max_acceleration = max_speed, max_acceleration
        self.qd = np.zeros(model.nv)
        self.bounds = (np.zeros(model.nv), np.zeros(model.nv))  # of the next step, see `look`
        self._rows = np.vstack([np.eye(model.nv), -np.eye(model.nv)])

    def brakeable(self, q: np.ndarray, dt: float) -> tuple[np.ndarray, np.ndarray]:
        """Lowest and highest speeds from which each joint can stop at its end [rad/s]."""
        a = self.max_acceleration
        room_up = np.maximum(self.upper - q, 0.0)
        room_down = np.maximum(q - self.lower, 0.0)
        up = np.sqrt((a * dt) ** 2 + 2 * a * room_up) - a * dt
        down = np.sqrt((a * dt) ** 2 + 2 * a * room_down) - a * dt
        return -np.minimum(down, self.max_speed), np.minimum(up, self.max_speed)

    def compute_qp_inequalities(
        self, configuration: mink.Configuration, dt: float
    ) -> mink.Constraint:
        """Bounds on the joint displacement of one step, as mink wants them."""
        low, high = self.bounds
        return mink.Constraint(G=self._rows, h=np.concatenate([high, -low]) * dt)

    def look(self, q: np.ndarray, dt: float) -> tuple[np.ndarray, np.ndarray]:
        """Set `bounds`, the lowest and highest speeds of the next step; as `brakeable`."""
        slowest, fastest = self.brakeable(q, dt)
        change = self.max_acceleration * dt
        self.bounds = (
            np.minimum(np.maximum(self.qd - change, slowest), fastest),
            np.minimum(np.maximum(self.qd + change, slowest), fastest),
        )
        return slowest, fastest


class RobotArm:
    """A UR5e with a 2F-85 whose joints follow their set speeds exactly.

    What is modelled: the kinematics, and each joint's position, speed and acceleration limits.
    What is not: masses, torques, servo lag, friction, flexing; a real arm under its maker's
    controller lags by some milliseconds and yields by less than a millimetre at these loads.

    A twist that the limits do not allow is slowed along its own direction; only acceleration
    limits may bend it for a few steps. There is no target that runs ahead of the tool, so
    nothing is caught up on later.
    """

    def __init__(self, T_world_base: np.ndarray, config: RobotArmConfig | None = None) -> None:
        """Place the arm.

        Args:
            T_world_base: pose of base_link in the simulator's world. Shape (4, 4).
            config: joint limits.
        """
        self.config = config or RobotArmConfig()
        self.T_world_base = np.array(T_world_base, dtype=float)
        self.joint_names: tuple[str, ...] = ur_kinematics.JOINT_NAMES
        model = kinematic_model()
        self._configuration = mink.Configuration(model)
        self._sites = {name: model.site(name).id for name in FRAME_NAMES}
        self._task = mink.FrameTask(TOOL_FRAME, 'site', position_cost=1.0, orientation_cost=1.0)
        limits = self.config
        self._servo = _ServoLimit(model, limits.max_joint_speed, limits.max_joint_acceleration)
        self.restore(RobotState(np.array([0.0, -1.57, 1.57, -1.57, -1.57, 0.0]), np.zeros(6)))

    @property
    def q(self) -> np.ndarray:
        """Joint angles [rad], in the order of `joint_names`. Shape (6,)."""
        return self._configuration.q.copy()

    @property
    def qd(self) -> np.ndarray:
        """Joint speeds [rad/s]. Shape (6,)."""
        return self._servo.qd.copy()

    @property
    def T_base_tool(self) -> np.ndarray:
        """Pose of the point between the fingertips, z along the approach. Shape (4, 4)."""
        return self._site_pose(TOOL_FRAME)

    @property
    def T_world_tool(self) -> np.ndarray:
        """The same in the simulator's world. Shape (4, 4)."""
        return self.T_world_base @ self.T_base_tool

    def link_transforms(self) -> dict[str, np.ndarray]:
        """T_base_link of each moving frame: the maker's link names, flange and tool0."""
        return {name: self._site_pose(name) for name in self._sites}

    def reset(self, T_base_tool: np.ndarray) -> bool:
        """Put the tool at a pose, at rest.

        Of all joint solutions the `preferred` one is taken.

        Args:
            T_base_tool: pose of tool0 in base_link. Shape (4, 4).

        Returns:
            False if no solution exists; the arm is left as it was.
        """
        solutions = tool_solutions(T_base_tool)
        if not len(solutions):
            return False
        self.restore(RobotState(preferred(solutions), np.zeros(6)))
        return True

    def step(self, twist_base: np.ndarray, dt: float) -> StepReport:
        """Follow a twist of the tool for one step of the simulator.

        Args:
            twist_base: linear and angular velocity of tool0 in base_link axes [m/s, rad/s].
                Shape (6,).
            dt: length of the step [s].

        Returns:
            What the joints make of it.
        """
        twist = np.asarray(twist_base, dtype=float)
        if twist.shape != (6,) or not np.isfinite(twist).all():
            raise InvalidInputError(f'a twist is 6 finite numbers, received {twist_base!r}')
        if not (twist.any() or self._servo.qd.any()):
            return StepReport(np.zeros(6), 0.0, False)
        jacobian = self._jacobian()
        room = self._servo.look(self._configuration.q, dt)
        share = self._trackable_share(jacobian, twist, dt, *room)
        qd = self._solve(twist * share, dt)
        made = jacobian @ qd
        self._configuration.integrate_inplace(qd, dt)
        self._servo.qd = qd
        bent = float(np.linalg.norm(twist * share - made)) > _ON_TARGET
        limited = bool(share < _UNSLOWED or bent)
        return StepReport(made, float(np.linalg.norm(twist - made)), limited)

    def hold(self, dt: float) -> StepReport:
        """Brake to rest and stay there: `step` with no twist."""
        return self.step(np.zeros(6), dt)

    def snapshot(self) -> RobotState:
        """The present state, to go back to."""
        return RobotState(self.q, self.qd)

    def restore(self, state: RobotState) -> None:
        """Go back to a state, exactly."""
        self._configuration.update(np.array(state.q, dtype=float))
        self._servo.qd = np.array(state.qd, dtype=float)

    def _solve(self, twist: np.ndarray, dt: float) -> np.ndarray:
        pose = self.T_base_tool
        turn = mink.SO3.exp(twist[3:] * dt) @ mink.SO3.from_matrix(pose[:3, :3])
        position = pose[:3, 3] + twist[:3] * dt
        self._task.set_target(mink.SE3.from_rotation_and_translation(turn, position))
        qd = mink.solve_ik(
            self._configuration,
            [self._task],
            dt,
            solver=_SOLVER,
            damping=self.config.damping,
            limits=[self._servo],
        )
        # The solver keeps to the limits within its tolerance only.
        low, high = self._servo.bounds
        return np.minimum(np.maximum(qd, low), high)

    def _trackable_share(
        self,
        jacobian: np.ndarray,
        twist: np.ndarray,
        dt: float,
        slowest: np.ndarray,
        fastest: np.ndarray,
    ) -> float:
        """Share in 0..1 of a twist that the limits and the nearness of a singularity allow."""
        if not twist.any():
            return 1.0
        gram = jacobian @ jacobian.T + _NEAR_SINGULAR * np.eye(6)
        dual = np.linalg.solve(gram, twist)
        wanted = jacobian.T @ dual
        q = self._configuration.q
        room = np.where(wanted > 0, fastest, -slowest)
        share = 1.0 / max(1.0, float(np.max(np.abs(wanted) / np.maximum(room, 1e-9))))
        ahead = ur_kinematics.dexterity(q + wanted * dt)
        if ahead < ur_kinematics.dexterity(q):
            lost = _NEAR_SINGULAR * float(np.linalg.norm(dual) / np.linalg.norm(twist))
            share *= max(0.0, 1.0 - lost / _MAX_LOST)
        return share

    def _jacobian(self) -> np.ndarray:
        """Of tool0, in base_link axes. Shape (6, 6)."""
        body = self._configuration.get_frame_jacobian(TOOL_FRAME, 'site')
        R = self._rotation(TOOL_FRAME)
        return np.vstack([R @ body[:3], R @ body[3:]])

    def _rotation(self, frame: str) -> np.ndarray:
        return self._configuration.data.site_xmat[self._sites[frame]].reshape(3, 3)

    def _site_pose(self, frame: str) -> np.ndarray:
        T = np.zeros((4, 4))
        T[3, 3] = 1.0
        T[:3, :3] = self._rotation(frame)
        T[:3, 3] = self._configuration.data.site_xpos[self._sites[frame]]
        return T


def tool_solutions(T_base_tool: np.ndarray) -> np.ndarray:
    """All joint angles that put tool0 at a pose [rad]. Shape (n, 6)."""
    T_tool_flange = np.eye(4)
    T_tool_flange[2, 3] = -TOOL_OFFSET
    return ur_kinematics.inverse(np.asarray(T_base_tool, dtype=float) @ T_tool_flange)
