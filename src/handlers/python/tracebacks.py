"""Errors of cells as Jupyter error outputs: name, value and traceback, without the frames of the kernel."""

import ast
import linecache
import os
import sys
import traceback

from .system_errors import with_linux_number

RULE = '-' * 75
REPEATED = 3
"""Equal frames in a row that are shown; of more, the ones between the second and the last are only counted."""
LONGEST_PIECE = 8
"""Lines of a neighbouring statement, for example a docstring, that are shown."""
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
    if isinstance(error, SyntaxError) and _is_of_cell_text(error, files):
        return name, value, [_syntax_error(error, files)]
    lines = [RULE, *_chain(error, files, set())]
    if hint:
        lines.append('\n' + hint)
    return name, value, lines


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


def _is_of_cell_text(error, files):
    return error.filename in files and not _frames(error, files)


def _chain(error, files, seen):
    seen.add(id(error))
    lines = []
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and id(cause) not in seen:
        lines += _chain(cause, files, seen)
        lines.append('\n' + _LINKS[error.__cause__ is not None] + '\n')
    frames = _frames(error, files)
    if frames:
        heading = 'Traceback (most recent call last)'
        lines.append(type(error).__name__ + heading.rjust(75 - len(type(error).__name__)))
    return [*lines, *_frame_texts(frames, files), _last_line(error, files)]


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
        lines.append('    ' + _caret(error, len(source.rstrip('\n')) - len(stripped)))
    lines.append(f'{type(error).__name__}: {error.msg}\n')
    return '\n'.join(lines)


def _caret(error, removed):
    offset = max((error.offset or 1) - 1 - removed, 0)
    end = error.end_offset - 1 - removed if error.end_lineno == error.lineno and error.end_offset else offset + 1
    return ' ' * offset + '^' * max(end - offset, 1)


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


def _frame_texts(frames, files):
    texts, index = [], 0
    while index < len(frames):
        same = _run_length(frames, index)
        frame, line = frames[index]
        alike = [_frame_text(frame, line, files)] * min(same, REPEATED)
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


def _frame_text(frame, line, files):
    code = frame.f_code
    heading = files.label(code.co_filename, line)
    if code.co_name != '<module>':
        heading += f', in {code.co_qualname}({", ".join(_parameters(code))})'
    lines = linecache.getlines(code.co_filename, frame.f_globals)
    context = _context(lines, line, code)
    return '\n'.join([heading, *context]) + '\n'


def _parameters(code):
    plain = code.co_argcount + code.co_kwonlyargcount
    names = list(code.co_varnames[:plain])
    if code.co_flags & 0x04:
        names.append('*' + code.co_varnames[plain])
        plain += 1
    if code.co_flags & 0x08:
        names.append('**' + code.co_varnames[plain])
    return names


def _context(lines, line, code):
    """The line with two statements before and one after it in the same function, numbered, with an arrow."""
    if not 0 < line <= len(lines):
        return []
    pieces = _pieces_of(code, _tree(lines)) or [(number, number) for number in range(1, len(lines) + 1)]
    current = next((index for index, (start, end) in enumerate(pieces) if start <= line <= end), None)
    nearby = [(line, line)] if current is None else pieces[max(current - 2, 0) : current + 2]
    shown = [number for piece in nearby for number in _shown_lines(piece, line)]
    width = len(str(max(shown)))
    return [_numbered(number, lines[number - 1], number == line, width) for number in shown]


def _shown_lines(piece, line):
    start, end = piece
    numbers = range(start, end + 1)
    if len(numbers) <= LONGEST_PIECE:
        return numbers
    return range(max(start, line - 2), min(end, line + 2) + 1) if line in numbers else numbers[:LONGEST_PIECE]


def _numbered(number, text, current, width):
    label = str(number).rjust(width)
    prefix = ('-' * max(5 - width, 0) + '> ' + label) if current else ' ' * (max(5 - width, 0) + 2) + label
    return f'{prefix} {text.rstrip()}'


def _tree(lines):
    try:
        return compile(''.join(lines), '<lines>', 'exec', ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _pieces_of(code, tree):
    """(first, last) line of every statement of a function, and of the header of every block, in order."""
    if tree is None:
        return []
    scope = next((node for node in ast.walk(tree) if _is_function(node, code)), tree)
    statements = (node for node in ast.walk(scope) if isinstance(node, (ast.stmt, ast.ExceptHandler)))
    return sorted({_own_lines(node) for node in statements})


def _is_function(node, code):
    functions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return isinstance(node, functions) and _first_line(node) == code.co_firstlineno and node.name == code.co_name


def _first_line(node):
    return min([node.lineno, *(decorator.lineno for decorator in getattr(node, 'decorator_list', ()))])


def _own_lines(node):
    body = getattr(node, 'body', None)
    start = _first_line(node)
    if isinstance(body, list) and body and body[0].lineno > node.lineno:
        return start, body[0].lineno - 1
    return start, node.end_lineno


def current_error():
    """The exception that is being handled or was last shown, for `%tb` and `%debug`."""
    return sys.exc_info()[1] or getattr(sys, 'last_value', None)
