"""The runner with real processes: exit codes, signals, escalation, respawn, no orphans."""

import contextlib
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import psutil
import pytest
import yaml

END = 20.0  # s that anything may take to end, far longer than it does
PYTHON = Path(sys.executable).name  # what the runner calls a process of ours

# A child that says what happens to it. Arguments: signals to survive, and what to start.
CHILD = """
    import os, signal, subprocess, sys
    def note(number, frame):
        print('got', signal.Signals(number).name, flush=True)
    for word in sys.argv[1 : sys.argv.index('--ros-args')]:
        if word.startswith('SIG'):
            signal.signal(signal.Signals[word], note)
        else:
            stray = subprocess.Popen(
                [sys.executable, '-c', word], start_new_session=True, stdout=subprocess.PIPE
            )
            stray.stdout.readline()
    print('ready', os.getpid(), flush=True)
    while True:
        signal.pause()
"""
MEEK = 'import signal; print(1, flush=True); signal.pause()'
STUBBORN = f'import signal; [signal.signal(s, signal.SIG_IGN) for s in (2, 15)]; {MEEK}'
# Ends at once and leaves a stubborn process.
DAEMON = f'import subprocess, sys; subprocess.Popen([sys.executable, "-c", "{STUBBORN}"])'


def child(*words, **keys):
    """Return a node that runs the child."""
    return {'node': {'exec': 'CHILD', 'args': shlex.join(words), 'output': 'screen', **keys}}


def python(program, **keys):
    """Return a node that runs a program."""
    return {'node': {'exec': sys.executable, 'args': shlex.join(['-c', program]), **keys}}


