"""Which handler answers which path.

A tree of path segments, walked once a request: its cost does not grow with
the number of routes.
"""

import dataclasses
from collections.abc import Callable
from collections.abc import Iterable
from typing import Any
from typing import Protocol

from autoscale.devcloud import exchange

Handler = Callable[..., exchange.Answer]

#: The tree's key for a segment that may be anything.
_ANY = '*'


@dataclasses.dataclass(frozen=True)
class Route:
    """One operation of a service, as the statistics will call it."""

    method: str
    path: str  #: below the service's prefix; {name} matches one segment
    operation: str
    handler: Handler
    is_open: bool = False  #: answered without a token


def routes(
    rows: Iterable[tuple[str, str, str, Handler]],
    *,
    prefix: str = '',
    is_open: bool = False,
) -> Iterable[Route]:
    """Routes from rows of method, path, operation and handler."""
    for method, path, operation, handler in rows:
        yield Route(method, prefix + path, operation, handler, is_open)


class Service(Protocol):
    """What the door needs to know of a service."""

    name: str
    prefix: str

    def routes(self) -> Iterable[Route]:
        """Every operation that this service offers."""

    def admit(self, request: exchange.Request, route: Route) -> None:
        """Look at token and version; refuse, or fill in the caller."""

    def spell(self, refusal: exchange.Refused) -> Any:
        """The error body in this service's own shape."""

    def headers(self, request: exchange.Request) -> exchange.Headers:
        """What this service puts on every answer."""


class Router:
    """All routes of all services."""

    def __init__(self, services: Iterable[Service]):
        self._tree: dict[str, Any] = {}
        self._services: dict[str, Service] = {}
        for service in services:
            self._services[service.prefix.strip('/')] = service
            for route in service.routes():
                self._plant(service, route)

    def _plant(self, service: Service, route: Route) -> None:
        node = self._tree
        for segment in _segments(service.prefix + route.path):
            key = _ANY if segment.startswith('{') else segment
            node = node.setdefault(key, {})
        # A segment cannot hold a slash, so these keys meet no segment.
        node[f'/{route.method}'] = (service, route)

    def find(
        self, method: str, path: str
    ) -> tuple[Service | None, Route | None, list[str], int]:
        """Service, route, path arguments, and 200, 404 or 405."""
        segments = _segments(path)
        service = self._services.get(segments[0]) if segments else None
        node = self._tree
        arguments: list[str] = []
        for segment in segments:
            below = node.get(segment)
            if below is None:
                below = node.get(_ANY)
                if below is None:
                    return service, None, arguments, 404
                arguments.append(segment)
            node = below
        found = node.get(f'/{method}')
        if found is None and method == 'HEAD':
            found = node.get('/GET')
        if found is not None:
            return found[0], found[1], arguments, 200
        known = any(key.startswith('/') for key in node)
        return service, None, arguments, 405 if known else 404


def _segments(path: str) -> list[str]:
    return [segment for segment in path.split('/') if segment]
