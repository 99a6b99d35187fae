"""What a stop by a gate means for the task that ran."""

from valet_nodes.dress_task import Outcome

__all__ = ['gate_outcome']

# First word of the gate's rule to the outcome; others are MOTION_FAILED.
_RULES = {
    'stale': Outcome.STALE_INPUT,
    'clock': Outcome.STALE_INPUT,
    'frozen': Outcome.PERCEPTION_FAILED,
    'size': Outcome.PERCEPTION_FAILED,
    'jump': Outcome.PERCEPTION_FAILED,
    'frame': Outcome.PERCEPTION_FAILED,
    'nonfinite': Outcome.PERCEPTION_FAILED,
}


def gate_outcome(rule: str) -> Outcome:
    """The outcome of a task that the gate of a base ended by a rule."""
    return _RULES.get(rule.split('_')[0], Outcome.MOTION_FAILED)
