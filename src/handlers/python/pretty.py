"""The text/plain of a result: IPython's way of printing Python values."""

import inspect
import os
import re
import types
from collections import Counter, OrderedDict, UserDict, UserList, defaultdict, deque

from .layout import LINE_WIDTH, Layout

LONGEST_SEQUENCE = 1000
"""Items of one container that are shown; an ellipsis stands for the rest."""


def pretty(value, width=LINE_WIDTH, type_printers=None):
    """The text of `value`. Exceptions of its `__repr__` or `_repr_pretty_` pass through."""
    printer = PrettyPrinter(width, type_printers)
    printer.pretty(value)
    return printer.finish()


class PrettyPrinter(Layout):
    """The printer that `_repr_pretty_(printer, cycle)` methods receive."""

    def __init__(self, width=LINE_WIDTH, type_printers=None):
        super().__init__(width)
        self.max_seq_length = LONGEST_SEQUENCE
        self.max_width = width
        self.verbose = False
        self._type_printers = type_printers or {}
        self._active = []

    stack = property(lambda self: self._active)
    break_ = Layout.line_end

    def begin_group(self, indent=0, open=''):
        """Opens a group by hand, for `_repr_pretty_` methods."""
        if open:
            self.text(open)
        self._open_group()
        self._indentation += indent

    def end_group(self, dedent=0, close=''):
        """Closes the group that `begin_group` opened."""
        self._indentation -= dedent
        self._close_group()
        if close:
            self.text(close)

    def indent(self, indent):
        """A context that indents without a group."""
        return _Indentation(self, indent)

    def pretty(self, value):
        """Adds `value`, in the way of its type."""
        identity = id(value)
        cycle = identity in self._active
        self._active.append(identity)
        try:
            with self.group():
                self._print(value, cycle)
        finally:
            self._active.pop()

    def limited(self, items):
        """The items with their position, ending with an ellipsis after LONGEST_SEQUENCE."""
        for position, item in enumerate(items):
            if self.max_seq_length and position >= self.max_seq_length:
                self.text(',')
                self.breakable()
                self.text('...')
                return
            yield position, item

    _enumerate = limited

    def separate(self, position):
        """Adds a comma and a break before every item but the first."""
        if position:
            self.text(',')
            self.breakable()

    def _print(self, value, cycle):
        kind = _class_of(value)
        for base in kind.__mro__:
            printer = self._type_printers.get(base) or TYPE_PRINTERS.get(base)
            if printer:
                return printer(value, self, cycle)
            own = base.__dict__.get('_repr_pretty_')
            if callable(own):
                return kind._repr_pretty_(value, self, cycle)
            if base is not object and callable(base.__dict__.get('__repr__')):
                return print_repr(value, self, cycle)
        return print_default(value, self, cycle)


class _Indentation:
    def __init__(self, printer, columns):
        self._printer = printer
        self._columns = columns

    def __enter__(self):
        self._printer._indentation += self._columns

    def __exit__(self, *failure):
        self._printer._indentation -= self._columns


def print_repr(value, printer, cycle):
    """The lines of repr(value), each on a line of its own."""
    lines = repr(value).splitlines()
    with printer.group():
        for position, line in enumerate(lines):
            if position:
                printer.line_end()
            printer.text(line)


def print_default(value, printer, cycle):
    """`<module.Class at 0x…>` for classes without a `__repr__`."""
    kind = getattr(value, '__class__', None) or type(value)
    if kind.__repr__ is not object.__repr__:
        return print_repr(value, printer, cycle)
    with printer.group(1, '<', '>'):
        printer.pretty(kind)
        printer.text(f' at 0x{id(value):x}')
        if cycle:
            printer.text(' ...')


def sequence_printer(opening, closing):
    """A printer of items between two brackets."""

    def print_sequence(value, printer, cycle):
        if cycle:
            return printer.text(f'{opening}...{closing}')
        with printer.group(len(opening), opening, closing):
            for position, item in printer.limited(value):
                printer.separate(position)
                printer.pretty(item)
            if len(value) == 1 and isinstance(value, tuple):
                printer.text(',')

    return print_sequence


def set_printer(opening, closing):
    """A printer of sets, sorted where their items can be compared."""

    def print_set(value, printer, cycle):
        if cycle:
            return printer.text(f'{opening}...{closing}')
        if not value:
            return printer.text(f'{type(value).__name__}()')
        with printer.group(len(opening), opening, closing):
            for position, item in printer.limited(_sorted_for_display(value, printer)):
                printer.separate(position)
                printer.pretty(item)

    return print_set


def mapping_printer(opening, closing):
    """A printer of `key: value` pairs between two brackets."""

    def print_mapping(value, printer, cycle):
        if cycle:
            return printer.text('{...}')
        with printer.group(len(opening), opening, closing):
            for position, key in printer.limited(value):
                printer.separate(position)
                printer.pretty(key)
                printer.text(': ')
                printer.pretty(value[key])

    return print_mapping


