"""Many planar mobile robots at once, each in a world of circles and segments."""

import math

import numpy as np

from valet_core.common.errors import InvalidInputError
from valet_core.geometry.rays import tables
from valet_core.mobility.body.drive_model import DriveModel
from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.sim.interface import Outcome, PlanarObservation, SimConfig
from valet_core.mobility.sim.planar_kernels import move_all, scan_all, touch_all
from valet_core.mobility.sim.world import World, WorldBank

__all__ = ['Outcome', 'PlanarObservation', 'PlanarSim', 'SimConfig']

NOISE_TABLE = 1 << 18  # scan errors drawn once, read from a random place for each scan


class PlanarSim:
    """N robots of one embodiment. A robot whose drive is over stands still until reset.

    Attributes:
        pose: (N, 3) true x, y [m], yaw [rad] in the world; not for policies.
        velocity: (N, 3) true body velocity.
        goal: (N, 3) goal in the world.
        world: (N,) index of each robot's world in the bank.
        task: (N,) index of its task in that world.
    """

    def __init__(
        self,
        embodiment: Embodiment,
        worlds: WorldBank | list[World],
        count: int,
        config: SimConfig | None = None,
        seed: int = 0,
    ) -> None:
        """Create the robots; call `reset` before the first `step`.

        Args:
            embodiment: the body of every robot.
            worlds: where they drive.
            count: how many, N.
            config: stepping and end rules.
            seed: of everything random.
        """
        if count < 1:
            raise InvalidInputError(f'count: received {count}; allowed: 1 or more')
        self.embodiment = embodiment
        self.bank = worlds if isinstance(worlds, WorldBank) else WorldBank(worlds)
        self.config = config or SimConfig()
        self.rng = np.random.Generator(np.random.SFC64(seed))
        self.count = count
        self._drive = DriveModel(embodiment)
        self._tables = tables(
            embodiment.sensor.angle_min
            + embodiment.sensor.increment * np.arange(embodiment.sensor.rays)
        )
        self._substeps = max(1, math.ceil(self.config.period / self.config.substep - 1e-9))
        history = math.ceil(embodiment.actuation.delay / self.config.period - 1e-9) + 1
        n, people = count, self.bank.people if self.config.people else 0
        self.pose, self.velocity, self.goal = np.zeros((3, n, 3))
        self.world, self.task = np.zeros((2, n), dtype=np.int64)
        self.time, self.moved_at = np.zeros(n), np.full(n, np.nan)
        self.collided = np.zeros(n, dtype=bool)
        self.active = np.zeros(n, dtype=bool)
        self._arrived = np.zeros(n, dtype=bool)
        self._base, self._sway, self._start, self._odom = np.zeros((4, n, 3))
        self._gain, self._scale = np.ones((2, n, 3))
        self._steer, self._commands = np.zeros(n), np.zeros((n, history, 3))
        self._ends = np.zeros((n, people, 2, 2))
        self._phase, self._speed = np.zeros((2, n, people))
        self.people = np.zeros((n, people, 3))
        # Drawing a normal for each ray would cost as much as casting it.
        self._noise: np.ndarray = np.zeros(NOISE_TABLE + embodiment.sensor.rays, dtype=np.float32)
        if self.config.noise:
            self.rng.standard_normal(dtype=np.float32, out=self._noise)
            self._noise *= np.float32(embodiment.sensor.noise)
        self._scan = np.zeros((n, embodiment.sensor.rays), dtype=np.float32)

    def reset(
        self,
        which: np.ndarray | None = None,
        worlds: np.ndarray | None = None,
        tasks: np.ndarray | None = None,
    ) -> PlanarObservation:
        """Begin new drives.

        Args:
            which: (N,) bool mask or indices of the robots to reset; all by default.
            worlds: world index of each of them; random by default.
            tasks: task index of each of them; random by default.

        Returns:
            The observation of all N robots.
        """
        index = np.arange(self.count) if which is None else np.arange(self.count)[which]
        if worlds is None:
            worlds = self.rng.integers(len(self.bank), size=len(index))
        for k, i in enumerate(index):
            world = self.bank.worlds[int(worlds[k])]
            task = self.rng.integers(len(world.starts)) if tasks is None else int(tasks[k])
            self.world[i], self.task[i] = worlds[k], task
            self.pose[i] = self._start[i] = world.starts[task]
            self.goal[i] = world.goals[task]
            self._place_people(i, world)
        for array in (self.velocity, self._base, self._sway, self._odom, self._commands):
            array[index] = 0.0
        self._steer[index] = self.time[index] = 0.0
        self.moved_at[index] = np.nan
        self.collided[index] = self._arrived[index] = False
        self.active[index] = True
        self._draw_biases(index)
        self._sense(index)
        return self._observe()

    def step(self, commands: np.ndarray) -> tuple[PlanarObservation, Outcome]:
        """Apply a velocity command to each robot for one period.

        Args:
            commands: (N, 3) vx, vy [m/s], yaw rate [rad/s] in the body frame.

        Raises:
            InvalidInputError: for another shape or a non-finite number.
        """
        commands = np.asarray(commands, dtype=np.float64)
        if commands.shape != (self.count, 3) or not np.isfinite(commands).all():
            raise InvalidInputError(
                f'commands: received shape {commands.shape}, finite '
                f'{bool(np.isfinite(commands).all())}; allowed: finite ({self.count}, 3)'
            )
        self._commands[:, 1:] = self._commands[:, :-1].copy()
        self._commands[:, 0] = commands
        config, body = self.config, self.embodiment
        self._stir()
        move_all(
            self.active, self._drive.parameters, body.polygon, body.radius, self._commands,
            body.actuation.delay, config.period, self._substeps, self.pose, self._base,
            self._gain, self._sway, self._steer, self.velocity, self._start, self.time,
            self.moved_at, self.collided, self.goal, config.goal_tolerance, self._arrived,
            self.world, self.bank.circles, self.bank.circle_start, self.bank.segments,
            self.bank.segment_start, self._ends, self._phase, self._speed, self.people,
            self._odom, self._scale, self._odometry_noise(),
        )  # fmt: skip
        self._sense(np.flatnonzero(self.active))
        timed_out = self.active & ~self.collided & ~self._arrived
        timed_out &= self.time >= config.timeout - 1e-9
        elapsed = np.where(np.isnan(self.moved_at), 0.0, self.time - self.moved_at)
        outcome = Outcome(self.collided.copy(), self._arrived.copy(), timed_out, elapsed)
        self.active &= ~outcome.done
        return self._observe(), outcome

    def slip(self, grip: np.ndarray) -> None:
        """Let the wheels of all robots slip from now on; odometry counts their turns.

        Args:
            grip: share of the wheels' motion that becomes motion of the body: forward, sideways
                and turning, (3,), above 0.
        """
        self._gain *= grip
        self._scale /= grip

    def touching(self, poses: np.ndarray, worlds: np.ndarray) -> np.ndarray:
        """Whether bodies at given world poses (M, 3) touch world obstacles, (M,)."""
        bank, body = self.bank, self.embodiment
        return touch_all(
            body.polygon, body.radius, np.asarray(poses, dtype=np.float64),
            np.asarray(worlds, dtype=np.int64), bank.circles, bank.circle_start, bank.segments,
            bank.segment_start,
        )  # fmt: skip

    def _place_people(self, i: int, world: World) -> None:
        if not self.people.shape[1]:
            return
        self._speed[i] = 0.0
        count = len(world.walks)
        self._ends[i, :count] = world.walks
        self._speed[i, :count] = self.config.people_speed * self.rng.uniform(0.5, 1.5, count)
        lengths = np.linalg.norm(world.walks[:, 1] - world.walks[:, 0], axis=1)
        start = self.pose[i, :2]
        clear = self.embodiment.radius + 1.0
        for p in range(count):  # nobody begins on top of the robot
            for _ in range(20):
                self._phase[i, p] = self.rng.uniform(0.0, 2.0 * lengths[p])
                fraction = 1.0 - abs(self._phase[i, p] / max(lengths[p], 1e-6) - 1.0)
                place = world.walks[p, 0] + fraction * (world.walks[p, 1] - world.walks[p, 0])
                if np.linalg.norm(place - start) > clear:
                    break
            else:
                self._speed[i, p] = 0.0
            self.people[i, p] = (*place, 0.25 if self._speed[i, p] > 0.0 else 0.0)

    def _draw_biases(self, index: np.ndarray) -> None:
        self._gain[index] = self._scale[index] = 1.0
        if not self.config.noise:
            return
        body, shape = self.embodiment, (len(index), 3)
        gain = np.asarray(body.actuation.gain_std)
        self._gain[index] = 1.0 + gain * self.rng.standard_normal(shape)
        errors = body.odometry
        spread = np.array([errors.scale_std, errors.scale_std, errors.yaw_scale_std])
        self._scale[index] = 1.0 + spread * self.rng.standard_normal(shape)

    def _stir(self) -> None:
        noise = np.array(self.embodiment.actuation.noise)
        if not self.config.noise or not noise.any():
            return
        keep = math.exp(-self.config.period / self.embodiment.actuation.noise_time)
        fresh = self.rng.standard_normal((self.count, 3)) * noise * math.sqrt(1.0 - keep**2)
        self._sway = keep * self._sway + fresh

    def _odometry_noise(self) -> np.ndarray:
        if not self.config.noise:
            return np.zeros((self.count, 3))
        errors = self.embodiment.odometry
        distance = np.linalg.norm(self._base[:, :2], axis=1) * self.config.period
        draw = self.rng.standard_normal((self.count, 3))
        draw[:, :2] *= (errors.noise * np.sqrt(distance))[:, None]
        draw[:, 2] *= errors.yaw_noise * math.sqrt(self.config.period)
        return draw * (np.abs(self._base).sum(axis=1) > 1e-6)[:, None]

    def _sense(self, index: np.ndarray) -> None:
        sensor, bank = self.embodiment.sensor, self.bank
        offsets = self.rng.integers(NOISE_TABLE, size=len(index))
        scan_all(
            index, self._scan, *self._tables, sensor.angle_min, sensor.increment, sensor.pose,
            sensor.range_max, self.pose, self.world, bank.circles, bank.circle_start,
            bank.segments, bank.segment_start, self.people, self._noise, offsets,
        )  # fmt: skip

    def _observe(self) -> PlanarObservation:
        velocity = self.velocity * self._scale
        if self.config.noise:
            spread = self.embodiment.odometry.velocity_noise
            velocity += spread * self.rng.standard_normal(velocity.shape)
        return PlanarObservation(
            self.time.copy(), self._scan.copy(), self._odom.copy(), velocity, self._goal_in_odom()
        )

    def _goal_in_odom(self) -> np.ndarray:
        offset = self.goal - self._start
        c, s = np.cos(self._start[:, 2]), np.sin(self._start[:, 2])
        x, y = offset[:, 0], offset[:, 1]
        return np.stack([c * x + s * y, c * y - s * x, offset[:, 2]], axis=1)
