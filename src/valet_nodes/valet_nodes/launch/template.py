r"""Strings with substitutions, `text $(name argument 'quoted argument') text`, taken apart.

The grammar is the one of ROS 2's launch front ends: a backslash keeps the next character as it
is, arguments are separated by single spaces, and an argument with spaces or parentheses is
quoted. Outside `$( )` quotes are plain text.
"""

import re
from dataclasses import dataclass
from typing import TypeAlias

from valet_nodes.launch.source import LaunchFileError, Where

__all__ = ['SUBSTITUTIONS', 'Call', 'Template', 'Text', 'parse_template', 'parse_text', 'unescape']

# The substitutions there are, and how many arguments each takes.
SUBSTITUTIONS = {'env': (1, 2), 'equals': (2,), 'find-pkg-share': (1,), 'var': (1, 2)}


@dataclass(frozen=True)
class Call:
    """One substitution: its name and its arguments, each a template of its own."""

    name: str
    arguments: tuple['Template', ...]


Template: TypeAlias = tuple[str | Call, ...]


@dataclass(frozen=True)
class Text:
    """A string with substitutions and where it stands."""

    raw: str
    template: Template
    where: Where


_IDENTIFIER = re.compile(r'[A-Za-z][A-Za-z0-9_-]*')


def unescape(text: str) -> str:
    """Drop the backslash of each escaped character."""
    return re.sub(r'\\(.)', r'\1', text, flags=re.DOTALL)


def parse_text(raw: str, where: Where) -> Text:
    """Take a string apart, as `parse_template`, and keep where it stands."""
    return Text(raw, parse_template(raw, where), where)


def parse_template(text: str, where: Where | None = None) -> Template:
    """Take a string apart into plain text and substitutions.

    Args:
        text: The string as it stands in the launch file.
        where: Where it stands, for messages.

    Raises:
        LaunchFileError: When a substitution is not closed, is unknown or has other arguments.
    """
    return _Reader(text, where).template(stops='', quote='')


class _Reader:
    """Recursive descent over one string."""

    def __init__(self, text: str, where: Where | None) -> None:
        self.text = text
        self.where = where
        self.position = 0

    def fail(self, message: str) -> LaunchFileError:
        """Build the error for the present position."""
        return LaunchFileError(
            f'{message} (column {self.position + 1} of {self.text!r})', self.where
        )

    def peek(self) -> str:
        """Return the next character, or '' at the end."""
        return self.text[self.position : self.position + 1]

    def template(self, stops: str, quote: str) -> Template:
        """Read text and substitutions up to one of the `stops`, which is not consumed.

        `quote` is the quotation mark that everything stands in, or '': inside one the same mark
        ends the whole quotation, and the other mark is plain text.
        """
        parts: list[str | Call] = []
        while self.peek() and self.peek() not in stops:
            if self.text.startswith('$(', self.position):
                parts.append(self.call(quote))
            elif parts and isinstance(parts[-1], str):
                parts[-1] += self.character()
            else:
                parts.append(self.character())
        return tuple(parts)

    def character(self) -> str:
        """Read one plain character, escaped or not."""
        if self.peek() == '$':
            raise self.fail('"$" must be followed by "("; write "\\$" for the character itself')
        if self.peek() == '\\' and self.position + 1 < len(self.text):
            self.position += 1
        self.position += 1
        return self.text[self.position - 1]

    def call(self, quote: str) -> Call:
        """Read `$(name argument ...)`."""
        match = _IDENTIFIER.match(self.text, self.position + 2)
        if match is None:
            raise self.fail('expected the name of a substitution after "$("; or write "\\$("')
        self.position = match.end()
        arguments: list[Template] = []
        while self.peek() == ' ':
            self.position += 1
            arguments.append(self.argument(quote))
        if not self.peek():
            raise self.fail(f'$({match.group()} is not closed, ")" is missing')
        if self.peek() != ')':
            raise self.fail(
                f'unexpected {self.peek()!r} in $({match.group()} ...): separate arguments by '
                'single spaces and quote one that holds spaces, quotes or parentheses'
            )
        self.position += 1
        return self.checked(Call(match.group(), tuple(arguments)))

    def checked(self, call: Call) -> Call:
        """Refuse a substitution that there is not, or not with so many arguments."""
        if call.name not in SUBSTITUTIONS:
            allowed = ', '.join(SUBSTITUTIONS)
            raise self.fail(f'unknown substitution $({call.name}); allowed: {allowed}')
        if len(call.arguments) not in SUBSTITUTIONS[call.name]:
            counts = ' or '.join(map(str, SUBSTITUTIONS[call.name]))
            raise self.fail(f'$({call.name}) takes {counts} arguments, got {len(call.arguments)}')
        return call

    def argument(self, quote: str) -> Template:
        """Read one argument, quoted or not."""
        mark = self.peek()
        if mark and mark in '\'"' and not quote:
            self.position += 1
            template = self.template(stops=mark, quote=mark)
            if self.peek() != mark:
                raise self.fail(f'a quotation is not closed, {mark} is missing')
            self.position += 1
            return template
        template = self.template(stops=' ()' + (quote or '\'"'), quote=quote)
        if not template:
            raise self.fail("an argument is missing; write '' for an empty one, and single spaces")
        return template
