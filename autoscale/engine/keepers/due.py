"""Finds clusters that are due and that no memory of an engine holds.

One indexed query a look, whatever the number of clusters. A wake that was
lost, an engine that was killed: this is what finds their work again.
"""

from autoscale.db import database
from autoscale.db import work
from autoscale.engine import worker


class Due:
    def __init__(
        self, db: database.Database, hands: worker.Worker, limit: int
    ) -> None:
        self._db = db
        self._worker = hands
        self._limit = limit

    def run_once(self) -> int:
        """Hand what is overdue to the worker; answers how many."""
        overdue = self._db.read(work.due, self._limit)
        for cluster_id in overdue:
            self._worker.wake(cluster_id)
        return len(overdue)
