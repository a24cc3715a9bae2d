"""Finds servers of ours that no node knows, and deletes them.

A create call whose end nobody learned of may make servers after we stopped
looking for them. They carry our tags, and that is how they are found. Only
servers of clusters that this database knows or knew are touched: another
autoscale may use the same project.
"""

import logging
import time
from collections.abc import Callable
from typing import Any

from autoscale import exceptions
from autoscale.db import database
from autoscale.db import event as event_rows
from autoscale.db import owning
from autoscale.engine import doors
from autoscale.engine import steps
from autoscale.model import event as events
from autoscale.model import server as servers

LOG = logging.getLogger(__name__)

_CLUSTER = steps.cluster_tag('')
_LAUNCH = steps.launch_tag('')


class Sweep:
    def __init__(
        self,
        db: database.Database,
        cloud: doors.Doors,
        *,
        grace: float,
        new_id: Callable[[], str],
    ) -> None:
        self._db = db
        self._doors = cloud
        self._grace = grace
        self._new_id = new_id
        self._first_seen: dict[str, float] = {}
        self._rounds = 0

    def run_once(self) -> list[str]:
        """Delete orphans that were seen for longer than the grace period.

        Answers the ids of the servers that were asked to go.
        """
        swept: list[str] = []
        orphans: set[str] = set()
        self._rounds += 1
        for owner in self._doors.owners(self._db, self._rounds):
            try:
                nova = self._doors.nova(owner)
                found = self._orphans(nova)
                orphans |= {each.id for each in found}
                for server in found:
                    if self._is_old(server.id) and self._delete(
                        nova, owner, server
                    ):
                        swept.append(server.id)
            except exceptions.CloudError as error:
                LOG.warning(
                    'project %s: no sweep: %s', owner.project_id, error
                )
        self._first_seen = {
            server: seen
            for server, seen in self._first_seen.items()
            if server in orphans
        }
        return swept

    def _orphans(self, nova: Any) -> list[servers.Server]:
        present = [each.id for each in nova.list_servers(tag=steps.TAG)]
        unknown = set(present) - self._db.read(owning.known_servers, present)
        if not unknown:
            return []
        described = {
            each.id: each
            for each in nova.list_servers(tag=steps.TAG, detailed=True)
            if each.id in unknown
        }
        ours = self._db.read(
            owning.known_clusters,
            [_tagged(each, _CLUSTER) for each in described.values()],
        )
        awaited = self._db.read(
            owning.awaited_launches,
            [_tagged(each, _LAUNCH) for each in described.values()],
        )
        return [
            each
            for each in described.values()
            if _tagged(each, _CLUSTER) in ours
            and _tagged(each, _LAUNCH) not in awaited
            and each.status != servers.DELETED
        ]

    def _is_old(self, server_id: str) -> bool:
        now = time.monotonic()
        first = self._first_seen.setdefault(server_id, now)
        return now - first >= self._grace

    def _delete(
        self, nova: Any, owner: owning.Owner, server: servers.Server
    ) -> bool:
        """Whether it was there to be deleted."""
        if not nova.delete_server(server.id):
            # Nova gave it up before it had a host: it is listed for ever.
            LOG.info(
                'server %s: Nova lists it and does not find it; only an '
                'operator of the cloud can remove it',
                server.id,
            )
            return False
        message = (
            f"the server '{server.name}' carries our tag and belongs to no "
            'node; it is deleted'
        )
        LOG.warning('server %s: %s', server.id, message)
        self._db.write(
            event_rows.record,
            [
                events.Event(
                    sequence=None,
                    id=self._new_id(),
                    project_id=owner.project_id,
                    cluster_id=_tagged(server, _CLUSTER),
                    node_id=None,
                    action_id=None,
                    level=events.WARNING,
                    type='server.orphan_deleted',
                    message=message,
                    details={'server_id': server.id},
                    created_at=self._db.now(),
                )
            ],
        )
        return True


def _tagged(server: servers.Server, prefix: str) -> str:
    """What follows `prefix` in a tag of the server; '' without one."""
    for tag in server.tags or ():
        if tag.startswith(prefix):
            return tag[len(prefix) :]
    return ''
