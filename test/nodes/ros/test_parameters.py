"""Configurations as ROS parameters: what is declared, read, refused."""

import subprocess
import sys
from dataclasses import dataclass

import pytest
import rclpy
import yaml
from places import CONFIG
from rclpy.node import Node
from rclpy.parameter import Parameter

from valet_core.common.config import as_mapping, check, setting
from valet_core.common.errors import ConfigError
from valet_core.safety.arm import ArmGateConfig
from valet_nodes.ros.parameters import declare_choice, declare_config

GATE = 'import sys; from valet_nodes.safety.safety_gate import main; sys.exit(main())'


@dataclass(frozen=True)
class Inner:
    gain: float = setting(1.5, 'how strong', 'N', 0.0, 10.0)

    def __post_init__(self):
        check(self)


@dataclass(frozen=True)
class Outer:
    count: int = setting(3, 'how many', '', 1, 5)
    name: str = setting('a', 'which', choices=('a', 'b'))
    on: bool = setting(True, 'whether')
    point: tuple[float, ...] = setting((1.0, 2.0), 'where', 'm', -5.0, 5.0)
    words: tuple[str, ...] = setting(('x', 'y'), 'what')
    maybe: float | None = setting(None, 'perhaps', 's', 0.0, 1.0)
    inner: Inner = Inner()

    def __post_init__(self):
        check(self)


@pytest.fixture
def make():
    """Makes nodes with overrides, in a context of the test's own."""
    context = rclpy.Context()
    rclpy.init(context=context)
    nodes = []

    def factory(**overrides):
        parameters = [Parameter(k.replace('__', '.'), value=v) for k, v in overrides.items()]
        name = f'test_{len(nodes)}'
        nodes.append(Node(name, context=context, parameter_overrides=parameters))
        return nodes[-1]

    yield factory
    for node in nodes:
        node.destroy_node()
    rclpy.shutdown(context=context)


def test_defaults_come_from_the_configuration(make):
    node = make()
    assert declare_config(node, Outer) == Outer()
    assert node.get_parameter('count').value == 3
    assert node.get_parameter('inner.gain').value == 1.5
    assert list(node.get_parameter('point').value) == [1.0, 2.0]


def test_overrides_are_read_into_the_configuration_and_the_parameters(make):
    node = make(count=4, name='b', on=False, words=['z'], inner__gain=2.5, maybe=0.5)
    config = declare_config(node, Outer)
    assert config == Outer(4, 'b', False, words=('z',), inner=Inner(2.5), maybe=0.5)
    assert node.get_parameter('inner.gain').value == 2.5


def test_whole_numbers_do_for_floats(make):
    node = make(inner__gain=2, point=[3, 4])
    config = declare_config(node, Outer)
    assert config.inner.gain == 2.0
    assert config.point == (3.0, 4.0)
    assert list(node.get_parameter('point').value) == [3.0, 4.0]


def test_parameters_tell_description_unit_and_range(make):
    node = make()
    declare_config(node, Outer)
    gain = node.describe_parameter('inner.gain')
    assert gain.description == 'how strong [N]'
    span = gain.floating_point_range[0]
    assert (span.from_value, span.to_value) == (0.0, 10.0)
    span = node.describe_parameter('count').integer_range[0]
    assert (span.from_value, span.to_value) == (1, 5)
    assert node.describe_parameter('name').additional_constraints == 'one of: a, b'


def test_a_choice_can_be_changed_to_what_is_allowed_alone(make):
    node = make()
    declare_choice(node, 'fault', ('none', 'silent'), 'what is wrong')
    assert node.get_parameter('fault').value == 'none'
    descriptor = node.describe_parameter('fault')
    assert descriptor.description == 'what is wrong'
    assert descriptor.additional_constraints == 'one of: none, silent'
    (taken,) = node.set_parameters([Parameter('fault', value='silent')])
    (refused,) = node.set_parameters([Parameter('fault', value='loud')])
    assert taken.successful and not refused.successful
    assert refused.reason == "fault: 'loud' is not one of: none, silent"
    assert node.get_parameter('fault').value == 'silent'


def test_parameters_cannot_be_changed_later(make):
    node = make()
    declare_config(node, Outer)
    (result,) = node.set_parameters([Parameter('count', value=2)])
    assert not result.successful
    assert node.get_parameter('count').value == 3


