"""What `from IPython.display import …` gives: display functions and the objects that carry one representation."""

import array
import base64
import html
import io
import json
import mimetypes
import os
import struct
import wave
from xml.dom import minidom

from .errors import warn
from .formatting import bundle_to_json, to_json

_kernel = None


def connect(kernel):
    """Gives the functions of this module their kernel. Called once."""
    global _kernel
    _kernel = kernel


def display(
    *objects,
    include=None,
    exclude=None,
    metadata=None,
    transient=None,
    display_id=None,
    raw=False,
    clear=False,
    **options,
):
    """Shows objects, one output each. With `display_id` returns a handle that can update the output, which is empty at first
    when no object is given."""
    transient = dict(transient or {})
    if display_id is True:
        display_id = os.urandom(16).hex()
    if display_id:
        transient['display_id'] = display_id
    if clear:
        clear_output(wait=True)
    if display_id and not objects:
        objects, raw = [{}], True
    for value in objects:
        data, details = (value, {}) if raw else _kernel.formatter.format(value, include, exclude)
        if data or raw:
            publish_display_data(data, {**details, **(metadata or {})}, transient=transient, **options)
    return DisplayHandle(display_id) if display_id else None


def update_display(value, *, display_id, **options):
    """Replaces every output that was displayed with this id."""
    display(value, display_id=display_id, update=True, **options)


def publish_display_data(data, metadata=None, *, transient=None, update=False, **ignored):
    """Sends a MIME bundle as an output of the running cell."""
    if not isinstance(data, dict):
        raise TypeError(f'data must be a dict, got: {data!r}')
    display_id = (transient or {}).get('display_id')
    kind = 'updateDisplay' if update else 'display'
    _kernel.send(kind, data=bundle_to_json(data), metadata=to_json(metadata or {}), displayId=display_id)


def clear_output(wait=False):
    """Removes the outputs of the running cell, with `wait` only when the next one comes."""
    _kernel.send('clear', wait=bool(wait))


class DisplayHandle:
    """Names an output, so that it can be replaced."""

    def __init__(self, display_id=None):
        self.display_id = display_id or os.urandom(16).hex()

    def __repr__(self):
        return f'<{type(self).__name__} display_id={self.display_id}>'

    def display(self, value, **options):
        """Shows another output with this id."""
        display(value, display_id=self.display_id, **options)

    def update(self, value, **options):
        """Replaces the outputs with this id."""
        update_display(value, display_id=self.display_id, **options)


class DisplayObject:
    """Something with one representation, given as data, a file or a web address."""

    _read_flags = 'r'
    _show_mem_addr = False
    metadata = None

    def __init__(self, data=None, url=None, filename=None, metadata=None):
        if isinstance(data, os.PathLike):
            data = os.fspath(data)
        if isinstance(data, str) and data.startswith(('http://', 'https://')) and url is None and filename is None:
            url, data = data, None
        elif self._names_file(data):
            filename, data = data, None
        self.data, self.url, self.filename = data, url, filename
        self.metadata = metadata if metadata is not None else (self.metadata or {})
        self.reload()
        self._check_data()

    def _names_file(self, data):
        try:
            return self._reads_files and isinstance(data, (str, bytes)) and len(data) < 1024 and os.path.isfile(data)
        except (OSError, ValueError):
            return False

    _reads_files = False

    def __repr__(self):
        if self._show_mem_addr:
            return object.__repr__(self)
        return f'<{type(self).__module__}.{type(self).__name__} object>'

    def _check_data(self):
        """Raises TypeError when the data cannot be of this kind."""

    def reload(self):
        """Reads the file again. Web addresses cannot be read: this Python has no network."""
        if self.filename is not None:
            with open(self.filename, self._read_flags) as file:
                self.data = file.read()
        elif self.url is not None and self.data is None:
            raise OSError(f'Cannot read {self.url}: this Python (Pyodide) has no network access.')

    def _data_and_metadata(self):
        return (self.data, dict(self.metadata)) if self.metadata else self.data


