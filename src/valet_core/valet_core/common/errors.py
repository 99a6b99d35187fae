"""Exceptions of the package: one base, one class for each way a caller can react."""

__all__ = [
    'ConfigError',
    'InvalidInputError',
    'MotionError',
    'PerceptionError',
    'StaleInputError',
    'ValetError',
]


class ValetError(Exception):
    """Base of every error that this package raises on purpose."""


class InvalidInputError(ValetError, ValueError):
    """An input that can never be right: wrong shape, range, kind or key."""


class ConfigError(InvalidInputError):
    """A configuration with an unknown key or a value that is not allowed."""


class StaleInputError(ValetError):
    """An input that was right once and is too old to act on."""


class PerceptionError(ValetError):
    """The scene could not be perceived from the images at hand."""


class MotionError(ValetError):
    """The robot cannot make the motion that is asked of it."""
