"""Error numbers as Linux has them: Pyodide's system has others, which texts like `[Errno 44]` would show."""

import errno
import re

_LINUX_NUMBERS = {
    'EPERM': 1, 'ENOENT': 2, 'EINTR': 4, 'EIO': 5, 'EBADF': 9, 'EAGAIN': 11, 'ENOMEM': 12, 'EACCES': 13,
    'EBUSY': 16, 'EEXIST': 17, 'EXDEV': 18, 'ENODEV': 19, 'ENOTDIR': 20, 'EISDIR': 21, 'EINVAL': 22,
    'EMFILE': 24, 'EFBIG': 27, 'ENOSPC': 28, 'ESPIPE': 29, 'EROFS': 30, 'EMLINK': 31, 'EPIPE': 32,
    'ENAMETOOLONG': 36, 'ENOSYS': 38, 'ENOTEMPTY': 39, 'ELOOP': 40, 'EOPNOTSUPP': 95, 'EADDRINUSE': 98,
    'ENETUNREACH': 101, 'ECONNABORTED': 103, 'ECONNRESET': 104, 'ETIMEDOUT': 110, 'ECONNREFUSED': 111,
    'EHOSTUNREACH': 113,
}  # fmt: skip


def with_linux_number(error, text):
    """The text of an OSError with Linux's number in it; any other text as it is."""
    if not isinstance(error, OSError) or error.errno is None:
        return text
    number = _LINUX_NUMBERS.get(errno.errorcode.get(error.errno, ''))
    return text if number is None else re.sub(rf'^\[Errno {error.errno}\]', f'[Errno {number}]', text)