class TextDisplayObject(DisplayObject):
    """A display object whose data is text."""

    def _check_data(self):
        if self.data is not None and not isinstance(self.data, str):
            raise TypeError(f'{type(self).__name__} expects text, not {self.data!r}')


class Pretty(TextDisplayObject):
    """Text that is shown as it is."""

    def _repr_pretty_(self, printer, cycle):
        printer.text(self.data)


class HTML(TextDisplayObject):
    """HTML."""

    def __init__(self, data=None, url=None, filename=None, metadata=None):
        if isinstance(data, str) and data.lower().startswith('<iframe ') and data.lower().endswith('</iframe>'):
            warn('Consider using IPython.display.IFrame instead')
        super().__init__(data, url, filename, metadata)

    def _repr_html_(self):
        return self._data_and_metadata()

    def __html__(self):
        return self._repr_html_()


class Markdown(TextDisplayObject):
    """Markdown."""

    def _repr_markdown_(self):
        return self._data_and_metadata()


class Latex(TextDisplayObject):
    """LaTeX."""

    def _repr_latex_(self):
        return self._data_and_metadata()


class Math(TextDisplayObject):
    """LaTeX in math mode."""

    def _repr_latex_(self):
        text = '$\\displaystyle %s$' % self.data.strip('$')
        return (text, dict(self.metadata)) if self.metadata else text


class SVG(DisplayObject):
    """SVG; what surrounds the svg element is dropped."""

    @property
    def data(self):
        return self._data

    @data.setter
    def data(self, text):
        self._data = None if text is None else _svg_element(text)

    _read_flags = 'rb'
    _reads_files = True

    def _repr_svg_(self):
        return self._data_and_metadata()


class JSON(DisplayObject):
    """A value that is shown as JSON."""

    def __init__(self, data=None, url=None, filename=None, expanded=False, metadata=None, root='root', **options):
        super().__init__(data, url, filename, {'expanded': expanded, 'root': root, **(metadata or {}), **options})

    def _check_data(self):
        if self.data is not None and not isinstance(self.data, (dict, list)):
            raise TypeError(f'{type(self).__name__} expects JSONable dict or list, not {self.data!r}')

    @property
    def data(self):
        return self._data

    @data.setter
    def data(self, value):
        self._data = json.loads(value) if isinstance(value, str) else value

    def _repr_json_(self):
        return self._data_and_metadata()


class GeoJSON(JSON):
    """GeoJSON."""

    def _ipython_display_(self):
        bundle = {'application/geo+json': self.data, 'text/plain': '<IPython.display.GeoJSON object>'}
        publish_display_data(bundle, {'application/geo+json': self.metadata})


class Javascript(TextDisplayObject):
    """JavaScript that runs where the output is shown."""

    def __init__(self, data=None, url=None, filename=None, lib=None, css=None):
        self.lib = [lib] if isinstance(lib, str) else list(lib or ())
        self.css = [css] if isinstance(css, str) else list(css or ())
        super().__init__(data, url, filename)

    def _repr_javascript_(self):
        return self.data


