"""Writes of many threads, carried out in few transactions.

A transaction costs this process and the database much the same whether it
writes for one request or for ten. So those that come while one is under way
wait for its end, and then go together. Who comes alone waits for nobody.
"""

import collections
import dataclasses
import threading
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any
from typing import Generic
from typing import TypeVar

from autoscale import exceptions

#: Requests in one transaction, at most.
MOST = 50

#: Seconds that a request waits for a transaction to end before it begins the
#: next one beside it: that one may wait for a lock that is held for long.
PATIENCE = 0.25

A = TypeVar('A')
B = TypeVar('B')


@dataclasses.dataclass(eq=False, slots=True)
class _One(Generic[A, B]):
    """A request that waits."""

    asked: A
    #: Released when it has an outcome, or a batch to carry out.
    woken: threading.Lock = dataclasses.field(default_factory=threading.Lock)
    batch: 'list[_One[A, B]] | None' = None
    outcome: B | Exception | None = None


class Together(Generic[A, B]):
    """Safe to share between threads, which is what it is for."""

    def __init__(
        self, write: Callable[[Sequence[A]], Sequence[B | Exception]]
    ) -> None:
        """`write` is one transaction: all of these requests, or none.

        It answers for each, in their order, with a result or with the
        exception that is raised to whoever asked. When it raises one, each
        is written by itself; unless the database cannot be reached.
        """
        self._write = write
        self._guard = threading.Lock()
        self._waiting: collections.deque[_One[A, B]] = collections.deque()
        self._under_way = 0

    def write(self, asked: A) -> B:
        """The result of this request, committed; raises its exception."""
        mine: _One[A, B] = _One(asked)
        mine.woken.acquire()
        with self._guard:
            if self._under_way:
                self._waiting.append(mine)
            else:
                self._under_way += 1
                mine.batch = [mine]
        if mine.batch is None and not mine.woken.acquire(timeout=PATIENCE):
            self._wait_no_more(mine)
        if mine.batch is not None:
            self._carry_out(mine.batch)
        if isinstance(mine.outcome, Exception):
            raise mine.outcome
        result: Any = mine.outcome
        return result

    def _wait_no_more(self, mine: _One[A, B]) -> None:
        """Begin a transaction with those that wait, if it has none yet."""
        with self._guard:
            is_waiting = mine in self._waiting
            if is_waiting:
                self._waiting.remove(mine)
                self._under_way += 1
                mine.batch = [mine, *self._next(MOST - 1)]
        if not is_waiting:
            mine.woken.acquire()

    def _next(self, most: int) -> list['_One[A, B]']:
        """Those who have waited longest; they wait for a place no more."""
        count = min(most, len(self._waiting))
        return [self._waiting.popleft() for _ in range(count)]

    def _carry_out(self, batch: list['_One[A, B]']) -> None:
        """Give each its outcome, and the next batch to one of its own."""
        outcomes: Sequence[B | Exception] = ()
        try:
            outcomes = self._outcomes([each.asked for each in batch])
        finally:
            with self._guard:
                following = self._next(MOST)
                if following:
                    following[0].batch = following
                else:
                    self._under_way -= 1
            if following:
                following[0].woken.release()
            # Without an outcome, this thread is made to stop.
            lost = exceptions.Unavailable(part='database')
            for number, each in enumerate(batch):
                each.outcome = (
                    outcomes[number] if number < len(outcomes) else lost
                )
                each.woken.release()

    def _outcomes(self, asked: list[A]) -> Sequence[B | Exception]:
        try:
            return self._write(asked)
        except exceptions.Unavailable as error:
            return [error] * len(asked)
        except Exception as error:
            if len(asked) == 1:
                return [error]
        return [self._outcomes([each])[0] for each in asked]
