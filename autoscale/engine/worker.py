"""The only loop: clusters that are due, one at a time each, by any thread.

A heap of times is this engine's memory of what is due soon; it is a hint.
What is true stands in the database, where `keepers/due.py` finds whatever
this memory has lost.
"""

import heapq
import logging
import threading
import time

from autoscale import exceptions
from autoscale.engine import one_pass
from autoscale.engine import shares

LOG = logging.getLogger(__name__)

#: Seconds ahead that are worth remembering here; the due keeper knows more.
HORIZON = 60.0


class Worker:
    def __init__(self, passes: one_pass.Passes, threads: int) -> None:
        self._passes = passes
        self._condition = threading.Condition()
        self._heap: list[tuple[float, str]] = []
        self._when: dict[str, float] = {}
        self._in_hand: set[str] = set()
        self._again: set[str] = set()
        self._shares = shares.Shares(threads)
        self._stopping = False
        self._threads = [
            threading.Thread(
                target=self._loop, name=f'worker-{number}', daemon=True
            )
            for number in range(threads)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self, timeout: float) -> bool:
        """Take no more; True when all passes ended within `timeout` s."""
        with self._condition:
            self._stopping = True
            self._condition.notify_all()
        deadline = time.monotonic() + timeout
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def wake(self, cluster_id: str, delay: float = 0.0) -> None:
        """See to this cluster in `delay` seconds, or sooner.

        Wakes for a cluster that is in hand are one more pass after this one,
        however many they are.
        """
        with self._condition:
            if cluster_id in self._in_hand:
                if delay <= 0:
                    self._again.add(cluster_id)
                return
            if cluster_id in self._shares:
                return  # it is due already
            self._put(cluster_id, time.monotonic() + delay)
            self._condition.notify()

    def idle(self) -> bool:
        """Nothing is in hand and nothing is due within the horizon."""
        with self._condition:
            return not (self._in_hand or self._when or self._shares)

    def _put(self, cluster_id: str, when: float) -> None:
        known = self._when.get(cluster_id)
        if known is None or when < known:
            self._when[cluster_id] = when
            heapq.heappush(self._heap, (when, cluster_id))

    def _take(self) -> str | None:
        """The next cluster that is due; waits for it. None: stop."""
        with self._condition:
            while not self._stopping:
                wait = self._seconds_to_next()
                if wait is not None and wait <= 0:
                    when, cluster_id = heapq.heappop(self._heap)
                    del self._when[cluster_id]
                    if not self._shares.take(cluster_id, when):
                        continue
                    self._in_hand.add(cluster_id)
                    return cluster_id
                self._condition.wait(wait)
            return None

    def _seconds_to_next(self) -> float | None:
        while self._heap:
            when, cluster_id = self._heap[0]
            if self._when.get(cluster_id) == when:
                return when - time.monotonic()
            heapq.heappop(self._heap)  # an earlier time was put since
        return None

    def _loop(self) -> None:
        while True:
            cluster_id = self._take()
            if cluster_id is None:
                return
            delay = None
            try:
                delay = self._see_to(cluster_id)
            finally:
                self._put_down(cluster_id, delay)

    def _see_to(self, cluster_id: str) -> float | None:
        """One pass; seconds until the next, None when none is known of."""
        try:
            result = self._passes.run(cluster_id)
        except exceptions.Unavailable as away:
            LOG.warning(
                'cluster %s: left to the due keeper: %s', cluster_id, away
            )
            return None
        except Exception:  # not even the lease could be had or given back
            LOG.exception('cluster %s: left to the due keeper', cluster_id)
            return None
        if result is None:
            return None
        with self._condition:
            self._shares.learn(cluster_id, result.project_id)
        if result.is_due_again:
            return 0.0
        if result.look_at is None:
            return None
        return max(0.0, (result.look_at - result.now).total_seconds())

    def _put_down(self, cluster_id: str, delay: float | None) -> None:
        with self._condition:
            self._in_hand.discard(cluster_id)
            if following := self._shares.give_back(cluster_id):
                when, other = following
                self._put(other, when)
            if cluster_id in self._again:
                self._again.discard(cluster_id)
                delay = 0.0
            if delay is not None and delay <= HORIZON:
                self._put(cluster_id, time.monotonic() + delay)
            self._condition.notify()
