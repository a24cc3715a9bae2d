"""What must be true when it is all over, looked at from outside."""

import collections
import datetime
import pathlib
import re
from collections.abc import Iterator
from typing import Any

from tests.chaos import user
from tests.chaos.application import Application
from tests.chaos.books import Books
from tests.chaos.books import Record
from tests.chaos.ledger import Ledger
from tests.functional.standalone.process import moment_of

ENDED = ('SUCCEEDED', 'FAILED', 'CANCELLED', 'REFUSED')
_OPEN_HOOKS = ('PENDING', 'SENT')
_GROUPS = {'broker', 'database'}

#: Seconds after the end of an outage in which it may still be felt.
AFTERMATH = 15.0
#: Seconds by which the cloud's clock and the database's may be told apart.
_SAME = 0.05


def unrest(books: Books) -> list[str]:
    """What is not yet as it will stay; to be asked again."""
    found = [
        f'action {each["id"]} ({each["kind"]}) is {each["status"]}'
        for each in books.actions.values()
        if each['status'] not in ENDED
    ]
    found += [
        f'hook {each["id"]} is {each["status"]}'
        for each in books.hooks.values()
        if each['status'] in _OPEN_HOOKS
    ]
    found += [
        f'node {each["name"]} is {each["status"]}: {each["status_reason"]}'
        for each in books.nodes.values()
        if each['status'] not in ('ACTIVE', 'GONE')
    ]
    for cluster in books.clusters.values():
        members = _members(books, cluster)
        wish = cluster['desired_capacity']
        if cluster['status'] != 'ACTIVE' or len(members) != wish:
            found.append(
                f'cluster {cluster["id"]} is {cluster["status"]} '
                f'({cluster["status_reason"]}) with {len(members)} of {wish}'
            )
    return found + list(_servers(books))


def _members(books: Books, cluster: Record) -> list[Record]:
    return [
        each
        for each in books.nodes.values()
        if each['cluster_id'] == cluster['id'] and each['status'] == 'ACTIVE'
    ]


def _servers(books: Books) -> Iterator[str]:
    """No server without a node, and no node without its server."""
    living = [
        each for each in books.nodes.values() if each['status'] != 'GONE'
    ]
    held = collections.Counter(each['server_id'] for each in living)
    present = books.servers()
    for server, count in held.items():
        if count > 1:
            yield f'server {server} belongs to {count} nodes'
        if server not in present:
            yield f'server {server} of a node is not there'
        elif present[server]['status'] != 'ACTIVE':
            yield f'server {server} is {present[server]["status"]}'
    for server, shown in present.items():
        if server not in held:
            yield f'server {server} ({shown["status"]}) belongs to no node'


