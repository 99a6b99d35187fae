"""Cloth, arm and gripper as one MuJoCo model: the dressing task's physics."""

from dataclasses import dataclass
from typing import NamedTuple

import mujoco
import numpy as np

from valet_core.common.config import check, setting
from valet_core.common.errors import InvalidInputError
from valet_core.dressing.sim.garments import GarmentConfig, GarmentMesh, build_mesh
from valet_core.dressing.sim.sleeve_progress import pierced_triangles, rim_arc
from valet_core.simulation.person import Person

__all__ = ['ClothConfig', 'ClothScene', 'Snapshot', 'grip_pose', 'hold_out']

CLOTH_RADIUS = 0.004
CATCHING = (3, 4, 5, 6, 7, 8)  # columns of the arm-hole that catch: all but those near the grip
FORCE_BANDWIDTH = 10.0  # of a wrist force-torque sensor [Hz]
_NEXT, _AFTER = [1, 2, 0], [2, 0, 1]  # columns of a cross product; np.cross is slow


@dataclass(frozen=True)
class ClothConfig:
    """Numbers of the cloth's physics; the defaults are stable and fast."""

    timestep_s: float = setting(1 / 120, 'step of the physics', 's', 0.001, 0.02)
    iterations: int = setting(40, 'of the conjugate-gradient solver', '', 1, 500)
    tolerance: float = setting(1e-4, 'of the solver', '', 0.0, 1.0)
    damping: float = setting(0.01, 'of the sheet', 's', 0.0, 1.0)
    settle_s: float = setting(1.0, 'time for the garment to come to rest', 's', 0.0, 10.0)
    catchable: bool = setting(False, 'whether the arm-hole can be made to catch on something')

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)


class Snapshot(NamedTuple):
    """The whole state of a scene, for exact replay."""

    state: np.ndarray
    """MuJoCo's integration state."""
    force: np.ndarray
    """Filtered force and torque on the tool, world frame. Shape (6,)."""


def hold_out(person: Person, config: GarmentConfig, gap: float, offset: np.ndarray) -> GarmentMesh:
    """The garment held out before the hand, arm-hole towards the fingertip.

    Args:
        person: whose hand.
        config: the garment.
        gap: from the fingertip to the arm-hole's plane [m].
        offset: displacement of the whole garment, world frame [m]. Shape (3,).
    """
    along = -person.arm.direction_at(0.0)
    origin = person.arm.joints[3] + gap * along + offset
    return build_mesh(config, origin, along, _up(along, person))


def grip_pose(mesh: GarmentMesh) -> np.ndarray:
    """Point between the gripped vertices, world frame [m]. Shape (3,)."""
    return mesh.vertices[mesh.grip].mean(axis=0)


