"""`%run`: files of Python, notebooks and modules, in a namespace of their own or in that of the cells."""

import builtins
import cProfile
import getopt
import glob
import importlib.util
import json
import os
import runpy
import shlex
import sys
import time
import types

from .errors import UsageError

_OPTIONS = 'nieGtN:b:dpDl:rs:T:m'
_PROFILE_FILES = {'D', 'T', 'l', 'r'}


def run_line(shell, line):
    """Runs what a line of `%run` names. An error in it ends the cell."""
    options, words = _parsed(line)
    if 'd' in options or 'b' in options:
        raise UsageError('%run -d needs a debugger that asks for input, and a run of a notebook has none.')
    if _PROFILE_FILES & options.keys():
        raise UsageError('%run -p prints its whole profile here: -D, -T, -l and -r are not available.')
    if not words:
        raise Exception('you must provide at least a filename.')
    if 'm' not in options and words[0].lower().endswith(('.ipy', '.ipynb')):
        return _run_notebook(shell, _found(words[0]))
    script = _Script(shell, options, words)
    if 'p' in options:
        profiler = cProfile.Profile()
        profiler.runcall(script.run)
        profiler.print_stats(options.get('s', 'time'))
    elif 't' in options:
        _timed(script.run, _repetitions(options.get('N', '1')))
    else:
        script.run()


def _parsed(line):
    """({option: value}, other words); options stand before the file and can stand together: `-ni`."""
    try:
        words = shlex.split(line)
        pairs, rest = getopt.getopt(words, _OPTIONS)
    except (ValueError, getopt.GetoptError) as error:
        raise UsageError(f'{error} (allowed: "{_OPTIONS}")') from None
    return {name[1:]: value for name, value in pairs}, rest


def _module(name):
    try:
        found = importlib.util.find_spec(name)
    except ImportError:
        found = None
    if found is None:
        raise Exception(f'{name!r} is not a valid modulename on sys.path')
    return name


def _found(name):
    path = os.path.expanduser(name)
    for candidate in (path, f'{path}.py'):
        if os.path.isfile(candidate):
            return candidate
    raise Exception(f'File `{name!r}` not found.')


class _Script:
    """A file or module that runs once or more often."""

    def __init__(self, shell, options, words):
        self._shell = shell
        self._module = _module(words[0]) if 'm' in options else None
        self._file = None if self._module else _found(words[0])
        self._shares_names = 'i' in options
        self._ignores_exit = 'e' in options
        stem = os.path.splitext(os.path.basename(self._file or ''))[0]
        self._name = stem if 'n' in options and self._file else '__main__'
        arguments = map(os.path.expanduser, words[1:])
        self._argv = [self._file or self._module, *(words[1:] if 'G' in options else _globbed(arguments))]

    def run(self):
        """Runs it; its names become variables of the cells, also when it fails."""
        names = self._shell.user_ns
        kept = {name: names[name] for name in ('__name__', '__file__') if name in names}
        argv, path, main = sys.argv, list(sys.path), sys.modules.get('__main__')
        module = self._shell.user_module if self._shares_names else types.ModuleType(self._name)
        sys.argv = self._argv
        sys.path.insert(0, os.path.dirname(os.path.abspath(self._file)) if self._file else os.getcwd())
        try:
            self._execute(module)
        except SystemExit as error:
            if error.code and not self._ignores_exit:
                raise
        finally:
            sys.argv, sys.path[:], sys.modules['__main__'] = argv, path, main
            names.update({name: value for name, value in module.__dict__.items() if not name.startswith('__')})
            for name in ('__name__', '__file__'):
                names.pop(name, None)
            names.update(kept)

    def _execute(self, module):
        if self._module:
            module.__dict__.update(runpy.run_module(self._module, run_name='__main__', alter_sys=True))
            return
        with open(self._file, 'rb') as file:
            code = compile(file.read(), self._file, 'exec', dont_inherit=True)
        module.__dict__.update({'__name__': self._name, '__file__': self._file, '__builtins__': builtins})
        sys.modules['__main__'] = module
        exec(code, module.__dict__)


def _globbed(arguments):
    """Arguments with their wildcards replaced by the files that match; those that match none stay."""
    return [name for argument in arguments for name in sorted(glob.glob(argument)) or [argument]]


def _run_notebook(shell, path):
    """Runs the code cells of a notebook, or the lines of an .ipy file, as cells inside the running one."""
    names, folder = shell.user_ns, os.path.dirname(os.path.abspath(path))
    kept = names.get('__file__')
    names['__file__'] = path
    sys.path.insert(0, folder)
    try:
        for source in _sources(path):
            shell.run_cell(source, silent=True).raise_error()
    finally:
        if folder in sys.path:
            sys.path.remove(folder)
        names.pop('__file__', None)
        if kept is not None:
            names['__file__'] = kept


def _sources(path):
    with open(path, encoding='utf-8-sig') as file:
        text = file.read()
    if not path.lower().endswith('.ipynb'):
        return [text]
    try:
        cells = json.loads(text)['cells']
        return [''.join(cell['source']) for cell in cells if cell['cell_type'] == 'code']
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f'{path} is not a notebook of nbformat 4 that can be run: {error}') from None


def _repetitions(text):
    if text.isdigit() and int(text) >= 1:
        return int(text)
    raise UsageError(f'Number of runs must be >=1, not {text}')


def _timed(run, repetitions):
    wall, processor = time.perf_counter(), time.process_time()
    for _ in range(repetitions):
        run()
    used = time.process_time() - processor
    print('\nIPython CPU timings (estimated):')
    if repetitions > 1:
        print('Total runs performed:', repetitions)
        print(f'  Times  : {"Total":>10}   {"Per run":>10}')
    for name, seconds in (('User', used), ('System', 0)):
        each = f', {seconds / repetitions:10.2f} s.' if repetitions > 1 else '.'
        print(f'  {name:<7}: {seconds:10.2f} s{each}')
    print(f'Wall time: {time.perf_counter() - wall:10.2f} s.')
