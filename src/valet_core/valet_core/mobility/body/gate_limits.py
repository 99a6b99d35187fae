"""What the gate of a base needs to know of an embodiment."""

from valet_core.mobility.body.embodiment import Embodiment
from valet_core.safety.base.limiter import BaseLimits

__all__ = ['base_limits']


def base_limits(embodiment: Embodiment) -> BaseLimits:
    """Limits of motion and scanner of an embodiment, as the gate takes them."""
    limits, sensor = embodiment.limits, embodiment.sensor
    return BaseLimits(
        limits.forward, limits.backward, limits.lateral, limits.yaw_rate, limits.acceleration,
        limits.lateral_acceleration, limits.yaw_acceleration, sensor.rays, sensor.range_max,
    )  # fmt: skip
