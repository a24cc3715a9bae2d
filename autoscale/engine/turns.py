"""A bounded pool of threads in which everybody has a turn.

Who hands in a thousand calls waits for them; who hands in one waits for the
calls that run, and not for the thousand.
"""

import collections
import threading
from collections.abc import Callable
from concurrent import futures
from typing import Any


class Turns:
    def __init__(self, threads: int, name: str) -> None:
        self._pool = futures.ThreadPoolExecutor(
            max_workers=threads, thread_name_prefix=name
        )
        self._guard = threading.Lock()
        #: What each waits for; whose turn is next comes first.
        self._waiting: dict[
            str,
            collections.deque[tuple[futures.Future[Any], Callable[[], Any]]],
        ] = {}

    def submit(
        self, whose: str, call: Callable[[], Any]
    ) -> futures.Future[Any]:
        """Have it called when it is the turn of `whose`.

        Raises RuntimeError after `stop`.
        """
        job: futures.Future[Any] = futures.Future()
        with self._guard:
            # As many as there are calls; each takes what is next by then.
            self._pool.submit(self._call_next)
            waiting = self._waiting.setdefault(whose, collections.deque())
            waiting.append((job, call))
        return job

    def stop(self, *, wait: bool) -> None:
        """Take no more; with `wait`, until all that was taken is done."""
        self._pool.shutdown(wait=wait)

    def _call_next(self) -> None:
        with self._guard:
            whose = next(iter(self._waiting))
            waiting = self._waiting.pop(whose)
            job, call = waiting.popleft()
            if waiting:
                self._waiting[whose] = waiting  # behind all others
        try:
            job.set_result(call())
        except BaseException as error:  # told to who waits for it
            job.set_exception(error)
