"""What a launch file means: values, scopes, conditions, command lines."""

import pytest
import yaml
from nodes.launch.launch_files import command_of, make_package, plan_of

from valet_nodes.launch.plan import InlineParameter, format_plan
from valet_nodes.launch.source import LaunchFileError


def echo(text, **kwargs):
    """Return what one `echo` would print, given the actions before it."""
    text = 'launch:\n' + text + '\n- node: {exec: echo, args: $(var a none)}'
    return command_of(text, **kwargs)[1]


def test_default_gives_way_to_what_is_passed():
    text = '- arg: {name: a, default: x}'
    assert echo(text) == 'x'
    assert echo(text, arguments={'a': 'y'}) == 'y'


def test_default_may_use_arguments_declared_before():
    text = '- arg: {name: b, default: x}\n- arg: {name: a, default: $(var b)y}'
    assert echo(text) == 'xy'


def test_let_is_undone_at_the_end_of_a_group():
    group = '- group:\n  - let: {name: a, value: inside}'
    assert echo(group) == 'none'
    assert echo(f'- let: {{name: a, value: outside}}\n{group}') == 'outside'


@pytest.mark.parametrize(
    ('expression', 'value'),
    [
        ('$(var b)', '5'),
        ('$(var c d)', 'd'),
        ('$(env HOME)', '/home'),
        ('$(env NONE default)', 'default'),
        ('$(equals $(var b) 5.0)', 'true'),
        ('$(equals true 1)', 'true'),
        ('$(equals a b)', 'false'),
        ("$(equals '' x)", 'false'),
    ],
)
def test_substitution_gives(expression, value):
    text = f"""
        launch:
        - let: {{name: b, value: '5'}}
        - node: {{exec: echo, args: "{expression}"}}
        """
    assert command_of(text, environment={'HOME': '/home'})[1] == value


@pytest.mark.parametrize(
    ('expression', 'message'),
    [
        ('$(var none)', "launch argument 'none' is not defined here"),
        ('$(env NONE)', "environment variable 'NONE' is not defined here"),
        ('$(find-pkg-share none)', "package 'none' is not installed"),
        ('$(find-pkg-share ../x)', 'not the name of a package'),
    ],
)
def test_substitution_that_cannot_be_performed_is_an_error_with_its_line(expression, message):
    text = f'launch:\n- let: {{name: b, value: "1"}}\n- node:\n    exec: "{expression}"'
    with pytest.raises(LaunchFileError, match=message) as error:
        plan_of(text)
    assert str(error.value).startswith('t.launch.yaml:4: ')


@pytest.mark.parametrize(
    ('condition', 'taken'),
    [
        ("if: 'true'", 1),
        ("if: '1'", 1),
        ("if: 'False'", 0),
        ("unless: '0'", 1),
        ('unless: $(equals a a)', 0),
    ],
)
def test_condition_decides(condition, taken):
    assert len(plan_of(f'launch:\n- node: {{exec: ls, {condition}}}')) == taken


def test_condition_that_is_no_boolean_is_an_error():
    with pytest.raises(LaunchFileError, match=r"t.launch.yaml:2: 'yes' is neither.*allowed: true"):
        plan_of("launch:\n- node: {exec: ls, if: 'yes'}")


def test_what_is_not_taken_is_not_evaluated():
    assert plan_of("launch:\n- include: {file: $(var none), if: 'false'}") == []


def test_undefined_argument_is_an_error_that_lists_those_that_exist():
    with pytest.raises(LaunchFileError, match="no argument 'c'; it has: a, b"):
        plan_of(
            'launch:\n- arg: {name: b, default: ""}\n- arg: {name: a, default: ""}',
            arguments={'c': '1'},
        )


def test_argument_without_default_must_be_given():
    text = 'launch:\n- arg: {name: a, description: the thing}'
    with pytest.raises(LaunchFileError, match=r't.launch.yaml:2: .*the thing.*give a:=value'):
        plan_of(text)
    assert plan_of(text, arguments={'a': '1'}) == []


def test_value_outside_the_choices_is_an_error():
    text = 'launch:\n- arg: {name: a, default: x, choice: [{value: x}, {value: y}]}'
    with pytest.raises(LaunchFileError, match="argument 'a' is 'z'; allowed: 'x', 'y'"):
        plan_of(text, arguments={'a': 'z'})


