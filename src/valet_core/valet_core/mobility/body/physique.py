"""The physical body of an embodiment: what MuJoCo needs to know beyond outline and limits."""

import dataclasses

from valet_core.common.config import check, setting

__all__ = ['BODIES', 'Body', 'Legs']

BODIES = ('auto', 'wheels', 'servo', 'quadruped')


@dataclasses.dataclass(frozen=True)
class Legs:
    """Four equal legs with three joints each, and their trot. Defaults: Unitree Go1."""

    hip_x: float = setting(0.1881, 'abduction axis ahead of the middle', 'm', 0.02, 1.0)
    hip_y: float = setting(0.04675, 'abduction joint left of the middle', 'm', 0.01, 0.5)
    offset: float = setting(0.08, 'thigh outward of the abduction joint', 'm', 0.0, 0.3)
    thigh: float = setting(0.213, 'length of the thigh', 'm', 0.05, 1.0)
    calf: float = setting(0.213, 'length of the calf, down to the foot', 'm', 0.05, 1.0)
    foot: float = setting(0.023, 'radius of the foot', 'm', 0.005, 0.1)
    masses: tuple[float, float, float] = setting(
        (0.68, 1.009, 0.196), 'hip, thigh and calf of one leg', 'kg', 0.01, 20.0
    )
    torques: tuple[float, float, float] = setting(
        (23.7, 23.7, 35.55), 'largest torque of abduction, hip and knee', 'N m', 1.0, 500.0
    )
    stiffness: float = setting(100.0, 'of the joint position control', 'N m/rad', 1.0, 5000.0)
    damping: float = setting(3.0, 'of the joint position control', 'N m s/rad', 0.0, 200.0)
    stand: float = setting(0.27, 'height of the hips above the feet', 'm', 0.05, 1.5)
    frequency: float = setting(2.2, 'steps of one leg in a second', 'Hz', 0.5, 6.0)
    lift: float = setting(0.07, 'height of a swinging foot', 'm', 0.01, 0.3)

    def __post_init__(self) -> None:
        check(self)


@dataclasses.dataclass(frozen=True)
class Body:
    """How a base is built in MuJoCo.

    `wheels`: driven wheels on the floor (differential: and casters; ackermann: and steered
    wheels). `servo`: a rigid body moved by limited servos, a reduced-order model. `quadruped`:
    legs that trot. `auto`: wheels for differential and ackermann, servo for the others.
    """

    kind: str = setting('auto', 'how it moves', choices=BODIES)
    mass: float = setting(20.0, 'of everything (of the trunk, with legs)', 'kg', 0.5, 5000.0)
    height: float = setting(0.3, 'of the body above the floor', 'm', 0.05, 3.0)
    sensor_height: float = setting(0.25, 'of the scanner above the floor', 'm', 0.02, 0.95)
    wheel_radius: float = setting(0.1, 'of every wheel', 'm', 0.02, 1.0)
    friction: float = setting(1.0, 'of wheels or feet on the floor', '', 0.05, 3.0)
    legs: Legs = setting(Legs(), 'with kind quadruped')

    def __post_init__(self) -> None:
        check(self)
