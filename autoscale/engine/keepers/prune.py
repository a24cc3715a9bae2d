"""Removes old records, a slice at a time, while everything goes on."""

import logging

from autoscale.db import database
from autoscale.db import prune

LOG = logging.getLogger(__name__)

#: Rows in one transaction: short enough not to be in anybody's way.
SLICE = 500
#: Seconds for which an Idempotency-Key is remembered.
KEEP_KEYS = 24 * 3600


class Prune:
    def __init__(self, db: database.Database, keep_seconds: float) -> None:
        self._db = db
        self._keep = keep_seconds

    def run_once(self) -> dict[str, int]:
        """Prune every noun; answers how many rows of each."""
        pruned = {noun: self._prune(noun) for noun in prune.NOUNS}
        if any(pruned.values()):
            LOG.info('pruned old records: %s', pruned)
        return pruned

    def _prune(self, noun: str) -> int:
        keep = self._keep
        if noun == 'idempotency':
            keep = min(keep, KEEP_KEYS)
        total = 0
        while True:
            count = self._db.write(prune.old, noun, keep, SLICE)
            total += count
            if count < SLICE:
                return total
