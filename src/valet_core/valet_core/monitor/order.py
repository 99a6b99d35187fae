"""Which steps of a stream are new, which are late, and which never came."""

from dataclasses import asdict, dataclass

from valet_core.monitor.trace import TraceStep

__all__ = ['Counts', 'StreamOrder']


@dataclass
class Counts:
    """What has happened to the steps since the monitor began."""

    steps: int = 0
    """Taken."""
    episodes: int = 0
    """Begun."""
    missing: int = 0
    """Steps that never came."""
    gaps: int = 0
    """Times that some did not."""
    out_of_order: int = 0
    """Came after a newer one, or again, and were left out."""
    late: int = 0
    """Taken, though older than they should be."""
    unusable: int = 0
    """Not finite, or of another policy: each an alarm."""
    beyond: int = 0
    """Steps after the end of the longest episode that the thresholds know."""

    def as_mapping(self) -> dict[str, int]:
        """By name."""
        return asdict(self)


class StreamOrder:
    """Takes the steps in the order of arrival."""

    def __init__(self, max_age: float) -> None:
        """Start before the first step.

        Args:
            max_age: of a step, beyond which it counts as late [s].
        """
        self.counts = Counts()
        self._max_age = max_age
        self._last: TraceStep | None = None

    def forget(self) -> None:
        """Be before the first step again; the counts go on."""
        self._last = None

    def take(self, step: TraceStep, now: float | None) -> tuple[bool, int] | None:
        """Place a step.

        Args:
            step: the one that has arrived.
            now: time of arrival [s]; None: it is not looked at.

        Returns:
            Whether an episode begins with it, and how many steps are missing before it; None for
            a step that has to be left out.
        """
        last = self._last
        begins = last is None or self._begins(last, step)
        if not begins and last is not None and (
            step.step <= last.step or not step.stamp > last.stamp
        ):  # fmt: skip
            self.counts.out_of_order += 1
            return None
        before = -1 if begins or last is None else last.step
        missing = step.step - before - 1
        self.counts.steps += 1
        self.counts.episodes += begins
        self.counts.gaps += missing > 0
        self.counts.missing += missing
        self.counts.late += now is not None and now - step.stamp > self._max_age
        self._last = step
        return begins, missing

    @staticmethod
    def _begins(last: TraceStep, step: TraceStep) -> bool:
        """The first step, unless it comes again; or a lower one later: the first was lost."""
        if step.step == 0:
            return last.step > 0 or step.stamp != last.stamp
        return step.step < last.step and step.stamp > last.stamp