@pytest.mark.parametrize(
    ('command', 'words'),
    [
        ('echo a b', ['echo', 'a', 'b']),
        ("echo 'a b' c", ['echo', 'a b', 'c']),
        ('echo $(var s)', ['echo', 'x y']),
        ('echo --to=$(var s)', ['echo', '--to=x y']),
        ('echo $(var s)z', ['echo', 'x yz']),
        ('echo $(var s) z', ['echo', 'x y', 'z']),
        ('echo $(var s)$(var s)', ['echo', 'x yx y']),
        ('echo $(var s) $(var s)', ['echo', 'x y', 'x y']),
    ],
)
def test_command_is_split_at_spaces_outside_substitutions(command, words):
    text = f'launch:\n- let: {{name: s, value: x y}}\n- node:\n    exec: e\n    args: {command}'
    assert command_of(text) == ['e', *words, '--ros-args']


def test_environment_changes_reach_what_follows_in_the_scope():
    plan = plan_of(
        """
        launch:
        - node: {exec: a}
        - group:
          - set_env: {name: A, value: $(env HOME)/x}
          - set_env: {name: B, value: $(env A)/y}
          - node: {exec: b}
        - node: {exec: c}
        """,
        environment={'HOME': '/home'},
    )
    assert [p.environment for p in plan] == [{}, {'A': '/home/x', 'B': '/home/x/y'}, {}]


@pytest.fixture
def prefix(tmp_path):
    share = make_package(tmp_path, 'robot', ('driver', 'camera'))
    (share / 'p.yaml').write_text('/**: {ros__parameters: {a: 1}}')
    return tmp_path


def test_node_gets_its_ros_arguments_in_order(prefix):
    command = command_of(
        """
        launch:
        - set_parameter: {name: seed, value: '3'}
        - set_parameter: {name: side, value: left}
        - set_parameters_from_file: {filename: $(find-pkg-share robot)/p.yaml}
        - set_remap: {from: tf, to: /tf}
        - push_ros_namespace: {namespace: lab}
        - node:
            pkg: robot
            exec: driver
            name: arm
            namespace: left
            args: --fast --ros-args --log-level debug
            param:
            - {from: $(find-pkg-share robot)/p.yaml}
            - {name: use_sim_time, value: $(equals a a)}
            remap: [{from: a, to: b}]
        """,
        environment={'AMENT_PREFIX_PATH': str(prefix)},
    )
    parameters = f'{prefix}/share/robot/p.yaml'
    assert command == [
        f'{prefix}/lib/robot/driver', '--fast', '--ros-args', '--log-level', 'debug',
        '--ros-args', '-r', '__node:=arm', '-r', '__ns:=/lab/left',
        '-p', 'seed:=3', '-p', 'side:=left', '--params-file', parameters,
        '--params-file', parameters,
        '--params-file', InlineParameter('/lab/left/arm', 'use_sim_time', True),
        '-r', 'tf:=/tf', '-r', 'a:=b',
    ]  # fmt: skip


@pytest.mark.parametrize(
    ('outer', 'inner', 'full'),
    [
        ('', None, '/'),
        ('lab', None, '/lab'),
        ('lab', 'x', '/lab/x'),
        ('lab/', 'x', '/lab/x'),
        ('lab', '/x', '/x'),
        ('/lab', '', '/lab'),
    ],
)
def test_namespaces_join(outer, inner, full):
    own = '' if inner is None else f"\n    namespace: '{inner}'"
    command = command_of(
        f"launch:\n- push_ros_namespace: {{namespace: '{outer}'}}\n- node:\n    exec: e{own}"
    )
    assert command == ['e', '--ros-args', '-r', f'__ns:={full}']


@pytest.mark.parametrize(
    ('entry', 'value'),
    [
        ('value: 1', 1),
        ('value: 1.0', 1.0),
        ('value: true', True),
        ('value: text', 'text'),
        ("value: '1'", '1'),
        ('value: $(var one)', 1),
        ('value: $(var empty)', ''),
        ('value: $(var list)', [1.5, 2.5]),
        ('value: [a, $(var empty)]', ['a', '']),
        ('value: [1, $(var one)]', [1, 1]),
    ],
)
def test_inline_parameter_has_the_type_that_ros_2_gives_it(entry, value):
    *_, inline = command_of(f"""
        launch:
        - let: {{name: one, value: '1'}}
        - let: {{name: empty, value: ''}}
        - let: {{name: list, value: '[1.5, 2.5]'}}
        - node: {{exec: e, param: [{{name: x, {entry}}}]}}
        """)
    assert inline[1:] == ('x', value)
    assert type(inline.value) is type(value)
    assert yaml.safe_load(inline.text()) == {'/**': {'ros__parameters': {'x': value}}}


