"""How a task ends, and what a stop by a gate means for the task that ran."""

from enum import IntEnum

__all__ = ['Outcome', 'outcome_of_stop']


class Outcome(IntEnum):
    """How a task ended; the values are those of valet_msgs/Outcome."""

    SUCCEEDED = 1
    PERCEPTION_FAILED = 2
    MOTION_FAILED = 3
    FAILURE_PREDICTED = 4
    FORCE_LIMIT = 5
    STALE_INPUT = 6
    CANCELED = 7
    INVALID_GOAL = 8


# First word of the gate's rule; what is not listed is MOTION_FAILED.
_OF_RULES = {
    'force': Outcome.FORCE_LIMIT,
    'alarm': Outcome.FAILURE_PREDICTED,
    'stale': Outcome.STALE_INPUT,
    'clock': Outcome.STALE_INPUT,
    'frozen': Outcome.STALE_INPUT,
    'size': Outcome.PERCEPTION_FAILED,
    'jump': Outcome.PERCEPTION_FAILED,
    'frame': Outcome.PERCEPTION_FAILED,
    'nonfinite': Outcome.PERCEPTION_FAILED,
}
# Rules that mean something else than their first word.
_OF_WHOLE_RULES = {
    'nonfinite_command': Outcome.MOTION_FAILED,
    'frame_command': Outcome.MOTION_FAILED,
}


def outcome_of_stop(rule: str) -> Outcome:
    """The outcome of a task that a gate ended by a rule, such as 'stale_wrench'."""
    if rule in _OF_WHOLE_RULES:
        return _OF_WHOLE_RULES[rule]
    return _OF_RULES.get(rule.split('_')[0], Outcome.MOTION_FAILED)
