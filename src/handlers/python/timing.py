"""Timed runs of code, and how IPython writes durations."""

import ast
import textwrap

from . import source

UNITS = ((1, 's'), (1e-3, 'ms'), (1e-6, 'µs'), (1e-9, 'ns'))


def duration(seconds):
    """A duration with three significant digits, for example `24.5 µs`; from a minute on, `1min 5s`."""
    if seconds >= 60:
        minutes, rest = divmod(int(seconds), 60)
        hours, minutes = divmod(minutes, 60)
        parts = ((hours, 'h'), (minutes, 'min'), (rest, 's'))
        return ' '.join(f'{value}{unit}' for value, unit in parts if value)
    scale, unit = next(((scale, unit) for scale, unit in UNITS if seconds >= scale), UNITS[-1])
    return f'{seconds / scale:.3g} {unit}'


def run_code(shell, text, expression_file, statement_file):
    """Runs code in the namespace of the cells; returns the value of a last expression, or None."""
    tree = ast.parse(source.transform(text), expression_file)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    if tree.body:
        exec(compile(tree, statement_file, 'exec'), shell.user_ns)
    if last is None:
        return None
    return eval(compile(ast.Expression(last.value), expression_file, 'eval'), shell.user_ns)


def statement(shell, text):
    """Code as a text that `timeit.Timer` takes."""
    return textwrap.dedent(source.transform(text)).strip() or 'pass'
