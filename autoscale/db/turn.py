"""Whose turn it is to write to a SQLite file, within this process.

SQLite has one writer at a time and makes the others sleep and try again.
Threads of one process may as well queue, in the order in which they came:
with a plain lock some wait several times as long as others.
"""

import collections
import threading

#: A thread, and the lock that it waits for.
_Waiting = tuple[int, threading.Lock]

_turns: dict[str, 'Turn'] = {}
_turns_guard = threading.Lock()


class Turn:
    """A lock that is handed on in order; `with turn:` waits for it."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: collections.deque[_Waiting] = collections.deque()
        self._holder: int | None = None

    def __enter__(self) -> None:
        """Raises RuntimeError in a thread whose turn it is already."""
        me = threading.get_ident()
        with self._guard:
            if self._holder is None:
                self._holder = me
                return
            if self._holder == me:
                raise RuntimeError('a write was begun inside a write')
            handed_on = threading.Lock()
            handed_on.acquire()
            self._waiting.append((me, handed_on))
        handed_on.acquire()

    def __exit__(self, *_: object) -> None:
        with self._guard:
            if not self._waiting:
                self._holder = None
                return
            self._holder, handed_on = self._waiting.popleft()
            handed_on.release()


def of(path: str) -> Turn:
    """The one of this file, whoever asks."""
    with _turns_guard:
        return _turns.setdefault(path, Turn())
