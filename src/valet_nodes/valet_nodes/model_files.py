"""Where the shipped models and robot descriptions are."""

from pathlib import Path

from ament_index_python.packages import PackageNotFoundError, get_package_share_directory

from valet_core.errors import ConfigError
from valet_core.perception.self_filter import RobotShape

__all__ = ['model_folder', 'robot_shape']


def model_folder(name: str) -> Path:
    """Folder of a model by its name, or the path given.

    Raises:
        ConfigError: if there is no such folder, naming those there are.
    """
    folder = Path(name) if Path(name).is_absolute() else _share() / 'models' / name
    if not folder.is_dir():
        known = sorted(p.name for p in (_share() / 'models').glob('*') if p.is_dir())
        raise ConfigError(f'model {name!r} is not a folder; shipped: {", ".join(known) or "none"}')
    return folder


def robot_shape(name: str) -> RobotShape:
    """The shapes of a robot's links, by its name or by a path to its file."""
    path = Path(name) if Path(name).is_absolute() else _share() / 'config' / f'robot_{name}.yaml'
    if not path.is_file():
        known = sorted(p.stem.removeprefix('robot_') for p in _share().glob('config/robot_*.yaml'))
        raise ConfigError(f'robot {name!r} has no file {path}; shipped: {", ".join(known)}')
    return RobotShape.load(path)


def _share() -> Path:
    try:
        return Path(get_package_share_directory('valet'))
    except PackageNotFoundError as error:
        raise ConfigError('the package valet is not built or not sourced') from error
