"""What a node is told on its command line arrives, beside whatever files say."""

import pytest
import rclpy
import yaml
from rclpy.node import Node

from valet_nodes.ros.command_line import initialise, join_parameters


@pytest.fixture
def value_of(tmp_path):
    """Returns what a node /lab/arm gets for `a`, given files by section and words."""
    nodes = []

    def ask(files, *words, name='a'):
        paths = []
        for index, text in enumerate(files):
            paths.append(tmp_path / f'{index}.yaml')
            paths[-1].write_text(text)
        given = [word for path in paths for word in ('--params-file', str(path))]
        initialise(['node', '--ros-args', '-r', '__ns:=/lab', *given, *words])
        nodes.append(Node('arm', automatically_declare_parameters_from_overrides=True))
        return nodes[-1].get_parameter_or(name).value

    yield ask
    for node in nodes:
        node.destroy_node()
    rclpy.try_shutdown()


def section(name, value):
    return f'"{name}":\n  ros__parameters:\n    a: {value}\n'


@pytest.mark.parametrize('name', ['/**', '/**/arm', '/lab/arm', '/*/arm', '/**/*'])
def test_a_word_wins_over_every_section(value_of, name):
    assert value_of([section('/**', 1), section(name, 2)], '-p', 'a:=3') == 3


@pytest.mark.parametrize(
    ('before', 'after', 'value'),
    [
        ('0', 'abc', 'abc'),
        ('0.5', '60x', '60x'),
        ('1', '1.5', 1.5),
        ('1.5', '1', 1),
        ('true', '2', 2),
        ('abc', 'true', True),
        ('[1, 2]', '[1.5]', [1.5]),
        ('x', '1e3', 1000.0),
        ('x', "'1'", '1'),
        ('x', '12:30', '12:30'),
    ],
)
@pytest.mark.parametrize('is_word', [True, False])
def test_a_later_value_of_another_type_takes_the_place_of_the_earlier(
    value_of, before, after, value, is_word
):
    files = [section('/**', before)]
    got = (
        value_of(files, '-p', f'a:={after}')
        if is_word
        else value_of([*files, section('/**', after)])
    )
    got = list(got) if isinstance(value, list) else got
    assert got == value
    assert type(got) is type(value)


def test_nested_and_dotted_names_are_one_parameter(value_of):
    nested, dotted = section('/**', '{b: %s}'), section('/**', 0.5).replace('a:', 'a.b:')
    files = [nested % 1, dotted, nested % 'x']
    assert value_of(files, name='a.b') == 'x'


def test_nested_namespaces_are_one_section(value_of):
    inner = section('arm', 'x').replace('\n', '\n  ')
    assert value_of([section('/lab/arm', 1), f'lab:\n  {inner}']) == 'x'


@pytest.mark.parametrize('text_of_wrong', ['a: 1', 'a: [', '', section('/**', '')])
def test_what_is_no_parameter_stays_and_what_rcl_refuses_too(tmp_path, text_of_wrong):
    wrong = tmp_path / 'wrong.yaml'
    wrong.write_text(text_of_wrong)
    words = [
        'node', '-p', 'x:=1', '--ros-args', '-r', 'a:=b', '-p', 'a:=', '--param', 'arm:a:=1',
        '--params-file', 'none.yaml', '--params-file', str(wrong), '--', '-p', 'y:=1',
    ]  # fmt: skip
    assert join_parameters(words) == (words, '')
    others, text = join_parameters([*words, '--ros-args', '-p', 'a:=1', '--param', 'b:=2'])
    assert others == [*words, '--ros-args']
    (parameters,) = yaml.safe_load(text).values()
    assert parameters == {'ros__parameters': {'a': 1, 'b': 2}}
