"""How often a webhook may trigger: a bucket of tokens for each.

Each API process counts for itself; it is a guard against an alarm gone wild,
not a promise.
"""

import collections
import math
import threading
import time
from collections.abc import Callable

from autoscale import exceptions

#: Buckets kept; the one that was used longest ago makes room.
MOST_BUCKETS = 10_000


class Buckets:
    """At most `rate` a second in the long run, `burst` at once, for each key.

    A rate of 0 is no bound.
    """

    def __init__(
        self,
        rate: float,
        burst: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.rate = rate
        self.burst = burst
        self._clock = clock
        self._lock = threading.Lock()
        #: {key: (tokens left, as of when)}
        self._buckets: collections.OrderedDict[str, tuple[float, float]] = (
            collections.OrderedDict()
        )

    def take(self, key: str) -> None:
        """Count one; raises RateLimited with the seconds until the next."""
        if not self.rate:
            return
        with self._lock:
            now = self._clock()
            left, since = self._buckets.pop(key, (float(self.burst), now))
            left = min(self.burst, left + (now - since) * self.rate)
            is_allowed = left >= 1
            self._buckets[key] = (left - 1 if is_allowed else left, now)
            if len(self._buckets) > MOST_BUCKETS:
                self._buckets.popitem(last=False)
        if not is_allowed:
            wait = math.ceil((1 - left) / self.rate)
            raise exceptions.RateLimited(retry_after=max(1, wait))
