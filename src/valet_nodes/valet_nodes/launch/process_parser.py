"""The two actions that start a process, `node` and `executable`, parsed."""

from typing import Any

from valet_nodes.launch.actions import Condition, Parameter, ParameterFile, Process
from valet_nodes.launch.entity import Entity, Text
from valet_nodes.launch.errors import LaunchFileError, Where

__all__ = ['parse_executable', 'parse_node']

OUTPUTS = ('screen', 'log', 'both', 'own_log', 'full')
TYPES = (
    'bool',
    'int',
    'float',
    'str',
    'list_of_bool',
    'list_of_int',
    'list_of_float',
    'list_of_str',
)


def parse_node(entity: Entity, where: Where, condition: Condition | None) -> Process:
    """Parse `node`: an executable of a package with its ROS arguments.

    Raises:
        LaunchFileError: When a key has a wrong type or value.
    """
    return Process(
        where=where,
        condition=condition,
        command=None,
        package=entity.text('pkg'),
        executable=entity.required_text('exec'),
        node_name=entity.text('name'),
        namespace=entity.text('namespace'),
        process_name=entity.text('exec_name'),
        arguments=entity.text('args'),
        ros_arguments=entity.text('ros_args'),
        parameters=tuple(_parse_parameters(entity)),
        remaps=_pairs(entity, 'remap', 'from', 'to'),
        **_common(entity),
    )


def parse_executable(entity: Entity, where: Where, condition: Condition | None) -> Process:
    """Parse `executable`: any command line.

    Raises:
        LaunchFileError: When a key has a wrong type or value.
    """
    return Process(
        where=where,
        condition=condition,
        command=entity.required_text('cmd'),
        package=None,
        executable=None,
        node_name=None,
        namespace=None,
        process_name=entity.text('name'),
        arguments=None,
        ros_arguments=None,
        parameters=(),
        remaps=(),
        **_common(entity),
    )


def _common(entity: Entity) -> dict[str, Any]:
    """Read the keys that both kinds of process have."""
    for key in ('emulate_tty',):  # accepted and without effect: nothing here needs a terminal
        entity.flag(key, False)
    return {
        'environment': _pairs(entity, 'env', 'name', 'value'),
        'prefix': entity.text('launch-prefix'),
        'folder': entity.text('cwd'),
        'shell': entity.flag('shell', False),
        'output': entity.text('output') or Text(('log',), entity.where),
        'respawn': _respawn(entity),
        'respawn_delay': entity.seconds('respawn_delay', 0.0),
        'respawn_max_retries': entity.integer('respawn_max_retries', -1),
        'required': _required(entity),
        'sigterm_timeout': _timeout(entity, 'sigterm_timeout'),
        'sigkill_timeout': _timeout(entity, 'sigkill_timeout'),
    }


def _respawn(entity: Entity) -> Text:
    """Read `respawn`, which ROS 2 Jazzy takes as a string only."""
    return entity.text('respawn') or Text(('false',), entity.where)


def _required(entity: Entity) -> bool:
    """Read `on_exit`."""
    word = entity.word('on_exit')
    if word not in (None, 'shutdown'):
        item = entity.item('on_exit')
        assert item is not None
        raise LaunchFileError(f"'on_exit' must be 'shutdown', got {word!r}", item.where)
    return word is not None


def _timeout(entity: Entity, key: str) -> float | None:
    """Read a timeout, None when the file leaves it to the runner."""
    return None if entity.item(key) is None else entity.seconds(key, 0.0)


def _pairs(entity: Entity, key: str, first: str, second: str) -> tuple[tuple[Text, Text], ...]:
    """Read a list of mappings of two texts."""
    pairs = []
    for child in entity.entities(key):
        pairs.append((child.required_text(first), child.required_text(second)))
        child.finish()
    return tuple(pairs)


def _parse_parameters(entity: Entity) -> list[Parameter | ParameterFile]:
    """Read `param` of a node: files and single parameters, in their order."""
    parameters: list[Parameter | ParameterFile] = []
    for child in entity.entities('param'):
        path = child.text('from')
        if path is not None:
            if child.item('name') is not None:
                raise LaunchFileError(
                    '"param" has both "from" and "name"; allowed: one of them', child.where
                )
            parameters.append(ParameterFile(path))
        else:
            parameters.append(_parse_parameter(child))
        child.finish()
    return parameters


def _parse_parameter(entity: Entity) -> Parameter:
    """Read one parameter by name, with a value or nested parameters."""
    name = entity.required_text('name')
    type_name = entity.word('type')
    if type_name is not None and type_name not in TYPES:
        raise LaunchFileError(
            f'unknown parameter type {type_name!r}; allowed: {", ".join(TYPES)}', entity.where
        )
    value = entity.item('value')
    nested = entity.entities('param')
    if (value is None) == (not nested):
        raise LaunchFileError('a parameter needs either "value" or nested "param"', entity.where)
    if value is not None:
        return Parameter(name, _value(entity), type_name, entity.where)
    children = []
    for child in nested:
        children.append(_parse_parameter(child))
        child.finish()
    return Parameter(name, tuple(children), type_name, entity.where)


def _value(entity: Entity) -> Any:
    """Read the value of a parameter: a scalar or a list of one type."""
    item = entity.item('value', required=True)
    assert item is not None
    if isinstance(item.value, str):
        return entity.required_text('value')
    if isinstance(item.value, list):
        kinds = {type(child.value) for child in item} - {str}
        if len(kinds) > 1 or any(not issubclass(k, (bool, int, float)) for k in kinds):
            raise LaunchFileError(
                f'the values of a list must be of one type, got {item.plain()!r}', item.where
            )
        return [
            Entity('value', _wrap(child)).required_text('value')
            if isinstance(child.value, str)
            else child.value
            for child in item
        ]
    if not isinstance(item.value, (bool, int, float)):
        raise LaunchFileError(
            f'the value of a parameter must be a string, a number, a boolean '
            f'or a list of them, got {item.kind}',
            item.where,
        )
    return item.value


def _wrap(item: Any) -> Any:
    """Make a list element readable as if it stood under the key `value`."""
    return type(item)({'value': item}, item.where)
