"""What cells cannot reach, and what a person is told then."""

import notebook_bridge as bridge
from pyodide.ffi import JsException, JsProxy

_NETWORK_ERRORS = {'URLError', 'RemoteDisconnected', 'gaierror', 'ConnectionRefusedError'}

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
    if isinstance(error, JsException):
        return error.name == 'NetworkError' or str(error).startswith('TypeError: Failed to fetch')
    return type(error).__name__ in _NETWORK_ERRORS or str(error).startswith(('TLS not supported', 'Failed to fetch'))


def _is_of_store(error):
    if isinstance(error, JsException):
        return error.name == 'SecurityError'
    return isinstance(error, AttributeError) and error.name in _STORES and isinstance(error.obj, JsProxy)
