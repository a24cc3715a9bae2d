"""The API's end: wake an engine, or ask one what it would do.

A wake never blocks and never fails a request: it is handed to a thread, which
tells of those that wait together in few messages. If one is lost, the engines
find the clusters in the database within seconds.
"""

import logging
import queue
import threading
from typing import Any

import oslo_messaging
from oslo_config import cfg

from autoscale import exceptions
from autoscale.rpc import transport

LOG = logging.getLogger(__name__)

#: Clusters that one message wakes, at most; the next goes to another engine.
MOST = 8

#: Previews that one process waits for at the same time.
PREVIEWS = 8


class Waker:
    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self._transport = transport.make(conf)
        target = oslo_messaging.Target(
            topic=transport.TOPIC, version=transport.VERSION
        )
        # No retries: who waits for a broker that is down keeps later wakes
        # from the moment at which it is back.
        self._client = oslo_messaging.get_rpc_client(
            self._transport, target, retry=0
        )
        self._timeout = conf.messaging.preview_timeout
        self._previews = threading.BoundedSemaphore(PREVIEWS)
        self._condition = threading.Condition()
        self._waiting: dict[str, None] = {}
        self._stopping = False
        self._is_broken = False
        self._thread: threading.Thread | None = None

    def wake(self, cluster_id: str) -> None:
        """Have an engine look at this cluster soon."""
        with self._condition:
            if self._thread is None:
                # Here, not at the start: a WSGI server may fork between.
                self._thread = threading.Thread(
                    target=self._loop, name='waker', daemon=True
                )
                self._thread.start()
            self._waiting[cluster_id] = None
            self._condition.notify()

    def preview(
        self, cluster_id: str, request: dict[str, Any]
    ) -> dict[str, Any]:
        """The decision that an engine would take now.

        `request` is an action's body, such as {'scale_out': {'count': 2}}.
        Raises Unavailable(part='engine') when no engine answers in time,
        and with part='database' when the one that does has none.
        """
        answers: queue.SimpleQueue[Any] = queue.SimpleQueue()
        if not self._previews.acquire(timeout=self._timeout):
            raise exceptions.Unavailable(part='engine')
        # Without a broker a call waits for one, whatever its timeout; so it
        # does that in a thread of its own.
        threading.Thread(
            target=self._ask,
            args=(answers, cluster_id, request),
            name='preview',
            daemon=True,
        ).start()
        try:
            answer = answers.get(timeout=self._timeout)
        except queue.Empty:
            LOG.warning('cluster %s: a preview waits for a broker', cluster_id)
            raise exceptions.Unavailable(part='engine') from None
        if isinstance(answer, Exception):
            # Of any kind: what the driver's own libraries say of a broker
            # that goes away is not always wrapped by oslo.messaging.
            LOG.warning(
                'cluster %s: no engine answers a preview: %s: %s',
                cluster_id,
                type(answer).__name__,
                answer,
            )
            raise exceptions.Unavailable(part='engine') from answer
        if 'not_found' in answer:
            raise exceptions.NotFound(noun='cluster', ref=cluster_id)
        if 'unavailable' in answer:
            raise exceptions.Unavailable(part=answer['unavailable'])
        found: dict[str, Any] = answer
        return found

    def _ask(
        self,
        answers: queue.SimpleQueue[Any],
        cluster_id: str,
        request: dict[str, Any],
    ) -> None:
        """Put an engine's answer, or why there is none."""
        try:
            answers.put(
                self._client.prepare(timeout=self._timeout).call(
                    {}, 'preview', cluster_id=cluster_id, request=request
                )
            )
        except Exception as error:  # the end of this thread
            answers.put(error)
        finally:
            self._previews.release()

    def is_connected(self) -> bool:
        """Whether the last wake could be handed to the broker."""
        return not self._is_broken

    def stop(self) -> None:
        with self._condition:
            self._stopping = True
            self._condition.notify()
        if self._thread is not None:
            self._thread.join(5)
        self._transport.cleanup()

    def _loop(self) -> None:
        while True:
            with self._condition:
                while not self._waiting and not self._stopping:
                    self._condition.wait()
                if self._stopping:
                    return
                waiting, self._waiting = list(self._waiting), {}
            for start in range(0, len(waiting), MOST):
                self._cast(waiting[start : start + MOST])

    def _cast(self, cluster_ids: list[str]) -> None:
        try:
            self._client.cast({}, 'wake', cluster_ids=cluster_ids)
        except Exception as error:
            if not self._is_broken:
                LOG.warning(
                    'the broker does not answer; engines find work in the '
                    'database meanwhile: %s',
                    error,
                )
            self._is_broken = True
            return
        if self._is_broken:
            LOG.warning('the broker answers again')
        self._is_broken = False
