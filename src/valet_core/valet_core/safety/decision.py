"""What a gate answers: a decision each time it is asked, and the result of a reset."""

import enum
from typing import NamedTuple

import numpy as np

__all__ = ['Decision', 'GateState', 'ResetResult']


class GateState(enum.IntEnum):
    """What the gate does; the values are those of valet_msgs/GateState."""

    INACTIVE = 0
    WAITING = 1
    PASSING = 2
    CLAMPING = 3
    STOPPED = 4


class Decision(NamedTuple):
    """What to send and why.

    Attributes:
        command: to the robot, shape (n,).
        state: of the gate.
        rule: the rule that stopped the gate or that it waits for; else empty.
        reason: the same for people.
        clamped: the limits that changed the command.
    """

    command: np.ndarray
    state: GateState
    rule: str = ''
    reason: str = ''
    clamped: tuple[str, ...] = ()


class ResetResult(NamedTuple):
    """Answer to a reset.

    Attributes:
        accepted: whether no stop is latched any more.
        message: what was reset, or why it was not.
    """

    accepted: bool
    message: str
