"""The library knows no ROS, and its folders depend on each other one way only."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2] / 'src' / 'valet_core' / 'valet_core'
FILES = sorted(ROOT.rglob('*.py'))

# Each folder, or module at the root, may import those of lower levels, and of its own level as
# long as no circle comes of it.
LEVELS = [
    {'errors', '__init__'},
    {'config'},
    {'geometry'},
    {'perception', 'sim', 'safety'},
    {'policies', 'monitor', 'mobility'},
    {'learning', 'data', 'evaluation'},
    {'tools'},
]
LEVEL = {folder: level for level, folders in enumerate(LEVELS) for folder in folders}

ROS = {
    'builtin_interfaces', 'launch', 'launch_ros', 'rclpy', 'rosbag2_py', 'rpyutils', 'std_srvs',
    'tf2_py', 'tf2_ros', 'valet_nodes',
}  # fmt: skip


def imports(path: Path) -> set[str]:
    """Return the full names of all modules that a file imports, wherever it does so."""
    package = ['valet_core', *path.relative_to(ROOT).parts[:-1]]
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = '.'.join([*base, *([node.module] if node.module else [])])
            names |= {f'{module}.{alias.name}' for alias in node.names}
    return names


def folder(path: Path) -> str:
    """Return a file's folder in the library, or its own name at the root."""
    return path.relative_to(ROOT).parts[0].removesuffix('.py')


def folders_imported(path: Path) -> set[str]:
    """Return the folders and root modules of the library that a file imports."""
    parts = [name.split('.') for name in imports(path)]
    known = {folder(file) for file in FILES}
    inner = [part[1] for part in parts if part[0] == 'valet_core' and len(part) > 1]
    return {name if name in known else '__init__' for name in inner}


def is_ros(module: str) -> bool:
    top = module.split('.')[0]
    return top in ROS or top.endswith('_msgs') or top.startswith(('ament_', 'rosidl_'))


@pytest.mark.parametrize('path', FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_library_imports_no_ros(path):
    assert not {name for name in imports(path) if is_ros(name)}


@pytest.mark.parametrize('path', FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_downwards(path):
    own = folder(path)
    assert own in LEVEL, f'give {own} a place in LEVELS'
    upwards = {name for name in folders_imported(path) if LEVEL[name] > LEVEL[own]}
    assert not upwards, f'{path.relative_to(ROOT)} is below {sorted(upwards)}'


def test_folders_do_not_import_each_other_in_a_circle():
    graph = {}
    for path in FILES:
        own = folder(path)
        graph.setdefault(own, set()).update(folders_imported(path) - {own})
    assert list(TopologicalSorter(graph).static_order())


def test_ros_is_recognised_by_name():
    assert all(map(is_ros, ['rclpy.node', 'sensor_msgs.msg.Image', 'ament_index_python']))
    assert not any(map(is_ros, ['valet_core.sim', 'numpy', 'mujoco', 'launcher']))
