"""Parameters of every simulator."""

from dataclasses import dataclass

from valet_core.common.config import check, setting

__all__ = ['SimulatorConfig']


@dataclass(frozen=True)
class SimulatorConfig:
    """What can be set of every simulator."""

    real_time_factor: float = setting(
        1.0, 'simulated time over real time, at the most; 0 is as fast as it goes', '', 0.0, 100.0
    )
    pace: str = setting(
        'graph', 'graph: simulated time waits for late answers; real_time: it never waits',
        choices=('graph', 'real_time'),
    )  # fmt: skip
    patience: float = setting(
        3.0, "longest wait for the gate's commands, above the gate's own waits", 's', 0.0, 60.0
    )
    hold: bool = setting(False, 'time stands at its beginning until <name>/start is called')
    command_timeout: float = setting(
        0.1, 'without a command the robot stops after', 's', 0.01, 1.0
    )

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)
