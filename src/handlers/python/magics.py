"""Line and cell magics. A line magic is a function of (shell, line), a cell magic one of (shell, line, body)."""

import os
import re
import statistics
import sys
import textwrap
import time
import timeit

from . import capture, display, scripts
from .errors import StdinNotImplementedError, UsageError, refuse_shell
from .timing import duration, run_code, statement

LINE_MAGICS = {}
CELL_MAGICS = {}
TAKES_CODE = {'time', 'timeit', 'prun', 'capture', 'pinfo', 'pinfo2', 'history', 'config'}
"""Magics whose line is code, in which `{…}` and `$name` stay as they are."""


def line_magic(*names):
    """Registers a line magic under some names."""

    def register(function):
        LINE_MAGICS.update(dict.fromkeys(names, function))
        return function

    return register


def cell_magic(*names):
    """Registers a cell magic under some names."""

    def register(function):
        CELL_MAGICS.update(dict.fromkeys(names, function))
        return function

    return register


def expand(text, names):
    """`{expression}` and `$name` replaced by their values; text unchanged where something is not defined."""

    def value(match):
        return str(eval(match['expression'] or match['name'], names))

    try:
        return re.sub(r'\{(?P<expression>[^{}]+)\}|\$(?P<name>[^\W\d]\w*)', value, text)
    except Exception:
        return text


def working_folder():
    """The current folder."""
    return os.getcwd()


@line_magic('time')
def time_line(shell, line):
    """Runs one statement; prints processor and wall time; returns the value of an expression."""
    return time_cell(shell, '', line)


@cell_magic('time')
def time_cell(shell, line, body):
    """Runs the cell; prints processor and wall time; returns the value of its last expression."""
    code = f'{line}\n{body}' if line else body
    wall, processor = time.perf_counter(), time.process_time()
    try:
        value = run_code(shell, code, '<timed eval>', '<timed exec>')
    finally:
        used, passed = time.process_time() - processor, time.perf_counter() - wall
    print(f'CPU times: user {duration(used)}, sys: 0 ns, total: {duration(used)}\nWall time: {duration(passed)}')
    return value


@line_magic('timeit')
def timeit_line(shell, line):
    """Times a statement over and over: `%timeit [-n loops] [-r runs] [-q] [-o] statement`."""
    return timeit_cell(shell, line, '')


@cell_magic('timeit')
def timeit_cell(shell, line, body):
    """Times the cell; the rest of the first line is set-up code."""
    options, code = _options(line, 'n:r:tcp:qov:')
    setup, measured = (code, body) if body else ('', code)
    if not measured.strip():
        return None
    timer = timeit.Timer(statement(shell, measured), statement(shell, setup or 'pass'), globals=shell.user_ns)
    loops = int(options.get('n', 0)) or _loops(timer)
    times = [passed / loops for passed in timer.repeat(int(options.get('r', 7)), loops)]
    if 'q' not in options:
        print(_timeit_line(times, loops))
    return TimeitResult(times, loops) if 'o' in options else None


def _loops(timer):
    """The power of ten with which one run takes at least 0.2 s."""
    loops = 1
    while timer.timeit(loops) < 0.2:
        loops *= 10
    return loops


class TimeitResult:
    """What `%timeit -o` returns. Times are in seconds: of one run of the statement, and `all_runs` of all its loops."""

    def __init__(self, times, loops):
        self.loops, self.repeat = loops, len(times)
        self.timings, self.all_runs = times, [passed * loops for passed in times]
        self.best, self.worst = min(times), max(times)
        self.average, self.stdev = statistics.fmean(times), statistics.pstdev(times)

    def __str__(self):
        return _timeit_line(self.timings, self.loops)

    def __repr__(self):
        return f'<TimeitResult : {self}>'


TimeitResult.__module__ = 'IPython.core.magics.execution'


def _timeit_line(times, loops):
    average, spread = statistics.fmean(times), statistics.pstdev(times)
    runs = f'{len(times)} run{"s" if len(times) != 1 else ""}, {loops:,} loop{"s" if loops != 1 else ""} each'
    return f'{duration(average)} ± {duration(spread)} per loop (mean ± std. dev. of {runs})'


@cell_magic('capture')
def capture_cell(shell, line, body):
    """Runs the cell and keeps its outputs in a variable instead of showing them."""
    options, name = _options(line, '', ('no-stdout', 'no-stderr', 'no-display'))
    with capture.Capture(shell.kernel, *(f'no-{kind}' not in options for kind in capture.KINDS)) as captured:
        result = shell.run_cell(body)
    if name.strip():
        shell.user_ns[name.strip()] = captured
    result.raise_error()


