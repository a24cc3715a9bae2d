"""What was asked of the cloud: counts, and the last requests in order.

Kept apart so that a benchmark can read what happened without the services
knowing that anyone counts.
"""

import collections
import itertools
import threading
from typing import Any

#: How many requests are remembered one by one.
REMEMBERED = 20_000


class Traffic:
    """A counter per operation and a ring of the last requests."""

    def __init__(self, remembered: int = REMEMBERED):
        self._lock = threading.Lock()
        self._counts: collections.Counter[str] = collections.Counter()
        self._ring: collections.deque[dict[str, Any]] = collections.deque(
            maxlen=remembered
        )
        self._last = 0

    def record(
        self,
        service: str,
        operation: str,
        *,
        method: str,
        path: str,
        status: int | None,
        ids: list[str],
        received_at: float,
        seconds: float,
        request_id: str | None = None,
    ) -> None:
        """Remember one request; status None is a dropped connection.

        `request_id` is what the caller says that it is part of.
        """
        with self._lock:
            self._counts[f'{service}.{operation}'] += 1
            self._last += 1
            self._ring.append(
                {
                    'sequence': self._last,
                    'time': received_at,
                    'seconds': seconds,
                    'service': service,
                    'operation': operation,
                    'method': method,
                    'path': path,
                    'status': status,
                    'ids': ids,
                    'request_id': request_id,
                }
            )

    def counts(self) -> dict[str, int]:
        """Requests per 'service.operation'."""
        with self._lock:
            return dict(sorted(self._counts.items()))

    def clear(self) -> None:
        """Count from zero again; the ring and its numbers go on."""
        with self._lock:
            self._counts.clear()

    def since(self, sequence: int) -> tuple[list[dict[str, Any]], int]:
        """Requests numbered above `sequence`, and the last number given."""
        with self._lock:
            newer = itertools.takewhile(
                lambda entry: entry['sequence'] > sequence,
                reversed(self._ring),
            )
            found = list(newer)
            found.reverse()
            return found, self._last
