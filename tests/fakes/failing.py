"""Failures that a test orders: the same for every fake."""

import collections
import contextlib
import dataclasses
import threading
from collections.abc import Iterator


@dataclasses.dataclass
class _Order:
    error: Exception
    times: int
    after_work: bool


class Failing:
    """A fake whose operations are counted, and fail when they are told to."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        #: (operation, arguments) of every call, also of those that failed
        self.calls: list[tuple[str, dict]] = []
        self._orders: dict[str, list[_Order]] = collections.defaultdict(list)

    def fail_next(
        self,
        operation: str,
        error: Exception,
        times: int = 1,
        *,
        after_work: bool = False,
    ) -> None:
        """The next calls of `operation` raise `error`.

        With `after_work` they do what was asked before they raise, as a
        service does whose answer is lost.
        """
        with self.lock:
            self._orders[operation].append(_Order(error, times, after_work))

    def count(self, operation: str) -> int:
        """How often `operation` was called."""
        with self.lock:
            return sum(name == operation for name, _ in self.calls)

    @contextlib.contextmanager
    def _call(self, operation: str, **arguments: object) -> Iterator[None]:
        """Around the work of an operation: it is recorded, and may fail."""
        with self.lock:
            self.calls.append((operation, arguments))
            order = self._next_order(operation)
            if order is not None and not order.after_work:
                raise order.error
            yield
            if order is not None:
                raise order.error

    def _next_order(self, operation: str) -> _Order | None:
        for order in self._orders[operation]:
            if order.times > 0:
                order.times -= 1
                return order
        return None