class ClothScene:
    """A person's arm, a garment and the gripper that holds it.

    The gripper is a mocap body: it goes where it is told, and `tool_force` is what it is pulled
    with.
    """

    def __init__(
        self,
        person: Person,
        garment: GarmentConfig,
        mesh: GarmentMesh,
        R_world_tool: np.ndarray,
        config: ClothConfig | None = None,
    ) -> None:
        """Build the model and bring the garment to rest.

        Args:
            person: the person; only the arm, torso and head collide with cloth.
            garment: the garment's cloth.
            mesh: the garment as held out.
            R_world_tool: orientation of the tool. Shape (3, 3).
            config: numbers of the physics.
        """
        self.person, self.garment, self.mesh = person, garment, mesh
        self.config = config or ClothConfig()
        self.model = mujoco.MjModel.from_xml_string(self._xml(R_world_tool))
        self._set_panel_mass()
        self.data = mujoco.MjData(self.model)
        self._mocap = self.model.body('gripper').mocapid[0]
        self._tool_force = np.zeros(6)
        self._connects = np.arange(len(mesh.grip))  # what may catch comes after them
        mujoco.mj_forward(self.model, self.data)
        for _ in range(round(self.config.settle_s / self.config.timestep_s)):
            self.step()

    @property
    def vertices(self) -> np.ndarray:
        """Cloth vertices in the world frame [m]. Shape (nv, 3)."""
        return self.data.flexvert_xpos.reshape(-1, 3)

    @property
    def time(self) -> float:
        """Simulated time since the model was built [s]."""
        return float(self.data.time)

    @property
    def tool_force(self) -> np.ndarray:
        """Force [N] and torque [N m] of cloth and touch on the tool, world frame. Shape (6,).

        Low-passed at the bandwidth of a wrist force-torque sensor.
        """
        return self._tool_force.copy()

    def set_tool(self, position: np.ndarray, quaternion: np.ndarray) -> None:
        """Move the gripper.

        Args:
            position: of the tool, world frame [m]. Shape (3,).
            quaternion: wxyz. Shape (4,).
        """
        self.data.mocap_pos[self._mocap] = position
        self.data.mocap_quat[self._mocap] = quaternion

    def catch(self) -> None:
        """Let the lower edge of the arm-hole catch on something where it is.

        Raises:
            InvalidInputError: for a scene that was not made `catchable`.
        """
        if not self.config.catchable:
            raise InvalidInputError('catch: allowed where ClothConfig.catchable is set')
        for k, vertex in enumerate(self.mesh.rim[list(CATCHING)]):
            constraint = len(self._connects) + k
            self.model.eq_data[constraint, 3:6] = self.vertices[vertex]
            self.data.eq_active[constraint] = 1

    def release(self) -> None:
        """Let the gripper lose the garment."""
        self.data.eq_active[self._connects] = 0

    def step(self, touch: np.ndarray | None = None) -> None:
        """Advance by one time step; `touch` is the wrench of what else touches the tool, (6,)."""
        mujoco.mj_step(self.model, self.data)
        raw = self._grip_force() + (0.0 if touch is None else touch)
        share = 1 - np.exp(-2 * np.pi * FORCE_BANDWIDTH * self.config.timestep_s)
        self._tool_force += share * (raw - self._tool_force)

    def unstable(self) -> bool:
        """Whether the physics has diverged."""
        return bool(self.data.warning.number.sum()) or not np.isfinite(self.data.qpos).all()

    def rim_arc(self) -> float | None:
        """Arc length that the opening has reached; None when the arm is not in it [m]."""
        return rim_arc(self.vertices[self.mesh.rim], self.person.arm, self.person.trunk)

    def pierced(self) -> bool:
        """Whether the arm has gone through the cloth, which no real cloth allows."""
        return pierced_triangles(self.vertices, self.mesh.triangles, self.person.arm) > 0

    def arm_force(self) -> float:
        """Sum of the normal forces of the cloth on the arm [N]."""
        total, force = 0.0, np.zeros(6)
        for i in range(self.data.ncon):
            if self.data.contact[i].efc_address >= 0:
                mujoco.mj_contactForce(self.model, self.data, i, force)
                total += abs(force[0])
        return total

    def snapshot(self) -> Snapshot:
        """The state, to come back to with `restore`."""
        kind = mujoco.mjtState.mjSTATE_INTEGRATION
        state = np.empty(mujoco.mj_stateSize(self.model, kind))
        mujoco.mj_getState(self.model, self.data, state, kind)
        return Snapshot(state, self._tool_force.copy())

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to a state; the same inputs from there give the same motion, bit for bit."""
        mujoco.mj_resetData(self.model, self.data)
        kind = mujoco.mjtState.mjSTATE_INTEGRATION
        mujoco.mj_setState(self.model, self.data, snapshot.state, kind)
        mujoco.mj_forward(self.model, self.data)
        # mj_forward moves the solver's warm start; the state has to be set again after it.
        mujoco.mj_setState(self.model, self.data, snapshot.state, kind)
        self._tool_force = snapshot.force.copy()

    def _grip_force(self) -> np.ndarray:
        """Force and torque of the connect constraints on the gripper, world frame."""
        data, rows = self.data, 3 * len(self._connects)
        # MuJoCo puts equality constraints first, three rows for each connect.
        held = data.ne >= rows and np.array_equal(data.efc_id[:rows:3], self._connects)
        if not held:
            return np.zeros(6)
        # The constraint pulls the vertex by -force and the gripper by +force.
        force = data.efc_force[:rows].reshape(-1, 3)
        arm = self.vertices[self.mesh.grip] - data.mocap_pos[self._mocap]
        torque = (arm[:, _NEXT] * force[:, _AFTER] - arm[:, _AFTER] * force[:, _NEXT]).sum(axis=0)
        return np.concatenate([force.sum(axis=0), torque])

    def _set_panel_mass(self) -> None:
        """Give the panel its own mass; flexcomp spreads one mass evenly."""
        model, panel = self.model, self.mesh.panel
        bodies = model.flex_vertbodyid[: len(self.mesh.vertices)]
        sleeve = np.setdiff1d(np.arange(len(bodies)), panel)
        for group, mass in ((sleeve, self._sleeve_mass()), (panel, self.garment.hang_kg)):
            if len(group):
                share = mass / len(group) / model.body_mass[bodies[group]]
                model.body_inertia[bodies[group]] *= share[:, None]
                model.body_mass[bodies[group]] = mass / len(group)
        mujoco.mj_setConst(model, mujoco.MjData(model))

    def _sleeve_mass(self) -> float:
        mean_round = (self.garment.opening_m + self.garment.cuff_m) / 2
        return self.garment.density_kg_m2 * self.garment.length_m * mean_round

    def _xml(self, R_world_tool: np.ndarray) -> str:
        g, c, mesh = self.garment, self.config, self.mesh
        tool = grip_pose(mesh)
        quaternion = np.empty(4)
        mujoco.mju_mat2Quat(quaternion, np.ascontiguousarray(R_world_tool, dtype=float).ravel())
        contact = f'condim="3" friction="{g.friction} .005 .0001" solref=".01 1"'
        # flexcomp takes one mass; the panel's own is set after the compilation.
        mass = self._sleeve_mass() + g.hang_kg
        connects = ''.join(
            f'<connect body1="gripper" body2="cloth_{k}" solref=".005 1" '
            f'anchor="{_text(R_world_tool.T @ (mesh.vertices[k] - tool))}"/>'
            for k in mesh.grip
        )
        if c.catchable:
            connects += ''.join(
                f'<connect body1="cloth_{k}" anchor="0 0 0" active="false"/>'
                for k in mesh.rim[list(CATCHING)]
            )
        body = ''.join(
            f'<geom name="{p.name}" type="capsule" fromto="{_text(p.start)} {_text(p.end)}" '
            f'size="{p.radius:.6f}" contype="1" conaffinity="1" {contact}/>'
            for p in self.person.capsules
            if p.part != 'leg'
        )
        return f"""<mujoco>
