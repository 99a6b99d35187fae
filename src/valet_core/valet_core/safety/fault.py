"""What a rule says that does not hold."""

from typing import NamedTuple

__all__ = ['Fault']


class Fault(NamedTuple):
    """A rule that does not hold.

    Attributes:
        rule: a stable name; the kind comes first ('stale_wrench', 'force_axis').
        reason: what was received and what is allowed, for people.
    """

    rule: str
    reason: str
