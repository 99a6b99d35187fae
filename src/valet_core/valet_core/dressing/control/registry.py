"""Policies by the names under which they are evaluated and launched."""

from collections.abc import Callable

from valet_core.common.errors import InvalidInputError
from valet_core.dressing.control.planner import DressingPlanner
from valet_core.policy.interface import Policy

__all__ = ['POLICY_NAMES', 'make_policy']

_MAKERS: dict[str, Callable[[], Policy]] = {'planner': DressingPlanner}
POLICY_NAMES = tuple(_MAKERS)


def make_policy(name: str) -> Policy:
    """A policy with its default settings.

    Raises:
        InvalidInputError: for an unknown name, listing those there are.
    """
    if name not in _MAKERS:
        raise InvalidInputError(f'policy {name!r} is not one of: {", ".join(POLICY_NAMES)}')
    return _MAKERS[name]()
