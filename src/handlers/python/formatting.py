"""From a Python value to a MIME bundle, and from a MIME bundle to JSON."""

import base64
import math

from .errors import FormatterWarning, warn
from .pretty import pretty
from .system_errors import as_on_linux

REPRESENTATIONS = (
    ('_repr_html_', 'text/html'),
    ('_repr_markdown_', 'text/markdown'),
    ('_repr_svg_', 'image/svg+xml'),
    ('_repr_png_', 'image/png'),
    ('_repr_pdf_', 'application/pdf'),
    ('_repr_jpeg_', 'image/jpeg'),
    ('_repr_latex_', 'text/latex'),
    ('_repr_json_', 'application/json'),
    ('_repr_javascript_', 'application/javascript'),
)

EXPECTED_TYPES = {
    'image/png': (bytes, str),
    'image/jpeg': (bytes, str),
    'application/pdf': (bytes, str),
    'application/json': (list, dict),
}
"""What representations may be; all others are text."""


class MimeFormatter:
    """How values become one MIME type: a function registered for their class, or their own method."""

    def __init__(self, mime_type, method):
        self.format_type = mime_type
        self.print_method = method
        self.enabled = True
        self.type_printers = {}

    def for_type(self, kind, function=None):
        """Registers a function for a class; returns the previous one."""
        previous = self.type_printers.get(kind)
        if function is not None:
            self.type_printers[kind] = function
        return previous

    def pop(self, kind):
        """Removes what was registered for a class and returns it."""
        return self.type_printers.pop(kind, None)

    def __call__(self, value):
        for base in type(value).__mro__:
            if base in self.type_printers:
                return self.type_printers[base](value)
        method = real_method(value, self.print_method)
        return None if method is None else method()


class TextFormatter(MimeFormatter):
    """text/plain; registered functions get (value, printer, cycle)."""

    pprint = True

    def __call__(self, value):
        if not self.pprint:
            return as_on_linux(repr(value))
        return as_on_linux(pretty(value, type_printers=self.type_printers))


class DisplayFormatter:
    """Makes MIME bundles. A representation that raises is reported to `report` and left out."""

    def __init__(self, report):
        self._report = report
        self.formatters = {mime: MimeFormatter(mime, method) for method, mime in REPRESENTATIONS}
        self.formatters['text/plain'] = TextFormatter('text/plain', '_repr_pretty_')

    def format(self, value, include=None, exclude=None):
        """(data, metadata) of a value, `text/plain` first. Empty when the value displays itself."""
        if self._displays_itself(value):
            return {}, {}
        data, metadata = self._mime_bundle(value, include, exclude)
        for mime_type, formatter in self._ordered():
            wanted = not (include and mime_type not in include) and not (exclude and mime_type in exclude)
            if wanted and formatter.enabled and mime_type not in data:
                self._add(data, metadata, mime_type, self._checked(mime_type, self._attempt(formatter, value), value))
        return data, metadata

    def _ordered(self):
        return sorted(self.formatters.items(), key=lambda item: item[0] != 'text/plain')

    def _displays_itself(self, value):
        method = real_method(value, '_ipython_display_')
        if method is None:
            return False
        return self._attempt(lambda _: (method(), True)[1], value) is True

    def _mime_bundle(self, value, include, exclude):
        method = real_method(value, '_repr_mimebundle_')
        if method is None:
            return {}, {}
        bundle = self._attempt(lambda _: method(include=include, exclude=exclude), value)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
        return dict(data), dict(metadata)

    def _attempt(self, produce, value):
        try:
            return produce(value)
        except Exception as error:
            self._report(error)
            return None

    def _checked(self, mime_type, produced, value):
        expected = EXPECTED_TYPES.get(mime_type, str)
        given = produced[0] if isinstance(produced, tuple) else produced
        if produced is None or isinstance(given, expected):
            return produced
        warn(
            f'{mime_type} formatter returned invalid type {type(given)} (expected {expected}) '
            f'for object: {object.__repr__(value)}',
            FormatterWarning,
        )
        return None

    def _add(self, data, metadata, mime_type, produced):
        if produced is None:
            return
        if isinstance(produced, tuple) and len(produced) == 2:
            produced, details = produced
            metadata[mime_type] = details
        data[mime_type] = produced


def real_method(value, name):
    """The method of that name, unless the value is a class or claims to have every attribute."""
    if isinstance(value, type):
        return None
    try:
        if getattr(value, '_ipython_canary_method_should_not_exist_', None) is not None:
            return None
        method = getattr(value, name, None)
    except Exception:
        return None
    return method if callable(method) else None


def bundle_to_json(bundle):
    """A MIME bundle with JSON types; only JSON types of MIME keep structure, anything else becomes text."""
    return {mime: _representation_to_json(mime, value) for mime, value in bundle.items()}


def _representation_to_json(mime_type, value):
    converted = to_json(value)
    if isinstance(converted, str) or mime_type == 'application/json' or mime_type.endswith('+json'):
        return converted
    return str(value)


def to_json(value):
    """The value with JSON types only: bytes as base64, tuples as lists, keys as text, NaN as null."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, (bytes, bytearray, memoryview)):
        return base64.b64encode(value).decode('ascii') + '\n'
    if isinstance(value, dict):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [to_json(item) for item in value]
    return repr(value)
