"""sys.stdout and sys.stderr of the cells: text goes to the host at once, which decides when to show it."""

import io

import notebook_bridge as bridge

from .system_errors import as_on_linux

CHUNK = 65_536
"""Characters that cross to the host in one call."""


class OutStream(io.TextIOBase):
    """A text stream to the host. It has no `buffer` and is no terminal, as in a Jupyter kernel."""

    encoding = 'UTF-8'
    errors = None
    newlines = None

    def __init__(self, name, descriptor):
        self._name = name
        self._descriptor = descriptor
        self._full = False
        self._skipped = 0

    @property
    def name(self):
        return self._name

    def fileno(self):
        return self._descriptor

    def isatty(self):
        return False

    def writable(self):
        return True

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError(f'write() argument must be str, not {type(text)}')
        if self._full:
            self._skipped += len(text) if text.isascii() else len(_encodable(text).encode())
        elif len(text) <= CHUNK:
            self._full = not bridge.text(self._name, _encodable(as_on_linux(text)))
        else:
            for start in range(0, len(text), CHUNK):
                self.write(text[start : start + CHUNK])
        return len(text)

    def report(self):
        """Tells the host how much was not even sent because the cell had shown all it may, and begins to send again."""
        if self._skipped:
            bridge.skipped(self._name, self._skipped)
        self._full = False
        self._skipped = 0

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def flush(self):
        bridge.flush(self._name)

    def close(self):
        """Cells may not close the streams of the kernel."""


OutStream.__module__ = 'ipykernel.iostream'


def _encodable(text):
    try:
        text.encode()
        return text
    except UnicodeEncodeError:
        return text.encode('utf-8', 'backslashreplace').decode()
