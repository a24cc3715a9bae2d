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

    Of `places`, each is for one thread. Who has waited for `patience` seconds
    goes on without one; with None nobody does.
    """

    def __init__(
        self, places: int = 1, *, patience: float | None = None
    ) -> None:
        self._places = places
        self._patience = -1 if patience is None else patience
        self._guard = threading.Lock()
        self._waiting: collections.deque[_Waiting] = collections.deque()
        self._inside: set[int] = set()

    def is_mine(self) -> bool:
        """Whether this thread has its turn now."""
        return threading.get_ident() in self._inside

    def __enter__(self) -> None:
        """Raises RuntimeError in a thread whose turn it is already."""
        me = threading.get_ident()
        with self._guard:
            if me in self._inside:
                raise RuntimeError('a write was begun inside a write')
            if len(self._inside) < self._places:
                self._inside.add(me)
                return
            waiting = (me, threading.Lock())
            waiting[1].acquire()
            self._waiting.append(waiting)
        if waiting[1].acquire(timeout=self._patience):
            return
        with self._guard:
            if me not in self._inside:
                self._waiting.remove(waiting)
                self._inside.add(me)

    def __exit__(self, *_: object) -> None:
        with self._guard:
            self._inside.remove(threading.get_ident())
            while self._waiting and len(self._inside) < self._places:
                next_one, handed_on = self._waiting.popleft()
                self._inside.add(next_one)
                handed_on.release()


def of(path: str) -> Turn:
    """The one of this file, whoever asks."""
    with _turns_guard:
        return _turns.setdefault(path, Turn())
