"""Runs the cells of one session. The host talks to it through `connect`, `execute` and `interrupt` only."""

import ast
import asyncio
import builtins
import contextvars
import inspect
import json
import sys
import warnings

import notebook_bridge as bridge

from . import display, environment, modules, reach, source, tracebacks
from .errors import UsageError, warn
from .events import ExecutionInfo, ObservedRun
from .formatting import DisplayFormatter, bundle_to_json, to_json
from .interrupts import IDLE, InterruptibleRun, Interrupts
from .shell import ExitCall, ZMQInteractiveShell

_FLAGS = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
_INCOMPLETE = getattr(ast, 'PyCF_ALLOW_INCOMPLETE_INPUT', 0x4000)
_FUTURE_FLAGS = 0x1FF0000 | 0x20000
_EXIT_WARNING = "To exit: use 'exit', 'quit', or Ctrl-D."
_RESET_NOTE = 'exit: all variables were forgotten; the session goes on.\n'

_current = None


def current():
    """The kernel of this interpreter."""
    return _current


def connect():
    """Creates the kernel of this interpreter. Called once."""
    global _current
    _current = Kernel()
    environment.install()
    display.connect(_current)
    modules.install(_current)
    builtins.display = display.display
    builtins.get_ipython = _current.get_ipython
    sys.displayhook = _current.show_result
    return _current


class Escaped(Exception):
    """Carries a StopIteration of a cell, which cannot leave a coroutine as such."""

    def __init__(self, error):
        self.error = error


