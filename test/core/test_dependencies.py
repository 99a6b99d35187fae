"""The library knows no ROS, and its folders depend on each other one way only."""

import ast
from collections import Counter
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from places import ROOT

LIBRARY = ROOT / 'src' / 'valet_core' / 'valet_core'
FILES = sorted(LIBRARY.rglob('*.py'))

# Each folder, or module at the root, may import those of lower levels, and of its own level as
# long as no circle comes of it; capabilities never import each other.
CAPABILITIES = {'dressing', 'grasping', 'mobility'}
LEVELS = [
    {'__init__'},
    {'common'},
    {'geometry'},
    {'policy', 'safety', 'perception'},
    {'simulation', 'monitor', 'data', 'learning'},
    CAPABILITIES,
    {'tools'},
]
LEVEL = {folder: level for level, folders in enumerate(LEVELS) for folder in folders}
# The rooms of a capability, where each may import those before it.
ROOMS = ['body', 'sim', 'map', 'control', 'task', 'training', 'evaluation']
MOST_MODULES = 18  # in one folder

ROS = {
    'builtin_interfaces', 'launch', 'launch_ros', 'rclpy', 'rosbag2_py', 'rpyutils', 'std_srvs',
    'tf2_py', 'tf2_ros', 'valet_nodes',
}  # fmt: skip


def imports(path: Path) -> set[str]:
    """Return the full names of all modules that a file imports, wherever it does so."""
    package = ['valet_core', *path.relative_to(LIBRARY).parts[:-1]]
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
    return path.relative_to(LIBRARY).parts[0].removesuffix('.py')


def module_name(path: Path) -> str:
    """Return the full name of a module of the library."""
    return '.'.join(['valet_core', *path.relative_to(LIBRARY).with_suffix('').parts])


def folders_imported(path: Path) -> set[str]:
    """Return the folders and root modules of the library that a file imports."""
    parts = [name.split('.') for name in imports(path)]
    known = {folder(file) for file in FILES}
    inner = [part[1] for part in parts if part[0] == 'valet_core' and len(part) > 1]
    return {name if name in known else '__init__' for name in inner}


def is_ros(module: str) -> bool:
    top = module.split('.')[0]
    return top in ROS or top.endswith('_msgs') or top.startswith(('ament_', 'rosidl_'))


@pytest.mark.parametrize('path', FILES, ids=lambda p: str(p.relative_to(LIBRARY)))
def test_library_imports_no_ros(path):
    assert not {name for name in imports(path) if is_ros(name)}


@pytest.mark.parametrize('path', FILES, ids=lambda p: str(p.relative_to(LIBRARY)))
def test_imports_point_downwards(path):
    own = folder(path)
    assert own in LEVEL, f'give {own} a place in LEVELS'
    upwards = {name for name in folders_imported(path) if LEVEL[name] > LEVEL[own]}
    assert not upwards, f'{path.relative_to(LIBRARY)} is below {sorted(upwards)}'


@pytest.mark.parametrize('capability', sorted(CAPABILITIES))
def test_capabilities_never_import_each_other(capability):
    for path in FILES:
        if folder(path) == capability:
            assert not folders_imported(path) & (CAPABILITIES - {capability}), path


def test_rooms_of_a_capability_import_each_other_one_way():
    wrong = []
    for path in FILES:
        parts = path.relative_to(LIBRARY).parts
        if parts[0] not in CAPABILITIES or len(parts) < 3:
            continue
        for name in imports(path):
            target = name.split('.')
            if target[:2] == ['valet_core', parts[0]] and len(target) > 2 and (
                ROOMS.index(target[2]) > ROOMS.index(parts[1])
            ):
                wrong.append(f'{"/".join(parts)} imports {name}')
    assert not wrong


def test_modules_do_not_import_each_other_in_a_circle():
    modules = {path: module_name(path) for path in FILES}
    graph = {}
    for path, own in modules.items():
        names = {n for full in imports(path) for n in (full, full.rpartition('.')[0])}
        graph[own] = names & set(modules.values()) - {own}
    assert list(TopologicalSorter(graph).static_order())


@pytest.mark.parametrize('top', ['src/valet_core', 'src/valet_nodes', 'test'])
def test_no_folder_is_too_full_to_find_a_module_in(top):
    counts = Counter(
        path.parent for path in (ROOT / top).rglob('*.py') if path.name != '__init__.py'
    )
    full = {str(k.relative_to(ROOT)): n for k, n in counts.items() if n > MOST_MODULES}
    assert not full


def test_folders_do_not_import_each_other_in_a_circle():
    graph = {}
    for path in FILES:
        own = folder(path)
        graph.setdefault(own, set()).update(folders_imported(path) - {own})
    assert list(TopologicalSorter(graph).static_order())


def test_ros_is_recognised_by_name():
    assert all(map(is_ros, ['rclpy.node', 'sensor_msgs.msg.Image', 'ament_index_python']))
    assert not any(map(is_ros, ['valet_core.simulation', 'numpy', 'mujoco', 'launcher']))
