"""Line breaking for nested text: groups break from the outside in, and only when the line gets too long."""

from collections import deque
from contextlib import contextmanager

LINE_WIDTH = 79
"""Columns of a result, as in a notebook."""


class Group:
    """Text between brackets. Its breaks become line ends together."""

    __slots__ = ('depth', 'broken', 'open_breaks')

    def __init__(self, depth):
        self.depth = depth
        self.broken = False
        self.open_breaks = 0


class Break:
    """A place where a line may end: a separator on one line, an indented new line otherwise."""

    __slots__ = ('group', 'indentation', 'separator')

    def __init__(self, group, indentation, separator):
        self.group = group
        self.indentation = indentation
        self.separator = separator


class Layout:
    """Takes text, breaks and groups in order; holds back what is undecided; `finish` returns the whole text."""

    def __init__(self, width=LINE_WIDTH):
        self._width = width
        self._written = []
        self._column = 0
        self._held = deque()
        self._held_width = 0
        self._indentation = 0
        root = Group(0)
        self._stack = [root]
        self._by_depth = [[root]]

    def text(self, text):
        """Adds text without line ends."""
        if self._held:
            self._hold(text, len(text))
        else:
            self._write(text)

    def breakable(self, separator=' '):
        """Adds a place where the current group may break."""
        group = self._stack[-1]
        if group.broken:
            self._release_all()
            self._new_line(self._indentation)
            return
        group.open_breaks += 1
        self._hold(Break(group, self._indentation, separator), len(separator))

    def line_end(self):
        """Ends the line here in any case; the groups around it break as well."""
        group = self._next_to_break()
        if group is not None:
            self._break(group)
        self._release_all()
        self._new_line(self._indentation)

    @contextmanager
    def group(self, indentation=0, opening='', closing=''):
        """A group between two brackets; its lines are indented by `indentation` more columns."""
        if opening:
            self.text(opening)
        self._open_group()
        self._indentation += indentation
        try:
            yield
        finally:
            self._indentation -= indentation
            self._close_group()
            if closing:
                self.text(closing)

    def finish(self):
        """Everything that was added, with the decided line breaks."""
        self._release_all()
        return ''.join(self._written)

    def _open_group(self):
        group = Group(self._stack[-1].depth + 1)
        self._stack.append(group)
        if len(self._by_depth) <= group.depth:
            self._by_depth.append([])
        self._by_depth[group.depth].append(group)

    def _close_group(self):
        group = self._stack.pop()
        if not group.open_breaks:
            self._forget(group)

    def _forget(self, group):
        siblings = self._by_depth[group.depth]
        if group in siblings:
            siblings.remove(group)

    def _hold(self, item, width):
        self._held.append(item)
        self._held_width += width
        while self._column + self._held_width > self._width:
            group = self._next_to_break()
            if group is None:
                return
            self._break(group)

    def _next_to_break(self):
        """The outermost group with open breaks, the youngest of its depth.

        IPython takes the group at the mirrored place out of the list instead of the chosen one. That decides where
        later lines end, so it is done here as well.
        """
        for groups in self._by_depth:
            for place, group in enumerate(reversed(groups)):
                if group.open_breaks:
                    del groups[place]
                    group.broken = True
                    return group
            for group in groups:
                group.broken = True
            groups.clear()
        return None

    def _break(self, group):
        while group.open_breaks:
            self._release()
        while self._held and isinstance(self._held[0], str):
            self._release()

    def _release(self):
        item = self._held.popleft()
        if isinstance(item, str):
            self._held_width -= len(item)
            self._write(item)
            return
        self._held_width -= len(item.separator)
        item.group.open_breaks -= 1
        if item.group.broken:
            self._new_line(item.indentation)
            return
        if not item.group.open_breaks:
            self._forget(item.group)
        self._write(item.separator)

    def _release_all(self):
        while self._held:
            self._release()

    def _write(self, text):
        self._written.append(text)
        self._column += len(text)

    def _new_line(self, indentation):
        self._written.append('\n' + ' ' * indentation)
        self._column = indentation
