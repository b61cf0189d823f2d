"""What of Python behaves differently in a kernel without terminal, shell and processes."""

import asyncio
import builtins
import getpass
import os
import subprocess
import sys
import time
import warnings

import notebook_bridge as bridge
import pyodide_js
from _pyodide import _importhook

from . import time_zones
from .errors import StdinNotImplementedError, refuse_shell
from .streams import OutStream

_QUIET_WARNINGS = ('.*is an invalid escape sequence', "'return' in a 'finally' block")
"""Warnings that Python 3.11 and older, with which most notebooks were written, do not show."""

STREAMS = (OutStream('stdout', 1), OutStream('stderr', 2))
"""The streams of all cells."""

RECURSION_LIMIT = 3000
"""Calls inside calls; what IPython sets."""


def install():
    """Replaces streams, input, sleep and the entry points of asyncio and subprocess. Called once."""
    sys.stdout, sys.stderr = STREAMS
    sys.__stdout__, sys.__stderr__ = STREAMS
    sys.setrecursionlimit(RECURSION_LIMIT)
    builtins.input = _refuse_input
    getpass.getpass = _refuse_getpass
    time.sleep = sleep
    asyncio.run = _refuse_run
    _patch_event_loop()
    _patch_processes()
    time_zones.install(sys.meta_path)
    for message in _QUIET_WARNINGS:
        warnings.filterwarnings('ignore', message, SyntaxWarning)
    _importhook.add_note_to_module_not_found_error = lambda error: None


def sleep(seconds, /):
    """time.sleep that flushes the output first, uses no processor time and ends at an interrupt."""
    seconds = float(seconds) if not hasattr(seconds, '__index__') else seconds.__index__()
    if seconds < 0:
        raise ValueError('sleep length must be non-negative')
    deadline = time.monotonic() + seconds
    while True:
        bridge.sleep(max(deadline - time.monotonic(), 0) * 1000)
        pyodide_js.checkInterrupt()
        if time.monotonic() >= deadline:
            return


def _refuse_input(prompt=''):
    raise StdinNotImplementedError('raw_input was called, but this frontend does not support input requests.')


def _refuse_getpass(prompt='Password: ', stream=None, **options):
    raise StdinNotImplementedError('getpass was called, but this frontend does not support input requests.')


def _refuse_run(main, **options):
    main.close()
    raise RuntimeError('asyncio.run() cannot be called from a running event loop')


def _refuse_until_complete(future):
    if asyncio.iscoroutine(future):
        future.close()
    raise RuntimeError('This event loop is already running')


def _patch_event_loop():
    loop = asyncio.get_event_loop()
    loop.run_until_complete = _refuse_until_complete
    loop._system_exit_handler = lambda code: None
    loop._keyboard_interrupt_handler = lambda: None


def _patch_processes():
    def refuse_process(arguments, *rest, **options):
        refuse_shell(arguments if isinstance(arguments, str) else ' '.join(map(str, arguments)))

    os._exit = bridge.exit
    os.system = refuse_shell
    os.popen = lambda command, *rest: refuse_shell(command)
    subprocess.Popen.__init__ = lambda self, arguments, *rest, **options: refuse_process(arguments)
    subprocess.Popen.__del__ = lambda self, *rest: None