class Checks:
    """Each method answers what is wrong; nothing, when all is well."""

    def __init__(
        self, ledger: Ledger, books: Books, application: Application
    ) -> None:
        self._ledger = ledger
        self._books = books
        self._application = application

    def all(self) -> list[str]:
        checks = (
            self.accepted,
            self.answers,
            self.sizes,
            self.drains,
            self.messages,
            self.replies,
            self.doubles,
        )
        return [wrong for check in checks for wrong in check()]

    # -- requests

    def accepted(self) -> Iterator[str]:
        """Each 202 has one action; what was not answered has one or none."""
        actions = self._books.actions
        asked: collections.Counter[tuple[str, str]] = collections.Counter()
        for each in self._ledger.requests:
            if each.action_kind is None:
                continue
            if len(each.actions()) > 1:
                yield f'{each.kind} with one key: {sorted(each.actions())}'
            for action in each.actions():
                if action not in actions:
                    yield f'{each.kind}: the action {action} is lost'
            if each.cluster is not None:
                asked[each.cluster, each.action_kind] += 1
        found = collections.Counter(
            (each['cluster_id'], each['kind'])
            for each in actions.values()
            if each['cause'].get('type') != 'engine'
        )
        creations = collections.Counter(
            each['cluster_id']
            for each in actions.values()
            if each['kind'] == 'create'
        )
        for (cluster, kind), count in found.items():
            if kind not in ('create', 'cancel'):
                if count > asked[cluster, kind]:
                    yield (
                        f'cluster {cluster}: {kind} was asked for '
                        f'{asked[cluster, kind]} times, and is there '
                        f'{count} times'
                    )
        for cluster in {*self._books.clusters, *creations}:
            if creations[cluster] != 1:
                yield f'cluster {cluster} was made {creations[cluster]} times'

    def answers(self) -> Iterator[str]:
        """503 is for outages; without a broker, all but a preview goes on."""
        for request in self._ledger.requests:
            groups = {'database'}
            if request.kind == 'preview':
                groups = {'database', 'broker', 'engine', 'nova'}
            for each in request.answers:
                if each.status == 503 and not self._ledger.blew(
                    groups, each.asked_at, each.answered_at, AFTERMATH
                ):
                    yield (
                        f'{request.kind} was answered 503 at '
                        f'{each.answered_at - self._ledger.began_at:.1f} s, '
                        'with no outage that would explain it'
                    )

    # -- clusters

    def sizes(self) -> Iterator[str]:
        for each in self._books.clusters.values():
            count = len(_members(self._books, each))
            most = each['max_size']
            if not each['min_size'] <= count <= most <= user.MAX_SIZE:
                yield f'cluster {each["id"]} has {count} members of {most}'

    # -- hooks

    def drains(self) -> Iterator[str]:
        """No server is deleted before the answer or the deadline."""
        hooks = collections.defaultdict(list)
        for hook in self._books.hooks.values():
            hooks[hook['node_id']].append(hook)
        for node in self._books.nodes.values():
            made = self._books.made.get(node['server_id'] or '')
            if made is None or not made.deletes:
                continue
            at = min(at for at, _ in made.deletes)
            wrong = self._too_early(node, hooks[node['id']], at)
            if wrong is not None:
                yield (
                    f'node {node["id"]} ({node["name"]}): {wrong}; '
                    f'deleted {self._moments(made.deletes)}, '
                    f'its hooks: {self._lives(hooks[node["id"]])}'
                )

    def _moments(self, calls: list[tuple[float, int | None]]) -> str:
        return ', '.join(
            f'{status} at {at - self._ledger.began_at:.3f} s'
            for at, status in calls
        )

    def _lives(self, hooks: list[Record]) -> str:
        """From when until when each hook was open, as the log tells it."""
        told = []
        for each in hooks:
            began, ended, deadline = (
                each[key] and moment_of(each[key]) - self._ledger.began_at
                for key in ('created_at', 'ended_at', 'deadline')
            )
            told.append(
                f'{each["id"]} from {began} to {ended}, {each["status"]}, '
                f'deadline {deadline}'
            )
        return '; '.join(told)

    def _too_early(
        self, node: Record, hooks: list[Record], at: float
    ) -> str | None:
        """What is wrong with deleting the node's server at this time."""
        if self._may_go_untold(node):
            return None
        told = [each for each in hooks if moment_of(each['created_at']) <= at]
        if not told:
            return 'its server was deleted, and nobody was told'
        # One pass may take a drain back and begin another.
        hook = max(
            told,
            key=lambda each: (each['created_at'], each['ended_at'] or '~'),
        )
        ends = hook['status']
        if hook['ended_at'] is None:
            return f'its server was deleted while its hook is {ends}'
        if moment_of(hook['ended_at']) > at + _SAME:
            return f'its server was deleted before its hook was {ends}'
        if ends == 'TIMED_OUT':
            if moment_of(hook['deadline']) > at + _SAME:
                return 'its server was deleted before the deadline'
            may_go = hook['on_timeout'] == 'continue'
        else:
            may_go = ends == 'COMPLETED'
        if may_go or self._asked_of(node['cluster_id'], 'delete'):
            return None
        return f'its server was deleted although its hook was {ends}'

    def _may_go_untold(self, node: Record) -> bool:
        """Never in service, of a cluster that tells nobody, or forced."""
        return (
            node['active_at'] is None
            or node['cluster_id'] not in self._application.queues.values()
            or bool(
                self._asked_of(node['cluster_id'], 'delete', is_forced=True)
            )
        )

    def _asked_of(
        self, cluster: str, kind: str, *, is_forced: bool = False
    ) -> list[Any]:
        return [
            each
            for each in self._ledger.requests
            if each.cluster == cluster
            and each.action_kind == kind
            and (not is_forced or 'forced' in each.kind)
        ]

    def messages(self) -> Iterator[str]:
        """Each drain was told of, under one token; or it says why not."""
        for hook in self._books.hooks.values():
            told = self._application.told.get(hook['id'])
            if told is None:
                if hook['sent_at'] is not None:
                    yield f'hook {hook["id"]} is sent, and nobody got it'
                elif hook['status'] == 'TIMED_OUT' and not hook['last_error']:
                    yield f'hook {hook["id"]} was not sent, and says no reason'
            elif len(told.tokens) != 1:
                yield f'hook {hook["id"]} has {len(told.tokens)} tokens'
        for hook_id in self._application.told:
            if hook_id not in self._books.hooks:
                yield f'the hook {hook_id} was told of, and is not there'

    def replies(self) -> Iterator[str]:
        """The answer that was taken is the one that counts."""
        ends = {'continue': 'COMPLETED', 'abandon': 'ABANDONED'}
        for hook_id, told in self._application.told.items():
            hook = self._books.hooks.get(hook_id)
            for sent_at, what, status in told.answers:
                if status != 200 or what not in ends or hook is None:
                    continue
                if hook['status'] != ends[what]:
                    yield (
                        f'hook {hook_id}: {what} was taken, and it is '
                        f'{hook["status"]}'
                    )
                elif moment_of(hook['ended_at']) < sent_at - _SAME:
                    if told.manner != 'twice' and len(told.answers) == 1:
                        yield f'hook {hook_id} ended before its answer'

    # -- servers

    def strangers(self) -> list[str]:
        """Servers that were made, and were never any node's."""
        known = {each['server_id'] for each in self._books.nodes.values()}
        return [each for each in self._books.made if each not in known]

    def doubles(self) -> Iterator[str]:
        """None is made twice, but for what Nova did after we looked.

        An engine that stood still may send a call long after another took
        over; a call that was given up or whose sender was killed may be
        carried out later. The sweep finds those servers.
        """
        for server in self.strangers():
            at = self._books.made[server].at
            if not self._ledger.blew(
                {'engine', 'nova', 'database'}, at, at, 5
            ):
                seconds = at - self._ledger.began_at
                yield (
                    f'server {server}, made at {seconds:.1f} s, was never '
                    'that of a node'
                )


