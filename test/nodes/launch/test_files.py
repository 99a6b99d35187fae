"""The launch files of the repository: all evaluate, and give the nodes what they should."""

import os
import re
import subprocess
import sys

import pytest
import yaml
from nodes.launch.launch_files import make_package
from places import ROOT

from valet_nodes.launch.evaluate import declared_arguments, evaluate
from valet_nodes.launch.parser import parse_launch_file
from valet_nodes.launch.plan import InlineParameter, format_plan
from valet_nodes.launch.source import LaunchFileError

FILES = sorted((ROOT / 'launch').glob('*.launch.yaml'))
LIFECYCLE = ('safety_gate', 'perception', 'dressing_policy')
MONITOR = 'failure_monitor'
MOBILE = ('mobile_sim', 'base_gate', 'mobility', 'depth_scan')
STANDARD = {
    'hardware', 'namespace', 'use_sim_time', 'params_file', 'autostart', 'log_level',
    'headless', 'seed',
}  # fmt: skip


@pytest.fixture(scope='module')
def environment(tmp_path_factory):
    """Return an environment in which the packages look installed."""
    prefix = tmp_path_factory.mktemp('prefix')
    share = make_package(prefix, 'valet_bringup')
    for folder in ('launch', 'config'):
        (share / folder).symlink_to(ROOT / folder)
    make_package(prefix, 'valet_nodes', (*LIFECYCLE, *MOBILE, 'dressing_sim', 'manager', MONITOR))
    return {'AMENT_PREFIX_PATH': str(prefix)}


def plan_of(name, environment, **arguments):
    return evaluate(parse_launch_file(ROOT / 'launch' / name), arguments, environment)


def processes(plan):
    """Return the processes by executable."""
    return {process.name.rsplit('-', 1)[0]: process for process in plan}


def test_there_are_launch_files():
    assert {'sim.launch.yaml', 'robot.launch.yaml', 'bringup.launch.yaml'} <= {
        path.name for path in FILES
    }


@pytest.mark.parametrize('hardware', ['sim', 'robot'])
@pytest.mark.parametrize('path', FILES, ids=lambda path: path.name)
def test_every_launch_file_has_a_dry_run(path, hardware, environment):
    launch_file = parse_launch_file(path)
    names = {argument['name'] for argument in declared_arguments(launch_file, environment)}
    arguments = {'hardware': hardware} if 'hardware' in names else {}
    text = format_plan(evaluate(launch_file, arguments, environment))
    assert '--ros-args' in text


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.name)
def test_no_launch_file_compares_with_a_quoted_nothing(path):
    assert "''" not in re.sub(r"(default|value): ''$", '', path.read_text(), flags=re.MULTILINE)


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.name)
def test_every_argument_is_described(path, environment):
    arguments = declared_arguments(parse_launch_file(path), environment)
    assert arguments
    assert [a['name'] for a in arguments if not a['description']] == []


@pytest.mark.parametrize('name', ['sim.launch.yaml', 'robot.launch.yaml'])
def test_top_files_have_the_standard_arguments(name, environment):
    arguments = declared_arguments(parse_launch_file(ROOT / 'launch' / name), environment)
    assert {argument['name'] for argument in arguments} >= STANDARD


def test_simulation_starts_simulator_and_nodes_and_a_robot_only_the_nodes(environment):
    nodes = {*LIFECYCLE, 'manager'}
    assert set(processes(plan_of('sim.launch.yaml', environment))) == nodes | {'dressing_sim'}
    for name in ('sim.launch.yaml', 'robot.launch.yaml'):
        assert set(processes(plan_of(name, environment, hardware='robot'))) == nodes


def test_a_monitor_is_launched_only_where_one_is_named_and_the_gate_then_requires_it(
    environment,
):
    assert MONITOR not in processes(plan_of('sim.launch.yaml', environment))
    plan = processes(plan_of('sim.launch.yaml', environment, monitor='models/mine'))
    assert 'model:=models/mine' in plan[MONITOR].command
    for name in ('safety_gate', 'manager'):
        files = [str(w).rsplit('/', 1)[1] for w in plan[name].command if '/config/' in str(w)]
        assert files[1] == 'monitored.yaml'
    changed = yaml.safe_load((ROOT / 'config' / 'monitored.yaml').read_text())
    gate = changed['/**/safety_gate']['ros__parameters']
    assert gate == {'inputs': {'scores': {'required': True}}}
    names = changed['/**/manager']['ros__parameters']['node_names']
    usual = yaml.safe_load((ROOT / 'config' / 'manager.yaml').read_text())
    assert [n for n in names if n != MONITOR] == usual['/**']['ros__parameters']['node_names']
    assert names.index(MONITOR) < names.index('dressing_policy')


