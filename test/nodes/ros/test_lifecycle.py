"""A lifecycle node survives what goes wrong in its transitions, and says what it was."""

import gc
import importlib

import pytest
import rclpy
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.parameter import Parameter

from valet_core.common.errors import ConfigError
from valet_nodes.ros.lifecycle import GuardedLifecycleNode


class Breaking(GuardedLifecycleNode):
    """Fails to configure with the error that it is given."""

    def __init__(self, error, context):
        super().__init__('breaking', context=context)
        self.error = error

    def on_configure(self, state):
        if self.error is not None:
            raise self.error
        return TransitionCallbackReturn.SUCCESS

    def ask(self, number):
        request = ChangeState.Request(transition=Transition(id=number))
        answer = self._service_change_state.callback(request, ChangeState.Response())
        return answer.success, self._state_machine.current_state[1]


@pytest.fixture
def context():
    context = rclpy.Context()
    rclpy.init(context=context)
    yield context
    rclpy.shutdown(context=context)
    gc.collect()  # a lifecycle node refers to itself, and is seen by others until it is freed


def test_an_impossible_transition_is_refused_and_told(context, capfd):
    node = Breaking(None, context)
    assert node.ask(Transition.TRANSITION_ACTIVATE) == (False, 'unconfigured')
    assert 'transition 3 is not possible when unconfigured' in capfd.readouterr().err
    assert node.ask(Transition.TRANSITION_CONFIGURE) == (True, 'inactive')
    node.destroy_node()


@pytest.mark.parametrize(
    ('kind', 'text', 'words'),
    [(ConfigError, 'no such garment', 'no such garment'), (KeyError, 'x', "KeyError: 'x'")],
)
def test_an_error_in_a_transition_is_told(context, capfd, kind, text, words):
    # Made here: an error keeps the node that raised it for as long as it lives itself.
    node = Breaking(kind(text), context)
    assert node.ask(Transition.TRANSITION_CONFIGURE) == (False, 'unconfigured')
    assert words in capfd.readouterr().err
    node.destroy_node()


@pytest.mark.parametrize(
    ('module', 'name', 'parameter', 'value', 'message'),
    [
        (
            'perception.perception',
            'Perception',
            'pairing_tolerance',
            'x',
            'expected a finite number',
        ),
        ('dressing.dressing_policy', 'DressingPolicy', 'policy', 'nothing', "received 'nothing'"),
        ('mobility.mobility', 'Mobility', 'controller', 'nothing', "received 'nothing'"),
    ],
)
def test_a_wrong_parameter_of_a_managed_node_is_a_refusal_each_time(
    context, capfd, module, name, parameter, value, message
):
    kind = getattr(importlib.import_module(f'valet_nodes.{module}'), name)
    node = kind(context=context, parameter_overrides=[Parameter(parameter, value=value)])
    for _ in range(2):
        request = ChangeState.Request(transition=Transition(id=Transition.TRANSITION_CONFIGURE))
        answer = node._service_change_state.callback(request, ChangeState.Response())
        assert not answer.success
        assert node._state_machine.current_state[1] == 'unconfigured'
        error = capfd.readouterr().err
        assert parameter in error
        assert message in error
    node.destroy_node()
