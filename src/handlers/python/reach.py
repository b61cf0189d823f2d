"""What cells cannot reach, and what a person is told then."""

import notebook_bridge as bridge
from pyodide.ffi import JsException, JsProxy

_NETWORK_ERRORS = {'URLError', 'RemoteDisconnected', 'gaierror', 'ConnectionRefusedError'}

_NETWORK_TEXTS = ('TLS not supported', 'Failed to fetch', 'fetch failed')

_STORES = {'SharedWorker', 'caches', 'cookieStore', 'localStorage', 'locks', 'serviceWorker', 'storage'}
"""What a browser has for the pages that it knows, and not for the frame that Python lives in."""


def hint(error):
    """A sentence for an error that comes from there being no network, or no store of the browser; None for another."""
    if _is_of_network(error):
        return f'Hint: {bridge.networkHint}'
    if _is_of_store(error):
        return 'Hint: Python cells reach nothing of what the browser keeps, neither other notebooks nor files.'
    return None


def _is_of_network(error):
    if isinstance(error, JsException) and error.name == 'NetworkError':
        return True
    if isinstance(error, NameError):
        return error.name == 'XMLHttpRequest'
    return type(error).__name__ in _NETWORK_ERRORS or any(text in str(error) for text in _NETWORK_TEXTS)


def _is_of_store(error):
    if isinstance(error, JsException):
        return error.name == 'SecurityError'
    return isinstance(error, AttributeError) and error.name in _STORES and isinstance(error.obj, JsProxy)
