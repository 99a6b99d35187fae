"""What the gate of a base needs to know of an embodiment."""

from valet_core.mobility.body.embodiment import Embodiment
from valet_core.safety.base.limiter import BaseLimits
from valet_core.safety.base.stop_zone import BaseBody

__all__ = ['base_limits']


def base_limits(embodiment: Embodiment) -> BaseLimits:
    """Limits of motion, outline and scanner of an embodiment, as the gate takes them."""
    limits, sensor, actuation = embodiment.limits, embodiment.sensor, embodiment.actuation
    body = BaseBody(
        embodiment.polygon, sensor.angles, sensor.pose[:2],
        actuation.delay + actuation.time_constant,
    )  # fmt: skip
    return BaseLimits(
        limits.forward, limits.backward, limits.lateral, limits.yaw_rate, limits.acceleration,
        limits.lateral_acceleration, limits.yaw_acceleration, sensor.rays, sensor.range_max,
        body,
    )  # fmt: skip
