"""The doors of one server: look, rename, act, tag, annotate, delete."""

from collections.abc import Callable
from collections.abc import Iterable
from typing import Any

from autoscale.devcloud import exchange
from autoscale.devcloud import routing
from autoscale.devcloud import settings
from autoscale.devcloud import shape
from autoscale.devcloud.compute import creation as creations
from autoscale.devcloud.compute import fleet as fleets
from autoscale.devcloud.compute import order as orders
from autoscale.devcloud.compute import server as servers
from autoscale.devcloud.compute import view


class Single:
    """Answers everything below /servers/{id}."""

    def __init__(
        self,
        fleet: fleets.Fleet,
        *,
        creation: creations.Creation,
        current_settings: Callable[[], settings.Settings],
    ):
        self._fleet = fleet
        self._creation = creation
        self._settings = current_settings

    def routes(self) -> Iterable[routing.Route]:
        yield from routing.routes(
            (
                ('GET', '', 'show_server', self.show),
                ('PUT', '', 'update_server', self.update),
                ('DELETE', '', 'delete_server', self.delete),
                ('POST', '/action', 'act_on_server', self.act),
                ('GET', '/tags', 'list_server_tags', self.list_tags),
                ('PUT', '/tags', 'replace_server_tags', self.replace_tags),
                ('DELETE', '/tags', 'clear_server_tags', self.clear_tags),
                ('GET', '/tags/{tag}', 'show_server_tag', self.show_tag),
                ('PUT', '/tags/{tag}', 'add_server_tag', self.add_tag),
                (
                    'DELETE',
                    '/tags/{tag}',
                    'delete_server_tag',
                    self.delete_tag,
                ),
                (
                    'GET',
                    '/metadata',
                    'list_server_metadata',
                    self.list_metadata,
                ),
                (
                    'POST',
                    '/metadata',
                    'update_server_metadata',
                    self.add_metadata,
                ),
                (
                    'PUT',
                    '/metadata',
                    'replace_server_metadata',
                    self.replace_metadata,
                ),
                (
                    'GET',
                    '/metadata/{key}',
                    'show_server_metadata',
                    self.show_metadata,
                ),
                (
                    'PUT',
                    '/metadata/{key}',
                    'set_server_metadata',
                    self.put_one,
                ),
                (
                    'DELETE',
                    '/metadata/{key}',
                    'delete_server_metadata',
                    self.delete_metadata,
                ),
            ),
            prefix='/v2.1/servers/{id}',
        )

    def _find(
        self, request: exchange.Request, server_id: str
    ) -> servers.Server:
        """The server, if the caller may see it and it is there."""
        self._fleet.sweep()
        request.ids = [server_id]
        server = self._fleet.get(server_id)
        caller = request.caller
        assert caller is not None
        if (
            server is None
            or server.is_lost
            or (server.project_id != caller.project_id and not caller.is_admin)
        ):
            raise exchange.Refused(
                404, f'Instance {server_id} could not be found.'
            )
        return server

    def _answer(
        self, request: exchange.Request, server: servers.Server
    ) -> exchange.Answer:
        shown = view.full(
            server,
            self._fleet.sweep(),
            version=request.version,
            base_url=request.base_url,
        )
        return exchange.Answer(200, {'server': shown})

    # -- the server itself

    def show(
        self, request: exchange.Request, server_id: str
    ) -> exchange.Answer:
        with self._fleet.lock:
            return self._answer(request, self._find(request, server_id))

    def update(
        self, request: exchange.Request, server_id: str
    ) -> exchange.Answer:
        body = request.document('server')
        changes = {
            name: shape.text(body[name], name)
            for name in ('name', 'description', 'hostname')
            if name in body
        }
        with self._fleet.lock:
            server = self._find(request, server_id)
            for name, value in changes.items():
                setattr(server, name, value)
            self._fleet.keep(server)
            return self._answer(request, server)

    def delete(
        self, request: exchange.Request, server_id: str
    ) -> exchange.Answer:
        with self._fleet.lock:
            server = self._find(request, server_id)
            self._fleet.delete(server, self._settings().delete_seconds)
        return exchange.Answer(204)

    def act(
        self, request: exchange.Request, server_id: str
    ) -> exchange.Answer:
        body = request.json()
        if not isinstance(body, dict) or len(body) != 1:
            raise exchange.Refused(400, 'There must be exactly one action.')
        name = next(iter(body))
        act = {
            'os-start': self._start,
            'os-stop': self._stop,
            'reboot': self._reboot,
            'rebuild': self._rebuild,
            'forceDelete': self._force_delete,
        }.get(name)
        if act is None:
            raise exchange.Refused(400, f'There is no such action: {name}')
        with self._fleet.lock:
            server = self._find(request, server_id)
            status = server.status(self._fleet.sweep())
            if server.deleted_at is not None and name != 'forceDelete':
                raise _conflict(name, server, 'task_state deleting')
            act(server, status, body[name])
            self._fleet.keep(server)
            if name == 'rebuild':
                answer = self._answer(request, server)
                return exchange.Answer(202, answer.body)
        return exchange.Answer(202)

    def _start(self, server: servers.Server, status: str, body: Any) -> None:
        if status != 'SHUTOFF':
            raise _conflict('start', server, f'vm_state {_vm(status)}')
        server.is_stopped = False

    def _stop(self, server: servers.Server, status: str, body: Any) -> None:
        if status not in ('ACTIVE', 'ERROR'):
            raise _conflict('stop', server, f'vm_state {_vm(status)}')
        server.is_stopped = True

    def _reboot(self, server: servers.Server, status: str, body: Any) -> None:
        if status not in ('ACTIVE', 'SHUTOFF'):
            raise _conflict('reboot', server, f'vm_state {_vm(status)}')
        server.is_stopped = False

    def _rebuild(self, server: servers.Server, status: str, body: Any) -> None:
        if status not in ('ACTIVE', 'SHUTOFF', 'ERROR'):
            raise _conflict('rebuild', server, f'vm_state {_vm(status)}')
        image_id = orders.image_id(body)
        name = shape.text(body.get('name', server.name), 'name')
        metadata = orders.metadata(body.get('metadata', server.metadata))
        server.image_id = image_id
        server.name, server.metadata = name, metadata
        server.fault = None
        server.is_rebuilding = True
        server.built_at = self._creation.built_at(self._fleet.sweep())

    def _force_delete(
        self, server: servers.Server, status: str, body: Any
    ) -> None:
        self._fleet.delete(server, self._settings().delete_seconds)

    # -- tags

    def list_tags(
        self, request: exchange.Request, server_id: str
    ) -> exchange.Answer:
        with self._fleet.lock:
            server = self._find(request, server_id)
            return exchange.Answer(200, {'tags': server.tags})

    def replace_tags(
        self, request: exchange.Request, server_id: str
    ) -> exchange.Answer:
        body = request.json()
        wanted = orders.tags(
            body.get('tags') if isinstance(body, dict) else None
        )
        with self._fleet.lock:
            self._fleet.retag(self._find(request, server_id), wanted)
        return exchange.Answer(200, {'tags': wanted})

    def clear_tags(
        self, request: exchange.Request, server_id: str
    ) -> exchange.Answer:
        with self._fleet.lock:
            self._fleet.retag(self._find(request, server_id), [])
        return exchange.Answer(204)

    def show_tag(
        self, request: exchange.Request, server_id: str, tag: str
    ) -> exchange.Answer:
        with self._fleet.lock:
            self._tagged(request, server_id, tag)
        return exchange.Answer(204)

    def add_tag(
        self, request: exchange.Request, server_id: str, tag: str
    ) -> exchange.Answer:
        orders.tag(tag)
        with self._fleet.lock:
            server = self._find(request, server_id)
            if tag in server.tags:
                return exchange.Answer(204)
            if len(server.tags) >= orders.MOST_TAGS:
                raise exchange.Refused(
                    400,
                    'The number of tags exceeded the per-server limit '
                    f'{orders.MOST_TAGS}',
                )
            self._fleet.retag(server, [*server.tags, tag])
        return exchange.Answer(201)

    def delete_tag(
        self, request: exchange.Request, server_id: str, tag: str
    ) -> exchange.Answer:
        with self._fleet.lock:
            server = self._tagged(request, server_id, tag)
            left = [each for each in server.tags if each != tag]
            self._fleet.retag(server, left)
        return exchange.Answer(204)

    def _tagged(
        self, request: exchange.Request, server_id: str, tag: str
    ) -> servers.Server:
        server = self._find(request, server_id)
        if tag not in server.tags:
            raise exchange.Refused(
                404, f"Server {server_id} has no tag '{tag}'"
            )
        return server

    # -- metadata

    def list_metadata(
        self, request: exchange.Request, server_id: str
    ) -> exchange.Answer:
        with self._fleet.lock:
            server = self._find(request, server_id)
            return exchange.Answer(200, {'metadata': server.metadata})

    def add_metadata(
        self, request: exchange.Request, server_id: str
    ) -> exchange.Answer:
        more = orders.metadata(request.document('metadata'))
        return self._write_metadata(request, server_id, more, keep=True)

    def replace_metadata(
        self, request: exchange.Request, server_id: str
    ) -> exchange.Answer:
        new = orders.metadata(request.document('metadata'))
        return self._write_metadata(request, server_id, new, keep=False)

    def put_one(
        self, request: exchange.Request, server_id: str, key: str
    ) -> exchange.Answer:
        new = orders.metadata(request.document('meta'))
        if set(new) != {key}:
            raise exchange.Refused(400, 'Request body and URI mismatch')
        self._write_metadata(request, server_id, new, keep=True)
        return exchange.Answer(200, {'meta': new})

    def _write_metadata(
        self,
        request: exchange.Request,
        server_id: str,
        new: dict[str, str],
        *,
        keep: bool,
    ) -> exchange.Answer:
        with self._fleet.lock:
            server = self._find(request, server_id)
            server.metadata = {**server.metadata, **new} if keep else new
            self._fleet.keep(server)
            return exchange.Answer(200, {'metadata': server.metadata})

    def show_metadata(
        self, request: exchange.Request, server_id: str, key: str
    ) -> exchange.Answer:
        with self._fleet.lock:
            server = self._annotated(request, server_id, key)
            return exchange.Answer(200, {'meta': {key: server.metadata[key]}})

    def delete_metadata(
        self, request: exchange.Request, server_id: str, key: str
    ) -> exchange.Answer:
        with self._fleet.lock:
            server = self._annotated(request, server_id, key)
            server.metadata = {
                name: value
                for name, value in server.metadata.items()
                if name != key
            }
            self._fleet.keep(server)
        return exchange.Answer(204)

    def _annotated(
        self, request: exchange.Request, server_id: str, key: str
    ) -> servers.Server:
        server = self._find(request, server_id)
        if key not in server.metadata:
            raise exchange.Refused(404, 'Metadata item was not found')
        return server


def _vm(status: str) -> str:
    return {'BUILD': 'building', 'SHUTOFF': 'stopped'}.get(
        status, status.lower()
    )


def _conflict(
    action: str, server: servers.Server, state: str
) -> exchange.Refused:
    return exchange.Refused(
        409,
        f"Cannot '{action}' instance {server.id} while it is in {state}",
    )
