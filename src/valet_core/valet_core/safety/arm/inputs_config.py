"""Deadlines and frames of the inputs of an arm's gate."""

from dataclasses import dataclass

from valet_core.common.config import check, setting
from valet_core.safety.watchdog import InputConfig

__all__ = ['ArmInputsConfig']


@dataclass(frozen=True)
class ArmInputsConfig:
    """Deadlines of every input, and the frames that they must be in.

    A robot must rest within 200 ms of a fault. The last ~40 ms of that go to one tick of the
    gate, the transport and the braking of the arm, so an input that makes no sound slows the
    robot to rest by 160 ms (`still_at`). Whether it was one late message or a fault shows only
    later: at its deadline the stop is latched.
    """

    # 30 Hz: two messages may be late. The stamp may be that of the observation.
    command: InputConfig = InputConfig(deadline=0.50, max_age=0.60, slow_from=0.08, still_at=0.12)
    # 120 Hz: some lost messages.
    wrench: InputConfig = InputConfig(deadline=0.50, max_age=0.50, slow_from=0.04, still_at=0.08)
    # 15 Hz: a period of 67 ms, and some 40 ms for drawing, perception and transport.
    # The stamp is that of the image, so it is older on arrival by that time.
    perception: InputConfig = InputConfig(
        deadline=0.60, max_age=0.70, slow_from=0.10, still_at=0.13
    )
    # 30 Hz.
    tool: InputConfig = InputConfig(deadline=0.50, max_age=0.50, slow_from=0.08, still_at=0.12)
    # Beside perception/arm, of the same images. Like the links, asked for by the separation rule.
    cloud: InputConfig = InputConfig(deadline=0.65, max_age=0.75, slow_from=0.10, still_at=0.13)
    # Of what comes with the tool, at most 30 times a second.
    links: InputConfig = InputConfig(deadline=0.55, max_age=0.55, slow_from=0.10, still_at=0.13)
    # 15 Hz, stamped as the observation that they judge, so some 100 ms old on arrival.
    scores: InputConfig = InputConfig(
        required=False, deadline=0.50, max_age=0.60, slow_from=0.20, still_at=0.25
    )
    # A button that shows that it lives by repeating its state. No stamp: arrival counts twice.
    stop: InputConfig = InputConfig(required=False, deadline=0.50, max_age=0.50)
    future_tolerance: float = setting(
        0.05, 'how far a stamp may lie ahead of the clock', 's', 0.0, 1.0
    )
    min_confidence: float = setting(
        0.3, 'confidence of every joint without which the phase is not known', '', 0.0, 1.0
    )
    base_frame: str = setting('base_link', 'frame of commands and of what is perceived')
    tool_frame: str = setting('tool0', 'frame of the tool and of the wrench')

    def __post_init__(self) -> None:
        """Check every field.

        Raises:
            ConfigError: naming the field that is wrong.
        """
        check(self)
