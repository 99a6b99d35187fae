"""The dressing task's world: robot, person and garment, advanced by tool twists."""

import functools
from typing import NamedTuple

import mujoco
import numpy as np

from valet_core.common.errors import MotionError
from valet_core.dressing.sim.cells import DressingCell
from valet_core.dressing.sim.cloth_scene import ClothConfig, ClothScene, grip_pose, hold_out
from valet_core.dressing.sim.cloth_scene import Snapshot as ClothSnapshot
from valet_core.dressing.sim.placement import choose_base, tool_orientation
from valet_core.perception.robot_shape import RobotShape
from valet_core.simulation.contact import NO_CONTACT, Contact, PersonContact
from valet_core.simulation.person import Person
from valet_core.simulation.robot import RobotArm, RobotState
from valet_core.simulation.ur_kinematics import JOINT_REACH

__all__ = ['DressingTruth', 'DressingWorld', 'WorldSnapshot']

GAP = (0.05, 0.08)  # from fingertip to arm-hole at the start [m]
TOUCHED = 1.0  # force between robot and person that counts as contact [N]
OFFSET = 0.02  # the garment is not held out exactly before the hand [m]


class DressingTruth(NamedTuple):
    """What really happened: for evaluation and training signals, never for a policy."""

    arc: float
    """How far the arm-hole is along the arm, from the fingertip [m]; 0 when the arm is out."""
    on_arm: bool
    """Whether the arm is in the sleeve."""
    upper_arm_ratio: float
    """Dressed share of the upper arm."""
    whole_arm_ratio: float
    """Dressed share of forearm and upper arm."""
    force: float
    """Magnitude of the force on the tool, of the garment and of touching the person [N]."""
    pierced: bool
    """Whether the arm went through the cloth."""
    contact_peak_n: float
    """Largest force so far between a link of the robot and the person [N]."""
    contact_time_s: float
    """Time so far with such a force above `TOUCHED` [s]."""
    contact_between: str
    """Link and part of the person of the largest force, as 'flange, elbow'; empty for none."""


class Touched(NamedTuple):
    """What the robot has done to the person so far."""

    worst: Contact = NO_CONTACT
    """With the largest force."""
    time: float = 0.0
    """With a force above `TOUCHED` [s]."""


class WorldSnapshot(NamedTuple):
    """The whole state, for exact replay."""

    cloth: ClothSnapshot
    robot: RobotState
    depths: np.ndarray
    """State of `PersonContact`."""
    touched: Touched


@functools.cache
def _robot_shape() -> RobotShape:
    return RobotShape.named('ur5e')


