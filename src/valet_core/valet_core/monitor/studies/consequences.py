"""What a stop at the alarm would have spared: time and force."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from valet_core.monitor.metrics import Detection
from valet_core.monitor.trace import EpisodeTrace

__all__ = ['HIGH_FORCE', 'STOPPING', 'consequences', 'force_until']

HIGH_FORCE = 35.0  # on the tool, that should not come about [N]
STOPPING = 0.25  # from the alarm until the robot is at rest, as the gate brings it there [s]


def consequences(found: Sequence[tuple[EpisodeTrace, Detection]]) -> dict[str, Any]:
    """Lead time and forces, of failures.

    What the robot would have felt after the stop is not known: it is taken that the force does
    not rise any more once the robot is at rest.

    Returns:
        `lead_time_s`: mean time from the alarm to the end of the episode, over detected
        failures; `lead_time_median_s`; `newtons_avoided`: mean over failures of the peak force
        less that until `STOPPING` after the alarm; `high_force` and `high_force_stopped`: share
        of failures above `HIGH_FORCE`, without and with a stop. None where nothing was noted.
    """
    bad = [(trace, d) for trace, d in found if not d.success]
    leads = [trace.ended - float(trace.stamps[d.first_alarm]) for trace, d in bad
             if d.first_alarm is not None and np.isfinite(trace.ended)]  # fmt: skip
    felt = [(trace, d) for trace, d in bad if trace.force is not None]
    peaks = np.array([_peak(trace) for trace, _ in felt])
    stopped = np.array([force_until(trace, d.first_alarm) for trace, d in felt])
    some = len(felt) > 0
    return {
        'lead_time_s': float(np.mean(leads)) if leads else None,
        'lead_time_median_s': float(np.median(leads)) if leads else None,
        'newtons_avoided': float(np.mean(peaks - stopped)) if some else None,
        'high_force': float(np.mean(peaks > HIGH_FORCE)) if some else None,
        'high_force_stopped': float(np.mean(stopped > HIGH_FORCE)) if some else None,
    }


def force_until(trace: EpisodeTrace, alarm: int | None) -> float:
    """Largest force until the robot has stopped after an alarm at a step; all if None [N]."""
    if alarm is None:
        return _peak(trace)
    assert trace.force is not None
    before = trace.stamps <= trace.stamps[alarm] + STOPPING
    return float(trace.force[before].max())


def _peak(trace: EpisodeTrace) -> float:
    assert trace.force is not None
    return float(trace.force.max())
