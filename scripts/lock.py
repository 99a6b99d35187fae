#!/usr/bin/env python3
"""Resolve requirements/*.in into the lock files requirements/*.txt.

Run it with the oldest Python that Valet supports: `python3.11 scripts/lock.py`. It installs
everything into a throw-away environment (10 GB under the temporary folder), so that what is
locked is what has been installed together. The same lock serves Python 3.12. `make setup` installs
the locks as they are, resolving nothing.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / 'requirements'
HEADER = '# Made by scripts/lock.py from {source} with Python {python}; change that, not this.\n'
# Lists name and version of what pip installed. Many ROS packages bring the metadata of a second,
# inner package with them, which pip does not know and cannot install: it has no INSTALLER.
LIST_INSTALLED = """
import importlib.metadata as m, json
print(json.dumps({d.name.lower().replace('_', '-'): d.version for d in m.distributions()
                  if (d.read_text('INSTALLER') or '').strip() == 'pip'}))
"""


def installed(python: Path) -> dict[str, str]:
    """List what pip installed for an interpreter: normalised name -> version."""
    output = subprocess.check_output([python, '-c', LIST_INSTALLED], text=True)
    return json.loads(output)


def write(name: str, versions: dict[str, str]) -> None:
    """Write one lock file."""
    python = f'{sys.version_info.major}.{sys.version_info.minor}'
    lines = [f'{package}=={version}\n' for package, version in sorted(versions.items())]
    header = HEADER.format(source=f'{name}.in', python=python)
    (FOLDER / f'{name}.txt').write_text(header + ''.join(lines))
    print(f'{name}.txt: {len(lines)} packages')


def lock(python: Path) -> None:
    """Install all inputs with one interpreter and write what that gave."""
    pip = [python, '-m', 'pip', 'install', '--quiet']
    subprocess.check_call([*pip, '-r', FOLDER / 'common.in', '-r', FOLDER / 'ros.in'])
    resolved = installed(python)
    resolved.pop('pip', None)
    subprocess.check_call([*pip, '--no-deps', '-r', FOLDER / 'assets.in'])
    assets = {k: v for k, v in installed(python).items() if k not in {*resolved, 'pip'}}
    ros = {k: v for k, v in resolved.items() if k.startswith('ros-')}
    write('common', {k: v for k, v in resolved.items() if k not in ros})
    write('ros', ros)
    write('assets', assets)


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
