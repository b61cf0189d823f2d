"""The lines of source around the place of an error, as IPython shows them: whole statements, without common indentation."""

import ast
import textwrap

LONGEST_PIECE = 6
"""Lines of a neighbouring statement, for example a docstring, that are shown; of a longer one the middle is left out."""

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_GAP = '   (...)'


def context(lines, line, code, reach):
    """The piece of source with the line, `reach` pieces before and after it in the same function, numbered."""
    if not 0 < line <= len(lines):
        return []
    pieces = _pieces_of(code, lines) or [range(number, number + 1) for number in range(1, len(lines) + 1)]
    current = next((index for index, piece in enumerate(pieces) if line in piece), None)
    nearby = [range(line, line + 1)] if current is None else pieces[max(current - reach, 0) : current + reach + 1]
    shown = [number for piece in nearby for number in _shortened(piece, line)]
    texts = iter(textwrap.dedent('\n'.join(lines[number - 1].rstrip('\n') for number in shown if number)).split('\n'))
    return [_numbered(number, next(texts), number == line) if number else _GAP for number in shown]


def _shortened(piece, line):
    """The line numbers of a piece; None stands for those that are left out."""
    if line in piece or len(piece) <= LONGEST_PIECE:
        return piece
    last = (LONGEST_PIECE - 1) // 2
    return [*piece[: LONGEST_PIECE - 1 - last], None, *piece[-last:]]


def _numbered(number, text, is_current):
    label = str(number)
    if is_current:
        label = '-' * max(5 - len(label), 0) + '> ' + label
    return f'{label:>7} {text}'


def _pieces_of(code, lines):
    """Lines of every statement of a function, of the header of every block and of comments between, in order."""
    tree = _tree(lines)
    if tree is None:
        return []
    scope = _scope_of(code, tree)
    is_module = scope is tree
    bounds = _bounds(scope, 1 if is_module else _first_line(scope), len(lines) if is_module else scope.end_lineno)
    return [piece for piece in (_without_blanks(start, end, lines) for start, end in bounds) if piece]


def _tree(lines):
    try:
        return compile(''.join(lines), '<lines>', 'exec', ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _scope_of(code, tree):
    """The function or class with this code, else the whole tree."""
    functions = (node for node in ast.walk(tree) if isinstance(node, _FUNCTIONS))
    return next((node for node in functions if _is_function(node, code)), tree)


def _is_function(node, code):
    return _first_line(node) == code.co_firstlineno and node.name == code.co_name


def _first_line(node):
    places = (*getattr(node, 'decorator_list', ()), getattr(node, 'pattern', None), node)
    return min(place.lineno for place in places if hasattr(place, 'lineno'))


def _bounds(node, start, end):
    """(first, last) line of every piece of a node that itself stands between two lines."""
    for inner in _blocks(node):
        first, last = _first_line(inner), _last_line(inner)
        if start < first:
            yield start, first - 1
        yield from _bounds(inner, max(first, start), last)
        start = max(start, last + 1)
    if start <= end:
        yield start, end


def _blocks(node):
    """The statements and clauses directly inside a node, in order."""
    kinds = (ast.stmt, ast.ExceptHandler, ast.match_case)
    return [child for child in ast.iter_child_nodes(node) if isinstance(child, kinds)]


def _last_line(node):
    return getattr(node, 'end_lineno', None) or node.body[-1].end_lineno


def _without_blanks(start, end, lines):
    while start <= end and not lines[start - 1].strip():
        start += 1
    while start <= end and not lines[end - 1].strip():
        end -= 1
    return range(start, end + 1)
