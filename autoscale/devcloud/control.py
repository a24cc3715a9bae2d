"""Our own doors into the cloud: faults, settings, records, mischief.

No token is asked for: the cloud listens on loopback and belongs to whoever
started it.
"""

from collections.abc import Callable
from collections.abc import Iterable
from typing import Any

from autoscale.devcloud import exchange
from autoscale.devcloud import faults
from autoscale.devcloud import routing
from autoscale.devcloud import settings
from autoscale.devcloud import traffic
from autoscale.devcloud.compute import fleet as fleets
from autoscale.devcloud.compute import server as servers
from autoscale.devcloud.compute import view
from autoscale.devcloud.identity import authority as authorities


class Control:
    """Answers /devcloud."""

    name = 'devcloud'
    prefix = '/devcloud'

    def __init__(
        self,
        *,
        authority: authorities.Authority,
        fleet: fleets.Fleet,
        rules: faults.Faults,
        record: traffic.Traffic,
        current_settings: Callable[[], settings.Settings],
        change_settings: Callable[[Any], settings.Settings],
    ):
        self._authority = authority
        self._fleet = fleet
        self._faults = rules
        self._traffic = record
        self._settings = current_settings
        self._change_settings = change_settings

    def routes(self) -> Iterable[routing.Route]:
        yield from routing.routes(
            (
                ('GET', '', 'index', self.index),
                ('GET', '/faults', 'list_faults', self.list_faults),
                ('POST', '/faults', 'add_fault', self.add_fault),
                ('DELETE', '/faults', 'clear_faults', self.clear_faults),
                ('GET', '/faults/{id}', 'show_fault', self.show_fault),
                ('DELETE', '/faults/{id}', 'remove_fault', self.remove_fault),
                ('GET', '/settings', 'show_settings', self.show_settings),
                ('PATCH', '/settings', 'change_settings', self.patch_settings),
                ('GET', '/servers', 'list_servers', self.list_servers),
                ('POST', '/servers/{id}/vanish', 'vanish', self.vanish),
                ('POST', '/servers/{id}/error', 'break', self.break_server),
                ('GET', '/stats', 'show_stats', self.show_stats),
                ('DELETE', '/stats', 'clear_stats', self.clear_stats),
                ('GET', '/requests', 'list_requests', self.list_requests),
                ('PATCH', '/users/{name}', 'change_user', self.change_user),
            ),
            is_open=True,
        )

    def admit(self, request: exchange.Request, route: routing.Route) -> None:
        """Everyone may pass."""

    def spell(self, refusal: exchange.Refused) -> Any:
        return {'error': refusal.message}

    def headers(self, request: exchange.Request) -> exchange.Headers:
        return ()

    def index(self, request: exchange.Request) -> exchange.Answer:
        return exchange.Answer(
            200,
            {
                'auth_url': f'{request.base_url}/identity/v3',
                'control_url': f'{request.base_url}/devcloud',
                'doors': sorted(
                    {f'/devcloud{route.path}' for route in self.routes()}
                ),
            },
        )

    # -- faults

    def list_faults(self, request: exchange.Request) -> exchange.Answer:
        shown = [rule.show() for rule in self._faults.rules()]
        return exchange.Answer(200, {'faults': shown})

    def add_fault(self, request: exchange.Request) -> exchange.Answer:
        body = request.json()
        if not isinstance(body, dict):
            raise exchange.Refused(400, 'a fault must be an object')
        try:
            faults.check(body)
        except faults.InvalidFault as error:
            raise exchange.Refused(400, str(error)) from None
        rule = self._faults.add(**body)
        return exchange.Answer(201, rule.show())

    def clear_faults(self, request: exchange.Request) -> exchange.Answer:
        self._faults.clear()
        return exchange.Answer(204)

    def show_fault(
        self, request: exchange.Request, rule_id: str
    ) -> exchange.Answer:
        for rule in self._faults.rules():
            if rule.id == rule_id:
                return exchange.Answer(200, rule.show())
        raise exchange.Refused(404, f'there is no fault {rule_id}')

    def remove_fault(
        self, request: exchange.Request, rule_id: str
    ) -> exchange.Answer:
        if not self._faults.remove(rule_id):
            raise exchange.Refused(404, f'there is no fault {rule_id}')
        return exchange.Answer(204)

    # -- settings and people

    def show_settings(self, request: exchange.Request) -> exchange.Answer:
        return exchange.Answer(200, self._settings().show())

    def patch_settings(self, request: exchange.Request) -> exchange.Answer:
        try:
            changed = self._change_settings(request.json())
        except settings.InvalidSetting as error:
            raise exchange.Refused(400, str(error)) from None
        return exchange.Answer(200, changed.show())

    def change_user(
        self, request: exchange.Request, name: str
    ) -> exchange.Answer:
        body = request.json()
        enabled = body.get('enabled') if isinstance(body, dict) else None
        if not isinstance(enabled, bool) or len(body) != 1:
            raise exchange.Refused(400, 'say {"enabled": true or false}')
        user = self._authority.people.user(name)
        if user is None:
            raise exchange.Refused(404, f'there is no user {name}')
        changed = self._authority.enable_user(user.id, enabled)
        return exchange.Answer(200, changed.show())

    # -- servers

    def list_servers(self, request: exchange.Request) -> exchange.Answer:
        with self._fleet.lock:
            now = self._fleet.sweep()
            shown = [
                view.bare(server, now) for server in self._fleet.everything()
            ]
        return exchange.Answer(200, {'servers': shown})

    def vanish(
        self, request: exchange.Request, server_id: str
    ) -> exchange.Answer:
        with self._fleet.lock:
            self._fleet.vanish(self._server(server_id))
        return exchange.Answer(204)

    def break_server(
        self, request: exchange.Request, server_id: str
    ) -> exchange.Answer:
        body = request.json() if request.body else {}
        message = body.get('message') if isinstance(body, dict) else None
        with self._fleet.lock:
            self._fleet.break_down(
                self._server(server_id), message or 'The host has failed.'
            )
        return exchange.Answer(204)

    def _server(self, server_id: str) -> servers.Server:
        self._fleet.sweep()
        server = self._fleet.get(server_id)
        if server is None:
            raise exchange.Refused(404, f'there is no server {server_id}')
        return server

    # -- records

    def show_stats(self, request: exchange.Request) -> exchange.Answer:
        return exchange.Answer(200, self._traffic.counts())

    def clear_stats(self, request: exchange.Request) -> exchange.Answer:
        self._traffic.clear()
        return exchange.Answer(204)

    def list_requests(self, request: exchange.Request) -> exchange.Answer:
        text = request.parameter('since') or '0'
        if not text.isdecimal():
            raise exchange.Refused(400, 'since must be a sequence number')
        found, last = self._traffic.since(int(text))
        return exchange.Answer(200, {'requests': found, 'last': last})
