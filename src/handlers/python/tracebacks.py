"""Errors of cells as Jupyter error outputs: name, value and traceback, without the frames of the kernel."""

import linecache
import os
import sys
import traceback

from .source_context import context
from .system_errors import with_linux_number

RULE = '-' * 75
REPEATED = 3
"""Equal frames in a row that are shown; of more, the ones between the second and the last are only counted."""
LONGEST_VALUE = 100_000
"""Characters of an exception's text that are kept."""

_KERNEL_FOLDERS = (os.path.dirname(__file__) + os.sep,)
_HIDDEN_FILES = ('/_pyodide/', '/pyodide/')


class CellFiles:
    """The sources of the cells that ran, so that frames can show lines and cell numbers."""

    def __init__(self):
        self._counts = {}

    def add(self, file_name, source, count):
        """Makes the lines of a cell known under its file name."""
        self._counts[file_name] = count
        linecache.cache[file_name] = (len(source), None, source.splitlines(keepends=True), file_name)

    def label(self, file_name, line):
        """`Cell In[3], line 2`, or the file with its line."""
        if file_name in self._counts:
            return f'Cell In[{self._counts[file_name]}], line {line}'
        return f'File {file_name}:{line}'

    def __contains__(self, file_name):
        return file_name in self._counts


def describe(error, files, hint=None):
    """(name, value, traceback lines) of an exception."""
    name, value = type(error).__name__, value_of(error)
    if isinstance(error, SyntaxError) and not _frames(error, files):
        return name, value, [_syntax_error(error, files)]
    lines = _own_lines(error) or [RULE, *_chain(error, files)]
    if hint:
        lines.append('\n' + hint)
    return name, value, lines


def _own_lines(error):
    """What `_render_traceback_` of an exception gives; nothing when it has none or gives no text."""
    try:
        lines = error._render_traceback_()
    except Exception:
        return []
    if isinstance(lines, str):
        return lines.split('\n')
    return [str(line) for line in lines] if isinstance(lines, (list, tuple)) else []


def describe_exit(error):
    """The error output of a cell that raised SystemExit."""
    value = value_of(error)
    last = f'SystemExit: {value}\n' if value else 'SystemExit\n'
    return 'SystemExit', value, ['An exception has occurred, use %tb to see the full traceback.\n', last]


def value_of(error):
    """str(error), or a note in its place when that raises."""
    try:
        text = with_linux_number(error, str(error))
    except Exception:
        text = '<exception str() failed>'
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + '…'


def is_of_cell_text(error, files):
    """True for a syntax error in the text of a cell, none of whose code ran."""
    return isinstance(error, SyntaxError) and error.filename in files and not _frames(error, files)


def _chain(error, files, shown=()):
    """The lines of an exception behind those of what led to it, which get less of the source."""
    lines = []
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and not any(cause is other for other in (*shown, error)):
        lines += _chain(cause, files, (*shown, error))
        lines.append('\n' + _LINKS[error.__cause__ is not None] + '\n')
    frames = _frames(error, files)
    if frames:
        heading = 'Traceback (most recent call last)'
        lines.append(type(error).__name__ + heading.rjust(75 - len(type(error).__name__)))
    reach = 1 if shown else 2
    return [*lines, *_frame_texts(frames, files, reach), _last_line(error, files)]


_LINKS = {
    True: 'The above exception was the direct cause of the following exception:',
    False: 'During handling of the above exception, another exception occurred:',
}


def _last_line(error, files):
    if isinstance(error, SyntaxError):
        return _syntax_error(error, files)
    text = f'{type(error).__name__}: {value_of(error)}'
    notes = getattr(error, '__notes__', ())
    text = '\n'.join([text, *map(str, notes)])
    if isinstance(error, BaseExceptionGroup):
        text += ''.join(f'\n  | {type(inner).__name__}: {value_of(inner)}' for inner in error.exceptions)
    return text


def _syntax_error(error, files):
    lines = []
    if error.filename in files:
        lines.append(f'  {files.label(error.filename, error.lineno)}')
    elif error.filename:
        lines.append(f'  File {error.filename}:{error.lineno}')
    source = error.text or linecache.getline(error.filename or '', error.lineno or 0)
    if source.strip():
        stripped = source.rstrip('\n').lstrip(' \t\f')
        lines.append(f'    {stripped}')
        removed = len(source.rstrip('\n')) - len(stripped)
        lines.append('    ' + ' ' * max((error.offset or 1) - 1 - removed, 0) + '^')
    lines.append(f'{type(error).__name__}: {error.msg}\n')
    return '\n'.join(lines)


def _frames(error, files):
    """(frame, line) from the cell's own code on, without the kernel's."""
    shown = []
    for frame, line in traceback.walk_tb(error.__traceback__):
        file_name = frame.f_code.co_filename
        if file_name.startswith(_KERNEL_FOLDERS) or any(part in file_name for part in _HIDDEN_FILES):
            continue
        if '__tracebackhide__' not in frame.f_locals:
            shown.append((frame, line))
    return shown


def _frame_texts(frames, files, reach):
    texts, known, index = [], {}, 0
    while index < len(frames):
        same = _run_length(frames, index)
        frame, line = frames[index]
        place = frame.f_code, line
        if place not in known:
            known[place] = _frame_text(frame, line, files, reach)
        alike = [known[place]] * min(same, REPEATED)
        if same > REPEATED:
            name = frame.f_code.co_name
            alike.insert(2, f'    [... skipping similar frames: {name} at line {line} ({same - REPEATED} times)]\n')
        texts += alike
        index += same
    return texts


def _run_length(frames, start):
    code, line = frames[start][0].f_code, frames[start][1]
    end = start
    while end < len(frames) and frames[end][0].f_code is code and frames[end][1] == line:
        end += 1
    return end - start


def _frame_text(frame, line, files, reach):
    code = frame.f_code
    heading = files.label(code.co_filename, line)
    if code.co_name != '<module>':
        heading += f', in {code.co_qualname}({", ".join(_parameters(code))})'
    lines = linecache.getlines(code.co_filename, frame.f_globals)
    return '\n'.join([heading, *context(lines, line, code, reach)]) + '\n'


def _parameters(code):
    plain = code.co_argcount + code.co_kwonlyargcount
    names = list(code.co_varnames[:plain])
    if code.co_flags & 0x04:
        names.append('*' + code.co_varnames[plain])
        plain += 1
    if code.co_flags & 0x08:
        names.append('**' + code.co_varnames[plain])
    return names