class Kernel:
    """One namespace, one running cell."""

    def __init__(self):
        self.sink = self._to_host
        self.interrupts = Interrupts()
        self.files = tracebacks.CellFiles()
        self.formatter = DisplayFormatter(self.show_error)
        self.shell = ZMQInteractiveShell(self)
        self._future_flags = 0
        self._context = contextvars.copy_context()
        self._exit_warned = False
        self.result = None
        self._run = self._task = self._shown = self._execution_id = None
        self._loop = asyncio.get_event_loop()

    def get_ipython(self):
        """The shell."""
        return self.shell

    def language_info(self):
        """What a notebook file says about the language of its cells, as JSON."""
        major = sys.version_info[0]
        return json.dumps({
            'codemirror_mode': {'name': 'ipython', 'version': major},
            'file_extension': '.py',
            'mimetype': 'text/x-python',
            'name': 'python',
            'nbconvert_exporter': 'python',
            'pygments_lexer': f'ipython{major}',
            'version': sys.version.split()[0],
        })

    def execute(self, execution_id, text, count):
        """Begins a cell. Its end is told to the host by a `finished` message."""
        self._execution_id = execution_id
        self.interrupts.begin(execution_id)
        asyncio.set_event_loop(self._loop)
        asyncio._set_running_loop(self._loop)
        self._run = InterruptibleRun(self._run_cell(text, count), self.interrupts)
        finish = self._finish(execution_id, self._run)
        self._task = self._loop.create_task(finish, context=self._context)

    def is_running(self, execution_id):
        """Whether a cell that has begun will still tell its end."""
        return self._execution_id == execution_id and self._task is not None and not self._task.done()

    def interrupt(self, number):
        """Interrupts a cell that awaits; for one that runs, the signal in shared memory did it already."""
        if self.interrupts.accept(number) and self._run is not None:
            self._run.interrupt(self._task)

    def send(self, kind, **fields):
        """Sends an output, or keeps it where outputs are captured."""
        self.sink(kind, fields)

    def publish(self, data, metadata=None, **options):
        """Sends a MIME bundle as an output."""
        display.publish_display_data(data, metadata, **options)

    def clear(self, wait=False):
        """Removes the outputs of the running cell."""
        display.clear_output(wait)

    def show_error(self, error):
        """Sends an error output; the cell goes on."""
        self._remember_error(error)
        name, value, lines = tracebacks.describe(error, self.files, _hint(error))
        self.send('error', name=name, value=value, traceback=lines)

    def _remember_error(self, error):
        sys.last_type, sys.last_value, sys.last_traceback = type(error), error, error.__traceback__

    def show_result(self, value):
        """Sends the value of the last expression of a cell, unless it is None or a semicolon ends the cell."""
        if value is None or self.result and self.result.is_quiet:
            return
        if self.result:
            self.result.result = value
        data, metadata = self.formatter.format(value)
        self.shell.remember_result(value)
        if data:
            self.send('result', data=bundle_to_json(data), metadata=to_json(metadata))

    def run_text(self, text):
        """Runs a part of a cell at once, without top-level await."""
        self.run_tree(ast.parse(source.transform(text)), '<cell>')

    def run_tree(self, tree, file_name, interactivity=None):
        """Runs statements at once, showing the value of a last expression or what `interactivity` says."""
        for node, mode in _steps(tree, interactivity or self.shell.ast_node_interactivity):
            compiled = self._compile(node, file_name, mode)
            if compiled.co_flags & inspect.CO_COROUTINE:
                raise RuntimeError('This event loop is already running')
            exec(compiled, self.shell.user_ns)

    def run_inside(self, info, interactivity=None):
        """Runs a text as a cell inside the running one, without top-level await; returns its result.

        An error is shown once: it may be raised again to end the running cell.
        """
        with ObservedRun(self, info) as observed:
            code, file_name = self._prepare(info.raw_cell, observed.result)
            self.run_tree(self._parse(code, file_name), file_name, interactivity)
        return observed.result

    async def _finish(self, execution_id, run):
        try:
            outcome = await run
        except BaseException as error:
            outcome = self._failure(error)
        self.interrupts.pending = False
        self._run = self._task = self._shown = None
        self._end_session()
        environment.write_files()
        self._note_truncation()
        bridge.finish(json.dumps({'id': execution_id, **outcome}))
        self.interrupts.phase = IDLE

    def fail(self, error):
        """(outcome, True when no code ran) of a cell that an error ended; the error is shown."""
        outcome, self._shown = self._failure(error), error
        return outcome, tracebacks.is_of_cell_text(error, self.files)

    def _failure(self, error):
        error = error.error if isinstance(error, Escaped) else error
        try:
            return self._show_failure(error)
        except BaseException as second:
            name, value = type(error).__name__, f'(its traceback cannot be shown: {type(second).__name__})'
            self.send('error', name=name, value=value, traceback=[f'{name}: {value}'])
            return {'status': 'error', 'name': name, 'value': value, 'shown': True}

    def _show_failure(self, error):
        name, value = type(error).__name__, tracebacks.value_of(error)
        self._note_truncation()
        if error is self._shown:
            pass
        elif isinstance(error, UsageError):
            sys.stderr.write(f'UsageError: {value}\n')
        elif isinstance(error, SystemExit):
            self._show_exit(error)
        else:
            self.show_error(error)
        return {'status': 'error', 'name': name, 'value': value, 'shown': True}

    def _note_truncation(self):
        for stream in environment.STREAMS:
            stream.report()
        bridge.note()

    def _show_exit(self, error):
        self._remember_error(error)
        name, value, lines = tracebacks.describe_exit(error)
        self.send('error', name=name, value=value, traceback=lines)
        if not self._exit_warned:
            warn(_EXIT_WARNING)
        self._exit_warned = True

    def _end_session(self):
        if not self.shell.exit_requested:
            return
        self.shell.exit_requested = False
        self.shell.reset()
        sys.stderr.write(_RESET_NOTE)

    async def _run_cell(self, text, count):
        self.shell.execution_count = count
        with ObservedRun(self, ExecutionInfo(text)) as observed:
            observed.result.execution_count = count
            code, file_name = self._prepare(self._with_automagic(text), observed.result)
            self.shell.remember_input(text, code)
            await self._run_steps(code, file_name)
        return observed.outcome

    def _prepare(self, text, result):
        code, file_name = source.transform(text), source.file_name(result.info.raw_cell)
        result.is_quiet = source.is_quiet(code)
        self.files.add(file_name, code, self.shell.execution_count)
        return code, file_name

    async def _run_steps(self, code, file_name):
        tree = self._parse(code, file_name)
        _announce_warnings(tree)
        for node, mode in _steps(tree, self.shell.ast_node_interactivity):
            compiled = self._compile(node, file_name, mode)
            awaited = self._evaluate(compiled)
            if compiled.co_flags & inspect.CO_COROUTINE:
                await awaited

    def _evaluate(self, compiled):
        try:
            return eval(compiled, self.shell.user_ns)
        except StopIteration as error:
            raise Escaped(error) from None

    def _parse(self, code, file_name):
        try:
            return self._compile(code, file_name, 'exec', ast.PyCF_ONLY_AST)
        except SyntaxError as error:
            raise self._as_ipython_says(error, code, file_name) from None

    def _as_ipython_says(self, error, code, file_name):
        if error.msg.startswith('unindent does not match'):
            error.filename = '<tokenize>'
            return error
        try:
            self._compile(code, file_name, 'exec', ast.PyCF_ONLY_AST | _INCOMPLETE)
        except SyntaxError as other:
            if other.msg == 'incomplete input':
                place = (other.filename, other.lineno, other.offset, other.text)
                return SyntaxError(other.msg, place)
        return error

    def _compile(self, code, file_name, mode, flags=0):
        compiled = compile(code, file_name, mode, _FLAGS | self._future_flags | flags, dont_inherit=True)
        self._future_flags |= getattr(compiled, 'co_flags', 0) & _FUTURE_FLAGS
        return compiled

    def _with_automagic(self, text):
        """A single line that begins with the name of a line magic gets its percent sign."""
        stripped = text.strip()
        name, _, rest = stripped.partition(' ')
        if isinstance(self.shell.user_ns.get(stripped), ExitCall):
            return f'{stripped}()'
        taken = name in self.shell.user_ns or hasattr(builtins, name)
        if '\n' in stripped or taken or name not in self.shell.line_magics:
            return text
        return text if rest.lstrip()[:1] in tuple('=,.*/+-%&|^@:(') and rest else f'%{stripped}'

    def _to_host(self, kind, fields):
        bridge.send(json.dumps({'type': kind, **fields}))


