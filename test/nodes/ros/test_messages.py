"""The interfaces, as other programs rely on them."""

import numpy as np
import pytest
import rclpy
from rclpy.serialization import deserialize_message, serialize_message
from tf2_msgs.msg import TFMessage
from valet_msgs.action import DressArm
from valet_msgs.msg import ArmPose, GateState, Outcome, PolicyTrace

from valet_core.perception.arm_estimate import ArmSource
from valet_core.policy.outcome import Outcome as TaskOutcome
from valet_core.safety.decision import GateState as CoreGateState

# Of ROS 2's own tf2_msgs/msg/TFMessage: endpoints whose hashes differ do not exchange messages.
TF_MESSAGE_HASH = 'RIHS01_e369d0f05a23ae52508854b66f6aa0437f3449d652e8cbf22d5abe85d020f087'


@pytest.fixture
def node():
    rclpy.init()
    node = rclpy.create_node('message_test')
    yield node
    node.destroy_node()
    rclpy.try_shutdown()


def test_tf_message_is_the_type_of_the_standard_package(node):
    node.create_publisher(TFMessage, 'tf', 1)
    (info,) = node.get_publishers_info_by_topic('/tf')
    assert str(info.topic_type_hash) == TF_MESSAGE_HASH


def test_outcome_numbers_stay_as_recordings_have_them():
    names = [
        'UNKNOWN', 'SUCCEEDED', 'PERCEPTION_FAILED', 'MOTION_FAILED', 'FAILURE_PREDICTED',
        'FORCE_LIMIT', 'STALE_INPUT', 'CANCELED', 'INVALID_GOAL',
    ]  # fmt: skip
    assert [getattr(Outcome, name) for name in names] == list(range(9))


def test_gate_states_stay_as_recordings_have_them():
    names = ['INACTIVE', 'WAITING', 'PASSING', 'CLAMPING', 'STOPPED']
    assert [getattr(GateState, name) for name in names] == list(range(5))


def test_policy_trace_survives_the_wire():
    actions = np.arange(12, dtype=np.float32)
    trace = PolicyTrace(step=3, horizon=2, action_dim=6, actions=actions.tolist())
    received = deserialize_message(serialize_message(trace), PolicyTrace)
    assert received == trace
    assert np.array_equal(np.asarray(received.actions).reshape(2, 6), actions.reshape(2, 6))


def test_an_untouched_result_is_no_success():
    assert DressArm.Result().outcome.value == Outcome.UNKNOWN


@pytest.mark.parametrize(
    ('message', 'prefix', 'kind', 'alone'),
    [
        (Outcome, '', TaskOutcome, {'UNKNOWN': 0}),  # of a result that nobody has filled
        (GateState, '', CoreGateState, {}),
        (ArmPose, 'SOURCE_', ArmSource, {}),
    ],
)
def test_the_core_has_the_constants_of_the_message_and_no_others(message, prefix, kind, alone):
    names = [n for n in vars(type(message)) if n.isupper() and not n.startswith('_')]
    found = {name.removeprefix(prefix): getattr(message, name) for name in names}
    assert found == {member.name: int(member) for member in kind} | alone