class Image(DisplayObject):
    """A PNG, JPEG or GIF image from bytes, a file or (as a link) a web address."""

    _read_flags = 'rb'
    _reads_files = True
    _MIME_TYPES = {'png': 'image/png', 'jpeg': 'image/jpeg', 'jpg': 'image/jpeg', 'gif': 'image/gif'}

    def __init__(self, data=None, url=None, filename=None, format=None, embed=None, width=None, height=None,
                 retina=False, unconfined=False, metadata=None, alt=None):  # fmt: skip
        link = url or (data if isinstance(data, str) and data.startswith(('http://', 'https://')) else None)
        self.embed = embed if embed is not None else link is None
        self.width, self.height, self.alt, self.unconfined = width, height, alt, unconfined
        super().__init__(None if link else data, link, filename, metadata)
        self.format = (format or self._guess_format()).lower()
        self._mimetype = self._MIME_TYPES.get(self.format)
        if self.embed and self._mimetype is None:
            raise ValueError(f"Cannot embed the '{self.format}' image format")
        if retina:
            self._halve()

    def reload(self):
        if self.embed:
            super().reload()

    def _guess_format(self):
        if isinstance(self.data, (bytes, bytearray)):
            for start, name in ((b'\xff\xd8', 'jpeg'), (b'GIF8', 'gif')):
                if bytes(self.data).startswith(start):
                    return name
            return 'png'
        extension = os.path.splitext(str(self.filename or self.url or ''))[1][1:].lower()
        return extension if extension in self._MIME_TYPES else 'png'

    def _halve(self):
        if self.format == 'png' and self.data:
            width, height = struct.unpack('>ii', self.data[16:24])
            self.width, self.height = width // 2, height // 2

    def _details(self):
        details = {'width': self.width, 'height': self.height, 'alt': self.alt, 'unconfined': self.unconfined or None}
        return {**{key: value for key, value in details.items() if value is not None}, **self.metadata}

    def _repr_mimebundle_(self, include=None, exclude=None):
        if not self.embed:
            return {'text/html': self._link()}
        data = self._encoded()
        details = self._details()
        return {self._mimetype: data}, ({self._mimetype: details} if details else {})

    def _encoded(self):
        if isinstance(self.data, str):
            raise FileNotFoundError(f"No such file or directory: '{self.data}'")
        return base64.b64encode(self.data).decode('ascii') + '\n'

    def _repr_png_(self):
        return self._encoded() if self.embed and self.format == 'png' else None

    def _repr_jpeg_(self):
        return self._encoded() if self.embed and self.format in ('jpeg', 'jpg') else None

    def _link(self):
        names = ('width', 'height', 'alt')
        given = {name: getattr(self, name) for name in names if getattr(self, name)}
        attributes = ''.join(f' {name}="{html.escape(str(value))}"' for name, value in given.items())
        return f'<img src="{self.url}"{attributes}/>'


class Code(TextDisplayObject):
    """Source code."""

    _reads_files = True

    def __init__(self, data=None, url=None, filename=None, language=None):
        self.language = language
        super().__init__(data, url, filename)

    def __repr__(self):
        return self.data

    def _repr_html_(self):
        return f'<div class="output_html"><pre>{html.escape(self.data)}</pre></div>'

    def _repr_latex_(self):
        return '\\begin{Verbatim}\n' + self.data + '\n\\end{Verbatim}\n'


class ProgressBar(DisplayObject):
    """A bar that moves while it is iterated over."""

    def __init__(self, total):
        self.total = total
        self._progress = 0
        self.html_width = '60ex'
        self.text_width = 60
        self._display_id = os.urandom(8).hex()

    def __repr__(self):
        filled = int(self.progress / self.total * self.text_width)
        return f'[{"=" * filled}{" " * (self.text_width - filled)}] {self.progress}/{self.total}'

    def _repr_html_(self):
        return f"<progress style='width:{self.html_width}' max='{self.total}' value='{self.progress}'></progress>"

    @property
    def progress(self):
        return self._progress

    @progress.setter
    def progress(self, value):
        self._progress = value
        update_display(self, display_id=self._display_id)

    def display(self):
        """Shows the bar."""
        display(self, display_id=self._display_id)

    def __iter__(self):
        self.display()
        self._progress = -1
        return self

    def __next__(self):
        self.progress += 1
        if self.progress < self.total:
            return self.progress
        raise StopIteration


