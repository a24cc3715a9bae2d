"""How the service stands, as gauges; read when Prometheus comes.

Every engine gives the same, since the database is the same: take one of them,
not their sum.
"""

from collections.abc import Iterable

from autoscale.db import database
from autoscale.db import standing as rows
from autoscale.metrics import readings
from autoscale.model import standing as standings

#: Ages of hooks, in seconds, beyond which those that wait are counted.
AGES = (0, 60, 600, 3600, 6 * 3600, 24 * 3600)

#: The cluster of all that have no series of their own.
OTHER = 'other'


class Gauges:
    def __init__(self, db: database.Database, *, clusters: int) -> None:
        """`clusters` is how many have series of their own; 0 for none."""
        self._db = db
        self._clusters = clusters

    def read(self) -> list[readings.Reading]:
        """Ask the database; raises Unavailable."""
        found = self._db.read(rows.read, largest=self._clusters, ages=AGES)
        gauges = list(_everywhere(found))
        if self._clusters:
            gauges += _capacity(found)
        return gauges


def _everywhere(found: standings.Standing) -> Iterable[readings.Reading]:
    yield readings.Reading(
        name='autoscale_clusters',
        text='Clusters in each status.',
        labels=('status',),
        values={(status,): each for status, each in found.clusters.items()},
    )
    yield readings.Reading(
        name='autoscale_hooks_waiting',
        text='Lifecycle hooks that were begun longer ago and have no answer.',
        labels=('older_than',),
        values={(str(age),): each for age, each in found.waiting.items()},
    )
    yield readings.Reading(
        name='autoscale_hooks_undelivered',
        text='Lifecycle hooks whose message could not be sent yet.',
        values={(): found.undelivered},
    )


def _capacity(found: standings.Standing) -> Iterable[readings.Reading]:
    sizes = {**found.largest, OTHER: found.others}
    yield readings.Reading(
        name='autoscale_cluster_desired_capacity',
        text='Members that a cluster shall have.',
        labels=('cluster',),
        values={(each,): size.desired for each, size in sizes.items()},
    )
    yield readings.Reading(
        name='autoscale_cluster_active_members',
        text='Members of a cluster that are in service.',
        labels=('cluster',),
        values={(each,): size.actual for each, size in sizes.items()},
    )
