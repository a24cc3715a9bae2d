"""Facts for a pass: the rows, and Nova's truth about what moves.

Lists are dear in Nova, so it is asked about launches that move, never about
a whole cluster unless a check was asked for, and not more often than
`pacing` says. When Nova does not answer, the pass goes on with what the rows
say: a broken cloud stops no drain and no decision.
"""

import dataclasses
import ipaddress
import logging
import threading
from collections.abc import Iterable
from datetime import datetime
from datetime import timedelta
from typing import Any

from autoscale import exceptions
from autoscale.clients import nova as nova_client
from autoscale.db import database
from autoscale.db import gathering
from autoscale.engine import doors
from autoscale.engine import steps
from autoscale.engine.planning import pacing
from autoscale.model import action as actions
from autoscale.model import facts as facts_module
from autoscale.model import node as nodes
from autoscale.model import server as servers

LOG = logging.getLogger(__name__)

#: Launch tags in one list call; more make the URL too long for some proxies.
TAGS_A_CALL = 20


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
        self._asked: dict[str, datetime] = {}
        self._asked_guard = threading.Lock()

    def gather(
        self, cluster_id: str, now: datetime
    ) -> facts_module.Facts | None:
        """The facts about a cluster; None when it is gone."""
        rest = self._db.read(gathering.gather, cluster_id, now)
        if rest is None:
            self._forget(cluster_id)
            return None
        truth, ask_again_at = self._truth(rest, now)
        return self._facts(rest, truth, ask_again_at)

    def without_cloud(
        self, rest: gathering.Rest, asked: tuple[actions.Action, ...]
    ) -> facts_module.Facts:
        """The facts that the rows alone give, were `asked` the requests."""
        rest = dataclasses.replace(rest, actions=asked)
        return self._facts(rest, None, None)

    def _facts(
        self,
        rest: gathering.Rest,
        truth: facts_module.Truth | None,
        ask_again_at: datetime | None,
    ) -> facts_module.Facts:
        columns = {
            field.name: getattr(rest, field.name)
            for field in dataclasses.fields(rest)
        }
        return facts_module.Facts(
            **columns,
            named=self._named(rest),
            truth=truth,
            ask_again_at=ask_again_at,
            settings=self._settings,
        )

    def _truth(
        self, rest: gathering.Rest, now: datetime
    ) -> tuple[facts_module.Truth | None, datetime | None]:
        unknown, building, doomed = _moving(rest, now, self._settings)
        is_check = any(
            each.kind == actions.CHECK and each.status == actions.QUEUED
            for each in rest.actions
        )
        wait = self._seconds_to_wait(rest, now)
        ask_again_at = None
        if wait > 0 and (building or doomed):
            ask_again_at = now + timedelta(seconds=wait)
            building, doomed = frozenset(), frozenset()
        if not (unknown or building or doomed or is_check):
            return None, ask_again_at
        if building or doomed:
            with self._asked_guard:
                self._asked[rest.cluster.id] = now
        return self._ask(rest, unknown | doomed, building, is_check), None

    def _seconds_to_wait(self, rest: gathering.Rest, now: datetime) -> float:
        """Until Nova may be asked about this cluster again."""
        asked = self._asked.get(rest.cluster.id)
        if asked is None:
            return 0.0
        since = min(
            (
                each.updated_at or each.created_at
                for each in rest.nodes
                if each.status in (nodes.BUILDING, nodes.DELETING)
            ),
            default=now,
        )
        pause = pacing.poll_seconds(
            self._settings, (now - since).total_seconds()
        )
        # A timer may ring a little early; do not wait once more for that.
        return pause - (now - asked).total_seconds() - 0.02

    def _forget(self, cluster_id: str) -> None:
        with self._asked_guard:
            self._asked.pop(cluster_id, None)

    def _ask(
        self,
        rest: gathering.Rest,
        to_list: frozenset[str],
        building: frozenset[str],
        is_check: bool,
    ) -> facts_module.Truth:
        try:
            nova = self._doors.nova(rest.cluster)
            return _asked(nova, rest, to_list, building, is_check)
        except exceptions.CloudError as error:
            LOG.warning(
                'cluster %s: Nova could not be asked: %s',
                rest.cluster.id,
                error,
            )
            return facts_module.Truth(
                trouble=str(error), retry_after=error.retry_after
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


def _moving(
    rest: gathering.Rest, now: datetime, settings: facts_module.Settings
) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Launches: with servers unknown, with servers building, to confirm."""
    unknown, building = set(), set()
    doomed: dict[str, int] = {}
    for node in rest.nodes:
        if node.launch_id is None:
            continue
        is_due = node.look_at is None or node.look_at <= now
        if node.status in (nodes.BUILDING, nodes.DELETING) and (
            node.server_id is None
        ):
            if is_due:
                unknown.add(node.launch_id)
        elif node.status == nodes.BUILDING:
            building.add(node.launch_id)
        elif node.status == nodes.DELETING and node.look_at is not None:
            doomed[node.launch_id] = doomed.get(node.launch_id, 0) + 1
    if sum(doomed.values()) <= settings.delete_by_asking:
        doomed = {}
    # A launch of which some servers are not known yet is building, too.
    return (
        frozenset(unknown),
        frozenset(building | unknown),
        frozenset(doomed),
    )


def _asked(
    nova: Any,
    rest: gathering.Rest,
    to_list: frozenset[str],
    building: frozenset[str],
    is_check: bool,
) -> facts_module.Truth:
    """Ask, in the order that makes the answers agree.

    Everything is listed first, who still builds second, who broke last: a
    listed server that is neither building nor broken has arrived.
    """
    listed = _list(nova, to_list)
    still = _list(nova, building, status=servers.BUILD)
    building_ids = frozenset(each.id for each in still)
    known = {
        each.server_id
        for each in rest.nodes
        if each.status == nodes.BUILDING and each.server_id is not None
    } | {each.id for each in listed}
    broken: list[servers.Server] = []
    if building and known - building_ids:
        broken = _list(nova, building, status=servers.ERROR, detailed=True)
    members = None
    if is_check:
        tag = steps.cluster_tag(rest.cluster.id)
        members = frozenset(each.id for each in nova.list_servers(tag=tag))
        broken += nova.list_servers(
            tag=tag, status=servers.ERROR, detailed=True
        )
    return facts_module.Truth(
        listed_launches=to_list,
        listed=tuple(listed),
        asked_building=building,
        building=building_ids,
        broken=tuple(_classified(each) for each in broken),
        members=members,
    )


def _list(
    nova: Any, launches: Iterable[str], **filters: Any
) -> list[servers.Server]:
    tags = [steps.launch_tag(each) for each in sorted(launches)]
    found: list[servers.Server] = []
    for start in range(0, len(tags), TAGS_A_CALL):
        part = tags[start : start + TAGS_A_CALL]
        found += nova.list_servers(tags_any=part, **filters)
    return found


def _classified(server: servers.Server) -> servers.Server:
    fault = dict(server.fault or {})
    fault['kind'] = nova_client.classify_fault(fault)
    return dataclasses.replace(server, fault=fault)


def _is_address(ref: str) -> bool:
    try:
        ipaddress.ip_address(ref)
    except ValueError:
        return False
    return True