class IFrame:
    """A page in a frame."""

    def __init__(self, src, width, height, extras=None, **parameters):
        self.src, self.width, self.height = src, width, height
        self.extras, self.params = list(extras or ()), parameters

    def _repr_html_(self):
        query = '?' + '&'.join(f'{key}={value}' for key, value in self.params.items()) if self.params else ''
        return (
            f'\n        <iframe\n            width="{self.width}"\n            height="{self.height}"\n'
            f'            src="{self.src}{query}"\n            frameborder="0"\n            allowfullscreen\n'
            f'            {" ".join(self.extras)}\n        ></iframe>\n        '
        )


class YouTubeVideo(IFrame):
    """A film of YouTube."""

    def __init__(self, id, width=400, height=300, allow_autoplay=False, **parameters):
        self.id = id
        extras = ['allow="autoplay"'] if allow_autoplay else ()
        if allow_autoplay:
            parameters = {**parameters, 'autoplay': 1}
        super().__init__(f'https://www.youtube.com/embed/{id}', width, height, extras, **parameters)


class VimeoVideo(IFrame):
    """A film of Vimeo."""

    def __init__(self, id, width=400, height=300, **parameters):
        self.id = id
        super().__init__(f'https://player.vimeo.com/video/{id}', width, height, **parameters)


class ScribdDocument(IFrame):
    """A document of Scribd."""

    def __init__(self, id, width=400, height=300, **parameters):
        self.id = id
        super().__init__(f'https://www.scribd.com/embeds/{id}/content', width, height, **parameters)


class FileLink:
    """A link to a file."""

    def __init__(self, path, url_prefix='', result_html_prefix='', result_html_suffix='<br>'):
        self.path, self.url_prefix = str(path), url_prefix
        self.result_html_prefix, self.result_html_suffix = result_html_prefix, result_html_suffix

    def _repr_html_(self):
        if not os.path.exists(self.path):
            return (
                f"Path (<tt>{html.escape(self.path)}</tt>) doesn't exist. "
                'It may still be in the process of being generated, or you may have the incorrect path.'
            )
        target = html.escape(self.url_prefix + self.path)
        link = f"<a href='{target}' target='_blank'>{html.escape(self.path)}</a>"
        return f'{self.result_html_prefix}{link}{self.result_html_suffix}'

    def __repr__(self):
        return os.path.abspath(self.path)


class FileLinks:
    """Links to all files in a folder, and in its folders unless `recursive` is False."""

    def __init__(self, path, url_prefix='', result_html_prefix='', result_html_suffix='<br>', recursive=True):
        if os.path.isfile(path):
            raise ValueError(f"Cannot display a file using FileLinks. Use FileLink to display '{path}'.")
        self.path, self.url_prefix, self.recursive = str(path).rstrip('/'), url_prefix, recursive
        self.result_html_prefix, self.result_html_suffix = result_html_prefix, result_html_suffix

    def _folders(self):
        found = ((folder, names) for folder, _, names in os.walk(self.path) if names)
        return found if self.recursive else list(found)[:1]

    def _html_lines(self, folder, names):
        prefix, suffix = self.result_html_prefix, self.result_html_suffix
        yield f'{prefix}{folder}/{suffix}'
        for name in names:
            target = html.escape(f'{self.url_prefix}{folder}/{name}')
            yield f"{prefix}&nbsp;&nbsp;<a href='{target}' target='_blank'>{html.escape(name)}</a>{suffix}"

    def _repr_html_(self):
        return '\n'.join(line for folder, names in self._folders() for line in self._html_lines(folder, names))

    def __repr__(self):
        folders = ((f'{folder}/', *(f'  {name}' for name in names)) for folder, names in self._folders())
        return '\n'.join(line for lines in folders for line in lines)


