"""One mobile base in MuJoCo, with the interface of the planar simulator for one robot."""

import math

import mujoco
import numpy as np

from valet_core.common.errors import InvalidInputError
from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.sim.interface import Outcome, PlanarObservation, SimConfig
from valet_core.mobility.sim.people import walk
from valet_core.mobility.sim.physical.arena import OBSTACLE_GROUP, arena_spec
from valet_core.mobility.sim.physical.bases import make_base
from valet_core.mobility.sim.physical.dead_reckoning import DeadReckoning
from valet_core.mobility.sim.physical.follower import Follower
from valet_core.mobility.sim.physical.laser import Laser
from valet_core.mobility.sim.world import World

__all__ = ['MujocoSim']

CLOCK_DISTANCE = 0.1  # m moved before a drive's clock starts (BARN's rule)
SETTLE_TIME = 0.3  # s in which a body comes to rest on the floor before a drive


class MujocoSim:
    """A base among the obstacles of one of several worlds.

    Attributes:
        pose: (1, 3) true x, y [m], yaw [rad] in the world; not for policies.
        velocity: (1, 3) true body velocity.
        goal: (1, 3) goal in the world.
        odom: (1, 3) pose by odometry.
        world: (1,) index of the world.
        task: (1,) index of the task in it.
        contact: name of what was touched first; empty while nothing was.
        fallen: whether a legged base has fallen.
    """

    count = 1

    def __init__(
        self,
        embodiment: Embodiment,
        worlds: list[World],
        count: int = 1,
        config: SimConfig | None = None,
        seed: int = 0,
    ) -> None:
        """Create the simulator; call `reset` before the first `step`.

        Args:
            embodiment: the base.
            worlds: where it drives.
            count: of robots: 1.
            config: stepping and end rules; `substep` is the physics' own business.
            seed: of everything random.
        """
        if count != 1:
            raise InvalidInputError(f'count: received {count}; allowed: 1, PlanarSim does more')
        if not worlds:
            raise InvalidInputError('received no worlds; allowed: at least one')
        self.embodiment, self.worlds = embodiment, list(worlds)
        self.config = config or SimConfig()
        self.rng = np.random.Generator(np.random.SFC64(seed))
        self._base = make_base(embodiment)
        noise = self.config.noise
        self._follower = Follower(embodiment, noise and self._base.ideal, self.rng)
        self._reckoning = DeadReckoning(embodiment.odometry, noise, self.rng)
        self.world, self.task = np.zeros((2, 1), dtype=np.int64)
        self.goal = np.zeros((1, 3))
        self._built = -1

    @property
    def pose(self) -> np.ndarray:
        """True pose in the world, (1, 3)."""
        return self._base.pose()[None]

    @property
    def velocity(self) -> np.ndarray:
        """True velocity in the body frame, (1, 3)."""
        return self._base.velocity()[None]

    @property
    def odom(self) -> np.ndarray:
        """Pose by odometry, (1, 3)."""
        return self._reckoning.pose[None].copy()

    def reset(
        self,
        which: np.ndarray | None = None,
        worlds: np.ndarray | None = None,
        tasks: np.ndarray | None = None,
    ) -> PlanarObservation:
        """Begin a new drive; arguments and result as of PlanarSim.reset."""
        del which
        index = self.rng.integers(len(self.worlds)) if worlds is None else int(worlds[0])
        world = self.worlds[index]
        task = int(self.rng.integers(len(world.starts)) if tasks is None else tasks[0])
        self.world[0], self.task[0] = index, task
        self.goal[0] = world.goals[task]
        if index != self._built:
            self._compile(world)
            self._built = int(index)
        self._base.place(world.starts[task])
        self._follower.reset()
        self._settle()
        self._start = self._base.pose()
        self._place_people(world)
        self._reckoning.reset(self._base.pose())
        self.time, self.moved_at = 0.0, math.nan
        self.contact, self.fallen, self.arrived = '', False, False
        return self.observe()

    def step(self, commands: np.ndarray) -> tuple[PlanarObservation, Outcome]:
        """Apply a velocity command (1, 3) for one period; see PlanarSim.step."""
        commands = np.asarray(commands, dtype=np.float64)
        if commands.shape != (1, 3) or not np.isfinite(commands).all():
            raise InvalidInputError(
                f'commands: received shape {commands.shape}, finite '
                f'{bool(np.isfinite(commands).all())}; allowed: finite (1, 3)'
            )
        self.advance(commands[0], self.config.period)
        return self.observe(), self.outcome()

    def advance(self, command: np.ndarray, period: float, to_end: bool = True) -> None:
        """Go on for a period without sensing.

        Args:
            command: (3,) vx, vy [m/s], yaw rate [rad/s].
            period: how long [s].
            to_end: stop within the period where a contact, a fall or the arrival ends the drive.
        """
        self._follower.command(self.time, command)
        for _ in range(max(1, round(period / self.model.opt.timestep))):
            self._tick()
            if to_end and (self.contact or self.fallen or self.arrived):
                break
        speed = np.abs(self._base.velocity())
        self._reckoning.stir(float(np.hypot(*speed[:2])), bool(speed.sum() > 1e-2), period)

    def outcome(self) -> Outcome:
        """How the drive stands."""
        elapsed = 0.0 if math.isnan(self.moved_at) else self.time - self.moved_at
        collided = bool(self.contact) or self.fallen
        over = collided or self.arrived
        timed_out = not over and self.time >= self.config.timeout - 1e-9
        return Outcome(
            np.array([collided]), np.array([self.arrived]), np.array([timed_out]),
            np.array([elapsed]),
        )  # fmt: skip

    def observe(self) -> PlanarObservation:
        """What the robot senses now."""
        return PlanarObservation(
            np.array([self.time]), self.scan()[None], self.odom, self.measured_velocity()[None],
            self._goal_in_odom()[None],
        )  # fmt: skip

    def measured_velocity(self) -> np.ndarray:
        """Body velocity by odometry, (3,)."""
        velocity = self._base.velocity() * self._reckoning.scale
        if self.config.noise:
            spread = self.embodiment.odometry.velocity_noise
            velocity += spread * self.rng.standard_normal(3)
        return velocity

    def scan(self) -> np.ndarray:
        """Ranges with the noise of the sensor, (R,) [m] float32."""
        ranges, sensor = self._laser.ranges(self.data), self.embodiment.sensor
        if self.config.noise:
            hit = ranges < sensor.range_max
            noisy = ranges + sensor.noise * self.rng.standard_normal(len(ranges))
            ranges = np.where(hit, np.clip(noisy, 0.0, sensor.range_max), ranges)
        return ranges.astype(np.float32)

    def _compile(self, world: World) -> None:
        people = len(world.walks) if self.config.people else 0
        spec = arena_spec(world, people, self._base.timestep)
        self._base.build(spec)
        self.model = spec.compile()
        self.data = mujoco.MjData(self.model)
        self._base.attach(self.model, self.data)
        self._obstacle = self.model.geom_group == OBSTACLE_GROUP
        above = self.embodiment.body.sensor_height - self.model.body_pos[self._base.body][2]
        self._laser = Laser(self.model, self.embodiment.sensor, self._base.body, above)

    def _settle(self) -> None:
        for _ in range(round(SETTLE_TIME / self.model.opt.timestep)):
            self._base.control(np.zeros(3), 0.0)
            mujoco.mj_step(self.model, self.data)
        self.data.time = 0.0

    def _place_people(self, world: World) -> None:
        count = self.model.nmocap
        self._ends = np.array(world.walks[:count])
        lengths = np.linalg.norm(self._ends[:, 1] - self._ends[:, 0], axis=1)
        self._speed = self.config.people_speed * self.rng.uniform(0.5, 1.5, count)
        self._phase = self.rng.uniform(0.0, 2.0 * np.maximum(lengths, 1e-6))
        self.people = np.zeros((count, 3))
        self._walk(0.0)
        near = np.linalg.norm(self.people[:, :2] - self._start[:2], axis=1)
        self._speed[near < self.embodiment.radius + 1.0] = 0.0  # nobody begins on the robot

    def _walk(self, dt: float) -> None:
        if not len(self._ends):
            return
        x, y, _ = self._base.pose()
        walk(self._ends, self._phase, self._speed, x, y, self.embodiment.radius, dt, self.people)
        gone = self._speed <= 0.0
        self.data.mocap_pos[:, :2] = self.people[:, :2]
        self.data.mocap_pos[:, 2] = np.where(gone, -10.0, 0.0)

    def _tick(self) -> None:
        """One step of the physics."""
        dt = self.model.opt.timestep
        self._walk(dt)
        self._follower.advance(self.time, dt)
        self._base.control(self._follower.velocity, self._follower.steer)
        mujoco.mj_step(self.model, self.data)
        self.time += dt
        pose = self._base.pose()
        self._reckoning.advance(pose)
        moved = math.hypot(*(pose[:2] - self._start[:2]))
        if math.isnan(self.moved_at) and moved > CLOCK_DISTANCE:
            self.moved_at = self.time
        self.contact = self.contact or self._touched()
        self.fallen = self.fallen or self._base.fallen
        if math.hypot(*(pose[:2] - self.goal[0, :2])) <= self.config.goal_tolerance:
            self.arrived = True

    def _touched(self) -> str:
        """Name of an obstacle that the robot touches; empty for none."""
        count = self.data.ncon
        if not count:
            return ''
        pairs = self.data.contact.geom[:count]
        hit = self._obstacle[pairs] & (self.data.contact.dist[:count, None] <= 0.0)
        rows, columns = np.nonzero(hit)
        return self.model.geom(int(pairs[rows[0], columns[0]])).name if len(rows) else ''

    def _goal_in_odom(self) -> np.ndarray:
        offset = self.goal[0] - self._start
        c, s = math.cos(self._start[2]), math.sin(self._start[2])
        x, y = offset[:2]
        return np.array([c * x + s * y, c * y - s * x, offset[2]])
