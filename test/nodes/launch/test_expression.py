"""$(eval): what Python gives, for the harmless part of Python only."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from valet_core.common.errors import InvalidInputError
from valet_nodes.launch.expression import evaluate_expression


@pytest.mark.parametrize(
    ('text', 'value'),
    [
        ('1 + 2 * 3', 7),
        ('-7 // 2', -4),
        ('7 % 4', 3),
        ("'a' + 'b'", 'ab'),
        ("'sim' == 'sim' and 1 < 2 <= 2", True),
        ("'x' in ['x', 'y']", True),
        ('0 or 5', 5),
        ('not 0', True),
        ("'a' if False else 'b'", 'b'),
        ('round(2.6)', 3),
        ('radians(180) == pi', True),
        ('float(3)', 3.0),
        ("'ab' * 3", 'ababab'),
    ],
)
def test_value_is_that_of_python(text, value):
    assert evaluate_expression(text) == value


@pytest.mark.parametrize(
    'text',
    [
        '__import__("os")',
        'open("f")',
        '(1).real',
        '[1][0]',
        '[x for x in [1]]',
        'lambda: 1',
        '2 ** 99999999',
        "'a' * 99999999",
        'exit()',
        'name',
        '1 +',
        '1 / 0',
        "'a' + 1",
        'int("x")',
        'max(1, key=abs)',
        '',
    ],
)
def test_anything_else_is_an_error_that_quotes_it(text):
    with pytest.raises(InvalidInputError) as error:
        evaluate_expression(text)
    assert repr(text) in str(error.value)


@given(st.integers(), st.integers(), st.sampled_from(['+', '-', '*', '<', '==', '!=', '>=']))
def test_integer_arithmetic_is_that_of_python(a, b, op):
    assert evaluate_expression(f'{a} {op} ({b})') == eval(f'{a} {op} ({b})')


def test_constants_are_those_of_math():
    assert evaluate_expression('pi') == math.pi
