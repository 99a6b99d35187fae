import os
import subprocess
import sys

import pytest
from places import ROOT

from valet_core.tools import cli

HEAVY = {'lerobot', 'matplotlib', 'mujoco', 'open3d', 'rclpy', 'scipy', 'torch'}

VERB = """
from valet_core.common.errors import InvalidInputError
HELP = 'say a word'
def add_arguments(parser):
    parser.add_argument('word')
def run(args):
    if args.word == 'bad':
        raise InvalidInputError("word: got 'bad'")
    print(args.word)
    return 7
"""


@pytest.fixture
def verb_say(tmp_path, monkeypatch):
    """Install a package with the verb `say`, as any package may."""
    (tmp_path / 'say_verb.py').write_text(VERB)
    metadata = tmp_path / 'say-1.0.dist-info'
    metadata.mkdir()
    (metadata / 'METADATA').write_text('Metadata-Version: 2.1\nName: say\nVersion: 1.0\n')
    (metadata / 'entry_points.txt').write_text(
        '[valet.verbs]\nsay = say_verb\nbroken = no_such_module\n'
    )
    monkeypatch.syspath_prepend(tmp_path)


def test_help_lists_every_verb_with_its_line(verb_say, capsys):
    assert cli.main(['--help']) == 0
    lines = capsys.readouterr().out.splitlines()
    assert '  say        say a word' in lines
    for verb in ('bench', 'demo', 'eval', 'info', 'launch'):
        assert any(line.startswith(f'  {verb} ') for line in lines)


def test_help_survives_a_verb_that_cannot_be_imported(verb_say, capsys):
    assert cli.main(['--help']) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "  broken     not available: No module named 'no_such_module'" in lines


def test_no_shipped_verb_is_unavailable(capsys):
    cli.main(['--help'])
    assert 'not available' not in capsys.readouterr().out


def test_help_imports_nothing_heavy():
    code = (
        'import sys; from valet_core.tools import cli; cli.main(["--help"]);'
        f'sys.exit(str({HEAVY} & set(sys.modules)) if {HEAVY} & set(sys.modules) else 0)'
    )
    result = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def test_verb_gets_its_arguments_and_gives_the_exit_status(verb_say, capsys):
    assert cli.main(['say', 'hello']) == 7
    assert capsys.readouterr().out == 'hello\n'


def test_error_of_valet_is_one_line_and_status_1(verb_say, capsys):
    assert cli.main(['say', 'bad']) == 1
    assert capsys.readouterr().err == "valet say: word: got 'bad'\n"


def test_unknown_verb_names_the_known_ones(capsys):
    assert cli.main(['dance']) == 2
    error = capsys.readouterr().err
    assert "unknown verb 'dance'" in error
    assert all(verb in error for verb in cli.verbs())


def test_script_runs_from_any_folder(tmp_path):
    environment = {k: v for k, v in os.environ.items() if k in {'PATH', 'HOME', 'ROS_DISTRO'}}
    result = subprocess.run(
        [ROOT / 'valet', '--version'],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith('valet ')


def test_script_says_when_nothing_is_set_up(tmp_path):
    script = tmp_path / 'valet'
    script.write_text((ROOT / 'valet').read_text())
    result = subprocess.run(['bash', script], capture_output=True, text=True)
    assert result.returncode == 1
    assert 'setup' in result.stderr and len(result.stderr.splitlines()) == 1
