"""How the heuristic planner follows its path."""

from dataclasses import dataclass

from valet_core.common.config import check, setting
from valet_core.dressing.control.observation import MIN_CONFIDENCE

__all__ = ['PlannerConfig']

ROBOTS = ('ur5e', 'none')  # of which the kinematics are known, or not


@dataclass(frozen=True)
class PlannerConfig:
    """How the planner follows its path."""

    speed: float = setting(0.12, 'of the tool along the path', 'm/s', 0.01, 0.5)
    entry_speed: float = setting(0.08, 'until the hand is in', 'm/s', 0.01, 0.5)
    horizon: int = setting(8, 'actions in a chunk', '', 1, 64)
    period: float = setting(0.05, 'time between two actions', 's', 0.01, 0.5)
    correction: float = setting(4.0, 'gain of the pull back to the path', '1/s', 0.0, 20.0)
    window: float = setting(0.05, 'how far ahead on the path the tool is sought', 'm', 0.01, 1.0)
    max_turn: float = setting(1.0, 'of the tool', 'rad/s', 0.0, 3.0)
    slow_force: float = setting(12.0, 'above it the tool slows down', 'N', 0.0, 100.0)
    stop_force: float = setting(26.0, 'where it stands; above it goes back', 'N', 0.1, 100.0)
    entry_slow_force: float = setting(5.0, 'the same, until the hand is in', 'N', 0.0, 100.0)
    entry_stop_force: float = setting(12.0, 'the same, until the hand is in', 'N', 0.1, 100.0)
    stall: float = setting(
        1.0, 'without progress, the tool goes back and tries again', 's', 0.1, 60
    )
    retreat: float = setting(0.08, 'how far it goes back', 'm', 0.0, 0.5)
    retries: int = setting(4, 'how often', '', 0, 20)
    detour: float = setting(
        0.3, 'less outside of the elbow where the robot does not reach', '', 0, 1
    )
    retry_clearance: float = setting(0.01, 'added to the clearance by each', 'm', 0.0, 0.1)
    error_gap: float = setting(
        2.0, 'added to the distance from the arm for each metre that it is expected to be off',
        'm/m', 0.0, 10.0,
    )  # fmt: skip
    most_gap: float = setting(0.025, 'most of that', 'm', 0.0, 0.2)
    robot: str = setting(
        'ur5e', 'whose links are kept off the person; none: not looked at', choices=ROBOTS
    )
    reconsider: float = setting(
        0.03, 'move of a joint of the arm, from which on the path is chosen anew', 'm', 0.0, 1.0
    )
    min_confidence: float = setting(
        MIN_CONFIDENCE, 'joints less trusted are not acted on', '', 0.0, 1.0
    )

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)
