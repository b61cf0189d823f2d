"""Keeps the outputs of a piece of code instead of showing them."""

import io
import sys

from . import display

KINDS = ('stdout', 'stderr', 'display')


class RichOutput:
    """An output that was captured."""

    def __init__(self, data=None, metadata=None):
        self.data = data or {}
        self.metadata = metadata or {}

    def display(self):
        """Shows the output now."""
        display.publish_display_data(self.data, self.metadata)

    def _repr_mimebundle_(self, include=None, exclude=None):
        return self.data, self.metadata


class CapturedIO:
    """What was captured: text as `stdout` and `stderr`, the rest as `outputs`. Calling it shows everything."""

    def __init__(self, stdout=None, stderr=None, outputs=None):
        self._stdout = stdout
        self._stderr = stderr
        self._outputs = [] if outputs is None else outputs

    def __str__(self):
        return self.stdout

    @property
    def stdout(self):
        return self._stdout.getvalue() if self._stdout else ''

    @property
    def stderr(self):
        return self._stderr.getvalue() if self._stderr else ''

    @property
    def outputs(self):
        return self._outputs

    def show(self):
        """Shows everything that was captured."""
        sys.stdout.write(self.stdout)
        sys.stderr.write(self.stderr)
        for output in self._outputs:
            output.display()

    __call__ = show


CapturedIO.__module__ = RichOutput.__module__ = 'IPython.utils.capture'


class Capture:
    """A context that yields a CapturedIO."""

    def __init__(self, kernel, stdout=True, stderr=True, display=True):
        self._kernel = kernel
        self._wanted = (stdout, stderr, display)

    def __enter__(self):
        stdout, stderr, shown = self._wanted
        self._streams = sys.stdout, sys.stderr
        self._sink = self._kernel.sink
        texts = io.StringIO() if stdout else None, io.StringIO() if stderr else None
        sys.stdout, sys.stderr = texts[0] or sys.stdout, texts[1] or sys.stderr
        outputs = []
        if shown:
            self._kernel.sink = lambda kind, fields: self._keep(outputs, kind, fields)
        return CapturedIO(*texts, outputs)

    def __exit__(self, *failure):
        sys.stdout, sys.stderr = self._streams
        self._kernel.sink = self._sink

    def _keep(self, outputs, kind, fields):
        if kind in ('display', 'updateDisplay', 'result'):
            outputs.append(RichOutput(fields['data'], fields['metadata']))
        elif kind == 'clear':
            outputs.clear()
        else:
            self._sink(kind, fields)


def capture_output(stdout=True, stderr=True, display=True):
    """The context manager that `IPython.utils.capture` exports."""
    from .kernel import current

    return Capture(current(), stdout, stderr, display)
