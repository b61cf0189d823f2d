"""Functions that cells register to run before and after each cell."""


class EventHooks:
    """Keeps the functions of `get_ipython().events`."""

    NAMES = ('pre_execute', 'pre_run_cell', 'post_execute', 'post_run_cell', 'shell_initialized')

    def __init__(self):
        self.callbacks = {name: [] for name in self.NAMES}

    def register(self, event, function):
        """Adds a function once. An unknown event raises KeyError."""
        if function not in self.callbacks[event]:
            self.callbacks[event].append(function)

    def unregister(self, event, function):
        """Removes a function. One that is not registered raises ValueError."""
        if function not in self.callbacks[event]:
            raise ValueError(f'Function {function!r} is not registered as a {event} callback')
        self.callbacks[event].remove(function)

    def trigger(self, event, *arguments):
        """Calls the functions of an event; one that raises is reported on stdout and does not stop the others."""
        for function in list(self.callbacks[event]):
            try:
                function(*arguments)
            except Exception as error:
                print(f'Error in callback {function} (for {event}): {error}')