class Runner:
    """A launch in a process of its own, read line by line."""

    def __init__(self, folder, actions, *arguments):
        path, script = folder / 't.launch.yaml', folder / 'child'
        text = actions if isinstance(actions, str) else yaml.safe_dump({'launch': actions})
        path.write_text(dedent(text).replace('CHILD', str(script)))
        script.write_text(f'#!{sys.executable}\n{dedent(CHILD)}')
        script.chmod(0o755)
        self.lines = []
        self.logs = str(folder / 'log')
        self.process = subprocess.Popen(
            [sys.executable, '-m', 'valet_core.tools.cli', 'launch', str(path), *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=folder,
            env={**os.environ, 'ROS_LOG_DIR': self.logs},
        )  # fmt: skip

    def wait_for(self, *needles):
        """Read until a line with all needles comes; return its last word."""
        for line in self.process.stdout:
            self.lines.append(line.rstrip('\n'))
            if all(needle in line for needle in needles):
                return line.split()[-1]
        raise AssertionError(f'{needles} never came:\n' + '\n'.join(self.lines))

    def end(self):
        """Read to the end, see that no process is left, and return the exit code."""
        self.lines += self.process.stdout.read().splitlines()
        code = self.process.wait(END)
        assert self.left() == []
        return code

    def left(self):
        """Return what still runs of all that was started for this launch."""
        return [
            process
            for process in psutil.process_iter()
            if process.pid != os.getpid() and variable(process, 'ROS_LOG_DIR') == self.logs
        ]

    def text(self):
        return '\n'.join(self.lines)


def variable(process, name):
    """Return an environment variable of a process, None for one that has ended."""
    try:
        return process.environ().get(name)
    except psutil.Error:
        return None


@pytest.fixture
def launch(tmp_path):
    runners = []

    def start(actions, *arguments):
        runners.append(Runner(tmp_path, actions, *arguments))
        return runners[-1]

    yield start
    for runner in runners:
        for process in runner.left():
            process.kill()
        runner.process.wait(END)
        runner.process.stdout.close()


def is_running(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize(
    ('end', 'code'),
    [('sys.exit(7)', 7), ('sys.exit(0)', 0), ('os.kill(os.getpid(), 9)', 137)],
)
def test_end_of_a_required_process_ends_the_launch_with_its_code(launch, end, code):
    runner = launch([child(), python(f'import os, sys; {end}', on_exit='shutdown')])
    assert runner.end() == code
    assert f'{PYTHON}-2, which is required, has ended' in runner.text()
    assert 'child-1: ended with' in runner.text()


def test_end_of_another_process_changes_nothing(launch):
    runner = launch([child(), python('raise SystemExit(3)')])
    pid = int(runner.wait_for('ready'))
    if 'ended with exit code 3' not in runner.text():
        runner.wait_for(f'{PYTHON}-2: ended with exit code 3')
    assert is_running(pid)
    runner.process.send_signal(signal.SIGINT)
    assert runner.end() == 0


def test_launch_ends_with_its_last_process_and_reports_the_first_failure(launch):
    assert launch([python('raise SystemExit(3)'), python('')]).end() == 3


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_ends_everything_with_sigint_and_code_0(launch, number):
    runner = launch([child(), child()])
    for _ in range(2):
        runner.wait_for('ready')
    runner.process.send_signal(number)
    assert runner.end() == 0
    assert runner.text().count('KeyboardInterrupt') == 2


def test_first_signal_reaches_the_process_and_not_what_it_has_started(launch):
    told = (
        'import signal, sys; signal.signal(2, lambda *_: print("told", file=sys.stderr)); '
        'print(1, flush=True); [signal.pause() for _ in iter(int, 1)]'
    )
    program = f"""if True:
        import signal, subprocess, sys
        inner = subprocess.Popen([sys.executable, '-c', {told!r}], stdout=-1)
        signal.signal(2, lambda *_: (inner.terminate(), inner.wait(), sys.exit()))
        inner.stdout.readline()
        print('ready', flush=True)
        signal.pause()"""
    runner = launch([python(program, output='screen')])
    runner.wait_for('ready')
    runner.process.send_signal(signal.SIGINT)
    assert runner.end() == 0
    assert 'told' not in runner.text()


def test_process_that_ignores_sigint_gets_sigterm(launch):
    runner = launch([child('SIGINT', sigterm_timeout=0.2)])
    runner.wait_for('ready')
    runner.process.send_signal(signal.SIGINT)
    assert runner.end() == 0
    assert 'got SIGINT' in runner.text()
    assert 'ended with signal SIGTERM' in runner.text()


@pytest.mark.kills
def test_process_that_ignores_both_is_killed_and_that_is_no_success(launch):
    runner = launch([child('SIGINT', 'SIGTERM', sigterm_timeout=0.2, sigkill_timeout=0.2)])
    runner.wait_for('ready')
    runner.process.send_signal(signal.SIGINT)
    assert runner.end() == 137
    assert runner.text().index('got SIGINT') < runner.text().index('got SIGTERM')
    assert 'ended with signal SIGKILL' in runner.text()


@pytest.mark.kills
def test_each_further_signal_takes_the_next_step_at_once(launch):
    patient = {'sigterm_timeout': 1000.0, 'sigkill_timeout': 1000.0}
    runner = launch([child('SIGINT', 'SIGTERM', **patient)])
    runner.wait_for('ready')
    for answer in ('got SIGINT', 'got SIGTERM', 'ended with signal SIGKILL'):
        runner.process.send_signal(signal.SIGINT)
        runner.wait_for(answer)
    assert runner.end() == 137


def test_step_that_a_signal_has_taken_is_not_taken_again_when_it_was_due(launch):
    # Ends well after the time at which the first SIGTERM was due, unless that brings a SIGKILL.
    program = """if True:
        import signal, sys, time
        signal.signal(2, lambda *_: print('got SIGINT'))
        signal.signal(15, lambda *_: (time.sleep(3.0), sys.exit()))
        print('ready')
        while True:
            signal.pause()"""
    timeouts = {'sigterm_timeout': 2.0, 'sigkill_timeout': 1000.0}
    runner = launch([python(program, output='screen', **timeouts)])
    for line in ('] ready', '] got SIGINT'):
        runner.wait_for(line)
        runner.process.send_signal(signal.SIGINT)
    assert runner.end() == 0


@pytest.mark.kills
@pytest.mark.parametrize('program', [MEEK, STUBBORN, DAEMON])
def test_grandchildren_in_sessions_of_their_own_end_too(launch, program):
    runner = launch([child(program)])
    runner.wait_for('ready')
    runner.process.send_signal(signal.SIGINT)
    assert runner.end() == 0


@pytest.mark.kills
@pytest.mark.parametrize('program', [MEEK, STUBBORN, DAEMON])
def test_grandchildren_of_a_killed_child_end_with_the_launch(launch, program):
    runner = launch([child(program, on_exit='shutdown')])
    os.kill(int(runner.wait_for('ready')), signal.SIGKILL)
    assert runner.end() == 137


def test_what_an_ended_process_has_left_in_its_group_ends_while_others_run(launch):
    program = f"""if True:
        import subprocess, sys
        left = subprocess.Popen([sys.executable, '-c', {MEEK!r}], stdout=-1)
        left.stdout.readline()
        print('left', left.pid)"""
    runner = launch([child(), python(program, output='screen')])
    pid = int(runner.wait_for('] left'))
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(pid).wait(END)
    assert runner.process.poll() is None
    runner.process.send_signal(signal.SIGINT)
    assert runner.end() == 0


def test_processes_that_did_not_descend_from_the_launch_are_left_alone(launch):
    with subprocess.Popen([sys.executable, '-c', MEEK]) as other:
        assert launch([child(STUBBORN), python('', on_exit='shutdown')]).end() == 0
        assert other.poll() is None
        other.kill()


@pytest.mark.kills
@pytest.mark.parametrize('program', [MEEK, STUBBORN])
def test_children_of_a_killed_runner_end_even_when_they_ignore_signals(launch, program):
    runner = launch([python(program, output='screen')])
    runner.wait_for('] 1')
    runner.process.kill()
    _, alive = psutil.wait_procs(runner.left(), END)
    assert alive == []


def test_process_is_started_again_after_the_delay(launch):
    runner = launch([python('raise SystemExit(4)', respawn='true', respawn_delay=0.05)])
    for _ in range(3):
        runner.wait_for('started with pid')
        runner.wait_for('ended with exit code 4')
    runner.process.send_signal(signal.SIGINT)
    runner.end()
    assert 'shutting down: a signal' in runner.text()


def test_signal_during_the_delay_of_a_respawn_ends_the_launch(launch):
    runner = launch([python('', respawn='true', respawn_delay=1000.0)])
    runner.wait_for(f'{PYTHON}-1: ended')
    runner.process.send_signal(signal.SIGINT)
    assert runner.end() == 0


def test_lines_carry_the_name_of_their_process(launch):
    program = "import sys; print('one'); print('two'); sys.stderr.write('no end')"
    runner = launch([python(program, output='screen')])
    assert runner.end() == 0
    for text in ('one', 'two', 'no end'):
        assert f'[{PYTHON}-1] {text}' in runner.lines


def test_output_log_goes_to_a_file(launch):
    runner = launch([python("print('quiet')", output='log')])
    assert runner.end() == 0
    assert 'quiet' not in runner.text()
    (path,) = Path(runner.logs).glob(f'*/{PYTHON}-1.log')
    assert path.read_text() == f'[{PYTHON}-1] quiet\n'


def test_log_file_that_cannot_be_written_ends_the_launch(launch, tmp_path):
    (tmp_path / 'log').touch()  # where the folder of the log files would be
    runner = launch([child(STUBBORN), python("print('quiet')", output='log')])
    assert runner.end() == 1
    assert f'{tmp_path}/log' in runner.text()


def test_environment_reaches_the_process(launch):
    set_env = {'set_env': {'name': 'VALET_TEST_VALUE', 'value': 'x y'}}
    program = "import os; print('value', os.environ['VALET_TEST_VALUE'])"
    runner = launch([set_env, python(program, output='screen')])
    assert runner.end() == 0
    assert f'[{PYTHON}-1] value x y' in runner.lines


def test_program_that_does_not_exist_is_named_and_ends_the_launch_if_required(launch):
    runner = launch([{'node': {'exec': '/no/such/program', 'on_exit': 'shutdown'}}])
    assert runner.end() == 127
    assert 'program-1: cannot start' in runner.text()
    assert '/no/such/program' in runner.text()


def test_launch_ends_when_nobody_reads_its_output(launch):
    runner = launch([python('[print(i) for i in iter(int, 1)]', output='screen')])
    runner.wait_for('] 0')
    runner.process.stdout.close()
    assert runner.process.wait(END) in (0, 1, 120, 130)
    assert runner.left() == []


def test_inline_parameters_reach_the_process_and_are_removed(launch):
    program = "import sys; print(open(sys.argv[-1]).read()); print('file', sys.argv[-1])"
    runner = launch([python(program, output='screen', param=[{'name': 'x', 'value': 1.5}])])
    path = runner.wait_for('file')
    assert runner.end() == 0
    assert f'[{PYTHON}-1]     x: 1.5' in runner.lines
    assert not Path(path).exists()


def test_dry_run_prints_and_starts_nothing(launch, tmp_path):
    text = f"""
        launch:
        - arg: {{name: a, default: x}}
        - node: {{exec: touch, args: {tmp_path}/$(var a)}}
        """
    runner = launch(text, '--dry-run', 'a:=y')
    assert runner.end() == 0
    assert f'[touch-1] touch {tmp_path}/y --ros-args' in runner.lines
    assert not (tmp_path / 'y').exists()


def test_show_args_prints_name_description_choices_and_default(launch):
    runner = launch("""
        launch:
        - arg:
            name: hardware
            default: sim
            description: what moves
            choice: [{value: sim}, {value: robot}]
        - arg: {name: must}
        """, '--show-args')  # fmt: skip
    assert runner.end() == 0
    assert runner.lines == [
        'hardware:', '    what moves', "    choices: 'sim', 'robot'", "    default: 'sim'",
        'must:', '    no description', '    must be given',
    ]  # fmt: skip


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (('b:=1',), "no argument 'b'; it has: a"),
        (('b',), 'not of the form name:=value'),
        (('a:=1', 'a:=2'), 'given twice'),
    ],
)
def test_wrong_argument_is_an_error_with_code_2(launch, arguments, message):
    runner = launch('launch:\n- arg: {name: a, default: x}', *arguments)
    assert runner.end() == 2
    assert message in runner.text()


def test_unknown_file_is_an_error_that_lists_those_that_are_installed():
    result = subprocess.run(
        [sys.executable, '-m', 'valet_core.tools.cli', 'launch', 'none.launch.yaml'],
        capture_output=True, text=True, timeout=END)  # fmt: skip
    assert result.returncode == 2
    assert "'none.launch.yaml'" in result.stderr
    assert 'sim.launch.yaml' in result.stderr
