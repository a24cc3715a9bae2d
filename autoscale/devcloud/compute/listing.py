"""GET /servers: which servers, in what order, and which page of them.

The candidates come from the narrowest index that the query allows; filters
then look at those only. Filters that Nova does not know are dropped without
a word, as Nova does for ordinary users.
"""

import re
import urllib.parse
from collections.abc import Callable
from collections.abc import Iterable
from typing import Any

from autoscale.devcloud import exchange
from autoscale.devcloud import moment
from autoscale.devcloud.compute import fleet as fleets
from autoscale.devcloud.compute import server as servers

MOST = 1000  #: Nova's [api] max_limit

Test = Callable[[servers.Server], bool]


class Query:
    """One list call, understood."""

    def __init__(self, request: exchange.Request, now: float):
        assert request.caller is not None
        self.caller = request.caller
        self.now = now
        self._request = request
        self.tags = _words(request, 'tags')
        self.since = _moment(request, 'changes-since')
        self.before = _moment(request, 'changes-before')
        self.limit = _limit(request)
        self.all_projects = request.flag('all_tenants')
        if self.all_projects and not self.caller.is_admin:
            raise exchange.Refused(
                403,
                "Policy doesn't allow os_compute_api:servers:detail:"
                'get_all_tenants to be performed.',
            )

    def page(self, fleet: fleets.Fleet) -> tuple[list[servers.Server], bool]:
        """The servers of this page, and whether a next link is due."""
        tests = self._tests()
        found = list(self._candidates(fleet))
        for test in tests:
            found = list(filter(test, found))
        found = self._sorted(found)
        found = self._after_marker(found, fleet)
        page = found[: self.limit]
        return page, bool(page) and len(page) == self.limit

    @property
    def _is_tag_indexed(self) -> bool:
        """Whether the candidates have the tags without being asked."""
        return (
            bool(self.tags)
            and not self.all_projects
            and not self._request.parameter('reservation_id')
        )

    def _candidates(self, fleet: fleets.Fleet) -> Iterable[servers.Server]:
        project_id = self.caller.project_id or ''
        reservation_id = self._request.parameter('reservation_id')
        if reservation_id:
            live: Iterable[servers.Server] = [
                server
                for server in fleet.of_reservation(reservation_id)
                if self.all_projects or server.project_id == project_id
            ]
        elif self.all_projects:
            live = fleet.everything()
        elif self._is_tag_indexed:
            rows = [fleet.with_tag(project_id, tag) for tag in self.tags]
            rows.sort(key=len)
            return [
                server
                for server_id, server in rows[0].items()
                if all(server_id in row for row in rows[1:])
            ]
        else:
            live = fleet.of_project(project_id)
        if self.since is None:
            return live
        # Nova tells of deleted servers here, but a deleted server has lost
        # its tags, so that a list by tag never shows it.
        gone = [
            server
            for server in fleet.graves(self.since)
            if not self.tags
            and (self.all_projects or server.project_id == project_id)
        ]
        return [*live, *gone]

    def _tests(self) -> list[Test]:
        tests: list[Test] = []
        tests += self._tag_tests()
        for name, make in _FILTERS.items():
            values = self._request.query.get(name)
            if values and values[0]:
                tests.append(make(values, self.now))
        now, since, before = self.now, self.since, self.before
        if since is not None:
            tests.append(lambda server: server.updated_at(now) >= since)
        if before is not None:
            tests.append(lambda server: server.updated_at(now) <= before)
        return tests

    def _tag_tests(self) -> Iterable[Test]:
        for name, is_any, is_wanted in (
            ('tags', False, True),
            ('tags-any', True, True),
            ('not-tags', False, False),
            ('not-tags-any', True, False),
        ):
            words = set(_words(self._request, name))
            if words and not (name == 'tags' and self._is_tag_indexed):
                yield _tag_test(words, is_any=is_any, is_wanted=is_wanted)

    def _sorted(self, found: list[servers.Server]) -> list[servers.Server]:
        keys = self._request.query.get('sort_key')
        if not keys:
            return fleets.newest_first(found)
        directions = self._request.query.get('sort_dir', [])
        found = fleets.newest_first(found)
        # Sorting is stable: the least important key goes first.
        for place in reversed(range(len(keys))):
            key = _SORT_KEYS.get(keys[place])
            if key is None:
                raise exchange.Refused(
                    400, f'Sort key {keys[place]!r} supplied is not valid.'
                )
            down = place >= len(directions) or directions[place] == 'desc'
            found.sort(key=self._place_by(key), reverse=down)
        return found

    def _place_by(
        self, key: Callable[[servers.Server, float], Any]
    ) -> Callable[[servers.Server], Any]:
        return lambda server: key(server, self.now)

    def _after_marker(
        self, found: list[servers.Server], fleet: fleets.Fleet
    ) -> list[servers.Server]:
        marker = self._request.parameter('marker')
        if not marker:
            return found
        known = fleet.get(marker) or fleet.grave(marker)
        if known is None:
            raise exchange.Refused(400, f'marker [{marker}] not found')
        if not self._request.query.get('sort_key'):
            return fleets.after(found, known.number)
        for place, server in enumerate(found):
            if server.id == marker:
                return found[place + 1 :]
        raise exchange.Refused(400, f'marker [{marker}] not found')