@cell_magic('writefile', 'file')
def write_file(shell, line, body):
    """Writes the cell to a file; with `-a` at its end."""
    options, name = _options(line, 'a')
    name = os.path.expanduser(name.strip().strip('\'"'))
    if not name:
        raise UsageError('the following arguments are required: filename')
    exists = os.path.exists(name)
    print(('Appending to ' if 'a' in options else 'Overwriting ' if exists else 'Writing ') + name)
    with open(name, 'a' if 'a' in options else 'w', encoding='utf-8') as file:
        file.write(body)


@cell_magic('html', 'HTML')
def show_html(shell, line, body):
    """Shows the cell as HTML."""
    details = {'text/html': {'isolated': True}} if '--isolated' in line.split() else None
    display.display(display.HTML(body), metadata=details)


@cell_magic('markdown')
def show_markdown(shell, line, body):
    """Shows the cell as Markdown."""
    display.display(display.Markdown(body))


@cell_magic('latex')
def show_latex(shell, line, body):
    """Shows the cell as LaTeX."""
    display.display(display.Latex(body))


@cell_magic('svg', 'SVG')
def show_svg(shell, line, body):
    """Shows the cell as SVG."""
    display.display(display.SVG(body))


@cell_magic('javascript', 'js')
def show_javascript(shell, line, body):
    """Runs the cell as JavaScript where the output is shown."""
    display.display(display.Javascript(body))


@cell_magic('bash', 'sh', 'script', 'system', 'sx', '!', 'cmd', 'perl', 'ruby', 'python', 'python2', 'python3', 'pypy')
def refuse_script(shell, line, body):
    """Raises: there are no processes."""
    refuse_shell(f'{line}\n{body}'.strip())


@line_magic('system', 'sx', 'rm', 'mv', 'cp', 'rmdir', 'man', 'more', 'less')
def refuse_command(shell, line):
    """Raises: there are no processes."""
    refuse_shell(line)


def _refuse_installer(name):
    @line_magic(name)
    def refuse(shell, line):
        """Raises: nothing is downloaded."""
        refuse_shell(f'{name} {line}')


for _installer in ('pip', 'conda', 'mamba', 'micromamba', 'uv'):
    _refuse_installer(_installer)


@line_magic('pwd')
def print_folder(shell, line):
    """The current folder."""
    return os.getcwd()


@line_magic('cd')
def change_folder(shell, line):
    """Changes the current folder and prints it, with `-q` silently."""
    options, target = _options(line, 'q')
    target = os.path.expanduser(target.strip().strip('\'"') or '~')
    folders = shell.user_ns['_dh']
    if target == '-':
        target = folders[-2] if len(folders) > 1 else folders[-1]
    try:
        os.chdir(target)
    except OSError as error:
        print(error)
        return
    folders.append(os.getcwd())
    if 'q' not in options:
        print(os.getcwd())


@line_magic('ls', 'll', 'ldir')
def list_folder(shell, line):
    """Prints the names in a folder."""
    names = sorted(os.listdir(line.strip() or '.'))
    print('\n'.join(name + '/' * os.path.isdir(os.path.join(line.strip() or '.', name)) for name in names))


@line_magic('cat', 'pycat')
def print_file(shell, line):
    """Prints a file."""
    with open(line.strip(), encoding='utf-8') as file:
        print(file.read(), end='')


@line_magic('mkdir')
def make_folder(shell, line):
    """Makes a folder."""
    os.mkdir(line.strip())


@line_magic('env', 'set_env')
def environment_variable(shell, line):
    """All environment variables, one of them, or (with `name=value`) sets one."""
    if not line.strip():
        return dict(os.environ)
    name, separator, value = line.partition('=')
    if not separator:
        name, separator, value = line.strip().partition(' ')
    name, value = name.strip(), value.strip()
    if not separator:
        if name not in os.environ:
            raise UsageError(f'Environment does not have key: {name}')
        return os.environ[name]
    os.environ[name] = value
    print(f'env: {name}={value}')
    return None


@line_magic('who')
def print_names(shell, line):
    """Prints the names that cells have set, ten to a line; with types as arguments only those."""
    names = list_names(shell, line)
    if not names:
        print('No variables match your requested type.' if line.strip() else 'Interactive namespace is empty.')
        return
    for position, name in enumerate(names, 1):
        print(name + '\t', end=' ')
        if position % 9 == 0:
            print()
    print()


@line_magic('who_ls')
def list_names(shell, line):
    """The names that cells have set, as a list."""
    kinds = line.split()
    names = shell.user_names()
    return [name for name in names if not kinds or type(shell.user_ns[name]).__name__ in kinds]


