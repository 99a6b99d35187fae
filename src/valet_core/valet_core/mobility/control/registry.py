"""Controllers by name, for the command line and for processes that build their own."""

from collections.abc import Callable

from valet_core.common.errors import InvalidInputError
from valet_core.mobility.control.controller import Controller

__all__ = ['CONTROLLERS', 'make_controller']


def _dwa() -> Controller:
    from valet_core.mobility.control.dwa import Dwa

    return Dwa()


def _dwa_slow() -> Controller:
    from valet_core.mobility.control.dwa import Dwa, DwaConfig

    return Dwa(DwaConfig(speed=0.5, yaw_rate=1.5, horizon=1.7))


def _mppi() -> Controller:
    from valet_core.mobility.control.mppi import Mppi

    return Mppi()


def _mppi_slow() -> Controller:
    from valet_core.mobility.control.mppi import Mppi, MppiConfig

    return Mppi(MppiConfig(speed=0.5, yaw_rate=1.9, horizon=2.8))


def _mppi_fast() -> Controller:
    from valet_core.mobility.control.mppi import Mppi, MppiConfig

    return Mppi(MppiConfig(lookahead=4.0, target=3.0))


def _planner() -> Controller:
    from valet_core.mobility.control.navigator import Navigator

    return Navigator()


def _base() -> Controller:
    from valet_core.common.assets import find_model
    from valet_core.mobility.control.learned_controller import LearnedController
    from valet_core.mobility.control.networks import BASE

    return LearnedController(find_model(BASE))


def _generalist() -> Controller:
    from valet_core.common.assets import find_model
    from valet_core.mobility.control.learned_controller import LearnedController
    from valet_core.mobility.control.networks import GENERALIST

    return LearnedController(find_model(GENERALIST))


def _generalist_bare() -> Controller:
    from valet_core.common.assets import find_model
    from valet_core.mobility.control.learned_controller import LearnedConfig, LearnedController
    from valet_core.mobility.control.networks import GENERALIST

    return LearnedController(find_model(GENERALIST), LearnedConfig(guarded=False))


def _base_bare() -> Controller:
    from valet_core.common.assets import find_model
    from valet_core.mobility.control.learned_controller import LearnedConfig, LearnedController
    from valet_core.mobility.control.networks import BASE

    return LearnedController(find_model(BASE), LearnedConfig(guarded=False))


def _specialist() -> Controller:
    from valet_core.mobility.control.learned_controller import SpecialistController

    return SpecialistController()


# name: a function that makes the controller. `_bare`: the network without its guard.
# `_slow`: with the top speed of Nav2's defaults. `_fast`: tuned for time rather than score.
CONTROLLERS: dict[str, Callable[[], Controller]] = {
    'base': _base,
    'base_bare': _base_bare,
    'generalist': _generalist,
    'generalist_bare': _generalist_bare,
    'specialist': _specialist,
    'dwa': _dwa,
    'dwa_slow': _dwa_slow,
    'mppi': _mppi,
    'mppi_fast': _mppi_fast,
    'mppi_slow': _mppi_slow,
    'planner': _planner,
}


def make_controller(name: str) -> Controller:
    """A new controller of a name; `model:FOLDER` drives by a network that was trained there.

    Raises:
        InvalidInputError: for an unknown name, listing the known ones, or a folder without one.
    """
    kind, _, folder = name.partition(':')
    if kind == 'model' and folder:
        from valet_core.mobility.control.learned_controller import LearnedController

        return LearnedController(folder)
    if name not in CONTROLLERS:
        raise InvalidInputError(
            f'controller: received {name!r}; allowed: {", ".join(sorted(CONTROLLERS))}, '
            'model:FOLDER'
        )
    return CONTROLLERS[name]()
