"""From the text of a cell to Python: indentation, prompts, magics, shell escapes, help; and the name of its file."""

import io
import os
import re
import tokenize

NAME = r'[^\W\d][\w.]*'
WILDCARD = r'(?!\d)[\w*]+(?:\.[\w*]+)*'
CELL_MAGIC = re.compile(r'%%(?P<name>[^\s%]\S*)(?P<line>[^\n]*)(?:\n(?P<body>.*))?', re.DOTALL)
ESCAPE = re.compile(r'(?P<indent>[ \t]*)(?P<escape>%|!!|!|\?\??)(?P<rest>.*)', re.DOTALL)
ASSIGNMENT = re.compile(
    r'(?P<target>[ \t]*[^\W\d][\w.\[\], \t*\'"()]*?=[ \t]*)(?P<escape>%|!)(?P<rest>[^=].*)', re.DOTALL
)
HELP = re.compile(
    rf'(?P<indent>[ \t]*)(?P<target>[%]{{0,2}}(?:{NAME}(?:\[[^\]]*\])?|{WILDCARD}))(?P<mark>\?\??)[ \t]*$'
)
PROMPTS = (
    (re.compile(r'>>>(?: |$)'), re.compile(r'^(?:>>> ?|\.\.\.(?: |$))')),
    (re.compile(r'In \[\d+\]: '), re.compile(r'^(?:In \[\d+\]: |\s*\.{3,}: ?)')),
)
"""How the first line of pasted text begins, and what is removed from every line."""


def transform(source):
    """Python source for the text of a cell. Text that is Python already comes back as it is."""
    if not source.endswith('\n'):
        source += '\n'
    lines = _without_leading_blanks(source.splitlines(keepends=True))
    lines = _without_prompts(_without_indentation(lines))
    cell_magic = CELL_MAGIC.match(''.join(lines))
    if cell_magic:
        return _cell_magic_call(cell_magic)
    return ''.join(_without_escapes(lines))


def is_quiet(source):
    """True when the last token of a cell is a semicolon, so that its result is not shown."""
    last = ''
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type not in _INSIGNIFICANT:
                last = token.string
    except (tokenize.TokenError, SyntaxError):
        return False
    return last == ';'


def file_name(source):
    """The file that a cell's code says it comes from: named after a hash of its text, as ipykernel does."""
    return f'/tmp/ipykernel_{os.getpid()}/{murmur2(source.encode("utf-8", "surrogatepass"), 0xC70F6907)}.py'


def murmur2(data, seed):
    """The 32-bit MurmurHash2 of `data`."""
    multiplier, mask = 0x5BD1E995, 0xFFFFFFFF
    value = (seed ^ len(data)) & mask
    whole = len(data) // 4 * 4
    for start in range(0, whole, 4):
        block = int.from_bytes(data[start : start + 4], 'little') * multiplier & mask
        block = (block ^ block >> 24) * multiplier & mask
        value = (value * multiplier & mask) ^ block
    if tail := data[whole:]:
        value = (value ^ int.from_bytes(tail, 'little')) * multiplier & mask
    value = (value ^ value >> 13) * multiplier & mask
    return value ^ value >> 15


_INSIGNIFICANT = {
    tokenize.NEWLINE,
    tokenize.NL,
    tokenize.COMMENT,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}


def _without_leading_blanks(lines):
    first = next((index for index, line in enumerate(lines) if line.strip()), len(lines))
    return lines[first:]


def _without_indentation(lines):
    if not lines:
        return lines
    indent = lines[0][: len(lines[0]) - len(lines[0].lstrip(' \t'))]
    if not indent:
        return lines
    return [line[len(indent) :] if line.startswith(indent) else line for line in lines]


def _without_prompts(lines):
    for first, prompt in PROMPTS:
        if lines and first.match(lines[0]):
            return [prompt.sub('', line, count=1) for line in lines]
    return lines


def _cell_magic_call(match):
    name, line, body = match['name'], match['line'].strip(), match['body'] or ''
    if name.endswith('?'):
        return _call('run_line_magic', 'pinfo', '%%' + name.rstrip('?')) + '\n'
    return _call('run_cell_magic', name, line, body) + '\n'


def _call(method, *arguments):
    return f'get_ipython().{method}({", ".join(map(repr, arguments))})'


def _without_escapes(lines):
    result, scanner, index = [], _LineScanner(), 0
    while index < len(lines):
        line, taken = lines[index], 1
        if not scanner.inside_statement and _looks_special(line):
            line, taken = _logical_escape(lines, index)
            line = _translate(line)
        scanner.read(line)
        result.append(line)
        index += taken
    return result


def _looks_special(line):
    text = line.strip()
    return text[:1] in ('%', '!', '?') or text.endswith('?') or ASSIGNMENT.match(line) is not None


def _logical_escape(lines, index):
    """The line and the ones that its trailing backslashes join to it, with the number of lines used."""
    text, taken = lines[index], 1
    while text.endswith('\\\n') and index + taken < len(lines):
        text = text[:-2] + lines[index + taken]
        taken += 1
    return text, taken


def _translate(line):
    text = line.rstrip('\n')
    ending = line[len(text) :]
    for pattern, translate in ((HELP, _help_call), (ESCAPE, _escape_call), (ASSIGNMENT, _assignment)):
        match = pattern.fullmatch(text)
        if match:
            return translate(match) + ending
    return line


def _help_call(match):
    magic = 'psearch' if '*' in match['target'] else 'pinfo2' if match['mark'] == '??' else 'pinfo'
    return match['indent'] + _call('run_line_magic', magic, match['target'])


def _escape_call(match):
    indent, escape, rest = match['indent'], match['escape'], match['rest'].strip()
    if escape == '%':
        name, _, line = rest.partition(' ')
        return indent + _call('run_line_magic', name, line.strip())
    if escape.startswith('?'):
        return indent + _call('run_line_magic', 'pinfo2' if escape == '??' else 'pinfo', rest)
    return indent + _call('getoutput' if escape == '!!' else 'system', rest)


def _assignment(match):
    if match['escape'] == '!':
        return match['target'] + _call('getoutput', match['rest'].strip())
    name, _, line = match['rest'].strip().partition(' ')
    return match['target'] + _call('run_line_magic', name, line.strip())


class _LineScanner:
    """Knows, line by line, whether the next line begins inside a string, a bracket or after a backslash."""

    _TOKEN = re.compile(r'"""|\'\'\'|"|\'|#|\\.|[\[\](){}]', re.DOTALL)

    def __init__(self):
        self._quote = ''
        self._depth = 0
        self._joined = False

    @property
    def inside_statement(self):
        return bool(self._quote) or self._depth > 0 or self._joined

    def read(self, line):
        self._joined = False
        position = 0
        while token := self._TOKEN.search(line, position):
            position = token.end()
            if self._quote:
                self._read_in_string(token[0])
            elif token[0] == '#':
                break
            else:
                self._read_in_code(token[0])
        if len(self._quote) == 1 and not line.endswith('\\\n'):
            self._quote = ''

    def _read_in_string(self, token):
        if token == self._quote:
            self._quote = ''
        elif len(self._quote) == 1 and token[0] == self._quote:
            self._quote = ''

    def _read_in_code(self, token):
        if token[0] in '"\'':
            self._quote = token
        elif token in '([{':
            self._depth += 1
        elif token in ')]}':
            self._depth = max(0, self._depth - 1)
        elif token == '\\\n':
            self._joined = True
