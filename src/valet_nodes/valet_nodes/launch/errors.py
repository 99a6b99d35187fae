"""Errors of launch files: what is wrong, and in which file and line."""

from typing import NamedTuple

from valet_core.common.errors import ConfigError, ValetError

__all__ = ['LaunchFileError', 'LaunchRunError', 'Where']


class Where(NamedTuple):
    """A place in a launch file."""

    file: str
    """Path as it was opened, or '<arguments>' for the command line."""
    line: int
    """Line, counted from 1."""

    def __str__(self) -> str:
        """Return `file:line`, which editors and terminals turn into a link."""
        return f'{self.file}:{self.line}'


class LaunchFileError(ConfigError):
    """A launch file, or an argument given to it, that cannot be right."""

    def __init__(self, message: str, where: Where | None = None) -> None:
        """Put the place before the message.

        Args:
            message: What was received and what is allowed.
            where: Where it was received; None when there is no file to point at.
        """
        super().__init__(message if where is None else f'{where}: {message}')
        self.where = where


class LaunchRunError(ValetError):
    """A launch that was right on paper and cannot be started on this machine."""