class Audio(DisplayObject):
    """Sound from bytes or a file."""

    _read_flags = 'rb'
    _reads_files = True

    def __init__(self, data=None, filename=None, url=None, embed=None, rate=None, autoplay=False, normalize=True,
                 *, element_id=None):  # fmt: skip
        self.autoplay, self.element_id = autoplay, element_id
        super().__init__(data, url, filename)
        if self.data is not None and not isinstance(self.data, bytes):
            self.data = _wave_file(self.data, rate, normalize)
        self.mimetype = mimetypes.guess_type(str(self.filename or ''))[0] or 'audio/wav'

    def _repr_html_(self):
        source = self.url or f'data:{self.mimetype};base64,{base64.b64encode(self.data).decode("ascii")}'
        name = f'id="{self.element_id}"' if self.element_id else ''
        start = 'autoplay="autoplay"' if self.autoplay else ''
        return _AUDIO.format(name=name, start=start, source=source, type=self.mimetype)


class Video(Audio):
    """Moving pictures from bytes or a file."""

    def _repr_html_(self):
        source = f'data:video/mp4;base64,{base64.b64encode(self.data).decode("ascii")}'
        return f'<video controls><source src="{source}" type="video/mp4"></video>'


_AUDIO = """
                <audio {name} controls="controls" {start}>
                    <source src="{source}" type="{type}" />
                    Your browser does not support the audio element.
                </audio>
              """


def _wave_file(samples, rate, normalize):
    """A WAV file of one channel with 16 bits from samples between -1 and 1, or of any size when they are normalized."""
    if rate is None:
        raise ValueError('rate must be specified when data is a numpy array or list of audio samples.')
    samples = list(map(float, samples))
    loudest = max(map(abs, samples), default=0)
    if not normalize and loudest > 1:
        raise ValueError('Audio data must be between -1 and 1 when normalize=False.')
    scale = 32767 / (loudest if normalize and loudest else 1)
    numbers = array.array('h', [int(sample * scale) for sample in samples])
    file = io.BytesIO()
    with wave.open(file, 'wb') as writer:
        writer.setparams((1, 2, rate, len(numbers), 'NONE', 'not compressed'))
        writer.writeframes(numbers.tobytes())
    return file.getvalue()


def display_as(mime_type):
    """A function like `display_html`: shows objects in one representation only."""

    def display_representation(*objects, raw=False, metadata=None, **options):
        for value in objects:
            if raw:
                publish_display_data({mime_type: value}, {mime_type: metadata} if metadata else {})
            else:
                display(value, include=[mime_type], metadata=metadata)

    return display_representation


display_html = display_as('text/html')
display_markdown = display_as('text/markdown')
display_svg = display_as('image/svg+xml')
display_png = display_as('image/png')
display_jpeg = display_as('image/jpeg')
display_latex = display_as('text/latex')
display_json = display_as('application/json')
display_javascript = display_as('application/javascript')
display_pretty = display_as('text/plain')


def set_matplotlib_formats(*formats, **options):
    """Does nothing: there is no matplotlib."""


def _svg_element(text):
    document = minidom.parseString(text)
    elements = document.getElementsByTagName('svg')
    return (elements[0] if elements else document).toxml()


def _public_names():
    own = {name: value for name, value in globals().items() if getattr(value, '__module__', None) == __name__}
    hidden = {'connect', 'display_as'}
    return {name: value for name, value in own.items() if not name.startswith('_') and name not in hidden}


PUBLIC = _public_names()
"""Everything that `IPython.display` exports, by name."""

FUNCTIONS = {
    value.__name__: value for value in (display, update_display, publish_display_data, clear_output, DisplayHandle)
}
"""What `IPython.core.display_functions` defines, by name."""

_LIBRARY = (IFrame, FileLink, FileLinks, Audio)


def _home_of(value):
    if value in FUNCTIONS.values():
        return 'IPython.core.display_functions'
    return 'IPython.lib.display' if isinstance(value, type) and issubclass(value, _LIBRARY) else 'IPython.core.display'


for _value in PUBLIC.values():
    if isinstance(_value, type) or _value in FUNCTIONS.values():
        _value.__module__ = _home_of(_value)