def test_a_base_is_watched_only_where_a_monitor_is_named_and_its_gate_then_requires_it(
    environment,
):
    assert MONITOR not in processes(plan_of('mobility.launch.yaml', environment))
    plan = processes(plan_of('mobility.launch.yaml', environment, monitor='models/mine'))
    assert 'model:=models/mine' in plan[MONITOR].command
    for name in ('base_gate', 'manager'):
        files = [str(w).rsplit('/', 1)[1] for w in plan[name].command if '/config/' in str(w)]
        assert files[1] == 'monitored_base.yaml'
    changed = yaml.safe_load((ROOT / 'config' / 'monitored_base.yaml').read_text())
    gate = changed['/**/base_gate']['ros__parameters']
    assert gate == {'inputs': {'scores': {'required': True}}}
    names = changed['/**/manager']['ros__parameters']['node_names']
    usual = yaml.safe_load((ROOT / 'config' / 'mobility_manager.yaml').read_text())
    assert [n for n in names if n != MONITOR] == usual['/**']['ros__parameters']['node_names']
    assert names.index(MONITOR) < names.index('mobility')


@pytest.mark.parametrize(('hardware', 'expected'), [('sim', True), ('robot', False)])
def test_time_is_simulated_with_the_simulator_only(hardware, expected, environment):
    plan = plan_of('sim.launch.yaml', environment, hardware=hardware)
    for name in LIFECYCLE:
        (inline,) = (w for w in processes(plan)[name].command if isinstance(w, InlineParameter))
        assert inline[1:] == ('use_sim_time', expected)


def test_everything_is_in_the_namespace_once(environment):
    for process in plan_of('sim.launch.yaml', environment, namespace='lab'):
        assert process.command.count('__ns:=/lab') == 1
        assert not any('/lab/lab' in str(word) for word in process.command)


@pytest.mark.parametrize('name', ['sim.launch.yaml', 'mobility.launch.yaml'])
@pytest.mark.parametrize(('hardware', 'is_own'), [('sim', True), ('robot', False)])
def test_the_clock_of_a_simulator_is_that_of_its_namespace(name, hardware, is_own, environment):
    plan = plan_of(name, environment, hardware=hardware, namespace='lab')
    assert plan
    assert {'/clock:=clock' in process.command for process in plan} == {is_own}


def test_parameters_of_the_user_come_after_the_defaults_and_scene_arguments_last(
    environment, tmp_path
):
    mine = tmp_path / 'mine.yaml'
    mine.write_text('/**: {ros__parameters: {}}')
    plan = plan_of(
        'sim.launch.yaml', environment, params_file=str(mine), side='left', elbow_flexion_deg='80'
    )
    command = list(processes(plan)['dressing_sim'].command)
    order = [
        next(i for i, w in enumerate(command) if str(w).endswith('config/dressing_sim.yaml')),
        command.index(str(mine)),
        command.index('side:=left'),
        command.index('elbow_flexion_deg:=80'),
    ]
    assert order == sorted(order)
    assert not any('stature_m' in str(word) for word in command)


def test_no_node_gets_the_parameters_of_another(environment):
    configs = {
        'dressing_sim': 'dressing_sim.yaml', 'safety_gate': 'safety.yaml',
        'perception': 'perception.yaml', 'dressing_policy': 'dressing_policy.yaml',
        'manager': 'manager.yaml',
    }  # fmt: skip
    for name, process in processes(plan_of('sim.launch.yaml', environment)).items():
        files = [str(w).rsplit('/', 1)[1] for w in process.command if '/config/' in str(w)]
        assert files[0] == configs[name]
        assert set(files) & set(configs.values()) == {configs[name]}


def test_missing_parameter_file_of_the_user_is_an_error(environment):
    with pytest.raises(LaunchFileError, match="parameter file 'none.yaml' does not exist"):
        plan_of('sim.launch.yaml', environment, params_file='none.yaml')


def test_topics_of_a_robot_can_be_remapped(environment):
    plan = plan_of(
        'robot.launch.yaml', environment, camera='camera/camera', servo_topic='/servo/cmd'
    )
    for process in plan:
        for rule in (
            'tf:=/tf',
            'camera/color/image_raw:=camera/camera/color/image_raw',
            'servo/delta_twist_cmds:=/servo/cmd',
        ):
            assert rule in process.command


def test_required_processes_are_those_without_which_nothing_is_watched(environment):
    plan = plan_of('sim.launch.yaml', environment)
    required = {name for name, process in processes(plan).items() if process.required}
    assert required == {'dressing_sim', 'safety_gate', 'manager'}


def test_verb_finds_files_by_name_and_prints_the_dry_run(environment):
    result = subprocess.run(
        [sys.executable, '-m', 'valet_core.tools.cli', 'launch', 'sim.launch.yaml', '--dry-run'],
        env={**os.environ, **environment}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert '[dressing_sim-1]' in result.stdout