# -- logs

_LINE = re.compile(r'^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}) \d+ ([A-Z]+) ')


def logs(paths: list[pathlib.Path], ledger: Ledger) -> Iterator[str]:
    """No error outside of an outage; no mistake and no secret at all."""
    for path in paths:
        text = path.read_text()
        if any(secret in text for secret in ledger.secrets):
            yield f'a secret is in {path.name}'
        at = ledger.began_at
        for line in text.splitlines():
            found = _LINE.match(line)
            if found is not None:
                at = datetime.datetime.fromisoformat(found[1]).timestamp()
            if at < ledger.began_at:
                continue
            is_bad = (found is not None and found[2] in _BAD) or (
                'Traceback' in line
            )
            is_known = ledger.blew(_GROUPS, at, at, AFTERMATH)
            if _KEPT.search(line):
                is_known = ledger.blew({'broker'}, ledger.began_at, at)
            if (is_bad and not is_known) or _MISTAKE.search(line):
                yield f'{path.name} at {at - ledger.began_at:.1f} s: {line}'


_BAD = ('ERROR', 'CRITICAL')
#: A connection that was kept since before an outage of the broker; that it is
#: broken is found when it is used next, however much later.
_KEPT = re.compile(r' ERROR oslo\.messaging\._drivers\S* .* is unreachable')
#: What no weather explains.
_MISTAKE = re.compile(
    r'\b(Assertion|Attribute|Index|Integrity|Key|Name|Programming|Type|Value)'
    r'Error\b|\bDB(DuplicateEntry|NonExistent|Deadlock)'
)
