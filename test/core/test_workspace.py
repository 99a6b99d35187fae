"""The packages, the locks and set-up agree with each other."""

import os
import re
import subprocess
from xml.etree import ElementTree

import pytest
import yaml
from places import ROOT

MANIFESTS = [ROOT / 'package.xml', *sorted(ROOT.glob('src/*/package.xml'))]
OWN = [path for path in MANIFESTS if ElementTree.parse(path).findtext('name') != 'tf2_msgs']


def test_all_packages_have_one_version():
    versions = {ElementTree.parse(path).findtext('version') for path in OWN}
    setups = ROOT.glob('src/*/setup.py')
    versions |= {re.search(r"version='(.+)'", path.read_text())[1] for path in setups}
    assert len(versions) == 1


@pytest.mark.parametrize('path', OWN, ids=lambda path: path.parent.name)
def test_no_package_has_the_name_of_a_file_that_ros2_launch_would_take_for_it(path):
    assert not (ROOT / ElementTree.parse(path).findtext('name')).exists()


LOCKS = sorted((ROOT / 'requirements').glob('*.txt'))


def locked(path):
    """Names in a lock, each with an exact version."""
    lines = [line for line in path.read_text().splitlines() if not line.startswith('#')]
    return [re.fullmatch(r'([a-z0-9.-]+)==([^\s;]+)', line)[1] for line in lines]


def test_locks_give_an_exact_version_of_everything_asked_for_once():
    names = [name for path in LOCKS for name in locked(path)]
    assert len(names) == len(set(names))
    for path in LOCKS:
        wanted = re.findall(r'^([A-Za-z0-9-]+)', path.with_suffix('.in').read_text(), re.M)
        assert {name.lower() for name in wanted} <= set(names), path


def test_packages_of_ros_are_in_a_lock_of_their_own():
    for path in LOCKS:
        assert all(name.startswith('ros-') == (path.stem == 'ros') for name in locked(path))


def test_locks_name_no_index():
    for path in (ROOT / 'requirements').iterdir():
        assert not re.search(r'://|^-', path.read_text(), re.M), path


def test_colcon_looks_in_the_root_and_in_src_for_every_verb():
    settings = yaml.safe_load((ROOT / 'colcon_defaults.yaml').read_text())
    for verb in ('build', 'list', 'test'):
        assert settings[verb]['base-paths'] == ['.', 'src']


def test_setup_refuses_an_interpreter_with_one_clear_line():
    result = subprocess.run(
        [ROOT / 'scripts' / 'setup.sh'],
        env={**os.environ, 'PYTHON': '/bin/false'},
        capture_output=True,
        text=True,
    )
    assert result.returncode != 0
    assert len(result.stderr.splitlines()) == 1
    assert '/bin/false' in result.stderr and '3.11' in result.stderr