def _steps(tree, interactivity):
    """The statements one by one, each with its compile mode; `single` shows the values of expressions."""
    statements = [*tree.body, *_assigned(tree.body)] if interactivity == 'last_expr_or_assign' else tree.body
    for position, node in enumerate(statements):
        is_last = position == len(statements) - 1
        if interactivity == 'all' or is_last and _shows_last(interactivity, node):
            yield ast.Interactive([node]), 'single'
        else:
            yield ast.Module([node], []), 'exec'


def _shows_last(interactivity, node):
    return interactivity == 'last' or isinstance(node, ast.Expr) and interactivity != 'none'


def _assigned(statements):
    """The name that the last statement assigns to, as an expression; nothing when it does something else."""
    last = statements[-1] if statements else None
    targets = last.targets if isinstance(last, ast.Assign) else [getattr(last, 'target', None)]
    assigns = isinstance(last, (ast.Assign, ast.AugAssign, ast.AnnAssign))
    if not assigns or len(targets) != 1 or not isinstance(targets[0], ast.Name):
        return []
    return [ast.copy_location(ast.Expr(ast.copy_location(ast.Name(targets[0].id, ast.Load()), last)), last)]


def _announce_warnings(tree):
    """Shows the compiler's warnings about a cell twice, as IPython does by looking for `await` in it first."""
    try:
        with warnings.catch_warnings(record=True) as found:
            compile(tree, '<>', 'exec', dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError):
        return
    texts = [f'<>:{warning.lineno}: {warning.category.__name__}: {warning.message}\n' for warning in found]
    sys.stderr.write(''.join(texts * 2))


def _hint(error):
    if isinstance(error, PermissionError) and environment.is_in_memory(error.filename):
        return (
            'Hint: this folder is not on the disk of this machine, and what is written there would be lost. '
            "Write into the notebook's folder, the home folder or /tmp."
        )
    if isinstance(error, RuntimeError) and str(error) == "can't start new thread":
        return 'Hint: this Python (Pyodide) has no threads. Call the function itself, or use asyncio.'
    if not isinstance(error, ModuleNotFoundError) or error.name is None:
        return reach.hint(error)
    return (
        f'Hint: {error.name.partition(".")[0]} is not part of this Python (Pyodide, offline). '
        'The standard library and pure Python modules on sys.path are available; packages are not downloaded.'
    )
