"""A node's process ends cleanly, however often and whenever it is told to."""

import signal
import subprocess
import sys
import time
from textwrap import dedent

import pytest

END = 30.0  # s that anything may take, far longer than it does

# Says where it is; each stage of its end takes a while, the last that of the interpreter.
NODE = """
    import sys, time
    from valet_nodes.ros.node import ValetNode
    from valet_nodes.ros.spin import run

    def stage(name):
        print(name, flush=True)
        time.sleep(0.3)

    class Slow(ValetNode):
        def __init__(self):
            super().__init__('slow')
            stage('made')
        def on_shutdown(self, state):
            stage('shutdown')
            return super().on_shutdown(state)
        def destroy_node(self):
            stage('destroyed')
            super().destroy_node()

    class Last:
        def __del__(self):
            stage('last')

    last = Last()
    sys.exit(run(Slow))
"""


def start(folder):
    (folder / 'slow.py').write_text(dedent(NODE))
    command = [sys.executable, str(folder / 'slow.py')]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for(process, stage):
    assert any(line == f'{stage}\n' for line in process.stdout), process.stderr.read()


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize('stage', ['made', 'shutdown', 'destroyed', 'last'])
def test_second_signal_at_any_stage_of_the_end_changes_nothing(tmp_path, stage, number):
    with start(tmp_path) as process:
        wait_for(process, 'made')
        process.send_signal(number)
        if stage != 'made':
            wait_for(process, stage)
        process.send_signal(number)
        assert process.wait(END) == 0, process.stderr.read()


@pytest.mark.parametrize('delay', [0.0, 0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 1.1])
def test_second_signal_after_any_time_changes_nothing(tmp_path, delay):
    with start(tmp_path) as process:
        wait_for(process, 'made')
        process.send_signal(signal.SIGINT)
        time.sleep(delay)
        process.send_signal(signal.SIGINT)
        assert process.wait(END) == 0, process.stderr.read()
