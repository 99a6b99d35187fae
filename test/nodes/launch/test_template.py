"""The grammar of substitutions, against examples worked out by hand."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from valet_nodes.launch.source import LaunchFileError, Where
from valet_nodes.launch.template import Call, parse_text

WHERE = Where('a.launch.yaml', 7)


@pytest.mark.parametrize(
    ('text', 'template'),
    [
        ('', ()),
        ('plain', ('plain',)),
        ('$(var a)', (Call('var', (('a',),)),)),
        ('x$(var a)y', ('x', Call('var', (('a',),)), 'y')),
        ('$(env A b)', (Call('env', (('A',), ('b',))),)),
        ("$(env A '')", (Call('env', (('A',), ())),)),
        ("$(env A 'b c')", (Call('env', (('A',), ('b c',))),)),
        ('$(env A "b \'c\'")', (Call('env', (('A',), ("b 'c'",))),)),
        ('$(var $(var a))', (Call('var', ((Call('var', (('a',),)),),)),)),
        ('$(var a$(var b)c)', (Call('var', (('a', Call('var', (('b',),)), 'c'),)),)),
        ("$(var '$(var a) b')", (Call('var', ((Call('var', (('a',),)), ' b'),)),)),
        (r'5\$', ('5$',)),
        (r'\$(var a)', ('$(var a)',)),
        ("it's", ("it's",)),
        ('"quoted"', ('"quoted"',)),
    ],
)
def test_template_is_taken_apart(text, template):
    assert parse_text(text, WHERE).template == template


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('$(var a', 'not closed'),
        ('$()', 'expected the name'),
        ('$HOME', 'must be followed'),
        ('5$', 'must be followed'),
        ('$(1)', 'expected the name'),
        ('$(var  a)', 'argument is missing'),
        ('$(var a )', 'argument is missing'),
        ("$(var 'a)", 'quotation is not closed'),
        ('$(env (1))', 'argument is missing'),
        ('$(env a(1))', 'quote one'),
        ("$(env a'b')", 'quote one'),
    ],
)
def test_malformed_substitution_is_an_error_with_its_line(text, message):
    with pytest.raises(LaunchFileError, match=message) as error:
        parse_text(text, WHERE)
    assert str(error.value).startswith('a.launch.yaml:7: ')


@given(st.text())
def test_any_text_can_be_escaped(text):
    escaped = ''.join('\\' + character for character in text)
    assert ''.join(map(str, parse_text(escaped, WHERE).template)) == text


@given(st.text(alphabet='$( )\'"\\ab'))
def test_parsing_gives_a_template_or_our_error(text):
    with contextlib.suppress(LaunchFileError):
        parse_text(text, WHERE)
