"""The runner with real processes: exit codes, signals, escalation, respawn, no orphans."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import psutil
import pytest

END = 20.0  # s that anything may take to end, far longer than it does

# A child that says what happens to it. Arguments: signals to survive, then what to start.
CHILD = """
    import os, signal, subprocess, sys
    def note(number, frame):
        print('got', signal.Signals(number).name, flush=True)
    for name in sys.argv[1].split():
        signal.signal(signal.Signals[name], note)
    for program in sys.argv[2:]:
        stray = subprocess.Popen([sys.executable, '-c', program], start_new_session=True)
        print('stray', stray.pid, flush=True)
    print('ready', os.getpid(), flush=True)
    while True:
        signal.pause()
"""
STUBBORN = 'import signal; [signal.signal(s, signal.SIG_IGN) for s in (2, 15)]; signal.pause()'
MEEK = 'import signal; signal.pause()'


class Runner:
    """A launch in a process of its own, read line by line."""

    def __init__(self, folder, text, *arguments):
        path = folder / 't.launch.yaml'
        path.write_text(dedent(text).replace('PYTHON', sys.executable))
        (folder / 'child.py').write_text(dedent(CHILD))
        self.lines = []
        self.process = subprocess.Popen(
            [sys.executable, '-m', 'valet_core.tools.cli', 'launch', str(path), *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=folder,
            env={**os.environ, 'ROS_LOG_DIR': str(folder / 'log')},
        )  # fmt: skip

    def wait_for(self, *needles):
        """Read until a line with all needles comes; return its last word."""
        for line in self.process.stdout:
            self.lines.append(line.rstrip('\n'))
            if all(needle in line for needle in needles):
                return line.split()[-1]
        raise AssertionError(f'{needles} never came:\n' + '\n'.join(self.lines))

    def pid_of(self, name):
        return int(self.wait_for(f'[{name}] ready'))

    def end(self):
        """Read to the end and return the exit code."""
        self.lines += self.process.stdout.read().splitlines()
        return self.process.wait(END)

    def text(self):
        return '\n'.join(self.lines)


@pytest.fixture
def launch(tmp_path):
    runners = []

    def start(text, *arguments):
        runners.append(Runner(tmp_path, text, *arguments))
        return runners[-1]

    yield start
    for runner in runners:
        runner.process.kill()
        runner.process.wait(END)
        runner.process.stdout.close()


def is_running(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until_gone(*pids):
    processes = [psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)]
    _, alive = psutil.wait_procs(processes, END)
    assert alive == []


@pytest.mark.parametrize(
    ('end', 'code'),
    [('sys.exit(7)', 7), ('sys.exit(0)', 0), ('os.kill(os.getpid(), 9)', 137)],
)
def test_end_of_a_required_process_ends_the_launch_with_its_code(launch, end, code):
    runner = launch(f"""
        launch:
        - executable: {{cmd: PYTHON child.py '', name: other, output: screen}}
        - executable:
            cmd: PYTHON -c "import os, sys; input; {end}"
            name: needed
            on_exit: shutdown
        """)
    assert runner.end() == code
    assert 'needed-2, which is required, has ended' in runner.text()
    assert 'other-1: ended with' in runner.text()


def test_end_of_another_process_changes_nothing(launch):
    runner = launch("""
        launch:
        - executable: {cmd: PYTHON child.py '', name: stays, output: screen}
        - executable: {cmd: PYTHON -c "raise SystemExit(3)", name: goes}
        """)
    pid = runner.pid_of('stays-1')
    if 'ended with exit code 3' not in runner.text():
        runner.wait_for('goes-2: ended with exit code 3')
    assert is_running(pid)
    runner.process.send_signal(signal.SIGINT)
    assert runner.end() == 0


def test_launch_ends_with_its_last_process_and_reports_the_first_failure(launch):
    runner = launch("""
        launch:
        - executable: {cmd: PYTHON -c "raise SystemExit(3)"}
        - executable: {cmd: PYTHON -c ""}
        """)
    assert runner.end() == 3


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_ends_everything_with_sigint_and_code_0(launch, number):
    runner = launch("""
        launch:
        - executable: {cmd: PYTHON child.py '', name: a, output: screen}
        - executable: {cmd: PYTHON child.py '', name: b, output: screen}
        """)
    pids = [int(runner.wait_for('ready')) for _ in 'ab']
    runner.process.send_signal(number)
    assert runner.end() == 0
    assert runner.text().count('KeyboardInterrupt') == 2
    assert not any(map(is_running, pids))


def test_process_that_ignores_sigint_gets_sigterm(launch):
    runner = launch("""
        launch:
        - executable:
            {cmd: PYTHON child.py SIGINT, name: a, output: screen, sigterm_timeout: 0.2}
        """)
    runner.pid_of('a-1')
    runner.process.send_signal(signal.SIGINT)
    assert runner.end() == 0
    assert 'got SIGINT' in runner.text()
    assert 'ended with signal SIGTERM' in runner.text()


def test_process_that_ignores_both_is_killed_and_that_is_no_success(launch):
    runner = launch("""
        launch:
        - executable:
            cmd: PYTHON child.py 'SIGINT SIGTERM'
            name: a
            output: screen
            sigterm_timeout: 0.2
            sigkill_timeout: 0.2
        """)
    runner.pid_of('a-1')
    runner.process.send_signal(signal.SIGINT)
    assert runner.end() == 137
    assert runner.text().index('got SIGINT') < runner.text().index('got SIGTERM')
    assert 'ended with signal SIGKILL' in runner.text()


def test_each_further_signal_takes_the_next_step_at_once(launch):
    runner = launch("""
        launch:
        - executable:
            cmd: PYTHON child.py 'SIGINT SIGTERM'
            name: a
            output: screen
            sigterm_timeout: 1000.0
            sigkill_timeout: 1000.0
        """)
    runner.pid_of('a-1')
    for answer in ('got SIGINT', 'got SIGTERM', 'ended with signal SIGKILL'):
        runner.process.send_signal(signal.SIGINT)
        runner.wait_for(answer)
    assert runner.end() == 137


@pytest.mark.parametrize('program', [MEEK, STUBBORN])
def test_grandchildren_in_sessions_of_their_own_end_too(launch, program):
    runner = launch(f"""
        launch:
        - executable:
            cmd: PYTHON child.py '' "{program}"
            name: a
            output: screen
        """)
    stray = int(runner.wait_for('stray'))
    runner.pid_of('a-1')
    runner.process.send_signal(signal.SIGINT)
    assert runner.end() == 0
    assert not is_running(stray)


@pytest.mark.kills
def test_grandchildren_of_a_killed_child_end_with_the_launch(launch):
    runner = launch(f"""
        launch:
        - executable: {{cmd: PYTHON child.py '' "{MEEK}", on_exit: shutdown, output: screen}}
        """)
    stray = int(runner.wait_for('stray'))
    os.kill(int(runner.wait_for('ready')), signal.SIGKILL)
    assert runner.end() == 137
    assert not is_running(stray)


@pytest.mark.kills
def test_children_of_a_killed_runner_end(launch):
    runner = launch("""
        launch:
        - executable: {cmd: PYTHON child.py '', name: a, output: screen}
        - executable: {cmd: PYTHON child.py 'SIGINT SIGTERM', name: b, output: screen}
        """)
    pids = [int(runner.wait_for('ready')) for _ in 'ab']
    runner.process.kill()
    wait_until_gone(*pids)


def test_process_is_started_again_as_often_as_allowed(launch, tmp_path):
    runner = launch(f"""
        launch:
        - executable:
            cmd: PYTHON -c "open('{tmp_path}/count', 'a').write('x'); raise SystemExit(4)"
            respawn: 'true'
            respawn_delay: 0.05
            respawn_max_retries: 2
        """)
    assert runner.end() == 4
    assert (tmp_path / 'count').read_text() == 'xxx'


def test_signal_during_the_delay_of_a_respawn_ends_the_launch(launch):
    runner = launch("""
        launch:
        - executable: {cmd: PYTHON -c "", name: a, respawn: 'true', respawn_delay: 1000.0}
        """)
    runner.wait_for('a-1: ended')
    runner.process.send_signal(signal.SIGINT)
    assert runner.end() == 0


def test_lines_carry_the_name_of_their_process(launch):
    runner = launch("""
        launch:
        - executable:
            cmd: PYTHON -c "import sys; print('one'); print('two'); sys.stderr.write('no end')"
            name: talker
            output: screen
        """)
    assert runner.end() == 0
    for line in ('[talker-1] one', '[talker-1] two', '[talker-1] no end'):
        assert line in runner.lines


def test_output_log_goes_to_a_file(launch, tmp_path):
    runner = launch("""
        launch:
        - executable: {cmd: PYTHON -c "print('quiet')", name: a, output: log}
        """)
    assert runner.end() == 0
    assert 'quiet' not in runner.text()
    (path,) = Path(tmp_path / 'log').glob('*/a-1.log')
    assert path.read_text() == '[a-1] quiet\n'


def test_program_that_does_not_exist_is_named_and_ends_the_launch_if_required(launch):
    runner = launch("""
        launch:
        - executable: {cmd: /no/such/program, name: a, on_exit: shutdown}
        """)
    assert runner.end() == 127
    assert 'a-1: cannot start' in runner.text()
    assert '/no/such/program' in runner.text()


def test_launch_ends_when_nobody_reads_its_output(launch):
    runner = launch("""
        launch:
        - executable:
            cmd: PYTHON -c "[print(i) for i in iter(int, 1)]"
            output: screen
        """)
    runner.wait_for('] 0')
    runner.process.stdout.close()
    assert runner.process.wait(END) in (0, 1, 120, 130)


def test_inline_parameters_reach_the_process_and_are_removed(launch):
    runner = launch("""
        launch:
        - node:
            exec: /bin/sh
            name: a
            output: screen
            args: -c 'for last; do :; done; echo \\$last; cat \\$last' sh
            param: [{name: x, value: 1.5}]
        """)
    assert runner.end() == 0
    path = next(line.split()[-1] for line in runner.lines if '.yaml' in line)
    assert '[sh-1]     x: 1.5' in runner.lines
    assert not Path(path).exists()


@pytest.mark.kills
def test_shared_memory_of_a_killed_process_is_removed_unless_others_use_it(launch, tmp_path):
    own, shared = (Path(f'/dev/shm/fastrtps_valettest{os.getpid()}{c}') for c in 'ab')
    mutex = own.with_name(f'sem.{own.name}_mutex')
    mutex.touch()
    (tmp_path / 'holder.py').write_text(
        f"files = [open(p, 'w') for p in ('{own}', '{shared}')]\n" + dedent(CHILD)
    )
    runner = launch("""
        launch:
        - executable:
            cmd: PYTHON holder.py 'SIGINT SIGTERM'
            name: a
            output: screen
            sigterm_timeout: 0.1
            sigkill_timeout: 0.1
        """)
    try:
        runner.pid_of('a-1')
        with shared.open():
            runner.process.send_signal(signal.SIGINT)
            assert runner.end() == 137
        assert f'removed {own}' in runner.text()
        assert not own.exists()
        assert not mutex.exists()
        assert shared.exists()
    finally:
        own.unlink(missing_ok=True)
        mutex.unlink(missing_ok=True)
        shared.unlink(missing_ok=True)


def test_dry_run_prints_and_starts_nothing(launch, tmp_path):
    text = f"""
        launch:
        - arg: {{name: a, default: x}}
        - executable: {{cmd: touch {tmp_path}/$(var a)}}
        """
    runner = launch(text, '--dry-run', 'a:=y')
    assert runner.end() == 0
    assert f'[touch-1] touch {tmp_path}/y' in runner.lines
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
