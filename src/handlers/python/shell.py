"""What `get_ipython()` returns: the namespace of the cells, their history, and magics."""

import builtins
import sys
import types
import warnings

from . import magics, source
from .errors import UsageError, refuse_shell
from .events import EventHooks, ExecutionInfo

_MAGIC_NOTE = (
    '`magic(...)` is deprecated since IPython 0.13 (warning added in 8.1), '
    'use run_line_magic(magic_name, parameter_s).'
)


class ZMQInteractiveShell:
    """The part of IPython's shell that cells use."""

    ast_node_interactivity = 'last_expr'
    """Which expressions show their value: all, last, last_expr, last_expr_or_assign or none."""

    def __init__(self, kernel):
        self.kernel = kernel
        self.display_formatter = kernel.formatter
        self.display_pub = types.SimpleNamespace(publish=kernel.publish, clear_output=kernel.clear)
        self.execution_count = 1
        self.events = EventHooks(kernel.show_error)
        self.config = {'IPKernelApp': {}}
        self.colors = 'NoColor'
        self.line_magics = dict(magics.LINE_MAGICS)
        self.cell_magics = dict(magics.CELL_MAGICS)
        self.exit_requested = False
        self.user_module = types.ModuleType('__main__')
        self.user_ns = self.user_module.__dict__
        self.reset()

    @property
    def user_global_ns(self):
        return self.user_ns

    def forget_variables(self):
        """Forgets all variables and results, but not what cells ran."""
        for name in [name for name in self.user_ns if name not in self.hidden_names or name in self._shown_results]:
            if not name.startswith('_i'):
                del self.user_ns[name]
        self.user_ns['_oh'].clear()
        self._shown_results = dict.fromkeys(self._shown_results, '')

    def reset(self, new_session=True, aggressive=False):
        """Forgets all variables and history."""
        self.user_ns.clear()
        self.user_ns.update(self._initial_names())
        self._shown_results = {name: '' for name in ('_', '__', '___')}
        self.user_ns.update(self._shown_results)
        sys.modules['__main__'] = self.user_module
        self.hidden_names = set(self.user_ns)

    def run_line_magic(self, name, line, _stack_depth=1):
        """The value of a line magic."""
        magic = self.line_magics.get(name)
        if magic is None:
            other = f'cell magic `%%{name}`' if name in self.cell_magics else ''
            raise UsageError(f'Line magic function `%{name}` not found{_suggestion(other)}.')
        return magic(self, self._argument(name, line))

    def run_cell_magic(self, name, line, body):
        """The value of a cell magic."""
        magic = self.cell_magics.get(name)
        if magic is None:
            other = f'line magic `%{name}`' if name in self.line_magics else ''
            raise UsageError(f'Cell magic `%%{name}` not found{_suggestion(other)}.')
        if not body:
            hint = f' Did you mean the line magic %{name} (single %)?' if name in self.line_magics else ''
            raise UsageError(f'%%{name} is a cell magic, but the cell body is empty.{hint}')
        return magic(self, self._argument(name, line), body)

    def _argument(self, name, line):
        return line if name in magics.TAKES_CODE else self.expand(line)

    def magic(self, line):
        """A line magic given as one text."""
        warnings.warn(_MAGIC_NOTE, DeprecationWarning, stacklevel=2)
        name, _, rest = line.lstrip('%').partition(' ')
        return self.run_line_magic(name, rest.strip())

    def find_magic(self, name, magic_kind='line'):
        """The function of a magic, or None."""
        return (self.line_magics if magic_kind == 'line' else self.cell_magics).get(name)

    find_line_magic = find_magic

    def find_cell_magic(self, name):
        """The function of a cell magic, or None."""
        return self.cell_magics.get(name)

    def register_magic_function(self, function, magic_kind='line', magic_name=None):
        """Makes a function of the user a magic."""
        name = magic_name or function.__name__
        if magic_kind in ('line', 'line_cell'):
            self.line_magics[name] = lambda shell, line: function(line)
        if magic_kind == 'cell':
            self.cell_magics[name] = lambda shell, line, body: function(line, body)
        elif magic_kind == 'line_cell':
            self.cell_magics[name] = lambda shell, line, body: function(line, body)

    def register_magics(self, *holders):
        """Makes the decorated methods of objects or classes magics."""
        for holder in holders:
            instance = holder(self) if isinstance(holder, type) else holder
            for name in dir(type(instance)):
                kind = getattr(getattr(type(instance), name), '_magic_kind', None)
                if kind:
                    method = getattr(instance, name)
                    self.register_magic_function(method, kind, getattr(method, '_magic_name', name))

    def system(self, command):
        """Raises: there is no shell."""
        refuse_shell(self.expand(command))

    getoutput = getoutput_ = system_raw = system_piped = system

    def expand(self, text):
        """`{expression}` and `$name` replaced by their values, where they can be evaluated."""
        return magics.expand(text, self.user_ns)

    def var_expand(self, text, depth=0):
        """The same as `expand`."""
        return self.expand(text)

    def push(self, variables, interactive=True):
        """Sets variables of the cells."""
        if isinstance(variables, dict):
            self.user_ns.update(variables)

    def ev(self, expression):
        """The value of an expression in the namespace of the cells."""
        return eval(expression, self.user_ns)

    def ex(self, code):
        """Runs statements in the namespace of the cells."""
        exec(code, self.user_ns)

    def run_cell(self, raw_cell, store_history=False, silent=False, shell_futures=True, cell_id=None):
        """Runs text as a cell, without top-level await; returns its result. An error is shown, not raised."""
        info = ExecutionInfo(raw_cell, store_history, silent, shell_futures, cell_id)
        return self.kernel.run_inside(info, 'none' if silent else None)

    def transform_cell(self, text):
        """The Python of a cell's text."""
        return source.transform(text)

    def set_next_input(self, text, replace=False):
        """Does nothing: cells are not edited from here."""

    def enable_gui(self, gui=None):
        """Does nothing: there are no windows."""

    enable_matplotlib = enable_pylab = enable_gui

    def showtraceback(self, *ignored, **options):
        """Shows the exception that is being handled, or else the last one, as an error output."""
        error = sys.exc_info()[1] or getattr(sys, 'last_value', None)
        if error is not None:
            self.kernel.show_error(error)

    def ask_exit(self):
        """Ends the session after the running cell: variables are forgotten."""
        self.exit_requested = True

    def remember_result(self, value):
        """Puts a shown result into Out, _N and _, __, ___, unless a cell uses those names itself."""
        names = self.user_ns
        if value is names.get('_oh'):
            return
        untouched = all(names.get(name, '') is shown for name, shown in self._shown_results.items())
        previous = self._shown_results
        if untouched and '_' not in vars(builtins):
            self._shown_results = {'_': value, '__': previous['_'], '___': previous['__']}
            names.update(self._shown_results)
        names[f'_{self.execution_count}'] = value
        names['_oh'][self.execution_count] = value

    def remember_input(self, text, code):
        """Puts the code of a cell into In, its text into _iN and _i, _ii, _iii."""
        names, history = self.user_ns, self.user_ns['_ih']
        for known, entry in ((history, code), (self.raw_history, text)):
            known.extend([''] * (self.execution_count - len(known)))
            known.append(entry.rstrip('\n'))
        names.update({'_iii': names['_ii'], '_ii': names['_i'], '_i': self._last_input})
        self._last_input = text
        names[f'_i{self.execution_count}'] = text

    def _initial_names(self):
        self._last_input = ''
        self.raw_history = ['']
        history, results, folders = [''], {}, [magics.working_folder()]
        exit_call = ExitCall(self)
        return {
            '__name__': '__main__',
            '__doc__': 'Automatically created module for IPython interactive environment',
            '__package__': None,
            '__loader__': None,
            '__spec__': None,
            '__builtin__': builtins,
            '__builtins__': builtins,
            '_ih': history,
            '_oh': results,
            '_dh': folders,
            'In': history,
            'Out': results,
            '_i': '',
            '_ii': '',
            '_iii': '',
            'get_ipython': self.kernel.get_ipython,
            'exit': exit_call,
            'quit': exit_call,
        }

    def user_names(self):
        """The names that cells have set, sorted."""
        return sorted(
            name for name in self.user_ns if not name.startswith('_') and name not in self.hidden_names
        )


ZMQInteractiveShell.__module__ = 'ipykernel.zmqshell'


def _suggestion(other):
    return f' (But {other} exists, did you mean that instead?)' if other else ''


class ExitCall:
    """`exit` and `quit`."""

    def __init__(self, shell):
        self._shell = shell

    def __call__(self, keep_kernel=False):
        self._shell.ask_exit()

    def __repr__(self):
        return f'<IPython.core.autocall.ZMQExitAutocall at 0x{id(self):x}>'
