"""Configuration as frozen dataclasses that check themselves."""

import dataclasses
import math
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

from valet_core.common.errors import ConfigError

__all__ = ['as_mapping', 'check', 'from_mapping', 'setting']

T = TypeVar('T')


def setting(
    default: Any = dataclasses.MISSING,
    description: str = '',
    unit: str = '',
    low: float | None = None,
    high: float | None = None,
    choices: tuple[Any, ...] | None = None,
) -> Any:
    """Declare one field of a configuration with what is allowed in it.

    Args:
        default: the default; a list or tuple default is stored as a tuple.
        description: one line for users.
        unit: SI unit or 'deg', shown to users.
        low: smallest value allowed (of each item, for a sequence).
        high: largest value allowed (of each item, for a sequence).
        choices: the only values allowed.

    Returns:
        A dataclass field that carries these in its metadata.
    """
    metadata = {
        'description': description,
        'unit': unit,
        'low': low,
        'high': high,
        'choices': choices,
    }
    if isinstance(default, list):
        default = tuple(default)
    if default is dataclasses.MISSING:
        return dataclasses.field(metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def check(config: Any) -> None:
    """Check every field of a configuration; call it from `__post_init__`.

    Raises:
        ConfigError: naming the field, the value received and what is allowed.
    """
    hints = typing.get_type_hints(type(config))
    for field in dataclasses.fields(config):
        value = getattr(config, field.name)
        if dataclasses.is_dataclass(value):
            continue
        _check_type(field.name, value, hints[field.name])
        _check_range(field.name, value, field.metadata)


def from_mapping(cls: type[T], mapping: Mapping[str, Any], where: str = '') -> T:
    """Build a configuration from a mapping, nested configurations included.

    Args:
        cls: the configuration dataclass.
        mapping: keys are field names; absent ones take their defaults.
        where: what the mapping came from, put before each message.

    Raises:
        ConfigError: for an unknown key, a missing one, or a value that is not allowed.
    """
    prefix = f'{where}: ' if where else ''
    if not isinstance(mapping, Mapping):
        raise ConfigError(f'{prefix}expected a mapping of {cls.__name__}, received {mapping!r}')
    fields = {f.name: f for f in dataclasses.fields(cls)}  # type: ignore[arg-type]
    hints = typing.get_type_hints(cls)
    values: dict[str, Any] = {}
    for key, value in mapping.items():
        if key not in fields:
            raise ConfigError(f'{prefix}unknown key {key!r}; allowed: {", ".join(fields)}')
        nested = hints[key]
        if dataclasses.is_dataclass(nested):
            value = from_mapping(nested, value, f'{prefix}{key}')  # type: ignore[arg-type]
        elif isinstance(value, list):
            value = tuple(value)
        values[key] = value
    required = [
        n
        for n, f in fields.items()
        if f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
    ]
    missing = [n for n in required if n not in values]
    if missing:
        raise ConfigError(f'{prefix}missing key {missing[0]!r}')
    try:
        return cls(**values)
    except ConfigError as error:
        raise ConfigError(f'{prefix}{error}') from None


def as_mapping(config: Any) -> dict[str, Any]:
    """The configuration as plain nested dicts, ready for JSON or YAML."""
    return dataclasses.asdict(config)


def _check_type(name: str, value: Any, hint: Any) -> None:
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        options = typing.get_args(hint)
        if value is None and type(None) in options:
            return
        hint = next(o for o in options if o is not type(None))
        origin = typing.get_origin(hint)
    if origin is tuple:
        if not isinstance(value, tuple):
            raise ConfigError(f'{name}: expected a list, received {value!r}')
        items = typing.get_args(hint)
        if items and items[-1] is not Ellipsis and len(items) != len(value):
            raise ConfigError(f'{name}: expected {len(items)} values, received {len(value)}')
        for index, item in enumerate(value):
            _check_type(f'{name}[{index}]', item, items[0] if items else type(item))
        return
    if hint is float:
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not is_number or not math.isfinite(value):
            raise ConfigError(f'{name}: expected a finite number, received {value!r}')
    elif hint is int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise ConfigError(f'{name}: expected an integer, received {value!r}')
    elif hint in (bool, str) and not isinstance(value, hint):
        raise ConfigError(f'{name}: expected a {hint.__name__}, received {value!r}')


def _check_range(name: str, value: Any, metadata: Mapping[str, Any]) -> None:
    if value is None:
        return
    choices, low, high = (metadata.get(k) for k in ('choices', 'low', 'high'))
    unit = f' {metadata["unit"]}' if metadata.get('unit') else ''
    for item in value if isinstance(value, tuple) else (value,):
        if choices is not None and item not in choices:
            allowed = ', '.join(map(str, choices))
            raise ConfigError(f'{name}: {item!r} is not one of: {allowed}')
        if low is not None and item < low:
            raise ConfigError(f'{name}: {item!r} is below the allowed {low}..{_top(high)}{unit}')
        if high is not None and item > high:
            bottom = '' if low is None else low
            raise ConfigError(f'{name}: {item!r} is above the allowed {bottom}..{high}{unit}')


def _top(high: float | None) -> str:
    return '' if high is None else str(high)
