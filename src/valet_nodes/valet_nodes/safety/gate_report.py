"""What a gate says about itself: its state, `/diagnostics` and the log."""

from collections.abc import Callable
from typing import NamedTuple

from diagnostic_msgs.msg import DiagnosticArray
from valet_msgs.msg import GateState as GateStateMsg

from valet_core.safety.decision import Decision, GateState
from valet_core.safety.inputs import Inputs
from valet_nodes.ros.conversions import stamp_of
from valet_nodes.ros.diagnostics import ERROR, OK, STALE, WARN, diagnostic_array
from valet_nodes.ros.node import ValetNode
from valet_nodes.ros.qos import LATCHED, RELIABLE

__all__ = ['Contact', 'GateReport']

_STATE_PERIOD = 0.05  # of safety/state while nothing changes [s]
_DIAGNOSTICS_PERIOD = 1.0  # of /diagnostics while nothing changes [s]
_LOG_PERIOD = 5.0  # of a log line that repeats [s]
_LEVELS = {
    GateState.INACTIVE: STALE,
    GateState.WAITING: WARN,
    GateState.PASSING: OK,
    GateState.CLAMPING: WARN,
    GateState.STOPPED: ERROR,
}


class Contact(NamedTuple):
    """What a gate knows of the force on its robot; all zero without a wrench.

    Attributes:
        force: magnitude of the last force [N].
        limit: on it in this phase [N].
        phase: of the task.
    """

    force: float = 0.0
    limit: float = 0.0
    phase: str = ''


class GateReport:
    """Publishes each change of state at once and repeats the state at a low rate.

    The publishers are heard in every state: that the gate is inactive is worth knowing too.
    """

    def __init__(
        self,
        node: ValetNode,
        topics: str,
        frame: str,
        inputs: Inputs,
        contact: Callable[[], Contact],
    ) -> None:
        """Create the publishers, which the node closes.

        Args:
            node: of the gate.
            topics: what comes before `/state` and `/reset`.
            frame: base frame, for the header.
            inputs: of the gate; read for the ages.
            contact: the force at present.
        """
        self._node, self._topics, self._frame = node, topics, frame
        self._inputs, self._contact = inputs, contact
        self._states = node.tell(GateStateMsg, f'{topics}/state', LATCHED)
        self._diagnostics = node.tell(DiagnosticArray, '/diagnostics', RELIABLE)
        self._shown: tuple[object, ...] = ()
        self._next_state = self._next_diagnostics = self._next_log = 0.0

    def show(self, decision: Decision) -> None:
        """Tell of a decision of the gate."""
        # Where the world waits for its graph, what is told must not depend on the machine either.
        now, orderly = self._node.now, self._node.keeps_step
        steady = now if orderly else self._node.steady
        shown = (decision.state, decision.rule, decision.clamped)
        changed = shown[:2] != self._shown[:2]
        if shown != self._shown or steady >= self._next_state:
            self._next_state = steady + _STATE_PERIOD
            self._states.publish(self._state_message(decision, now))
        if changed or steady >= self._next_diagnostics:
            self._next_diagnostics = steady + _DIAGNOSTICS_PERIOD
            self._diagnostics.publish(self._diagnostics_message(decision, now))
        if self._worth_a_line(decision, steady):
            self._next_log = steady + _LOG_PERIOD
            self._log(decision)
        self._shown = shown

    def _worth_a_line(self, decision: Decision, steady: float) -> bool:
        """Every stop and start; clamping comes and goes, so it is told at a low rate."""
        moving = (GateState.PASSING, GateState.CLAMPING)
        if decision.state in moving and self._shown[:1] and self._shown[0] in moving:
            return decision.state is GateState.CLAMPING and steady >= self._next_log
        changed = (decision.state, decision.rule) != self._shown[:2]
        return changed or (bool(decision.reason) and steady >= self._next_log)

    def _state_message(self, decision: Decision, now: float) -> GateStateMsg:
        contact = self._contact()
        message = GateStateMsg(
            state=int(decision.state),
            rule=decision.rule,
            reason=decision.reason,
            clamped=list(decision.clamped),
            force=contact.force,
            force_limit=contact.limit,
            phase=contact.phase,
        )
        message.header.stamp = stamp_of(now)
        message.header.frame_id = self._frame
        return message

    def _diagnostics_message(self, decision: Decision, now: float) -> DiagnosticArray:
        contact = self._contact()
        values: dict[str, object] = {
            'state': decision.state.name,
            'rule': decision.rule,
            'clamped': ', '.join(decision.clamped),
            'phase': contact.phase,
            'force [N]': contact.force,
            'force limit [N]': contact.limit,
        }
        values |= self._inputs.facts()
        for watch in self._inputs.watches.values():
            values[f'age of {watch.name} [s]'] = watch.age(now)
            values[f'messages of {watch.name}'] = watch.count
        message = decision.reason or decision.state.name.lower()
        level = _LEVELS[decision.state]
        return diagnostic_array(self._node, stamp_of(now), 'commands', level, message, values)

    def _log(self, decision: Decision) -> None:
        logger, text = self._node.get_logger(), f'{decision.state.name}: {decision.reason}'
        if decision.state is GateState.STOPPED:
            logger.error(f'{text} (rule {decision.rule}; {self._topics}/reset releases it)')
        elif decision.state in (GateState.WAITING, GateState.CLAMPING):
            logger.warning(text)
        else:
            logger.info(text.rstrip(': '))
