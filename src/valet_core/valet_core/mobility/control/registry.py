"""Controllers by name, for the command line and for processes that build their own."""

from collections.abc import Callable
from pathlib import Path

from valet_core.common.assets import find_model
from valet_core.common.errors import InvalidInputError
from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.control.baselines.dwa import Dwa, DwaConfig
from valet_core.mobility.control.baselines.mppi import Mppi, MppiConfig
from valet_core.mobility.control.controller import Controller
from valet_core.mobility.control.learned_controller import LearnedConfig, LearnedController
from valet_core.mobility.control.navigator import Navigator
from valet_core.mobility.control.networks import BASE, GENERALIST, load_policy, specialist_name

__all__ = ['CONTROLLERS', 'ControllerMaker', 'find_controller', 'make_controller']

ControllerMaker = Callable[[Embodiment, float], Controller]
"""From the base and the time between commands [s]."""

UNGUARDED = LearnedConfig(guarded=False)


def _learned(folder: str | Path, config: LearnedConfig | None = None) -> ControllerMaker:
    network = load_policy(folder)
    return lambda body, period: LearnedController(body, period, network, config)


def _specialist(body: Embodiment, period: float) -> Controller:
    return LearnedController(body, period, find_model(specialist_name(body.name)))


# Name to a function that finds the maker. `_bare`: the network without its guard. `_slow`: with
# the top speed of Nav2's defaults. `_fast`: tuned for time rather than score.
CONTROLLERS: dict[str, Callable[[], ControllerMaker]] = {
    'base': lambda: _learned(find_model(BASE)),
    'base_bare': lambda: _learned(find_model(BASE), UNGUARDED),
    'generalist': lambda: _learned(find_model(GENERALIST)),
    'generalist_bare': lambda: _learned(find_model(GENERALIST), UNGUARDED),
    'specialist': lambda: _specialist,
    'dwa': lambda: Dwa,
    'dwa_slow': lambda: _dwa(DwaConfig(speed=0.5, yaw_rate=1.5, horizon=1.7)),
    'mppi': lambda: Mppi,
    'mppi_fast': lambda: _mppi(MppiConfig(lookahead=4.0, target=3.0)),
    'mppi_slow': lambda: _mppi(MppiConfig(speed=0.5, yaw_rate=1.9, horizon=2.8)),
    'planner': lambda: Navigator,
}


def _dwa(config: DwaConfig) -> ControllerMaker:
    return lambda body, period: Dwa(body, period, config)


def _mppi(config: MppiConfig) -> ControllerMaker:
    return lambda body, period: Mppi(body, period, config)


def find_controller(name: str) -> ControllerMaker:
    """What makes the controllers of a name.

    Args:
        name: one of CONTROLLERS, or a folder with a network that was trained, as a path or as
            `model:FOLDER`.

    Raises:
        InvalidInputError: for an unknown name, listing the known ones, or a folder without one.
    """
    if name in CONTROLLERS:
        return CONTROLLERS[name]()
    kind, _, folder = name.partition(':')
    if kind == 'model' and folder:
        return _learned(folder)
    if '/' in name or Path(name).is_dir():
        return _learned(name)
    raise InvalidInputError(
        f'controller: received {name!r}; allowed: {", ".join(sorted(CONTROLLERS))}, '
        'a model folder or model:FOLDER'
    )


def make_controller(name: str, embodiment: Embodiment, period: float) -> Controller:
    """A new controller.

    Args:
        name: see `find_controller`.
        embodiment: the base that it is for.
        period: time between its commands [s].

    Raises:
        InvalidInputError: for an unknown name, listing the known ones, or a folder without one.
    """
    return find_controller(name)(embodiment, period)