<option timestep="{c.timestep_s!r}" integrator="discrete" solver="CG" cone="pyramidal"
  iterations="{c.iterations}" tolerance="{c.tolerance}"/>
<size memory="64M"/>
<worldbody>
  <body name="person">{body}</body>
  <body name="gripper" mocap="true" pos="{_text(tool)}" quat="{_text(quaternion)}"/>
  <flexcomp name="cloth" type="direct" dim="2" mass="{mass!r}" radius="{CLOTH_RADIUS}"
    point="{_text(mesh.vertices)}" element="{' '.join(map(str, mesh.triangles.ravel()))}">
    <elasticity young="{g.stiffness_pa!r}" poisson=".2" thickness="{g.thickness_m!r}"
      damping="{c.damping!r}" elastic2d="both"/>
    <edge equality="false"/>
    <contact contype="1" conaffinity="1" selfcollide="none" {contact}/>
  </flexcomp>
</worldbody>
<equality>{connects}</equality>
</mujoco>"""


def _up(along: np.ndarray, person: Person) -> np.ndarray:
    """Upward direction across the forearm; outward where the forearm points straight up."""
    z = np.array([0.0, 0.0, 1.0])
    across = z - along * along[2]
    if np.linalg.norm(across) < 0.3:
        across = across + person.outward - along * (along @ person.outward)
    return across / np.linalg.norm(across)


def _text(values: np.ndarray) -> str:
    return ' '.join(f'{v:.7g}' for v in np.ravel(values))
