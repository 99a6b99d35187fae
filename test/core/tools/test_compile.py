"""What `valet compile` leaves for the nodes."""

import subprocess
import sys

import pytest

from valet_core.tools import cli
from valet_core.tools.compile import PARTS

# numba tells of a compilation by an event; loading from its cache is none.
COUNT = """
import sys
from numba.core import event
from valet_core.tools.compile import compile_part

with event.install_recorder('numba:compile') as compiled:
    compile_part(sys.argv[1])
names = {e.data['dispatcher'].py_func.__qualname__ for _, e in compiled.buffer if e.is_start}
sys.exit(f'compiled: {sorted(names)}' if names else 0)
"""


@pytest.mark.parametrize('part', PARTS)
def test_what_was_compiled_once_is_only_loaded(part):
    subprocess.run([sys.executable, '-c', COUNT, part], capture_output=True)
    again = subprocess.run([sys.executable, '-c', COUNT, part], capture_output=True, text=True)
    assert again.returncode == 0, again.stderr


def test_fewer_processes_than_one_are_refused(capsys):
    assert cli.main(['compile', '--processes', '0']) == 1
    assert '--processes: received 0; allowed: 1 or more' in capsys.readouterr().err
