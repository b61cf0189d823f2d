"""What of Python behaves differently in a kernel without terminal, shell and processes."""

import asyncio
import builtins
import contextlib
import functools
import getpass
import io
import os
import signal
import subprocess
import sys
import time
import warnings
import weakref

import notebook_bridge as bridge
from _pyodide import _importhook

from . import time_zones
from .errors import StdinNotImplementedError, refuse_shell, warn
from .streams import OutStream

_QUIET_WARNINGS = ('.*is an invalid escape sequence', "'return' in a 'finally' block")
"""Warnings that Python 3.11 and older, with which most notebooks were written, do not show."""

STREAMS = (OutStream('stdout', 1), OutStream('stderr', 2))
"""The streams of all cells."""

DEEPEST_RECURSION = 20_000
"""The highest recursion limit: frames beyond it fill the memory before Python raises RecursionError."""

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
    builtins.open = io.open = _remember_files(io.open)
    sys.setrecursionlimit = _limit_recursion(sys.setrecursionlimit)
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
        if bridge.sleep(max(deadline - time.monotonic(), 0) * 1000):
            _call_handler(signal.getsignal(signal.SIGINT))
        if time.monotonic() >= deadline:
            return


def _call_handler(handler):
    """Calls what a signal calls, here rather than through Pyodide, which prints the traceback of what it raises."""
    if callable(handler):
        handler(signal.SIGINT, sys._getframe())


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
    _refuse_to_run(loop)
    policy = asyncio.get_event_loop_policy()
    kind = type(loop)

    def new_event_loop():
        running = asyncio._get_running_loop()
        created = _refuse_to_run(kind())
        asyncio._set_running_loop(running)
        return created

    policy.new_event_loop = new_event_loop


_OPENED = weakref.WeakSet()


def _remember_files(open_file):
    @functools.wraps(open_file)
    def open(*arguments, **options):
        file = open_file(*arguments, **options)
        _OPENED.add(file)
        return file

    return open


def write_files():
    """Brings to the disk what waits in files that are still open: the end of the session does not close them."""
    for file in list(_OPENED):
        with contextlib.suppress(OSError, ValueError):
            file.flush()


def is_in_memory(path):
    """True for a path in a folder in which the host lets nothing be created, because no disk is behind it."""
    try:
        folder = os.path.dirname(os.path.abspath(path))
        return os.stat(folder).st_mode & 0o777 == _NOT_ON_DISK
    except (OSError, TypeError):
        return False


_NOT_ON_DISK = 0o555


def _refuse_to_run(loop):
    loop.run_until_complete = _refuse_until_complete
    loop.run_forever = _refuse_forever
    loop._system_exit_handler = lambda code: None
    loop._keyboard_interrupt_handler = lambda: None
    return loop


def _refuse_forever():
    raise RuntimeError('This event loop is already running')


def _limit_recursion(set_limit):
    def setrecursionlimit(limit, /):
        set_limit(min(limit, DEEPEST_RECURSION))
        if limit > DEEPEST_RECURSION:
            warn(f'The recursion limit is {DEEPEST_RECURSION}, the highest that this Python (Pyodide) can keep, not {limit}.')

    return setrecursionlimit


def _patch_processes():
    def refuse_process(arguments, *rest, **options):
        refuse_shell(arguments if isinstance(arguments, str) else ' '.join(map(str, arguments)))

    os._exit = bridge.exit
    os.system = refuse_shell
    os.popen = lambda command, *rest: refuse_shell(command)
    subprocess.Popen.__init__ = lambda self, arguments, *rest, **options: refuse_process(arguments)
    subprocess.Popen.__del__ = lambda self, *rest: None
