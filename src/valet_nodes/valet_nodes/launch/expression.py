"""The safe part of Python that `$(eval ...)` may use: literals, arithmetic, comparisons."""

import ast
import math
import operator
from collections.abc import Callable
from typing import Any

from valet_core.common.errors import InvalidInputError

__all__ = ['evaluate_expression']

_BINARY: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_UNARY: dict[type, Callable[[Any], Any]] = {
    ast.Not: operator.not_,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
_COMPARE: dict[type, Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    'abs': abs,
    'bool': bool,
    'float': float,
    'int': int,
    'len': len,
    'max': max,
    'min': min,
    'round': round,
    'str': str,
    'ceil': math.ceil,
    'floor': math.floor,
    'sqrt': math.sqrt,
    'sin': math.sin,
    'cos': math.cos,
    'radians': math.radians,
    'degrees': math.degrees,
}
_NAMES: dict[str, Any] = {'pi': math.pi, 'inf': math.inf}
_LIMIT = 10_000  # longest string or list that an operator may build


def evaluate_expression(text: str) -> Any:
    """Evaluate a Python expression made of harmless parts only.

    The same text gives the same result under ROS 2's own launch, whose `$(eval)` runs any Python
    with the names of the math module; attributes, subscripts, powers and comprehensions are
    refused here.

    Raises:
        InvalidInputError: When the text is not such an expression, or its evaluation fails.
    """
    try:
        tree = ast.parse(text.strip(), mode='eval')
        return _value(tree.body)
    except InvalidInputError as error:
        raise InvalidInputError(f'{error} in the expression {text!r}') from error
    except (SyntaxError, ValueError, TypeError, ArithmeticError, RecursionError) as error:
        raise InvalidInputError(f'cannot evaluate the expression {text!r}: {error}') from error


def _value(node: ast.expr) -> Any:
    """Evaluate one node."""
    if isinstance(node, ast.Constant) and isinstance(node.value, (bool, int, float, str)):
        return node.value
    if isinstance(node, (ast.List, ast.Tuple)):
        return [_value(element) for element in node.elts]
    if isinstance(node, ast.Name):
        return _name(node.id)
    if isinstance(node, ast.UnaryOp) and type(node.op) in _UNARY:
        return _UNARY[type(node.op)](_value(node.operand))
    if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        return _binary(node)
    if isinstance(node, ast.BoolOp):
        return _logical(node)
    if isinstance(node, ast.IfExp):
        return _value(node.body if _value(node.test) else node.orelse)
    if isinstance(node, ast.Compare):
        return _compare(node)
    if isinstance(node, ast.Call) and not node.keywords and isinstance(node.func, ast.Name):
        return _call(node.func.id, [_value(argument) for argument in node.args])
    raise InvalidInputError(f'{type(node).__name__} is not allowed')


def _name(name: str) -> Any:
    """Return a constant."""
    if name not in _NAMES:
        raise InvalidInputError(
            f'unknown name {name!r} (quote a string); allowed: {", ".join(sorted(_NAMES))}, '
            f'functions {", ".join(sorted(_FUNCTIONS))}'
        )
    return _NAMES[name]


def _call(name: str, arguments: list[Any]) -> Any:
    """Call one of the allowed functions."""
    if name not in _FUNCTIONS:
        raise InvalidInputError(
            f'unknown function {name!r}; allowed: {", ".join(sorted(_FUNCTIONS))}'
        )
    return _FUNCTIONS[name](*arguments)


def _binary(node: ast.BinOp) -> Any:
    """Apply an arithmetic operator, keeping what it builds small."""
    left, right = _value(node.left), _value(node.right)
    if isinstance(node.op, ast.Mult):
        for text, count in ((left, right), (right, left)):
            if isinstance(text, (str, list)) and len(text) * count > _LIMIT:
                raise InvalidInputError(f'a result longer than {_LIMIT} is not allowed')
    return _BINARY[type(node.op)](left, right)


def _logical(node: ast.BoolOp) -> Any:
    """Apply `and` or `or`, which return one of their operands."""
    result = None
    for operand in node.values:
        result = _value(operand)
        if bool(result) is isinstance(node.op, ast.Or):
            break
    return result


def _compare(node: ast.Compare) -> bool:
    """Apply a chain of comparisons."""
    left = _value(node.left)
    for op, comparator in zip(node.ops, node.comparators, strict=True):
        if type(op) not in _COMPARE:
            raise InvalidInputError(f'{type(op).__name__} is not allowed')
        right = _value(comparator)
        if not _COMPARE[type(op)](left, right):
            return False
        left = right
    return True
