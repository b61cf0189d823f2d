"""Errors and warnings that the kernel itself raises inside cells."""

import re
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


_INSTALLATION = re.compile(r'(?:.*\bpython\S* -m )?(?:uv )?(?:pip\d?|conda|mamba|micromamba) (?:install|add) +(.*)', re.DOTALL)


def refuse_shell(command):
    """Raises the error that tells why `command` cannot run, or why packages cannot be installed."""
    installation = _INSTALLATION.match(command)
    if installation:
        packages = ', '.join(re.findall(r'(?<!\S)[^-\s]\S*', re.sub('["\']', '', installation[1]))) or 'packages'
        raise ShellUnavailableError(
            f'Cannot install {packages}: this Python (Pyodide, offline) downloads no packages and has no shell. Use the '
            'standard library, put modules that are pure Python beside the notebook, or run it with another Jupyter kernel.'
        )
    raise ShellUnavailableError(
        f'Cannot run {command!r}: this Python (Pyodide) has no shell and starts no processes. '
        'Use Python itself, for example os, shutil or pathlib.'
    )
