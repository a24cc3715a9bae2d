"""Waiting with an end: for what shall be seen, or for a signal to stop.

A signal only leaves a mark, which every wait looks at: nothing is torn apart
in the middle, and whatever was started is known to whoever must stop it.
"""

import signal
import threading
import time
from collections.abc import Callable
from typing import Any
from typing import TypeVar

T = TypeVar('T')

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

#: Seconds after which something that was to be seen is given up. It takes
#: one or two; a machine may have much else to do.
LONGEST = 60.0

_EVERY = 0.05


class Stopped(Exception):
    """A signal said to stop; `number` is which."""

    def __init__(self, number: int) -> None:
        super().__init__(f'stopped by {signal.Signals(number).name}')
        self.number = number


class NotSeen(Exception):
    """What was waited for did not come; the message says what it was."""


class Patience:
    """One for a command; only the main thread may wait with it."""

    def __init__(self) -> None:
        self._number = 0
        # Nobody sets it: a handler that did might wait for a lock that the
        # thread which it interrupts holds.
        self._never = threading.Event()

    def listen(self) -> None:
        """From now on a signal to stop ends the next wait."""
        for number in SIGNALS:
            signal.signal(number, self._mark)

    def _mark(self, number: int, frame: Any) -> None:
        self._number = number

    def wait(self, seconds: float) -> None:
        """Raises Stopped as soon as there was a signal."""
        end = time.monotonic() + seconds
        while True:
            if self._number:
                raise Stopped(self._number)
            left = end - time.monotonic()
            if left <= 0:
                return
            self._never.wait(min(left, _EVERY))

    def until(
        self,
        what: str,
        probe: Callable[[], T | None],
        *,
        seconds: float = LONGEST,
    ) -> T:
        """The first answer of `probe` that is not None.

        Raises NotSeen when there was none in so many seconds.
        """
        end = time.monotonic() + seconds
        while True:
            found = probe()
            if found is not None:
                return found
            if time.monotonic() > end:
                raise NotSeen(f'{what}: not within {seconds:g} seconds')
            self.wait(_EVERY)
