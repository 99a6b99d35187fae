"""Where ROS 2's launch does other than one would think, and this runner does as it does.

Each row was read from the sources of launch and launch_ros: a launch file that runs here must not
fail there.
"""

import pytest
from nodes.launch.launch_files import command_of, plan_of

from valet_nodes.launch.source import LaunchFileError


def launch_file(action):
    """Return a launch file with one action between an empty argument and a node."""
    head = 'launch:\n- arg: {name: none, default: ""}\n- arg: {name: list, default: "[]"}\n'
    return f'{head}- {action}\n- node: {{exec: e}}'


@pytest.mark.parametrize(
    ('expression', 'value'),
    [
        # Two quotes with nothing between them are an empty list, compared by its name.
        ("$(equals '$(var none)' '')", 'false'),
        ("$(equals '' $(var none))", 'false'),
        ("$(equals '$(var list)' '')", 'true'),
        ("$(equals '' '')", 'true'),
        # As a default it is an empty text.
        ("x$(var nowhere '')", 'x'),
        ("x$(env NOWHERE '')", 'x'),
        # What works: a letter behind both.
        ("$(equals '$(var none)x' x)", 'true'),
        ("$(equals '$(var list)x' x)", 'false'),
        # Booleans and numbers are compared by value.
        ('$(equals 1 True)', 'true'),
        ('$(equals 1e1 10)', 'true'),
        ('$(equals 0 False)', 'true'),
    ],
)
def test_substitution_gives_what_it_gives_there(expression, value):
    text = launch_file(f'let: {{name: a, value: "{expression}"}}').replace(
        'exec: e', 'exec: $(var a)'
    )
    assert command_of(text)[0] == value


@pytest.mark.parametrize(
    'value',
    [
        '$(var none)',  # `-p name:=` cannot be parsed by rcl
        "'[1, 2]'",  # becomes `(1, 2)`, a string
        '"\'1\'"',  # becomes `1`, a number
        '"\'true\'"',
        '"\'a: b\'"',  # becomes `a: b`, a mapping
        '"\'a: b: c\'"',  # becomes `a: b: c`, no YAML
        '"2026-02-30"',  # no date that there is, an error in yaml.safe_load
    ],
)
def test_set_parameter_that_does_not_arrive_is_an_error(value):
    with pytest.raises(LaunchFileError, match='t.launch.yaml:4: .*"param" of the node'):
        plan_of(launch_file(f'set_parameter: {{name: a, value: {value}}}'))


@pytest.mark.parametrize(
    ('value', 'word'),
    [
        ('left', 'left'),
        ('"3"', '3'),
        ('"true"', 'True'),
        ('"2.50"', '2.5'),
        ('a b', 'a b'),
        ('"0.00001"', '1e-05'),
    ],
)
def test_set_parameter_is_written_without_quotes(value, word):
    command = command_of(launch_file(f'set_parameter: {{name: a, value: {value}}}'))
    assert f'a:={word}' in command


@pytest.mark.parametrize(
    ('action', 'word'),
    [
        ("set_parameter: {name: a, value: '%s'}", 'a:=2'),
        ('set_remap: {from: a, to: t%s}', 'a:=t2'),
    ],
)
@pytest.mark.parametrize('outer', [True, False])
def test_rules_for_all_nodes_get_out_of_a_group_only_where_some_are_around(outer, action, word):
    text = 'launch:\n' + (f'- {action % 1}\n' if outer else '')
    text += f'- group:\n  - {action % 2}\n- node: {{exec: e}}'
    assert (word in command_of(text)) is outer


@pytest.mark.parametrize('word', ['yes', 'on', 'no', '', '2', 'true-'])
def test_condition_is_no_other_word(word):
    with pytest.raises(LaunchFileError, match='allowed: true, 1, false, 0'):
        plan_of(f"launch:\n- node: {{exec: e, if: '{word}'}}")


@pytest.mark.parametrize(
    'keys',
    ['default: 1', 'default: true', "default: '', choice: [{value: 1}]", 'description: 3'],
)
def test_text_that_is_no_yaml_string_is_an_error(keys):
    with pytest.raises(LaunchFileError, match='must be a string'):
        plan_of(f'launch:\n- arg: {{name: a, {keys}}}')
