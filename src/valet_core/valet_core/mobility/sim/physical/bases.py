"""Which physical base an embodiment gets."""

from valet_core.common.errors import ConfigError
from valet_core.mobility.body.embodiment import Embodiment
from valet_core.mobility.sim.physical.base import PhysicalBase
from valet_core.mobility.sim.physical.quadruped import QuadrupedBase
from valet_core.mobility.sim.physical.servo import ServoBase
from valet_core.mobility.sim.physical.wheels import WheeledBase

__all__ = ['make_base']

_WHEELED = ('differential', 'ackermann')


def make_base(embodiment: Embodiment) -> PhysicalBase:
    """The physical base of an embodiment.

    Raises:
        ConfigError: where its kind of body does not go with its kind of drive.
    """
    kind, drive = embodiment.body.kind, embodiment.drive
    if kind == 'auto':
        kind = 'wheels' if drive in _WHEELED else 'servo'
    allowed = {
        'wheels': _WHEELED,
        'servo': ('omnidirectional', 'legged', 'differential'),
        'quadruped': ('legged',),
    }[kind]
    if drive not in allowed:
        raise ConfigError(
            f'body.kind: received {kind!r} with drive {drive!r}; allowed with: '
            f'{", ".join(allowed)}'
        )
    if kind == 'wheels':
        return WheeledBase(embodiment)
    return ServoBase(embodiment) if kind == 'servo' else QuadrupedBase(embodiment)
