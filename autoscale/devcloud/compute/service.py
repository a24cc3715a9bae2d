"""The doors of the compute service, except those of one noun each."""

from collections.abc import Callable
from collections.abc import Iterable
from typing import Any

from autoscale.devcloud import exchange
from autoscale.devcloud import routing
from autoscale.devcloud import settings
from autoscale.devcloud.compute import creation as creations
from autoscale.devcloud.compute import flavor as flavors
from autoscale.devcloud.compute import fleet as fleets
from autoscale.devcloud.compute import keeping as keepings
from autoscale.devcloud.compute import keypair as keypairs
from autoscale.devcloud.compute import listing
from autoscale.devcloud.compute import microversion
from autoscale.devcloud.compute import order as orders
from autoscale.devcloud.compute import quota
from autoscale.devcloud.compute import server_group as server_groups
from autoscale.devcloud.compute import single
from autoscale.devcloud.compute import view

#: Nova names an error by its status.
_ERRORS = {
    400: 'badRequest',
    401: 'unauthorized',
    403: 'forbidden',
    404: 'itemNotFound',
    405: 'badMethod',
    409: 'conflictingRequest',
    413: 'overLimit',
    415: 'badMediaType',
    429: 'overLimit',
    501: 'notImplemented',
    503: 'serviceUnavailable',
}


