"""When a keyboard interrupt may be raised, and the drive that raises it inside an awaiting cell.

The host asks in two ways: it writes SIGINT into shared memory, which reaches code that is running, and it calls
`Kernel.interrupt`, which reaches a cell that awaits. Every request has a number, so that one never strikes twice.
"""

import asyncio
import functools
import signal

import notebook_bridge as bridge


IDLE, SHIELDED, RUNNING, AWAITING = 'idle', 'shielded', 'running', 'awaiting'
"""No cell; kernel code on behalf of a cell; code of a cell; a cell that awaits, while background tasks may run."""


class Interrupts:
    """Raises KeyboardInterrupt in the code of cells only; kernel code finishes its step first."""

    def __init__(self):
        self.phase = IDLE
        self.pending = False
        self.delivered = 0

    def install(self):
        """Takes SIGINT back, whatever the last cell did with it."""
        signal.signal(signal.SIGINT, self._receive)

    def begin(self, execution_id):
        """For a new cell. A request for it may have come before, when a signal still meant nothing."""
        self.pending = False
        self.phase = SHIELDED
        self.install()
        if bridge.interruptTarget() == execution_id and self.accept(bridge.interruptNumber()):
            self.pending = True

    def accept(self, number):
        """True for a request that has not been delivered yet; it then counts as delivered."""
        fresh = number > self.delivered
        self.delivered = max(number, self.delivered)
        return fresh

    def take_pending(self):
        """True when a request waits for the code of the cell; it then counts as delivered."""
        if not self.pending:
            return False
        self.accept(bridge.interruptNumber())
        self.pending = False
        return True

    def _receive(self, signal_number, frame):
        """Raises in the code of the cell. Elsewhere the cell gets it at its next step, or before from `Kernel.interrupt`.

        A signal that code sent itself (`os.kill`, `signal.raise_signal`) has no number, and always counts.
        """
        is_known = bridge.signalFromHost() and bridge.interruptNumber() <= self.delivered
        if self.phase == IDLE or is_known:
            return
        if self.phase == RUNNING and frame.f_code is not InterruptibleRun._take.__code__:
            self.accept(bridge.interruptNumber())
            raise KeyboardInterrupt
        self.pending = True


class InterruptibleRun:
    """Awaits a coroutine; an interrupt while it is suspended is thrown into it as KeyboardInterrupt."""

    def __init__(self, coroutine, interrupts):
        self._coroutine = coroutine
        self._interrupts = interrupts
        self._thrown = False

    def interrupt(self, task):
        """Called from outside the coroutine: stops what it awaits, or its first step when it has not begun."""
        if self._interrupts.phase != AWAITING:
            self._interrupts.pending = True
            return
        self._interrupts.pending = False
        self._thrown = True
        task.cancel()

    def __await__(self):
        iterator = self._coroutine.__await__()
        step = functools.partial(iterator.send, None)
        while True:
            try:
                awaited = self._take(step, iterator)
            except StopIteration as stop:
                return stop.value
            step = yield from self._suspend(awaited, iterator)

    def _take(self, step, iterator):
        interrupts = self._interrupts
        if interrupts.take_pending():
            step = functools.partial(iterator.throw, KeyboardInterrupt())
        try:
            interrupts.phase = RUNNING
            return step()
        finally:
            interrupts.phase = SHIELDED

    def _suspend(self, awaited, iterator):
        self._interrupts.phase = AWAITING
        try:
            if self._interrupts.pending:
                return self._give_up(awaited, iterator)
            sent = yield awaited
            return functools.partial(iterator.send, sent)
        except asyncio.CancelledError as error:
            return functools.partial(iterator.throw, self._reason(error))
        except BaseException as error:
            return functools.partial(iterator.throw, error)
        finally:
            self._interrupts.phase = SHIELDED

    def _give_up(self, awaited, iterator):
        if asyncio.isfuture(awaited):
            awaited.cancel()
        return functools.partial(iterator.send, None)

    def _reason(self, error):
        if not self._thrown:
            return error
        self._thrown = False
        asyncio.current_task().uncancel()
        return KeyboardInterrupt()