class DressingWorld:
    """One cell made real. The same cell and twists give the same motion, bit for bit."""

    def __init__(self, cell: DressingCell, cloth: ClothConfig | None = None) -> None:
        """Seat the person, park the robot and let the garment come to rest in its gripper.

        Args:
            cell: person, garment and seed.
            cloth: numbers of the physics.

        Raises:
            MotionError: if the robot cannot reach the hand from where it stands.
        """
        self.cell = cell
        self.person = Person(cell.person)
        rng = np.random.default_rng([cell.seed, 1])
        offset = rng.uniform(-OFFSET, OFFSET, 3)
        mesh = hold_out(self.person, cell.garment, rng.uniform(*GAP), offset)
        self.T_world_base = choose_base(self.person.arm.joints, cell.person.side, rng)
        self._T_base_world: np.ndarray = np.linalg.inv(self.T_world_base)
        R_world_tool = tool_orientation(self.person.arm.joints, cell.person.side)
        self.robot = RobotArm(self.T_world_base)
        start = np.eye(4)
        start[:3, :3], start[:3, 3] = R_world_tool, grip_pose(mesh)
        if not self.robot.reset(self._T_base_world @ start):
            where = np.round(start[:3, 3], 2).tolist()
            raise MotionError(f'the robot cannot reach the hand: tool at {where} m in the world')
        self.scene = ClothScene(self.person, cell.garment, mesh, R_world_tool, cloth)
        self._contact = PersonContact(_robot_shape(), self.person.capsules, self.T_world_base)
        self._checked = self.robot.q
        self._touched = Touched()
        self.solid = True
        """Whether what the robot touches acts on its wrench; it is measured in any case."""
        self._start = self.snapshot()
        self.reset()  # so that what is seen first is the same each time

    @property
    def timestep(self) -> float:
        """Time that one `step` takes [s]."""
        return self.scene.config.timestep_s

    @property
    def time(self) -> float:
        """Simulated time since the garment came to rest [s]."""
        return self.scene.time - self.scene.config.settle_s

    @property
    def T_base_world(self) -> np.ndarray:
        """Pose of the world in the base frame. Shape (4, 4)."""
        return self._T_base_world.copy()

    @property
    def arm_joints(self) -> np.ndarray:
        """True shoulder, elbow, wrist and fingertip in the base frame [m]. Shape (4, 3)."""
        return self.person.arm.joints @ self._T_base_world[:3, :3].T + self._T_base_world[:3, 3]

    @property
    def wrench(self) -> np.ndarray:
        """Force and torque on the tool, tool frame [N, N m]. Shape (6,).

        Of the garment, and of the person where the gripper touches them.
        """
        world = self.scene.tool_force
        R = self.robot.T_world_tool[:3, :3]
        return np.concatenate([world[:3] @ R, world[3:] @ R])

    def reset(self) -> None:
        """Go back to the start: garment at rest before the hand."""
        self.restore(self._start)

    def step(self, twist: np.ndarray) -> None:
        """Advance by one time step.

        Args:
            twist: of the tool in the base frame, linear [m/s] then angular [rad/s]. Shape (6,).
        """
        self.robot.step(twist, self.timestep)
        pose = self.robot.T_world_tool
        quaternion = np.empty(4)
        mujoco.mju_mat2Quat(quaternion, np.ascontiguousarray(pose[:3, :3]).ravel())
        self.scene.set_tool(pose[:3, 3], quaternion)
        self.scene.step(self._touch())

    def truth(self) -> DressingTruth:
        """Where the sleeve is now."""
        arc = self.scene.rim_arc()
        upper, whole = self.person.arm.dressed_ratios(arc or 0.0)
        force = float(np.linalg.norm(self.scene.tool_force[:3]))
        worst = self._touched.worst
        between = f'{worst.link}, {worst.part}' if worst.force else ''
        return DressingTruth(
            arc or 0.0, arc is not None, upper, whole, force, self.scene.pierced(),
            worst.force, self._touched.time, between,
        )  # fmt: skip

    def snapshot(self) -> WorldSnapshot:
        """The state, to come back to with `restore`."""
        return WorldSnapshot(
            self.scene.snapshot(), self.robot.snapshot(), self._contact.depths, self._touched
        )

    def restore(self, snapshot: WorldSnapshot) -> None:
        """Go back to a state."""
        self.scene.restore(snapshot.cloth)
        self.robot.restore(snapshot.robot)
        self._contact.reset(snapshot.depths)
        self._checked = self.robot.q
        self._touched = snapshot.touched

    def _touch(self) -> np.ndarray:
        """Note what the robot does to the person; what its tool feels of it, world frame."""
        q = self.robot.q
        if JOINT_REACH @ np.abs(q - self._checked) < self._contact.gap:
            return np.zeros(6)  # no point of the robot can have come that far
        self._checked = q
        contact = self._contact.step(self.robot.link_transforms(), self.timestep)
        worst, time = self._touched
        self._touched = Touched(
            contact if contact.force > worst.force else worst,
            time + self.timestep * (contact.force > TOUCHED),
        )
        if not self.solid:
            return np.zeros(6)
        R = self.T_world_base[:3, :3]
        return np.concatenate([R @ contact.on_tool[:3], R @ contact.on_tool[3:]])
