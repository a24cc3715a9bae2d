"""Facts for a pass: the rows, and Nova's truth about what moves.

When Nova does not answer, the pass goes on with what the rows say: a broken
cloud stops no drain and no decision.
"""

import dataclasses
import ipaddress
import logging
from datetime import datetime
from datetime import timedelta
from typing import Any

from autoscale import exceptions
from autoscale.db import database
from autoscale.db import gathering
from autoscale.engine import doors
from autoscale.engine import looking
from autoscale.engine import steps
from autoscale.model import action as actions
from autoscale.model import facts as facts_module

LOG = logging.getLogger(__name__)

#: Seconds after which a cluster of an owner without a credential is looked
#: at again. It is looked at as soon as one is stored, in any case.
LOCKED_PAUSE = 600.0


class Gatherer:
    def __init__(
        self,
        db: database.Database,
        cloud: doors.Doors,
        settings: facts_module.Settings,
    ) -> None:
        self._db = db
        self._doors = cloud
        self._settings = settings
        self._looker = looking.Looker(cloud, settings)

    def gather(
        self, cluster_id: str, now: datetime
    ) -> facts_module.Facts | None:
        """The facts about a cluster; None when it is gone."""
        rest = self._db.read(gathering.gather, cluster_id, now)
        if rest is None:
            self._looker.forget(cluster_id)
            return None
        locked_reason = self._doors.why_locked(rest.cluster, rest.credential)
        if locked_reason is not None:
            return self._locked(rest, locked_reason, now)
        truth, ask_again_at = self._looker.look(rest, now)
        return self._facts(rest, truth, ask_again_at, self._named(rest))

    def without_cloud(
        self, rest: gathering.Rest, asked: tuple[actions.Action, ...]
    ) -> facts_module.Facts:
        """The facts that the rows alone give, were `asked` the requests."""
        rest = dataclasses.replace(rest, actions=asked)
        return self._facts(rest, None, None, self._named(rest))

    def _locked(
        self, rest: gathering.Rest, reason: str, now: datetime
    ) -> facts_module.Facts:
        """The rows, and that nothing else can be done or known."""
        unlock_at = now + timedelta(seconds=LOCKED_PAUSE)
        if rest.credential is not None and rest.credential.try_at is not None:
            soon = now + timedelta(seconds=1)
            unlock_at = max(soon, rest.credential.try_at)
        return self._facts(
            rest,
            None,
            None,
            {},
            locked_reason=reason,
            unlock_at=unlock_at,
        )

    def _facts(
        self,
        rest: gathering.Rest,
        truth: facts_module.Truth | None,
        ask_again_at: datetime | None,
        named: dict[str, tuple[str, ...]],
        **locked: Any,
    ) -> facts_module.Facts:
        columns = {
            field.name: getattr(rest, field.name)
            for field in dataclasses.fields(rest)
            if field.name != 'credential'
        }
        return facts_module.Facts(
            **columns,
            **locked,
            named=named,
            truth=truth,
            ask_again_at=ask_again_at,
            settings=self._settings,
        )

    def _named(self, rest: gathering.Rest) -> dict[str, tuple[str, ...]]:
        """Addresses that requests name, to the ids of the nodes there."""
        addresses = {
            str(ref)
            for action in rest.actions
            if action.status == actions.QUEUED
            for ref in action.inputs.get('nodes', ())
            if _is_address(str(ref))
        }
        if not addresses:
            return {}
        by_server = {each.server_id: each.id for each in rest.nodes}
        named: dict[str, tuple[str, ...]] = {}
        try:
            nova = self._doors.nova(rest.cluster)
            tag = steps.cluster_tag(rest.cluster.id)
            for address in sorted(addresses):
                found = nova.list_servers(tag=tag, ip=address)
                named[address] = tuple(
                    by_server[each.id]
                    for each in found
                    if each.id in by_server
                )
        except exceptions.CloudError as error:
            LOG.warning(
                'cluster %s: addresses could not be looked up: %s',
                rest.cluster.id,
                error,
            )
        return named


def _is_address(ref: str) -> bool:
    try:
        ipaddress.ip_address(ref)
    except ValueError:
        return False
    return True
