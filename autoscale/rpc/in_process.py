"""In-process messaging that waits instead of asking again and again.

kombu's memory transport looks for messages in a busy loop, since
oslo.messaging sets its polling interval to zero: a third of a core when
nothing happens. This is the same transport with a condition that is notified
when a message is put.
"""

import queue
import threading
import time
from typing import Any

import kombu.transport
from kombu.transport import memory

_arrived = threading.Condition()
_count = 0

#: Seconds after which a waiter looks by itself, should it have been missed.
_LOOK = 1.0


def _tell() -> None:
    global _count
    with _arrived:
        _count += 1
        _arrived.notify_all()


class Channel(memory.Channel):
    def _put(self, queue: str, message: Any, **kwargs: Any) -> None:
        super()._put(queue, message, **kwargs)  # type: ignore[no-untyped-call]
        _tell()

    def _put_fanout(
        self, exchange: str, message: Any, routing_key: Any = None, **kw: Any
    ) -> None:
        super()._put_fanout(  # type: ignore[no-untyped-call]
            exchange, message, routing_key, **kw
        )
        _tell()


class Transport(memory.Transport):
    Channel = Channel

    @property
    def _messages(self) -> Any:
        return self.cycle

    def drain_events(
        self,
        connection: Any,
        timeout: float | None = None,
        **kwargs: Any,
    ) -> None:
        """Deliver one message; TimeoutError when none comes in time."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            seen = _count
            try:
                self._messages.get(self._deliver, timeout=timeout)
                return
            except queue.Empty:
                wait = _LOOK
                if deadline is not None:
                    wait = min(wait, deadline - time.monotonic())
                    if wait <= 0:
                        raise TimeoutError from None
                with _arrived:
                    if _count == seen:
                        _arrived.wait(wait)


def install() -> None:
    """Have kombu use this for `memory` URLs in this process."""
    kombu.transport.TRANSPORT_ALIASES['memory'] = f'{__name__}:Transport'
