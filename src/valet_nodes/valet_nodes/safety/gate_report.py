"""What the safety gate says about itself: `safety/state`, `/diagnostics` and the log."""

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.node import Node
from valet_msgs.msg import GateState as GateStateMsg

from valet_core.safety.gate import Decision, GateState
from valet_core.safety.inputs import Inputs
from valet_nodes.ros.conversions import stamp_of
from valet_nodes.ros.diagnostics import ERROR, OK, STALE, WARN, diagnostic_array
from valet_nodes.ros.qos import LATCHED, NO_PUBLISHER_EVENTS, RELIABLE

__all__ = ['GateReport']

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


class GateReport:
    """Publishes each change of state at once and repeats the state at a low rate.

    The publishers are not lifecycle ones: that the gate is inactive is worth knowing too.
    """

    def __init__(
        self, node: Node, inputs: Inputs, frame: str, topic: str = 'safety/state'
    ) -> None:
        """Create the publishers.

        Args:
            node: of the gate.
            inputs: of the gate; read for force, phase and ages.
            frame: base frame, for the header.
            topic: of the state.
        """
        self._node, self._inputs, self._frame = node, inputs, frame
        self._reset = topic.rsplit('/', 1)[0] + '/reset'
        events = NO_PUBLISHER_EVENTS
        self._states = node.create_publisher(
            GateStateMsg, topic, LATCHED, event_callbacks=events
        )
        self._diagnostics = node.create_publisher(
            DiagnosticArray, '/diagnostics', RELIABLE, event_callbacks=events
        )
        self._shown: tuple[object, ...] = ()
        self._next_state = self._next_diagnostics = self._next_log = 0.0

    def destroy(self) -> None:
        """Remove the publishers."""
        self._node.destroy_publisher(self._states)
        self._node.destroy_publisher(self._diagnostics)

    def show(self, decision: Decision, now: float, steady: float) -> None:
        """Tell of a decision.

        Args:
            decision: of the gate.
            now: time of the node's clock [s].
            steady: time of a steady clock [s].
        """
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

    def _force(self) -> tuple[float, float, str]:
        """Force and its limit [N], and the phase; a gate without a wrench says zero."""
        inputs = self._inputs
        return inputs.force, inputs.limit.magnitude, inputs.phase

    def _state_message(self, decision: Decision, now: float) -> GateStateMsg:
        force, limit, phase = self._force()
        message = GateStateMsg(
            state=int(decision.state),
            rule=decision.rule,
            reason=decision.reason,
            clamped=list(decision.clamped),
            force=force,
            force_limit=limit,
            phase=phase,
        )
        message.header.stamp = stamp_of(now)
        message.header.frame_id = self._frame
        return message

    def _diagnostics_message(self, decision: Decision, now: float) -> DiagnosticArray:
        force, limit, phase = self._force()
        values: dict[str, object] = {
            'state': decision.state.name,
            'rule': decision.rule,
            'clamped': ', '.join(decision.clamped),
            'phase': phase,
            'force [N]': force,
            'force limit [N]': limit,
        }
        values |= {f'age of {w.name} [s]': w.age(now) for w in self._inputs.watches.values()}
        message = decision.reason or decision.state.name.lower()
        name = f'{self._node.get_name()}: commands'
        return diagnostic_array(stamp_of(now), name, _LEVELS[decision.state], message, values)

    def _log(self, decision: Decision) -> None:
        logger, text = self._node.get_logger(), f'{decision.state.name}: {decision.reason}'
        if decision.state is GateState.STOPPED:
            logger.error(f'{text} (rule {decision.rule}; {self._reset} releases it)')
        elif decision.state in (GateState.WAITING, GateState.CLAMPING):
            logger.warning(text)
        else:
            logger.info(text.rstrip(': '))