@line_magic('whos')
def print_variables(shell, line):
    """Prints the names that cells have set with type and value."""
    names = list_names(shell, line)
    if not names:
        print('No variables match your requested type.' if line.strip() else 'Interactive namespace is empty.')
        return
    rows = [(name, type(shell.user_ns[name]).__name__, _summary(shell.user_ns[name])) for name in names]
    heading = ('Variable', 'Type', 'Data/Info')
    name_width, type_width = (max(len(row[index]) for row in [heading, *rows]) for index in (0, 1))
    first = f'{heading[0]:<{name_width}}   {heading[1]:<{type_width}}    {heading[2]}'
    print(f'{first}\n{"-" * len(first)}')
    for name, kind, info in rows:
        print(f'{name:<{name_width}}   {kind:<{type_width}}    {info}')


def _summary(value):
    if type(value) in (list, dict, tuple):
        return f'n={len(value)}'
    text = str(value).replace('\n', '\\n')
    return text if len(text) <= 50 else f'{text[:25]}<...>{text[-25:]}'


@line_magic('lsmagic')
def list_magics(shell, line):
    """Prints the magics that exist here."""
    lines = '  '.join(f'%{name}' for name in sorted(shell.line_magics))
    cells = '  '.join(f'%%{name}' for name in sorted(shell.cell_magics))
    print(f'Available line magics:\n{lines}\n\nAvailable cell magics:\n{cells}')


@line_magic('history', 'hist')
def print_history(shell, line):
    """Prints the cells that ran."""
    options, ranges = _options(line, 'nrtop')
    wanted = _numbers(ranges, len(shell.raw_history) - 1)
    history = shell.user_ns['In'] if 't' in options else shell.raw_history
    for count in wanted:
        if 0 < count < len(history):
            separator = '\n' if '\n' in history[count] else ' '
            print(f'{count:>4}:{separator}{history[count]}' if 'n' in options else history[count])


@line_magic('pprint')
def toggle_pretty(shell, line):
    """Turns pretty printing off or on."""
    formatter = shell.display_formatter.formatters['text/plain']
    formatter.pprint = not formatter.pprint
    print(f'Pretty printing has been turned {"ON" if formatter.pprint else "OFF"}')


@line_magic('precision')
def set_precision(shell, line):
    """Sets the format of floating point results: a number of digits or a % format; nothing for the default."""
    text = line.strip()
    if text and not text.isdigit() and '%' not in text:
        raise UsageError(f'Precision must be int or format string, not {text!r}')
    pattern = '%r' if not text else f'%.{text}f' if text.isdigit() else text
    formatter = shell.display_formatter.formatters['text/plain']
    if text:
        formatter.for_type(float, lambda value, printer, cycle: printer.text(pattern % value))
    else:
        formatter.pop(float)
    return pattern


@line_magic('reset')
def reset_names(shell, line):
    """Forgets all variables."""
    shell.forget_variables()


@line_magic('reset_selective')
def reset_some(shell, line):
    """Forgets the variables whose names match a pattern."""
    pattern = re.compile(line.replace('-f', '').strip())
    for name in shell.user_names():
        if pattern.search(name):
            del shell.user_ns[name]


@line_magic('xdel')
def delete_name(shell, line):
    """Forgets one variable."""
    shell.user_ns.pop(line.strip(), None)


@line_magic('run')
def run_file(shell, line):
    """Runs a Python file, a notebook or, with `-m`, a module; its names become variables."""
    scripts.run_line(shell, line)


@line_magic('load', 'loadpy')
def load_source(shell, line):
    """Would put a text into the cell; in a run, where nobody edits cells, it only says when there is no such text."""
    _, name = _options(line, 'r:s:n:y')
    name = name.strip().strip('\'"')
    is_known = os.path.isfile(os.path.expanduser(name)) or name in shell.user_ns
    if not is_known and not re.fullmatch(r'(~?\d[\d\s:~/-]*)?', name):
        raise ValueError(f"'{name}' was not found in history, as a file, url, nor in the user namespace.")


@line_magic('store')
def refuse_store(shell, line):
    """Raises: nothing is kept for other notebooks."""
    raise UsageError(
        '%store keeps variables for other notebooks, which this Python cannot do. '
        'Write them to a file instead, for example with pickle or json.'
    )


@line_magic('load_ext', 'reload_ext')
def load_extension(shell, line):
    """Loads an extension module with `load_ipython_extension`."""
    name = line.strip()
    if not name:
        raise UsageError('Missing module name.')
    if name in ('autoreload', 'storemagic'):
        return
    module = __import__(name, fromlist=['load_ipython_extension'])
    load = getattr(module, 'load_ipython_extension', None)
    if load is None:
        print(f'The {name} module is not an IPython extension.')
        return
    load(shell)


