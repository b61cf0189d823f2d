"""Functions that cells register to run before and after each cell, and what they are told."""

import inspect


class ExecutionInfo:
    """What `pre_run_cell` is told about a cell."""

    def __init__(self, raw_cell, store_history=True, silent=False, shell_futures=True, cell_id=None):
        self.raw_cell, self.cell_id = raw_cell, cell_id
        self.store_history, self.silent, self.shell_futures = store_history, silent, shell_futures

    def __repr__(self):
        text = self.raw_cell if len(self.raw_cell) <= 50 else self.raw_cell[:50] + '..'
        names = ('store_history', 'silent', 'shell_futures', 'cell_id')
        return _described(self, f', raw_cell="{text}"', names)


class ExecutionResult:
    """How a cell ended: what `post_run_cell` is told and `run_cell` returns."""

    execution_count = error_before_exec = error_in_exec = result = None
    is_quiet = False

    def __init__(self, info):
        self.info = info

    @property
    def success(self):
        return self.error_before_exec is None and self.error_in_exec is None

    def raise_error(self):
        """Raises the error that ended the cell, if one did."""
        error = self.error_before_exec or self.error_in_exec
        if error is not None:
            raise error

    def __repr__(self):
        names = ('execution_count', 'error_before_exec', 'error_in_exec', 'info', 'result')
        return _described(self, ',', names)


ExecutionInfo.__module__ = ExecutionResult.__module__ = 'IPython.core.interactiveshell'


def _described(value, opening, names):
    fields = ' '.join(f'{name}={getattr(value, name)!r}' for name in names)
    return f'<{type(value).__qualname__} object at {id(value):x}{opening} {fields}>'


class EventHooks:
    """Keeps the functions of `get_ipython().events`."""

    NAMES = ('pre_execute', 'pre_run_cell', 'post_execute', 'post_run_cell', 'shell_initialized')

    def __init__(self, show_error):
        self.callbacks = {name: [] for name in self.NAMES}
        self._show_error = show_error

    def register(self, event, function):
        """Adds a function once. An unknown event raises KeyError, something that is no function TypeError."""
        if not callable(function):
            raise TypeError(f'Need a callable, got {function!r}')
        if function not in self.callbacks[event]:
            self.callbacks[event].append(function)

    def unregister(self, event, function):
        """Removes a function. One that is not registered raises ValueError."""
        if function not in self.callbacks[event]:
            raise ValueError(f'Function {function!r} is not registered as a {event} callback')
        self.callbacks[event].remove(function)

    def trigger(self, event, *arguments):
        """Calls the functions of an event; the error of one is shown and does not stop the others."""
        for function in list(self.callbacks[event]):
            try:
                function(*_accepted(function, arguments))
            except (Exception, KeyboardInterrupt) as error:
                print(f'Error in callback {function} (for {event}):')
                self._show_error(error)


def _accepted(function, arguments):
    """The arguments; none for a function that takes none."""
    try:
        takes_any = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return arguments
    return arguments if takes_any else ()


class ObservedRun:
    """A context in which one cell runs: tells the functions of `events`, shows the error that ends it, and holds it back."""

    def __init__(self, kernel, info):
        self._kernel, self._events = kernel, kernel.shell.events
        self.result = ExecutionResult(info)
        self.outcome = {'status': 'ok'}

    def __enter__(self):
        self._outer, self._kernel.result = self._kernel.result, self.result
        self._tell('pre', self.result.info)
        return self

    def __exit__(self, kind, error, trace):
        if error is not None:
            self._fail(error)
        self._tell('post', self.result)
        self._kernel.result = self._outer
        return True

    def _fail(self, error):
        self.outcome, before = self._kernel.fail(error)
        setattr(self.result, 'error_before_exec' if before else 'error_in_exec', error)

    def _tell(self, moment, told):
        self._events.trigger(f'{moment}_execute')
        if not self.result.info.silent:
            self._events.trigger(f'{moment}_run_cell', told)
