"""Neutron v2.0: one network, to be looked at."""

import http
import uuid
from collections.abc import Callable
from collections.abc import Iterable
from typing import Any

from autoscale.devcloud import exchange
from autoscale.devcloud import routing

_NAMESPACE = uuid.UUID('7f5d2c52-1f0b-4a5c-9a3f-3d1b8c6b0e42')

#: Where a server goes that names no network.
DEFAULT = 'private'


def _network(name: str) -> dict[str, Any]:
    return {
        'id': str(uuid.uuid5(_NAMESPACE, name)),
        'name': name,
        'status': 'ACTIVE',
        'admin_state_up': True,
        'shared': True,
        'router:external': False,
        'mtu': 1450,
        'description': '',
        'subnets': [],
        'tags': [],
        'availability_zones': ['nova'],
        'port_security_enabled': True,
    }


#: By id.
NETWORKS = {network['id']: network for network in (_network(DEFAULT),)}


class Network:
    """The network service; nothing can be changed in it."""

    name = 'network'
    prefix = '/networking'

    def __init__(self, identify: Callable[[exchange.Request], None]):
        self._identify = identify

    def routes(self) -> Iterable[routing.Route]:
        yield routing.Route(
            'GET', '', 'list_versions', self.list_versions, is_open=True
        )
        yield routing.Route(
            'GET', '/v2.0/networks', 'list_networks', self.list_all
        )
        yield routing.Route(
            'GET', '/v2.0/networks/{id}', 'show_network', self.show
        )

    def admit(self, request: exchange.Request, route: routing.Route) -> None:
        if not route.is_open:
            self._identify(request)

    def spell(self, refusal: exchange.Refused) -> Any:
        kind = {404: 'NetworkNotFound'}.get(
            refusal.status,
            'HTTP' + http.HTTPStatus(refusal.status).phrase.replace(' ', ''),
        )
        return {
            'NeutronError': {
                'type': kind,
                'message': refusal.message,
                'detail': '',
            }
        }

    def headers(self, request: exchange.Request) -> exchange.Headers:
        return (('x-openstack-request-id', request.request_id),)

    def list_versions(self, request: exchange.Request) -> exchange.Answer:
        href = f'{request.base_url}/networking/v2.0/'
        links = [{'rel': 'self', 'href': href}]
        versions = [{'id': 'v2.0', 'status': 'CURRENT', 'links': links}]
        return exchange.Answer(200, {'versions': versions})

    def list_all(self, request: exchange.Request) -> exchange.Answer:
        names = request.query.get('name')
        ids = request.query.get('id')
        found = [
            network
            for network in NETWORKS.values()
            if (names is None or network['name'] in names)
            and (ids is None or network['id'] in ids)
        ]
        return exchange.Answer(200, {'networks': found})

    def show(
        self, request: exchange.Request, network_id: str
    ) -> exchange.Answer:
        network = NETWORKS.get(network_id)
        if network is None:
            raise exchange.Refused(
                404, f'Network {network_id} could not be found.'
            )
        return exchange.Answer(200, {'network': network})
