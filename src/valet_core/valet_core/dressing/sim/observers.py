"""Ways in which the policy under evaluation sees the world, by name."""

import importlib

import numpy as np

from valet_core.common.errors import InvalidInputError
from valet_core.dressing.sim.dressing_env import Observer
from valet_core.dressing.sim.dressing_world import DressingWorld
from valet_core.dressing.sim.state_observer import StateObserver

__all__ = ['OBSERVER_NAMES', 'NoisyObserver', 'make_observer']

OBSERVER_NAMES = ('state', 'noisy', 'camera')
MEDIAN_ERROR = 0.025  # [m]
HIGH_ERROR = 0.06  # 95th percentile [m]


class NoisyObserver:
    """The true state with each joint displaced as by the perception's allowed errors.

    A joint's error keeps for the whole episode, as that of an arm captured once does. Its size
    is log-normal with a median of 2.5 cm and a 95th percentile of 6 cm, its direction uniform.
    """

    def __init__(self) -> None:
        """Start without an episode."""
        self._state = StateObserver()
        self.reset()

    def reset(self) -> None:
        """Forget the episode."""
        self._error: np.ndarray | None = None

    def __call__(self, world: DressingWorld) -> dict[str, np.ndarray]:
        """Observe; the errors follow from the cell's seed."""
        if self._error is None:
            rng = np.random.default_rng([world.cell.seed, 2])
            spread = np.log(HIGH_ERROR / MEDIAN_ERROR) / 1.6449
            size = MEDIAN_ERROR * np.exp(spread * rng.standard_normal((4, 1)))
            direction = rng.standard_normal((4, 3))
            self._error = size * direction / np.linalg.norm(direction, axis=1, keepdims=True)
        observation = self._state(world)
        observation['joints'] = observation['joints'] + self._error
        return observation


def make_observer(name: str) -> Observer:
    """An observer.

    Args:
        name: 'state' for the true state, 'noisy' for it with perception's allowed errors,
            'camera' for images through the whole perception.

    Raises:
        InvalidInputError: for an unknown name.
    """
    if name == 'state':
        return StateObserver()
    if name == 'noisy':
        return NoisyObserver()
    if name == 'camera':
        # Rendering and perception are heavy and not needed for the others.
        module = importlib.import_module('valet_core.dressing.sim.camera_observer')
        return module.CameraObserver()
    raise InvalidInputError(f'observer {name!r} is not one of: {", ".join(OBSERVER_NAMES)}')
