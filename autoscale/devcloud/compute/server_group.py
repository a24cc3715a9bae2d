"""The doors of the server groups: they are kept, and place nothing."""

from collections.abc import Iterable
from typing import Any

from autoscale.devcloud import exchange
from autoscale.devcloud import routing
from autoscale.devcloud.compute import fleet as fleets
from autoscale.devcloud.compute import keeping as keepings


class ServerGroups:
    """Answers /os-server-groups."""

    def __init__(self, keeping: keepings.Keeping, fleet: fleets.Fleet):
        self._keeping = keeping
        self._fleet = fleet

    def routes(self) -> Iterable[routing.Route]:
        return routing.routes(
            (
                ('GET', '', 'list_server_groups', self.list_all),
                ('POST', '', 'create_server_group', self.create),
                ('GET', '/{id}', 'show_server_group', self.show),
                ('DELETE', '/{id}', 'delete_server_group', self.delete),
            ),
            prefix='/v2.1/os-server-groups',
        )

    def list_all(self, request: exchange.Request) -> exchange.Answer:
        found = self._keeping.groups(_caller(request).project_id)
        shown = [self._show_group(request, group) for group in found]
        return exchange.Answer(200, {'server_groups': shown})

    def show(
        self, request: exchange.Request, group_id: str
    ) -> exchange.Answer:
        group = self._group(request, group_id)
        return exchange.Answer(
            200, {'server_group': self._show_group(request, group)}
        )

    def create(self, request: exchange.Request) -> exchange.Answer:
        body = request.document('server_group')
        made = self._keeping.add_group(_caller(request), body)
        return exchange.Answer(
            200, {'server_group': self._show_group(request, made)}
        )

    def delete(
        self, request: exchange.Request, group_id: str
    ) -> exchange.Answer:
        self._group(request, group_id)
        self._keeping.remove_group(group_id)
        return exchange.Answer(204)

    def _group(
        self, request: exchange.Request, group_id: str
    ) -> keepings.Group:
        group = self._keeping.group(_caller(request).project_id, group_id)
        if group is None:
            raise exchange.Refused(
                404, f'Instance group {group_id} could not be found.'
            )
        return group

    def _show_group(
        self, request: exchange.Request, group: keepings.Group
    ) -> dict[str, Any]:
        with self._fleet.lock:
            self._fleet.sweep()
            members = [
                server.id
                for server in self._fleet.of_project(group.project_id)
                if server.group_id == group.id
            ]
        shown: dict[str, Any] = {
            'id': group.id,
            'name': group.name,
            'members': members,
            'project_id': group.project_id,
            'user_id': group.user_id,
        }
        if request.version >= (2, 64):
            return {**shown, 'policy': group.policy, 'rules': group.rules}
        return {**shown, 'policies': [group.policy], 'metadata': {}}


def _caller(request: exchange.Request) -> exchange.Caller:
    assert request.caller is not None
    return request.caller