def next_link(request: exchange.Request, last: servers.Server) -> str:
    """The address of the page after this one."""
    query = {name: values for name, values in request.query.items()}
    query['marker'] = [last.id]
    return (
        f'{request.base_url}{request.path}?'
        f'{urllib.parse.urlencode(query, doseq=True)}'
    )


def _words(request: exchange.Request, name: str) -> list[str]:
    text = request.parameter(name)
    return [word for word in text.split(',') if word] if text else []


def _moment(request: exchange.Request, name: str) -> float | None:
    text = request.parameter(name)
    if not text:
        return None
    try:
        return moment.read(text)
    except ValueError:
        raise exchange.Refused(
            400,
            f'Invalid input for query parameters {name}. Value: {text}. '
            f"'{text}' is not a 'date-time'",
        ) from None


def _limit(request: exchange.Request) -> int:
    text = request.parameter('limit')
    if text is None:
        return MOST
    if not text.isdecimal():
        raise exchange.Refused(
            400,
            f'Invalid input for query parameters limit. Value: {text}. '
            f"'{text}' does not match '^[0-9]*$'",
        )
    return min(int(text), MOST) or MOST


def _tag_test(words: set[str], *, is_any: bool, is_wanted: bool) -> Test:
    def test(server: servers.Server) -> bool:
        common = words.intersection(server.tags)
        hit = bool(common) if is_any else common == words
        return hit is is_wanted

    return test


def _by_status(values: list[str], now: float) -> Test:
    wanted = {value.upper() for value in values}
    return lambda server: server.status(now) in wanted


def _by_pattern(field: str) -> Callable[[list[str], float], Test]:
    def make(values: list[str], now: float) -> Test:
        try:
            pattern = re.compile(values[0])
        except re.error:
            raise exchange.Refused(
                400, f'Invalid filter: {values[0]!r} is no regular expression'
            ) from None
        return lambda server: bool(
            pattern.search(getattr(server, field) or '')
        )

    return make


def _by_value(field: str) -> Callable[[list[str], float], Test]:
    def make(values: list[str], now: float) -> Test:
        return lambda server: getattr(server, field) == values[0]

    return make


def _by_flavor(values: list[str], now: float) -> Test:
    wanted = values[0].rsplit('/', 1)[-1]
    return lambda server: server.flavor_id == wanted


def _by_image(values: list[str], now: float) -> Test:
    wanted = values[0].rsplit('/', 1)[-1]
    return lambda server: server.image_id == wanted


def _by_task(values: list[str], now: float) -> Test:
    return lambda server: server.task(now) == values[0]


_FILTERS: dict[str, Callable[[list[str], float], Test]] = {
    'availability_zone': _by_value('zone'),
    'flavor': _by_flavor,
    'hostname': _by_pattern('hostname'),
    'image': _by_image,
    'ip': _by_pattern('address'),
    'key_name': _by_value('key_name'),
    'name': _by_pattern('name'),
    'reservation_id': _by_value('reservation_id'),
    'status': _by_status,
    'task_state': _by_task,
    'user_id': _by_value('user_id'),
    'uuid': _by_value('id'),
}

_SORT_KEYS: dict[str, Callable[[servers.Server, float], Any]] = {
    'availability_zone': lambda server, now: server.zone,
    'created_at': lambda server, now: server.created_at,
    'display_name': lambda server, now: server.name,
    'hostname': lambda server, now: server.hostname,
    'id': lambda server, now: server.id,
    'launch_index': lambda server, now: server.launch_index,
    'name': lambda server, now: server.name,
    'status': lambda server, now: server.status(now),
    'updated_at': lambda server, now: server.updated_at(now),
    'uuid': lambda server, now: server.id,
    'vm_state': lambda server, now: server.status(now),
}
