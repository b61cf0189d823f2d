"""Errors and warnings that the kernel itself raises inside cells."""

import sys


class UsageError(Exception):
    """A magic was used in a wrong way; its text is shown on stderr."""


class StdinNotImplementedError(NotImplementedError):
    """Raised when a cell asks for input."""


class ShellUnavailableError(OSError):
    """Raised by everything that would start a process."""


class FormatterWarning(UserWarning):
    """A representation is of a type that its MIME type cannot have."""


def warn(message, category=UserWarning):
    """Shows a warning of the kernel on stderr. It names no file: IPython's, which Jupyter names, is not here."""
    sys.stderr.write(f'{category.__name__}: {message}\n')


UsageError.__module__ = StdinNotImplementedError.__module__ = 'IPython.core.error'


def refuse_shell(command):
    """Raises the error that tells why `command` cannot run."""
    raise ShellUnavailableError(
        f'Cannot run {command!r}: this Python (Pyodide) has no shell and starts no processes. '
        'Use Python itself, for example os, shutil or pathlib.'
    )
