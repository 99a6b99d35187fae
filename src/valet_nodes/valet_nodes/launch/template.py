r"""Strings with substitutions, `text $(name argument 'quoted argument') text`, taken apart.

The grammar is the one of ROS 2's launch front ends: a backslash keeps the next character as it
is, arguments are separated by single spaces, and an argument with spaces or parentheses is
quoted. Outside `$( )` quotes are plain text.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from valet_nodes.launch.source import LaunchFileError, Where

__all__ = ['Call', 'Template', 'Text', 'parse_text', 'unescape']

# The substitutions there are, and how many arguments each takes.
_SUBSTITUTIONS = {'env': (1, 2), 'equals': (2,), 'find-pkg-share': (1,), 'var': (1, 2)}


@dataclass(frozen=True)
class Call:
    """One substitution: its name and its arguments, each a template of its own."""

    name: str
    arguments: tuple['Template', ...]


Template: TypeAlias = tuple[str | Call, ...]


class Text(NamedTuple):
    """A string with substitutions and where it stands."""

    raw: str
    template: Template
    where: Where


def unescape(text: str) -> str:
    """Drop the backslash of each escaped character."""
    return re.sub(r'\\(.)', r'\1', text, flags=re.DOTALL)


def parse_text(raw: str, where: Where) -> Text:
    """Take a string apart into plain text and substitutions.

    Raises:
        LaunchFileError: When a substitution is not closed, is unknown or has other arguments.
    """
    return Text(raw, _Reader(raw, where).template(), where)


class _Reader:
    """Recursive descent over one string.

    `quote` is the quotation mark that everything stands in, or '': inside one the same mark ends
    the whole quotation, and the other mark is plain text.
    """

    def __init__(self, text: str, where: Where) -> None:
        self.text = text
        self.where = where
        self.position = 0

    def fail(self, message: str) -> LaunchFileError:
        """Build the error for the present position."""
        return LaunchFileError(
            f'{message} (column {self.position + 1} of {self.text!r})', self.where
        )

    def take(self, pattern: str) -> str:
        """Consume what a pattern matches here, '' where it does not."""
        match = re.compile(pattern, re.DOTALL).match(self.text, self.position)
        self.position = match.end() if match else self.position
        return match.group() if match else ''

    def template(self, quote: str = '', stops: str = '') -> Template:
        """Read text and substitutions up to one of the `stops`, which is not consumed."""
        parts: list[str | Call] = []
        while True:
            if self.take(r'\$\('):
                parts.append(self.call(quote))
            elif text := self.take(rf'(\\.|[^${stops}])+'):
                parts.append(unescape(text))
            elif self.text.startswith('$', self.position):
                raise self.fail('"$" must be followed by "("; write "\\$" for the character')
            else:
                return tuple(parts)

    def call(self, quote: str) -> Call:
        """Read `name argument ...)`."""
        name = self.take('[A-Za-z][A-Za-z0-9_-]*')
        arguments: list[Template] = []
        while self.take(' '):
            arguments.append(self.argument(quote))
        if not name or not self.take(r'\)'):
            raise self.fail(
                f'$({name} is not closed by ")" here: expected the name of a substitution and '
                'arguments behind single spaces; quote one that holds spaces, quotes or '
                'parentheses, or write "\\$(" for the characters themselves'
            )
        if name not in _SUBSTITUTIONS:
            allowed = ', '.join(_SUBSTITUTIONS)
            raise self.fail(f'unknown substitution $({name}); allowed: {allowed}')
        if len(arguments) not in _SUBSTITUTIONS[name]:
            counts = ' or '.join(map(str, _SUBSTITUTIONS[name]))
            raise self.fail(f'$({name}) takes {counts} arguments, got {len(arguments)}')
        return Call(name, tuple(arguments))

    def argument(self, quote: str) -> Template:
        """Read one argument, quoted or not."""
        mark = '' if quote else self.take('[\'"]')
        if mark:
            template = self.template(quote=mark, stops=mark)
            if not self.take(mark):
                raise self.fail(f'a quotation is not closed, {mark} is missing')
            return template
        template = self.template(quote, stops=' ()' + (quote or '\'"'))
        if not template:
            raise self.fail("an argument is missing; write '' for an empty one, and single spaces")
        return template