@line_magic('pinfo', 'pinfo2')
def show_help(shell, line):
    """Looks an object up. Help goes to a pager, of which a notebook has none, so only failure is visible."""
    name = line.strip().lstrip('%')
    if not name:
        return
    try:
        if name not in shell.line_magics and name not in shell.cell_magics:
            eval(name, shell.user_ns)
    except Exception:
        print(f'Object `{name}` not found.')


@line_magic('debug', 'pdb')
def refuse_debugger(shell, line):
    """`%debug` raises, since it needs input; `%pdb` prints that it is off."""
    if line.strip() in ('off', '0'):
        print('Automatic pdb calling has been turned OFF')
        return
    raise StdinNotImplementedError('raw_input was called, but this frontend does not support input requests.')


@line_magic('tb')
def show_last_traceback(shell, line):
    """Shows the last error again."""
    error = getattr(sys, 'last_value', None)
    if error is not None:
        shell.kernel.show_error(error)


@line_magic('xmode')
def set_exception_mode(shell, line):
    """Names the mode of tracebacks, of which there is one."""
    print(f'Exception reporting mode: {line.strip().capitalize() or "Verbose"}')


@line_magic('psearch', 'pdoc', 'psource', 'pdef', 'pfile', 'magic')
def show_in_pager(shell, line):
    """Shows nothing: a notebook has no pager."""


@line_magic('autosave')
def set_autosave(shell, line):
    """Asks the page to save every so many seconds, with 0 never."""
    seconds = int(line or 0)
    script = f'IPython.notebook.set_autosave_interval({seconds * 1000})'
    display.publish_display_data({'application/javascript': script})
    print(f'Autosaving every {seconds} seconds' if seconds else 'Autosave disabled')


@line_magic('config')
def configure(shell, line):
    """Sets an option of the shell, for example `InteractiveShell.ast_node_interactivity = 'all'`; ignores others."""
    setting = re.fullmatch(r'\s*(?:ZMQ)?InteractiveShell\.(?P<name>\w+)\s*=\s*(?P<value>.+)', line)
    if setting and setting['name'] == 'ast_node_interactivity':
        shell.ast_node_interactivity = eval(setting['value'], shell.user_ns)


@line_magic('matplotlib', 'autoreload', 'aimport', 'gui', 'colors', 'unload_ext')
def ignore(shell, line):
    """Does nothing: what it sets does not exist here."""


@line_magic('autoawait', 'automagic', 'autocall', 'quickref', 'page', 'clear')
def ignore_session(shell, line):
    """Does nothing: what it sets does not exist here."""


@line_magic('pylab')
def import_pylab(shell, line):
    """Imports numpy and matplotlib, and so raises ModuleNotFoundError where they are missing."""
    import matplotlib  # noqa: F401
    import numpy

    shell.user_ns['np'] = shell.user_ns['numpy'] = numpy


@line_magic('prun')
def profile_line(shell, line):
    """Runs a statement under the profiler and prints where time went."""
    import cProfile

    profiler = cProfile.Profile()
    profiler.runctx(textwrap.dedent(line), shell.user_ns, shell.user_ns)
    profiler.print_stats('time')


@cell_magic('prun')
def profile_cell(shell, line, body):
    """Runs the cell under the profiler and prints where time went."""
    profile_line(shell, body)


def _numbers(text, running):
    """The numbers in `3 5-7 9:11`; those of all cells without any."""
    if not text.strip():
        return range(1, running + 1)
    found = re.finditer(r'(?P<first>\d+)(?:(?P<mark>[-:])(?P<last>\d+))?', text)
    spans = ((int(match['first']), match['mark'], int(match['last'] or match['first'])) for match in found)
    return [count for first, mark, last in spans for count in range(first, last + (mark != ':'))]


def _options(line, short, long=()):
    """({option: value}, rest) of a line that begins with options."""
    options, rest = {}, line.lstrip()
    while match := re.match(r'(--?)([a-zA-Z][\w-]*)(?:\s+|$)', rest) or re.match(r'(-)([a-zA-Z])', rest):
        dashes, name = match.groups()
        if dashes == '--' and name not in long:
            break
        if dashes == '-' and name[0] not in short:
            break
        rest = rest[match.end() :]
        if dashes == '-' and f'{name[0]}:' in short:
            value, _, rest = (name[1:] + ' ' + rest if len(name) > 1 else rest.lstrip()).partition(' ')
            options[name[0]] = value
        else:
            options[name] = True
    return options, rest
