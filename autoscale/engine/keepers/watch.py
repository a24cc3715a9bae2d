"""Notices servers that changed behind our back.

One list call a project: what changed since the last look, by Nova's own
clock. What concerns a member becomes a check of its cluster, which any
engine carries out; when nothing changed, the database is not asked.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from datetime import timedelta
from typing import Any

from autoscale import exceptions
from autoscale.db import database
from autoscale.db import owning
from autoscale.db import request
from autoscale.engine import doors
from autoscale.engine import steps
from autoscale.engine import worker
from autoscale.model import action as actions
from autoscale.model import node as nodes
from autoscale.model import server as servers

LOG = logging.getLogger(__name__)

#: Seconds that two looks overlap: Nova's times have no fractions.
OVERLAP = 2
#: Looks between two readings of who owns clusters.
OWNERS_LIFE = 20

_SERVING = (nodes.ACTIVE, nodes.DRAINING, nodes.UNHEALTHY)


class Watch:
    def __init__(
        self,
        db: database.Database,
        cloud: doors.Doors,
        hands: worker.Worker,
        *,
        new_id: Callable[[], str],
    ) -> None:
        self._db = db
        self._doors = cloud
        self._worker = hands
        self._new_id = new_id
        self._since: dict[str, datetime] = {}
        self._owners: list[owning.Owner] = []
        self._looks = 0

    def run_once(self) -> list[str]:
        """Look at each project; answers the clusters that are checked."""
        if self._looks % OWNERS_LIFE == 0 or not self._owners:
            turn = self._looks // OWNERS_LIFE
            self._owners = self._doors.owners(self._db, turn)
        self._looks += 1
        checked: list[str] = []
        for owner in self._owners:
            try:
                checked += self._look(owner)
            except exceptions.CloudError as error:
                LOG.warning(
                    'project %s: not watched: %s', owner.project_id, error
                )
        return checked

    def _look(self, owner: owning.Owner) -> list[str]:
        nova = self._doors.nova(owner)
        since = self._since.get(owner.project_id)
        now = nova.now()
        if since is None:
            changed = self._unseen(nova, owner.project_id)
        else:
            changed = _changed(nova, since)
        self._since[owner.project_id] = now - timedelta(seconds=OVERLAP)
        if not changed:
            return []
        clusters = self._db.read(owning.members_of, changed, _SERVING)
        for cluster in clusters:
            if self._db.write(self._ask_for_check, cluster):
                self._worker.wake(cluster.id)
        return [each.id for each in clusters]

    def _unseen(self, nova: Any, project_id: str) -> list[str]:
        """Servers of the project's members that its list does not have."""
        present = {each.id for each in nova.list_servers(tag=steps.TAG)}
        members = self._db.read(owning.members, project_id, _SERVING)
        return [each for each in members if each not in present]

    def _ask_for_check(self, conn: Any, cluster: owning.Cluster) -> bool:
        """Queue a check, unless one is queued already."""
        if owning.has_open_action(conn, cluster.id, actions.CHECK):
            return False
        request.accept(
            conn,
            actions.Action(
                sequence=None,
                id=self._new_id(),
                project_id=cluster.project_id,
                user_id=None,
                cluster_id=cluster.id,
                cluster_name=cluster.name,
                kind=actions.CHECK,
                status=actions.QUEUED,
                status_reason=None,
                inputs={},
                cause={
                    'type': actions.ENGINE,
                    'reason': 'a server of the cluster changed in the cloud',
                },
                decision=None,
                request_id=None,
                created_at=self._db.now(),
                started_at=None,
                ended_at=None,
            ),
        )
        return True


def _changed(nova: Any, since: datetime) -> list[str]:
    """Servers that went away or broke."""
    return [
        each.id
        for each in nova.list_servers(changed_since=since, detailed=True)
        if each.status in (servers.DELETED, servers.ERROR)
    ]
