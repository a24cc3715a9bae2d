"""Notifications to the rest of the cloud, on oslo.messaging's bus.

Whoever tells something here never waits and never fails: it is handed to one
thread through a queue with an end. What finds no room there, or cannot be
sent, is dropped and counted; what is true stands in the database.
"""

import logging
import queue
import threading
from collections.abc import Callable
from typing import Any

import oslo_messaging
from oslo_config import cfg
from oslo_messaging import opts

from autoscale import context as contexts
from autoscale.rpc import transport

LOG = logging.getLogger(__name__)

#: Notifications that may wait; a scale-out by a thousand has two thousand.
ROOM = 5000

GROUP = 'oslo_messaging_notifications'


def _register(conf: cfg.ConfigOpts) -> None:
    """oslo.messaging's own options, before it is asked whether it is on."""
    for group, options in opts.list_opts():
        if group == GROUP:
            conf.register_opts(options, group=group)


class Notifier:
    """Sends from `start` to `stop`, if `is_on`."""

    def __init__(
        self,
        conf: cfg.ConfigOpts,
        *,
        publisher: str,
        on_dropped: Callable[[], None],
        room: int = ROOM,
    ) -> None:
        transport.register(conf)
        _register(conf)
        self._conf = conf
        self._publisher = publisher
        self._on_dropped = on_dropped
        self._waiting: queue.Queue[tuple[Any, ...] | None] = queue.Queue(room)
        self._thread: threading.Thread | None = None
        self._is_broken = False
        #: Whether an operator named a driver that does anything.
        self.is_on = any(
            each not in ('', 'noop') for each in conf[GROUP].driver
        )

    def start(self) -> None:
        if not self.is_on:
            return
        self._transport = oslo_messaging.get_notification_transport(self._conf)
        self._notifier = oslo_messaging.Notifier(
            self._transport, self._publisher
        )
        self._thread = threading.Thread(
            target=self._loop, name='notifier', daemon=True
        )
        self._thread.start()

    def tell(
        self,
        event_type: str,
        payload: dict[str, Any],
        *,
        request_id: str | None = None,
        is_error: bool = False,
    ) -> None:
        """Send it soon, or drop it; `payload` is plain JSON."""
        try:
            self._waiting.put_nowait(
                (event_type, payload, request_id, is_error)
            )
        except queue.Full:
            self._drop('they wait too long')

    def stop(self, timeout: float = 5.0) -> None:
        """Take no more, and give what waits `timeout` seconds to leave."""
        if self._thread is None:
            return
        try:
            self._waiting.put(None, timeout=timeout)
        except queue.Full:
            return  # the bus does not answer, and nor shall we wait for it
        self._thread.join(timeout)
        if not self._thread.is_alive():
            self._transport.cleanup()

    def _loop(self) -> None:
        while True:
            next_one = self._waiting.get()
            if next_one is None:
                return
            self._send(*next_one)

    def _send(
        self,
        event_type: str,
        payload: dict[str, Any],
        request_id: str | None,
        is_error: bool,
    ) -> None:
        send = self._notifier.error if is_error else self._notifier.info
        asker = None
        if request_id is not None:
            asker = contexts.Asker(request_id=request_id)
        try:
            with contexts.on_behalf_of(asker):
                # Of a plain dict oslo.messaging would pass on nothing.
                send(contexts.current() or {}, event_type, payload)
        except Exception as error:  # whatever a driver may raise
            self._drop(str(error))
            return
        if self._is_broken:
            LOG.warning('notifications are sent again')
        self._is_broken = False

    def _drop(self, reason: str) -> None:
        """Once said for many, until one is sent again."""
        if not self._is_broken:
            LOG.warning('notifications are dropped: %s', reason)
        self._is_broken = True
        self._on_dropped()