@pytest.mark.parametrize(
    ('entry', 'message'),
    [
        ('name: x, value: "$(var a): 1"', 'allowed: a boolean'),
        ('from: none.yaml', "'none.yaml' does not exist"),
        ("from: ''", "'' does not exist"),
    ],
)
def test_wrong_parameter_is_an_error_with_its_line(entry, message):
    text = (
        f'launch:\n- let: {{name: a, value: text}}\n- node:\n    exec: e\n    param:\n'
        f'    - {{{entry}}}'
    )
    with pytest.raises(LaunchFileError, match=message) as error:
        plan_of(text)
    assert str(error.value).startswith('t.launch.yaml:6: ')


def test_unknown_executable_is_an_error_that_lists_those_that_exist(prefix):
    with pytest.raises(LaunchFileError, match="no executable 'drive' in .*: camera, driver"):
        plan_of(
            'launch:\n- node: {pkg: robot, exec: drive}',
            environment={'AMENT_PREFIX_PATH': str(prefix)},
        )


@pytest.mark.parametrize(
    ('keys', 'message'),
    [
        ("respawn: 'true', on_exit: shutdown", 'exclude each other'),
        ('output: own_log', 'allowed: screen, log, both$'),
        ('name: a-b', 'not the name of a node'),
    ],
)
def test_process_that_contradicts_itself_is_an_error(keys, message):
    with pytest.raises(LaunchFileError, match=message):
        plan_of(f'launch:\n- node: {{exec: e, {keys}}}')


def write(folder, name, text):
    (folder / name).write_text(text)
    return str(folder / name)


@pytest.mark.parametrize('key', ['arg', 'let'])
def test_included_file_sees_the_values_around_it_and_its_own_leak_out(tmp_path, key):
    inner_file = write(
        tmp_path,
        'inner.yaml',
        """
launch:
- arg: {name: a, default: of-inner}
- arg: {name: b, default: of-inner}
- node: {exec: inner, args: $(var a) $(var b)}
""",
    )
    inner, outer = plan_of(f"""
        launch:
        - let: {{name: a, value: of-outer}}
        - include:
            file: {inner_file}
            {key}: [{{name: b, value: passed}}]
        - node: {{exec: outer, args: $(var b)}}
        """)
    assert inner.command[:3] == ('inner', 'of-outer', 'passed')
    assert outer.command[:2] == ('outer', 'passed')


def test_arguments_of_included_files_may_be_given(tmp_path):
    write(tmp_path, 'inner.yaml', 'launch:\n- arg: {name: b, default: x}')
    text = f"""
        launch:
        - arg: {{name: kind, default: inner}}
        - include: {{file: {tmp_path}/$(var kind).yaml, if: 'false'}}
        """
    assert plan_of(text, arguments={'b': 'y'}) == []


def test_arguments_that_the_including_file_sets_may_not_be_given(tmp_path):
    inner = write(tmp_path, 'inner.yaml', 'launch:\n- arg: {name: b, default: x}')
    text = f'launch:\n- include: {{file: {inner}, let: [{{name: b, value: z}}]}}'
    with pytest.raises(LaunchFileError, match="no argument 'b'; it has: none"):
        plan_of(text, arguments={'b': 'y'})


@pytest.mark.parametrize(
    ('name', 'message'),
    [('none.yaml', 'does not exist'), ('x.launch.py', 'only YAML'), ('outer.yaml', 'itself')],
)
def test_include_that_cannot_be_is_an_error_with_its_line(tmp_path, name, message):
    text = f'launch:\n- include:\n    file: {tmp_path}/{name}'
    path = write(tmp_path, 'outer.yaml', text)
    with pytest.raises(LaunchFileError, match=message) as error:
        plan_of(text, file=path)
    assert str(error.value).startswith(f'{path}:3: ')


def test_plan_shows_command_environment_parameters_and_policy():
    text = format_plan(
        plan_of("""
        launch:
        - set_env: {name: A, value: x y}
        - node:
            exec: /bin/e
            respawn: 'true'
            respawn_delay: 1.5
            param: [{name: p, value: 1}]
        - node: {exec: echo, args: "'a b'", on_exit: shutdown}
        """)
    )
    assert text.splitlines() == [
        '[e-1] /bin/e --ros-args --params-file <parameters 3>',
        '    from t.launch.yaml:5',
        "    env A='x y'",
        '    <parameters 3> /**: p: 1',
        '    respawn after 1.5 s',
        "[echo-2] echo 'a b' --ros-args",
        '    from t.launch.yaml:9',
        "    env A='x y'",
        '    required: its end is the end of the launch',
    ]