class Compute:
    """Nova 2.1."""

    name = 'compute'
    prefix = '/compute'

    def __init__(
        self,
        fleet: fleets.Fleet,
        *,
        creation: creations.Creation,
        keeping: keepings.Keeping,
        identify: Callable[[exchange.Request], None],
        current_settings: Callable[[], settings.Settings],
    ):
        self._fleet = fleet
        self._creation = creation
        self._keeping = keeping
        self._identify = identify
        self._settings = current_settings
        self._keypairs = keypairs.Keypairs(keeping)
        self._groups = server_groups.ServerGroups(keeping, fleet)
        self._single = single.Single(
            fleet, creation=creation, current_settings=current_settings
        )

    def routes(self) -> Iterable[routing.Route]:
        yield from routing.routes(
            (
                ('GET', '', 'list_versions', self.list_versions),
                ('GET', '/v2.1', 'show_version', self.show_version),
            ),
            is_open=True,
        )
        yield from routing.routes(
            (
                ('POST', '/servers', 'create_servers', self.create),
                ('GET', '/servers', 'list_servers', self.list_all),
                ('GET', '/servers/detail', 'list_servers_detail', self.detail),
                ('GET', '/flavors', 'list_flavors', self.list_flavors),
                (
                    'GET',
                    '/flavors/detail',
                    'list_flavors_detail',
                    self.list_flavors_detail,
                ),
                ('GET', '/flavors/{id}', 'show_flavor', self.show_flavor),
                (
                    'GET',
                    '/flavors/{id}/os-extra_specs',
                    'list_extra_specs',
                    self.extra_specs,
                ),
                ('GET', '/limits', 'show_limits', self.show_limits),
                (
                    'GET',
                    '/os-availability-zone',
                    'list_availability_zones',
                    self.list_zones,
                ),
            ),
            prefix='/v2.1',
        )
        yield from self._single.routes()
        yield from self._keypairs.routes()
        yield from self._groups.routes()

    def admit(self, request: exchange.Request, route: routing.Route) -> None:
        request.version = microversion.asked(request)
        if route.is_open:
            return
        self._identify(request)
        caller = request.caller
        assert caller is not None
        # Every token may look; what changes something needs a member.
        needed = 'reader' if request.method in ('GET', 'HEAD') else 'member'
        if caller.project_id is None or needed not in caller.roles:
            raise exchange.Refused(
                403,
                "Policy doesn't allow os_compute_api:"
                f'{route.operation} to be performed.',
            )

    def spell(self, refusal: exchange.Refused) -> Any:
        if refusal.status == 401:
            # Nova never sees such a request: the filter before it answers.
            return {
                'error': {
                    'code': 401,
                    'title': 'Unauthorized',
                    'message': refusal.message,
                }
            }
        inner: dict[str, Any] = {
            'code': refusal.status,
            'message': refusal.message,
        }
        for name, value in refusal.headers:
            if name == 'Retry-After':
                inner['retryAfter'] = value
        return {_ERRORS.get(refusal.status, 'computeFault'): inner}

    def headers(self, request: exchange.Request) -> exchange.Headers:
        return (
            ('x-openstack-request-id', request.request_id),
            ('x-compute-request-id', request.request_id),
            *microversion.headers(request.version or microversion.LEAST),
        )

    # -- versions

    def list_versions(self, request: exchange.Request) -> exchange.Answer:
        version = microversion.document(request.base_url)
        return exchange.Answer(200, {'versions': [version]})

    def show_version(self, request: exchange.Request) -> exchange.Answer:
        version = microversion.document(request.base_url)
        return exchange.Answer(200, {'version': version})

    # -- servers

    def create(self, request: exchange.Request) -> exchange.Answer:
        caller = _caller(request)
        order = orders.read(
            request,
            has_key=lambda name: bool(
                self._keeping.keypair(caller.user_id, name)
            ),
            has_group=lambda group_id: bool(
                self._keeping.group(caller.project_id, group_id)
            ),
        )
        with self._fleet.lock:
            made = self._creation.make(order, caller, request.fault)
        request.ids = [server.id for server in made]
        if order.wants_reservation:
            return exchange.Answer(
                202, {'reservation_id': made[0].reservation_id}
            )
        first = made[0]
        links = view.links(first.id, request.base_url)
        shown = {
            'id': first.id,
            'links': links,
            'OS-DCF:diskConfig': 'MANUAL',
            'security_groups': [
                {'name': name} for name in first.security_groups
            ],
            'adminPass': request.request_id[-12:],
        }
        return exchange.Answer(
            202, {'server': shown}, (('Location', links[0]['href']),)
        )

    def list_all(self, request: exchange.Request) -> exchange.Answer:
        with self._fleet.lock:
            now = self._fleet.sweep()
            page, has_more = listing.Query(request, now).page(self._fleet)
        base_url = request.base_url
        shown = [view.short(server, base_url) for server in page]
        return _page(request, shown, page, has_more)

    def detail(self, request: exchange.Request) -> exchange.Answer:
        with self._fleet.lock:
            now = self._fleet.sweep()
            page, has_more = listing.Query(request, now).page(self._fleet)
            shown = [
                view.full(
                    server,
                    now,
                    version=request.version,
                    base_url=request.base_url,
                )
                for server in page
            ]
        return _page(request, shown, page, has_more)

    # -- flavors, limits and zones

    def list_flavors(self, request: exchange.Request) -> exchange.Answer:
        shown = [
            {
                'id': flavor.id,
                'name': flavor.name,
                'links': flavor.links(request.base_url),
            }
            for flavor in flavors.FLAVORS.values()
        ]
        return exchange.Answer(200, {'flavors': shown})

    def list_flavors_detail(
        self, request: exchange.Request
    ) -> exchange.Answer:
        shown = [
            flavor.show(request.base_url)
            for flavor in flavors.FLAVORS.values()
        ]
        return exchange.Answer(200, {'flavors': shown})

    def show_flavor(
        self, request: exchange.Request, flavor_id: str
    ) -> exchange.Answer:
        flavor = _flavor(flavor_id)
        return exchange.Answer(200, {'flavor': flavor.show(request.base_url)})

    def extra_specs(
        self, request: exchange.Request, flavor_id: str
    ) -> exchange.Answer:
        _flavor(flavor_id)
        return exchange.Answer(200, {'extra_specs': {}})

    def show_limits(self, request: exchange.Request) -> exchange.Answer:
        with self._fleet.lock:
            self._fleet.sweep()
            usage = self._fleet.usage(_caller(request).project_id or '')
            shown = quota.limits(usage, self._settings())
        return exchange.Answer(200, shown)

    def list_zones(self, request: exchange.Request) -> exchange.Answer:
        shown = [
            {
                'zoneName': zone,
                'zoneState': {'available': True},
                'hosts': None,
            }
            for zone in flavors.ZONES
        ]
        return exchange.Answer(200, {'availabilityZoneInfo': shown})


def _page(
    request: exchange.Request,
    shown: list[dict[str, Any]],
    page: list[Any],
    has_more: bool,
) -> exchange.Answer:
    body: dict[str, Any] = {'servers': shown}
    if has_more:
        href = listing.next_link(request, page[-1])
        body['servers_links'] = [{'rel': 'next', 'href': href}]
    return exchange.Answer(200, body)


def _caller(request: exchange.Request) -> exchange.Caller:
    assert request.caller is not None
    return request.caller


def _flavor(flavor_id: str) -> flavors.Flavor:
    flavor = flavors.FLAVORS.get(flavor_id)
    if flavor is None:
        raise exchange.Refused(404, f'Flavor {flavor_id} could not be found.')
    return flavor
