"""The dressing task's world: robot, person and garment, advanced by tool twists."""

from typing import NamedTuple

import mujoco
import numpy as np

from valet_core.common.errors import MotionError
from valet_core.dressing.sim.cells import DressingCell
from valet_core.dressing.sim.cloth_scene import ClothConfig, ClothScene, grip_pose, hold_out
from valet_core.dressing.sim.cloth_scene import Snapshot as ClothSnapshot
from valet_core.dressing.sim.placement import choose_base, tool_orientation
from valet_core.simulation.person import Person
from valet_core.simulation.robot import RobotArm, RobotState

__all__ = ['DressingTruth', 'DressingWorld', 'WorldSnapshot']

GAP = (0.05, 0.08)  # from fingertip to arm-hole at the start [m]
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
    """Magnitude of the garment's force on the tool [N]."""
    pierced: bool
    """Whether the arm went through the cloth."""


class WorldSnapshot(NamedTuple):
    """The whole state, for exact replay."""

    cloth: ClothSnapshot
    robot: RobotState


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
        self._start = self.snapshot()

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
        """Force and torque of the garment on the tool, tool frame [N, N m]. Shape (6,)."""
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
        self.scene.step()

    def truth(self) -> DressingTruth:
        """Where the sleeve is now."""
        arc = self.scene.rim_arc()
        upper, whole = self.person.arm.dressed_ratios(arc or 0.0)
        force = float(np.linalg.norm(self.scene.tool_force[:3]))
        return DressingTruth(
            arc or 0.0, arc is not None, upper, whole, force, self.scene.pierced()
        )

    def snapshot(self) -> WorldSnapshot:
        """The state, to come back to with `restore`."""
        return WorldSnapshot(self.scene.snapshot(), self.robot.snapshot())

    def restore(self, snapshot: WorldSnapshot) -> None:
        """Go back to a state."""
        self.scene.restore(snapshot.cloth)
        self.robot.restore(snapshot.robot)