def call_printer(*getters):
    """A printer that looks like the call of a constructor: `Name(argument, argument)`."""

    def print_call(value, printer, cycle):
        name = _CALL_NAMES.get(type(value)) or type(value).__name__
        with printer.group(), printer.group(len(name) + 1, f'{name}(', ')'):
            if cycle:
                return printer.text('...')
            arguments = [argument for getter in getters for argument in getter(value)]
            for position, argument in enumerate(arguments):
                printer.separate(position)
                _print_argument(printer, argument)

    return print_call


class Keyword:
    """An argument of a call that is given by name."""

    def __init__(self, name, value):
        self.name = name
        self.value = value


def _print_argument(printer, argument):
    if not isinstance(argument, Keyword):
        return printer.pretty(argument)
    prefix = f'{argument.name}='
    with printer.group(len(prefix), prefix):
        printer.pretty(argument.value)


def print_exception(value, printer, cycle):
    """`Name(argument, …)`, with the module for all but built-in exceptions."""
    name = _qualified_name(type(value))
    with printer.group(), printer.group(len(name) + 1, f'{name}(', ')'):
        for position, argument in enumerate(getattr(value, 'args', ())):
            printer.separate(position)
            printer.pretty(argument)


def print_type(value, printer, cycle):
    """The name of a class, with its module unless it is built in."""
    kind = type(value)
    if kind.__repr__ is not type.__repr__ and '__repr__' in _metaclass_attributes(kind):
        return print_repr(value, printer, cycle)
    printer.text(_qualified_name(value))


def print_function(value, printer, cycle):
    """`<function module.name(parameters)>`."""
    name = getattr(value, '__qualname__', value.__name__)
    module = value.__module__
    if module and module not in ('__builtin__', 'builtins', 'exceptions'):
        name = f'{module}.{name}'
    try:
        name += str(inspect.signature(value))
    except (TypeError, ValueError):
        pass
    printer.text(f'<function {name}>')


def print_pattern(value, printer, cycle):
    """`re.compile(r'…', re.FLAG|re.FLAG)`."""
    with printer.group(len('re.compile('), 're.compile(', ')'):
        pattern = repr(value.pattern).replace('\\\\', '\\')
        printer.text(f'rb{pattern[1:]}' if pattern.startswith('b') else f'r{pattern}')
        flags = [f're.{name}' for name in _FLAG_NAMES if value.flags & getattr(re, name, 0)]
        if flags:
            printer.text(',')
            printer.breakable()
            printer.text('|'.join(flags))


def print_super(value, printer, cycle):
    """`<super: class, instance>`."""
    with printer.group(8, '<super: ', '>'):
        printer.pretty(value.__thisclass__)
        printer.text(',')
        printer.breakable()
        printer.pretty(value.__self__)


_CALL_NAMES = {types.SimpleNamespace: 'namespace'}
_FLAG_NAMES = ('IGNORECASE', 'LOCALE', 'MULTILINE', 'DOTALL', 'UNICODE', 'VERBOSE', 'DEBUG')


def _class_of(value):
    kind = getattr(value, '__class__', None)
    return kind if isinstance(kind, type) else type(value)


def _metaclass_attributes(kind):
    return {name for base in kind.__mro__ if base not in (type, object) for name in base.__dict__}


def _qualified_name(kind):
    name = getattr(kind, '__qualname__', None) or kind.__name__
    module = getattr(kind, '__module__', None)
    if not isinstance(module, str) or module in ('__builtin__', 'builtins', 'exceptions'):
        return name
    return f'{module}.{name}'


def _sorted_for_display(items, printer):
    if printer.max_seq_length and len(items) >= printer.max_seq_length:
        return items
    try:
        return sorted(items)
    except Exception:
        return list(items)


TYPE_PRINTERS = {
    int: print_repr,
    float: print_repr,
    str: print_repr,
    tuple: sequence_printer('(', ')'),
    list: sequence_printer('[', ']'),
    dict: mapping_printer('{', '}'),
    set: set_printer('{', '}'),
    frozenset: set_printer('frozenset({', '})'),
    super: print_super,
    re.Pattern: print_pattern,
    type: print_type,
    types.FunctionType: print_function,
    types.BuiltinFunctionType: print_function,
    types.MethodType: print_repr,
    types.SimpleNamespace: call_printer(lambda value: [Keyword(*item) for item in vars(value).items()]),
    BaseException: print_exception,
    type(os.environ): mapping_printer('environ{', '}'),
    types.MappingProxyType: call_printer(lambda value: [dict(value)]),
    UserDict: lambda value, printer, cycle: printer.text('...') if cycle else printer.pretty(value.data),
    slice: print_repr,
    range: print_repr,
    bytes: print_repr,
    defaultdict: call_printer(lambda value: [value.default_factory, dict(value)]),
    OrderedDict: call_printer(lambda value: [list(value.items())] if value else []),
    Counter: call_printer(lambda value: [dict(value)] if value else []),
    deque: call_printer(
        lambda value: [list(value)], lambda value: [] if value.maxlen is None else [Keyword('maxlen', value.maxlen)]
    ),
    UserList: call_printer(lambda value: [value.data]),
}

