"""Whose turn it is at the database, within this process.

SQLite has one writer at a time and makes the others sleep and try again.
Threads of one process may as well queue, in the order in which they came:
with a plain lock some wait several times as long as others.

Any database is better off with few: Python runs one thread at a time, and
threads that all come back from the database at once spend more on taking
turns at that than on their work.
"""

import collections
import threading

#: A thread, and the lock that it waits for.
_Waiting = tuple[int, threading.Lock]

_turns: dict[str, 'Turn'] = {}
_turns_guard = threading.Lock()


class Turn:
    """A lock that is handed on in order; `with turn:` waits for it.

    Of `places`, each is for one thread.
    """

    def __init__(self, places: int = 1) -> None:
        self._guard = threading.Lock()
        self._waiting: collections.deque[_Waiting] = collections.deque()
        self._free = places
        self._holders: set[int] = set()

    def is_mine(self) -> bool:
        """Whether this thread has its turn now."""
        return threading.get_ident() in self._holders

    def __enter__(self) -> None:
        """Raises RuntimeError in a thread whose turn it is already."""
        me = threading.get_ident()
        with self._guard:
            if me in self._holders:
                raise RuntimeError('a write was begun inside a write')
            if self._free:
                self._free -= 1
                self._holders.add(me)
                return
            handed_on = threading.Lock()
            handed_on.acquire()
            self._waiting.append((me, handed_on))
        handed_on.acquire()

    def __exit__(self, *_: object) -> None:
        with self._guard:
            self._holders.remove(threading.get_ident())
            if not self._waiting:
                self._free += 1
                return
            next_one, handed_on = self._waiting.popleft()
            self._holders.add(next_one)
            handed_on.release()


def of(path: str) -> Turn:
    """The one of this file, whoever asks."""
    with _turns_guard:
        return _turns.setdefault(path, Turn())