@pytest.mark.parametrize(
    ('override', 'message'),
    [
        ({'count': 9}, 'parameter count: 9 is above the allowed 1..5'),
        ({'count': 1.5}, 'parameter count: expected an integer, received 1.5'),
        ({'name': 'c'}, "parameter name: 'c' is not one of: a, b"),
        ({'inner__gain': -1.0}, 'parameter inner.gain: -1.0 is below the allowed 0.0..10.0 N'),
        ({'inner__gain': 'x'}, "parameter inner.gain: expected a finite number, received 'x'"),
        ({'inner__gain': float('nan')}, 'parameter inner.gain: expected a finite number'),
        ({'point': [9.0]}, 'parameter point: 9.0 is above'),
        ({'point': 1.0}, 'parameter point: expected a list'),
        ({'on': 1}, 'parameter on: expected a bool'),
    ],
)
def test_a_value_that_is_not_allowed_is_an_error_that_names_it(make, override, message):
    with pytest.raises(ConfigError, match=message):
        declare_config(make(**override), Outer)


@pytest.mark.parametrize('key', ['counts', 'inner__gian', 'other__count'])
def test_an_unknown_parameter_is_an_error_that_lists_the_allowed(make, key):
    with pytest.raises(
        ConfigError, match='is unknown; allowed: count, inner.gain, maybe'
    ) as error:
        declare_config(make(**{key: 1}), Outer)
    assert f'/test_0: parameter {key.replace("__", ".")} ' in str(error.value)


def test_parameters_of_ros_itself_are_allowed(make):
    node = make(
        use_sim_time=True,
        start_type_description_service=False,
        **{'qos_overrides./clock.subscription.depth': 1},
    )
    assert declare_config(node, Outer) == Outer()


def test_several_configurations_share_a_node_by_prefix(make):
    node = make(deep__gain=2.0, count=2)
    assert declare_config(node, Inner, 'deep').gain == 2.0
    assert declare_config(node, Outer).count == 2


def test_a_wrong_value_under_a_prefix_is_named_in_full(make):
    with pytest.raises(ConfigError, match='parameter deep.gain: 99.0 is above'):
        declare_config(make(deep__gain=99.0), Inner, 'deep')


def flat(mapping, start=''):
    for key, value in mapping.items():
        if isinstance(value, dict):
            yield from flat(value, f'{start}{key}.')
        else:
            yield f'{start}{key}', value


def test_the_shipped_file_of_the_gate_lists_every_parameter_with_its_default():
    content = yaml.safe_load((CONFIG / 'safety.yaml').read_text())
    shipped = dict(flat(content['/**']['ros__parameters']))
    defaults = {
        k: list(v) if isinstance(v, tuple) else v for k, v in flat(as_mapping(ArmGateConfig()))
    }
    assert shipped == defaults


def start_gate(*arguments):
    return subprocess.run(
        [sys.executable, '-c', GATE, '--ros-args', *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ('content', 'words'),
    [
        ('rate: 1.0', 'parameter rate: 1.0 is below the allowed 20.0..500.0 Hz'),
        ('speed: 1.0', 'parameter speed is unknown; allowed: aliveness.axis_samples'),
        ('motion: {linear_speed: fast}', 'motion.linear_speed: expected a finite number'),
        ('[', "Couldn't parse params file"),
    ],
)
def test_a_bad_params_file_ends_the_process_with_one_line(tmp_path, content, words):
    path = tmp_path / 'bad.yaml'
    path.write_text(f'/**:\n  ros__parameters:\n    {content}\n')
    result = start_gate('--params-file', str(path))
    assert result.returncode == 1
    assert 'Traceback' not in result.stderr
    (line,) = [line for line in result.stderr.splitlines() if line.startswith('error: ')]
    assert words in line


@pytest.mark.parametrize('section', ['/**', '/**/safety_gate', '/safety_gate'])
@pytest.mark.parametrize('value', ['fast', '1.0'])
def test_a_word_beside_a_params_file_is_never_ignored(tmp_path, section, value):
    path = tmp_path / 'mine.yaml'
    path.write_text(yaml.safe_dump({section: {'ros__parameters': {'rate': 100}}}))
    defaults = str(CONFIG / 'safety.yaml')
    words = ['--params-file', defaults, '--params-file', str(path), '-p', f'rate:={value}']
    result = start_gate(*words)
    assert result.returncode == 1
    assert 'parameter rate: ' in result.stderr
    assert value in result.stderr
