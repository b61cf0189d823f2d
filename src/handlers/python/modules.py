"""Modules named IPython…, so that imports in notebooks work."""

import sys
import types
import warnings

from . import capture, display, errors, pretty

VERSION = '8.5.0'
"""The version of IPython whose behaviour this kernel follows."""


def install(kernel):
    """Puts the modules into sys.modules. Called once."""
    shell_module = {'InteractiveShell': type(kernel.shell), 'get_ipython': kernel.get_ipython}
    names = {
        'IPython': {
            **shell_module,
            '__version__': VERSION,
            'version_info': (*map(int, VERSION.split('.')), ''),
            'display': None,
            'start_ipython': _refuse_terminal,
            'embed': _refuse_terminal,
        },
        'IPython.display': {**display.PUBLIC, 'publish_display_data': display.publish_display_data},
        'IPython.core': {},
        'IPython.core.display': {**_without_functions(display.PUBLIC), '__getattr__': _deprecated_function},
        'IPython.core.display_functions': dict(display.PUBLIC),
        'IPython.core.error': {
            'UsageError': errors.UsageError,
            'StdinNotImplementedError': errors.StdinNotImplementedError,
        },
        'IPython.core.getipython': {'get_ipython': kernel.get_ipython},
        'IPython.core.interactiveshell': shell_module,
        'IPython.core.magic': _magic_names(kernel),
        'IPython.lib': {},
        'IPython.lib.display': dict(display.PUBLIC),
        'IPython.lib.pretty': _pretty_names(),
        'IPython.utils': {},
        'IPython.utils.capture': {
            'capture_output': capture.capture_output,
            'CapturedIO': capture.CapturedIO,
            'RichOutput': capture.RichOutput,
        },
        'IPython.utils.io': {'capture_output': capture.capture_output},
    }
    for name, members in names.items():
        _create(name, members)


def _create(name, members):
    module = types.ModuleType(name)
    module.__dict__.update(members)
    if name in _PACKAGES:
        module.__path__ = []
    sys.modules[name] = module
    parent, _, child = name.rpartition('.')
    if parent:
        setattr(sys.modules[parent], child, module)


_PACKAGES = {'IPython', 'IPython.core', 'IPython.lib', 'IPython.utils'}


def _without_functions(members):
    moved = display.FUNCTIONS
    return {name: value for name, value in members.items() if name not in moved}


def _deprecated_function(name):
    function = display.FUNCTIONS.get(name)
    if function is None:
        raise AttributeError(f"module 'IPython.core.display' has no attribute '{name}'")
    note = 'from IPython.core.display is deprecated since IPython 7.14, please import from IPython display'
    warnings.warn(f'Importing {name} {note}', DeprecationWarning, stacklevel=2)
    return function


def _refuse_terminal(*arguments, **options):
    raise errors.StdinNotImplementedError(
        'raw_input was called, but this frontend does not support input requests.'
    )


def _pretty_text(value, verbose=False, max_width=79, newline='\n', max_seq_length=1000):
    return pretty.pretty(value, max_width)


def _pretty_names():
    return {
        'pretty': _pretty_text,
        'pprint': lambda value, *rest, **options: print(pretty.pretty(value)),
        'PrettyPrinter': pretty.PrettyPrinter,
        'RepresentationPrinter': pretty.PrettyPrinter,
        'for_type': lambda kind, function: pretty.TYPE_PRINTERS.update({kind: function}),
    }


def _magic_names(kernel):
    return {
        'Magics': Magics,
        'magics_class': lambda kind: kind,
        'line_magic': _mark('line'),
        'cell_magic': _mark('cell'),
        'line_cell_magic': _mark('line_cell'),
        'needs_local_scope': lambda function: function,
        'no_var_expand': lambda function: function,
        'register_line_magic': _register(kernel, 'line'),
        'register_cell_magic': _register(kernel, 'cell'),
        'register_line_cell_magic': _register(kernel, 'line_cell'),
    }


class Magics:
    """Base of classes with magics of the user."""

    def __init__(self, shell=None, **options):
        self.shell = shell


def _mark(kind):
    return _decorator(lambda function, name: _set_marks(function, kind, name))


def _set_marks(function, kind, name):
    function._magic_kind, function._magic_name = kind, name
    return function


def _register(kernel, kind):
    def register(function, name):
        kernel.shell.register_magic_function(function, kind, name)
        return function

    return _decorator(register)


def _decorator(apply):
    """A decorator that is used plainly, or with a name as its argument."""

    def decorate(target=None):
        if callable(target):
            return apply(target, target.__name__)
        return lambda function: apply(function, target or function.__name__)

    return decorate
