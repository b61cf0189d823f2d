"""Error numbers as Linux has them: Pyodide's system has others, which texts like `[Errno 44]` would show."""

import errno
import os
import re

_LINUX_NUMBERS = {
    'EPERM': 1, 'ENOENT': 2, 'EINTR': 4, 'EIO': 5, 'EBADF': 9, 'EAGAIN': 11, 'ENOMEM': 12, 'EACCES': 13,
    'EBUSY': 16, 'EEXIST': 17, 'EXDEV': 18, 'ENODEV': 19, 'ENOTDIR': 20, 'EISDIR': 21, 'EINVAL': 22,
    'EMFILE': 24, 'EFBIG': 27, 'ENOSPC': 28, 'ESPIPE': 29, 'EROFS': 30, 'EMLINK': 31, 'EPIPE': 32,
    'ENAMETOOLONG': 36, 'ENOSYS': 38, 'ENOTEMPTY': 39, 'ELOOP': 40, 'EOPNOTSUPP': 95, 'EADDRINUSE': 98,
    'ERANGE': 34, 'ENETUNREACH': 101, 'ECONNABORTED': 103, 'ECONNRESET': 104, 'ETIMEDOUT': 110, 'ECONNREFUSED': 111,
    'EHOSTUNREACH': 113,
}  # fmt: skip


_TEXTS = {'ERANGE': ('Result not representable', 'Numerical result out of range')}
"""Texts that differ, here and on Linux. All others are the same."""

_MENTION = re.compile(r"(?P<start>\[Errno |\()(?P<number>\d+)(?P<middle>\] |, ')(?P<text>[^':\n]+)")


def as_on_linux(text):
    """The text with every `[Errno 44] No such file or directory` and `(44, 'No such …` in it as Linux has them."""
    mentions = '[Errno ' in text or 'Error(' in text or 'Result not ' in text
    return _MENTION.sub(_mention, text) if mentions else text


def _mention(match):
    number, text = int(match['number']), match['text']
    name = errno.errorcode.get(number, '')
    if name not in _LINUX_NUMBERS or not text.startswith(os.strerror(number)):
        return match[0]
    return f'{match["start"]}{_LINUX_NUMBERS[name]}{match["middle"]}{text.replace(*_TEXTS.get(name, ("", "")))}'


def with_linux_number(error, text):
    """The text of an exception; that of an OSError with its own text begins with Linux's number, too."""
    text = as_on_linux(text)
    if not isinstance(error, OSError) or error.errno is None:
        return text
    number = _LINUX_NUMBERS.get(errno.errorcode.get(error.errno, ''))
    return text if number is None else re.sub(rf'^\[Errno {error.errno}\]', f'[Errno {number}]', text)
