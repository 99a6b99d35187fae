"""When messages take effect in a simulated world that waits for its graph.

The latencies are about those of an idle machine, so that the graph behaves as it does in real
time, and long enough for physics, images and nodes to work side by side.
"""

from types import MappingProxyType

from valet_nodes.lockstep.order import Stream

__all__ = ['BASE_STREAMS', 'DRESSING_STREAMS', 'DRIVER_STREAMS']

_ARM_STEP, _BASE_STEP = 1 / 120, 0.01  # of the simulators [s]

# In this order messages of one tick are delivered.
DRESSING_STREAMS = MappingProxyType(
    {
        'tf': Stream(0.0, 4 * _ARM_STEP),
        'wrench': Stream(0.0, _ARM_STEP),
        'perception/arm': Stream(4 * _ARM_STEP, 8 * _ARM_STEP),
        'perception/cloud': Stream(4 * _ARM_STEP, 8 * _ARM_STEP),
        'policy/command': Stream(2 * _ARM_STEP, 4 * _ARM_STEP),
    }
)
BASE_STREAMS = MappingProxyType(
    {
        'odom': Stream(0.0),
        'scan': Stream(0.0, 5 * _BASE_STEP),
        'mobility/cmd_vel': Stream(2 * _BASE_STEP, 5 * _BASE_STEP),
    }
)
# Commands of the gates, on the side of the robots.
DRIVER_STREAMS = MappingProxyType(
    {
        'servo/delta_twist_cmds': Stream(_ARM_STEP, _ARM_STEP),
        'cmd_vel': Stream(_BASE_STEP, _BASE_STEP),
    }
)
