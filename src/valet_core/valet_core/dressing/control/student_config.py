"""How the learned policy is run."""

from dataclasses import dataclass

from valet_core.common.config import check, setting
from valet_core.dressing.control.observation import MIN_CONFIDENCE
from valet_core.policy.samplers import SAMPLERS

__all__ = ['ANGULAR_UNIT', 'LINEAR_UNIT', 'STUDENT_VERSION', 'StudentConfig']

STUDENT_VERSION = 1  # of the model folder
LINEAR_UNIT, ANGULAR_UNIT = 0.12, 1.0  # what the network calls 1 [m/s], [rad/s]


@dataclass(frozen=True)
class StudentConfig:
    """How chunks are drawn and when the policy has done."""

    sampler: str = setting('ddim', 'how chunks are drawn', choices=SAMPLERS)
    steps: int = setting(4, 'passes of the denoiser, with ddim', '', 1, 100)
    samples: int = setting(0, 'chunks that are drawn beside the one that is taken', '', 0, 64)
    horizon: int = setting(8, 'actions in a chunk', '', 1, 64)
    period: float = setting(0.05, 'time between two actions', 's', 0.01, 0.5)
    done_after: int = setting(3, 'calls in a row that see it done', '', 1, 100)
    min_confidence: float = setting(
        MIN_CONFIDENCE, 'joints less trusted are not acted on', '', 0.0, 1.0
    )

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)
