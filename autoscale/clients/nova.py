"""The door to Nova: servers asked for, listed and deleted, in our words.

What a server is made of is looked up here as well: flavors at Nova, images
at Glance, networks at Neutron.
"""

import contextlib
import copy
from collections.abc import Iterable
from collections.abc import Mapping
from datetime import datetime
from datetime import UTC
from typing import Any
from urllib import parse

from keystoneauth1 import adapter

from autoscale import exceptions
from autoscale.clients import compute
from autoscale.clients import failure
from autoscale.clients import tracing
from autoscale.clients.compute import SERVICE
from autoscale.metrics import calls
from autoscale.model.server import Server

#: More tags than this are asked for in several lists: a URL has a length.
_TAGS_A_LIST = 50

_CAPACITY = 'capacity'
_REQUEST = 'request'
_TRANSIENT = 'transient'

_WRONG = (
    'could not be found',
    'is not active',
    'unacceptable',
    'invalid',
    'corrupt',
    'too small',
    'too large',
    'not found',
)


class Nova:
    """One project's Nova in one region; safe to share between threads.

    Every method raises `exceptions.CloudError`s. A create call is sent once,
    whatever becomes of it; reads and deletions are sent once more when a
    connection ends without an answer.
    """

    def __init__(
        self,
        session: Any,
        auth: Any,
        region_name: str | None = None,
        interface: str = 'public',
        *,
        timeout: float | None = None,
        page_size: int | None = None,
    ) -> None:
        """`timeout` is in seconds, for each call; None: the session's.

        `page_size` is servers a page; None: as many as Nova gives.
        """
        self._to = {
            'session': session,
            'auth': auth,
            'region_name': region_name,
            'interface': interface,
        }
        self._timeout = timeout
        self._compute = compute.Compute(
            timeout=timeout, page_size=page_size, **self._to
        )

    @calls.operation(SERVICE)
    def create_servers(
        self,
        spec: Mapping[str, Any],
        *,
        name: str,
        count: int,
        tags: Iterable[str],
        zone: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        """Ask for `count` servers, or as many of them as there is quota for.

        `spec` is what a profile's `request` made. Several are named
        `name-1` and on. On an error, `happened` says whether servers may
        have been made all the same: list by tag before asking again.
        """
        with failure.told_as(SERVICE, 'create servers', is_creation=True):
            self._compute.client().servers.create(
                name,
                spec.get('image'),
                spec['flavor'],
                nics=_nics(spec.get('networks')),
                min_count=1,
                max_count=count,
                tags=list(tags),
                meta={**spec.get('metadata', {}), **(metadata or {})},
                availability_zone=zone or spec.get('availability_zone'),
                key_name=spec.get('key_name'),
                security_groups=spec.get('security_groups'),
                userdata=spec.get('user_data'),
                config_drive=spec.get('config_drive'),
                scheduler_hints=spec.get('scheduler_hints'),
                # novaclient writes into the list that it is given.
                block_device_mapping_v2=copy.deepcopy(
                    spec.get('block_device_mapping_v2')
                ),
            )

    @calls.operation(SERVICE)
    def list_servers(
        self,
        *,
        tags_any: Iterable[str] | None = None,
        tag: str | None = None,
        status: str | None = None,
        ip: str | None = None,
        changed_since: datetime | None = None,
        detailed: bool = False,
    ) -> list[Server]:
        """The servers that fit all that is given; pages are followed.

        Only in detail do they have a status, a fault, tags, addresses and a
        zone; but `status` is known also when it was asked for. `ip` is one
        exact address, and makes the list a detailed one. `changed_since`, by
        Nova's clock, also finds those that were deleted since.
        """
        query: dict[str, Any] = {}
        if tag is not None:
            query['tags'] = tag
        if status is not None:
            query['status'] = status
        if changed_since is not None:
            query['changes-since'] = changed_since.strftime(
                '%Y-%m-%dT%H:%M:%SZ'
            )
        if ip is not None:
            # Nova matches a pattern, or a part: what is exact is found below.
            query['ip'] = ip
            detailed = True
        found: dict[str, Server] = {}
        for part in _parts(tags_any):
            more = {} if part is None else {'tags-any': ','.join(part)}
            for raw in self._compute.pages(
                '/servers/detail' if detailed else '/servers',
                'servers',
                {**query, **more},
            ):
                server = _server(raw, status)
                if ip is None or ip in server.addresses:
                    found[server.id] = server
        return list(found.values())

    @calls.operation(SERVICE)
    def is_being_placed(self, server_id: str, *, within: float) -> bool:
        """Whether Nova still seeks a host for it, as it does while it is new.

        Who is deleted meanwhile can cost the servers that were asked for
        with it: Nova gives up those that it has not come to yet, and lists
        them for ever. One that is older than `within` seconds, by Nova's
        clock, is not taken to be sought a host for any more.
        """
        try:
            body, now = self._compute.get_dated(
                f'/servers/{_quoted(server_id)}'
            )
        except exceptions.GoneFromCloud:
            return False
        with failure.told_as(SERVICE, 'show server'):
            shown = dict(body['server'])
        created = _time(shown.get('created'))
        if created is None:
            return False
        return (
            shown.get('OS-EXT-STS:task_state') == 'scheduling'
            and (now - created).total_seconds() <= within
        )

    @calls.operation(SERVICE)
    def delete_server(self, server_id: str) -> bool:
        """Whether it was there to be deleted; it is gone a while later."""
        try:
            self._compute.repeatable(
                'DELETE', f'/servers/{_quoted(server_id)}'
            )
        except exceptions.GoneFromCloud:
            return False
        return True

    @calls.operation(SERVICE)
    def untag_server(self, server_id: str, tag: str) -> None:
        """Take a tag off a server; a server or tag that is gone is fine."""
        with contextlib.suppress(exceptions.GoneFromCloud):
            self._compute.repeatable(
                'DELETE', f'/servers/{_quoted(server_id)}/tags/{_quoted(tag)}'
            )

    @calls.operation(SERVICE)
    def now(self) -> datetime:
        """Nova's time, to the second, by the date of an answer."""
        return self._compute.date()

    @calls.operation(SERVICE)
    def find_flavor(self, ref: str) -> str:
        """The id of the flavor of that id or name; else RequestIsWrong."""
        try:
            path = f'/flavors/{_quoted(ref)}'
            return str(self._compute.get(path)['flavor']['id'])
        except exceptions.GoneFromCloud:
            return _only(
                'flavor', ref, self._compute.pages('/flavors', 'flavors', {})
            )

    @calls.operation('glance')
    def find_image(self, ref: str) -> str:
        """The id of the image of that id or name; else RequestIsWrong."""
        return self._find('image', ref)

    @calls.operation('neutron')
    def find_network(self, ref: str) -> str:
        """The id of the network of that id or name; else RequestIsWrong."""
        return self._find('network', ref)

    @calls.operation(SERVICE)
    def has_keypair(self, name: str) -> bool:
        try:
            self._compute.get(f'/os-keypairs/{_quoted(name)}')
        except exceptions.GoneFromCloud:
            return False
        return True

    @calls.operation(SERVICE)
    def limits(self) -> dict[str, int]:
        """Nova's absolute limits and what is used of them, as it names them.

        -1 is no limit.
        """
        with failure.told_as(SERVICE, 'show limits'):
            return dict(self._compute.get('/limits')['limits']['absolute'])

    def _find(self, kind: str, ref: str) -> str:
        """The id of an image or a network, by its id or else by its name."""
        service, path = _ELSEWHERE[kind]
        door = adapter.Adapter(
            service_type=kind,
            min_version='2',
            max_version='2.latest',
            user_agent='autoscale',
            **self._to,
        )
        limit = {'timeout': self._timeout} if self._timeout else {}

        def get(url: str) -> Any:
            with failure.told_as(service, f'find {kind}'):
                response = door.get(
                    url, raise_exc=False, headers=tracing.headers(), **limit
                )
                if response.status_code >= 400:
                    raise failure.bad_answer(response)
                return response.json()

        try:
            body = get(f'{path}/{_quoted(ref)}')
        except exceptions.GoneFromCloud:
            named = get(f'{path}?{parse.urlencode({"name": ref})}')
            return _only(kind, ref, named.get(f'{kind}s', []))
        with failure.told_as(service, f'find {kind}'):
            return str(body.get(kind, body)['id'])


#: Where what is not Nova's is looked up: the service, and the path there.
_ELSEWHERE = {
    'image': ('glance', '/images'),
    'network': ('neutron', '/networks'),
}


def classify_fault(fault: Mapping[str, Any] | None) -> str:
    """What to do about a server in ERROR, from its `fault`.

    'capacity': there was no room; 'request': it could never be built as
    asked; 'transient': another try may go well.
    """
    words = str((fault or {}).get('message') or '').lower()
    if failure.NO_ROOM.search(words):
        return _CAPACITY
    if any(each in words for each in _WRONG):
        return _REQUEST
    return _TRANSIENT


def _parts(tags: Iterable[str] | None) -> list[list[str] | None]:
    """The tags in lists short enough for a URL; [None] without tags."""
    if tags is None:
        return [None]
    every = list(dict.fromkeys(tags))
    return [
        every[i : i + _TAGS_A_LIST] for i in range(0, len(every), _TAGS_A_LIST)
    ]


def _nics(networks: Any) -> str | list[dict[str, str]]:
    """Our networks in novaclient's words; it wants to be told always."""
    if networks is None:
        return 'auto'
    if isinstance(networks, str):
        return networks
    words = {'network': 'net-id', 'port': 'port-id', 'fixed_ip': 'v4-fixed-ip'}
    return [
        {words.get(key, key): value for key, value in each.items()}
        for each in networks
    ]


def _server(raw: Mapping[str, Any], status: str | None) -> Server:
    with failure.told_as(SERVICE, 'list servers'):
        tags = raw.get('tags')
        addresses = raw.get('addresses') or {}
        return Server(
            id=str(raw['id']),
            name=str(raw['name']),
            status=raw.get('status', status),
            fault=raw.get('fault'),
            tags=None if tags is None else tuple(tags),
            addresses=tuple(
                str(each['addr'])
                for network in addresses.values()
                for each in network
            ),
            zone=raw.get('OS-EXT-AZ:availability_zone') or None,
            changed_at=_time(raw.get('updated')),
        )


def _time(said: Any) -> datetime | None:
    """A time as Nova writes it; None for one that cannot be read."""
    try:
        read = datetime.fromisoformat(str(said))
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _only(kind: str, ref: str, found: Iterable[Mapping[str, Any]]) -> str:
    """The id of the one thing of that name."""
    with failure.told_as(SERVICE, f'find {kind}'):
        ids = {str(each['id']) for each in found if each.get('name') == ref}
    if len(ids) == 1:
        return ids.pop()
    raise exceptions.RequestIsWrong(
        service=_ELSEWHERE.get(kind, (SERVICE,))[0],
        operation=f'find {kind}',
        reason=(
            f"{len(ids)} {kind}s are named '{ref}': use an id"
            if ids
            else f"there is no {kind} '{ref}'"
        ),
    )


def _quoted(ref: str) -> str:
    return parse.quote(ref, safe='')
