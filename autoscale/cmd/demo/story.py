"""How the demo is told while it happens: plain lines, 79 columns at most.

Nothing here needs a terminal. On one, headings stand out.
"""

import json
import os
import textwrap
from collections.abc import Iterable
from typing import Any
from typing import IO

WIDTH = 79

_BOLD, _GREEN, _RED, _PLAIN = '\x1b[1m', '\x1b[32m', '\x1b[31m', '\x1b[0m'


def wrapped(
    text: str, *, indent: str = '', hang: str | None = None
) -> list[str]:
    """`text` in lines; those after the first begin with `hang`."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent if hang is None else hang,
        break_long_words=False,
        break_on_hyphens=False,
    )


class Story:
    """Tells on `stream`; without one it keeps silent."""

    def __init__(self, stream: IO[str] | None) -> None:
        self._stream = stream
        self._is_bright = (
            stream is not None
            and stream.isatty()
            and not os.environ.get('NO_COLOR')
            and os.environ.get('TERM') != 'dumb'
        )

    def lines(self, lines: Iterable[str]) -> None:
        for each in lines:
            self.line(each)

    def line(self, text: str = '') -> None:
        if self._stream is not None:
            print(text, file=self._stream, flush=True)

    def heading(self, text: str) -> None:
        self.line()
        self.line(self._coloured(text, _BOLD))
        self.line(self._coloured('-' * len(text), _BOLD))

    def good(self, text: str) -> None:
        self.line(self._coloured(text, _GREEN))

    def bad(self, text: str) -> None:
        self.line(self._coloured(text, _RED))

    def say(self, text: str) -> None:
        """A paragraph of its own."""
        self.lines(wrapped(text))

    def step(self, text: str) -> None:
        """Something that has come about."""
        self.lines(wrapped(text, indent='  => ', hang='     '))

    def heard(self, who: str, lines: Iterable[str]) -> None:
        """What a process said meanwhile."""
        for each in lines:
            self.lines(
                wrapped(f'{who}: {each}', indent='  |  ', hang='  |    ')
            )

    def call(self, method: str, path: str, body: Any, status: int) -> None:
        """One request, as it could be typed, and its answer."""
        words = [method, path]
        if body is not None:
            words.append(json.dumps(body))
        words.append(f'-> {status}')
        self.lines(wrapped(' '.join(words), indent='  ', hang='       '))

    def _coloured(self, text: str, colour: str) -> str:
        return f'{colour}{text}{_PLAIN}' if self._is_bright else text
