"""Every key of the format, and every error with file, line and what is allowed."""

from textwrap import dedent

import pytest

from valet_nodes.launch.parser import parse_launch_file, parse_launch_text
from valet_nodes.launch.source import LaunchFileError


def parse(text):
    return parse_launch_text(dedent(text), 'f.yaml').actions


def test_argument_has_name_default_description_choices():
    (argument,) = parse("""
        launch:
        - arg:
            name: hardware
            default: sim
            description: what moves
            choice:
            - value: sim
            - value: robot
        """)
    assert argument.name == 'arg'
    assert argument['name'] == 'hardware'
    assert argument['default'].template == ('sim',)
    assert argument['description'] == 'what moves'
    assert argument['choice'] == [{'value': 'sim'}, {'value': 'robot'}]
    assert argument.where == ('f.yaml', 4)


def test_node_keeps_parameters_in_order():
    (node,) = parse("""
        launch:
        - node:
            pkg: p
            exec: e
            name: n
            on_exit: shutdown
            param:
            - from: a.yaml
            - name: x
              value: 1.5
            - name: y
              value: [1, 2]
            remap:
            - from: a
              to: b
        """)
    assert node['on_exit'] is True
    path, x, y = node['param']
    assert path['from'].template == ('a.yaml',)
    assert x['value'] == 1.5
    assert y['value'] == [1, 2]
    assert [(rule['from'].raw, rule['to'].raw) for rule in node['remap']] == [('a', 'b')]


def test_group_is_a_list_or_has_children():
    short, long = parse("""
        launch:
        - group:
          - set_parameter: {name: a, value: '1'}
        - group:
            if: 'true'
            children:
            - include: {file: b.yaml, arg: [{name: c, value: d}]}
        """)
    assert [action.name for action in short['children']] == ['set_parameter']
    assert [action.name for action in long['children']] == ['include']
    assert short['if'] is None
    assert long['if'].raw == 'true'


ERRORS = [
    ('nodes: []', 1, "unknown key 'nodes' in a launch file; allowed: launch"),
    ('{}', 1, "a launch file needs the key 'launch'"),
    ('[]', 1, 'a launch file must be a mapping of keys, got a list'),
    ('', 1, 'got nothing'),
    ('launch: 3', 1, "'launch' of a launch file must be a list that is not empty, got 3"),
    ('launch: []\nversion: 1', 2, "unknown key 'version'.*allowed: launch"),
    ('launch:\n- nod:\n    pkg: p', 2, "unknown action 'nod'; allowed: .*node"),
    ('launch:\n- node:\n  pkg: p', 2, 'got node, pkg; are the keys of the action indented'),
    ('launch:\n- 3', 2, 'name as the one key, got 3'),
    ('launch:\n- node: 3', 2, "'node' must be a mapping"),
    ('launch:\n- node:\n    pkg: p', 3, "needs the key 'exec'"),
    (
        'launch:\n- node:\n    exec: e\n    label: n',
        4,
        "unknown key 'label' in 'node'; allowed: .*name",
    ),
    ('launch:\n- node:\n    exec: e\n    name: 3', 4, "'name' of 'node' must be a string"),
    ('launch:\n- node:\n    exec: e\n    respawn: true', 4, 'must be a string'),
    ('launch:\n- node:\n    exec: e\n    respawn_delay: 1', 4, 'with a decimal point'),
    ('launch:\n- node:\n    exec: e\n    respawn_delay: -1.0', 4, 'zero or more'),
    ('launch:\n- node:\n    exec: e\n    on_exit: restart', 4, "must be 'shutdown'"),
    (
        'launch:\n- node:\n    exec: e\n    param: {}',
        4,
        'must be a list that is not empty, got a mapping',
    ),
    (
        'launch:\n- node:\n    exec: e\n    param: []',
        4,
        'must be a list that is not empty, got a list',
    ),
    ('launch:\n- node:\n    exec: e\n    param:\n    - name: x', 5, 'got: name'),
    ('launch:\n- node:\n    exec: e\n    param:\n    - {name: x, from: y}', 5, 'got: from, name'),
    ('launch:\n- node:\n    exec: e\n    param:\n    - {from: y, x: 1}', 5, "unknown key 'x'"),
    ('launch:\n- node:\n    exec: e\n    param:\n    - {name: x, value: {}}', 5, 'a mapping'),
    (
        'launch:\n- node:\n    exec: e\n    param:\n    - {name: x, value: [1, true]}',
        5,
        'one type',
    ),
    (
        'launch:\n- node:\n    exec: e\n    param:\n    - {name: x, value: [[1]]}',
        5,
        'a string, a number, .* got a list',
    ),
    (
        'launch:\n- node:\n    exec: e\n    param:\n    - {name: x, value: 1, type: int}',
        5,
        "unknown key 'type' in 'param' of 'node'; allowed: from, name, value",
    ),
    ('launch:\n- node:\n    exec: e\n    if: true', 4, 'must be a string'),
    ("launch:\n- node:\n    exec: e\n    if: 'true'\n    unless: 'true'", 5, 'both "if"'),
    ('launch:\n- arg:\n    name: a\n    default: 1', 4, 'must be a string'),
    ('launch:\n- arg:\n    default: a', 3, "needs the key 'name'"),
    (
        'launch:\n- include:\n    file: $(vr x)',
        3,
        r'unknown substitution \$\(vr\); allowed: .*var',
    ),
    ('launch:\n- include:\n    file: $(var)', 3, r'\$\(var\) takes 1 or 2 arguments, got 0'),
    ('launch:\n- include:\n    file: $(var x', 3, 'not closed'),
    ('launch:\n- group: 3', 2, "'group' must be a mapping"),
    ("launch:\n- group:\n    if: 'true'", 3, "needs the key 'children'"),
    ('launch:\n- executable:\n    cmd: ls', 2, "unknown action 'executable'; allowed: arg, group"),
    ('launch:\n- group:\n  - let:\n      name: $(eval 1)\n', 4, r'unknown substitution \$\(eval'),
    ('launch:\n- let:\n    name: a\n    name: b\n    value: c', 4, 'given twice, first at line 3'),
    ('launch:\n- let:\n    1: a', 3, 'key must be a string'),
    ('launch:\n- let: {name: [', 2, 'not valid YAML'),
    ('launch:\n- let:\n    name: *x', 3, 'not valid YAML'),
]


@pytest.mark.parametrize(('text', 'line', 'message'), ERRORS)
def test_error_names_file_line_and_what_is_allowed(text, line, message):
    with pytest.raises(LaunchFileError, match=message) as error:
        parse_launch_text(text, 'f.yaml')
    assert str(error.value).startswith(f'f.yaml:{line}: ')


def test_missing_file_is_named(tmp_path):
    with pytest.raises(LaunchFileError, match='none.yaml'):
        parse_launch_file(tmp_path / 'none.yaml')
