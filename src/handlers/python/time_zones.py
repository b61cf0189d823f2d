"""Time zones for `zoneinfo`: Pyodide has none, so that the host's files stand in for the package `tzdata`."""

import importlib.machinery
import io

import notebook_bridge as bridge

_ROOT = 'tzdata'
_ZONES = 'tzdata.zoneinfo'


def install(finders):
    """Makes `tzdata` importable, unless a real one is. `finders` is sys.meta_path."""
    finders.append(TimeZonePackages)


class TimeZonePackages:
    """Finds `tzdata` and every package in it; which zones there are is asked only when a zone is opened."""

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        """The spec of a package; None for all that is not in `tzdata`."""
        if name != _ROOT and not name.startswith(f'{_ROOT}.'):
            return None
        return importlib.machinery.ModuleSpec(name, cls, is_package=True)

    @staticmethod
    def create_module(spec):
        return None

    @staticmethod
    def exec_module(module):
        """Nothing to run: the packages are empty."""

    @staticmethod
    def get_resource_reader(name):
        """What importlib.resources asks for the files of a package."""
        return ZoneFolder(name)


class ZoneFolder:
    """The zones of one package, for example those of `tzdata.zoneinfo.Europe`."""

    def __init__(self, package):
        self._place = package.removeprefix(_ZONES).strip('.').replace('.', '/') if _is_in(package) else None

    def files(self):
        return self

    def joinpath(self, name):
        return ZoneFile(None if self._place is None else f'{self._place}/{name}'.strip('/'))


class ZoneFile:
    """A zone, by its key; None stands for a file that is no zone."""

    def __init__(self, key):
        self._key = key

    def is_dir(self):
        return False

    def open(self, mode='r', **options):
        """The bytes of the zone. FileNotFoundError when the host does not have it."""
        data = None if self._key is None else bridge.timeZone(self._key)
        if data is None:
            raise FileNotFoundError(f'No time zone {self._key}')
        return io.BytesIO(data.to_bytes())


def _is_in(package):
    return package == _ZONES or package.startswith(f'{_ZONES}.')
