"""The API as a tree of places, each with the operations that it has.

A place is a controller of pecan that finds its way by itself: below it are
places with fixed names, and one for whatever else is named there. Nothing of
a path is ever looked up as a Python attribute, so a cluster may be called
`index`. What an operation takes and answers is written once, beside the
function that does it; requests are checked by it, and the OpenAPI document is
made of it.
"""

import dataclasses
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any
from typing import ClassVar

import pecan
import webob

from autoscale import exceptions
from autoscale.api import answer
from autoscale.api import body as bodies
from autoscale.api import call as calls
from autoscale.api import faults
from autoscale.api import measured
from autoscale.api import paging
from autoscale.api import query as queries
from autoscale.api.schemas import shape

#: Where in the WSGI environment a request is, as a `Call`.
CALL = 'autoscale.call'

Handler = Callable[[Any, calls.Call], answer.Answer]


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Operation:
    """One method at one place."""

    method: str
    summary: str
    handler: Handler
    rule: str | None = None  #: None: whoever is authenticated
    is_public: bool = False  #: no authentication; there may be a token
    root: str | None = None  #: the key around the body
    body: shape.Shape | None = None
    body_optional: bool = False
    query: tuple[queries.Parameter, ...] = ()
    listing: paging.Listing | None = None
    #: {status: (root, shape)}; a shape of None: no body, or free-form.
    answers: dict[int, tuple[str | None, shape.Shape | None]]
    faults: tuple[int, ...] = ()

    def parameters(self) -> tuple[queries.Parameter, ...]:
        if self.listing is None:
            return self.query
        return self.query + self.listing.parameters

    def perform(self, place: Any, call: calls.Call) -> answer.Answer:
        """Authorize, check, and do it; or answer as we did before."""
        if self.rule is not None:
            call.authorize(self.rule)
        call.query = queries.read(
            call.environ.get('QUERY_STRING', ''), self.parameters()
        )
        call.raw = bodies.read(call.environ)
        self._read_body(call)
        return call.first_answer() or self.handler(place, call)

    def _read_body(self, call: calls.Call) -> None:
        if self.method in ('GET', 'DELETE') and not call.raw.strip():
            return
        if call.raw:
            bodies.check_type(call.environ)
        value = bodies.parse_object(call.raw)
        if self.body is None:
            refuse_others(value, ())
            return
        if self.root is not None:
            refuse_others(value, (self.root,))
            if self.root not in value and not self.body_optional:
                raise exceptions.InvalidField(
                    field=self.root, reason='is required'
                )
            value = value.get(self.root, {})
        if isinstance(value, dict) and isinstance(value.get('name'), str):
            value['name'] = value['name'].strip()
        self.body.check(value)
        call.body = value


def refuse_others(value: dict[str, Any], allowed: tuple[str, ...]) -> None:
    """Raise UnknownField if the object has more than the allowed keys."""
    for key in value:
        if key not in allowed:
            raise exceptions.UnknownField(
                field=shape.clip(key), allowed=', '.join(allowed) or 'nothing'
            )


def operation(
    method: str, summary: str, **more: Any
) -> Callable[[Handler], Handler]:
    """Mark a function of a place as what `method` does there."""

    def mark(handler: Handler) -> Handler:
        handler.operation = Operation(  # type: ignore[attr-defined]
            method=method, summary=summary, handler=handler, **more
        )
        return handler

    return mark


class Place:
    """A path; all requests share one tree of them."""

    #: What lies below, by the name of the path's next part.
    places: ClassVar[dict[str, type['Place']]] = {}
    #: What any other name below stands for.
    item: ClassVar[type['Place'] | None] = None
    #: What the name that led here is called: 'cluster_id'.
    ref: ClassVar[str | None] = None
    #: By method; HEAD is a GET.
    operations: ClassVar[dict[str, Operation]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        own = {
            each.operation.method: each.operation
            for each in vars(cls).values()
            if hasattr(each, 'operation')
        }
        cls.operations = {**cls.operations, **own}

    @pecan.expose()  # type: ignore[untyped-decorator]
    def _route(
        self, parts: list[str], request: webob.Request
    ) -> tuple[Any, list[str]]:
        """For pecan: the place that a path leads to."""
        place, refs, path = find(self, parts)
        call: calls.Call = request.environ[CALL]
        call.refs.update(refs)
        call.environ[measured.ROUTE] = path
        return place.perform, []

    @pecan.expose()  # type: ignore[untyped-decorator]
    def perform(self, **ignored: Any) -> webob.Response:
        """Do what the request's method does here."""
        call: calls.Call = pecan.request.environ[CALL]
        said = self.operation_of(call.environ).perform(self, call)
        content = said.content()
        return webob.Response(
            body=content,
            status=answer.status_line(said.status),
            headerlist=said.header_list(len(content)),
        )

    def operation_of(self, environ: answer.Environ) -> Operation:
        method = environ['REQUEST_METHOD']
        found = self.operations.get('GET' if method == 'HEAD' else method)
        if found is None:
            raise faults.MethodNotAllowed(
                method=shape.clip(method),
                allowed=', '.join(sorted(self.operations)) or 'nothing',
            )
        return found


def find(root: Place, parts: list[str]) -> tuple[Place, dict[str, str], str]:
    """The place at the end of a path.

    With it come the names met on the way, and the path as OpenAPI writes it.
    """
    place: Place = root
    refs: dict[str, str] = {}
    template = ''
    if parts and parts[-1] == '':
        parts = parts[:-1]
    for part in parts:
        below = place.places.get(part)
        name = part
        if below is None and part and part.isprintable():
            below = place.item
            if below is not None and below.ref is not None:
                refs[below.ref] = part
                name = f'{{{below.ref}}}'
        if below is None:
            path = '/' + '/'.join(parts)
            raise faults.NoSuchPath(path=shape.clip(path))
        place = below()
        template += f'/{name}'
    if not place.operations:
        path = '/' + '/'.join(parts)
        raise faults.NoSuchPath(path=shape.clip(path))
    return place, refs, template or '/'


def walk(
    place: type[Place], path: str = ''
) -> Iterator[tuple[str, type[Place]]]:
    """Every path at and below a place, as OpenAPI writes them."""
    if place.operations:
        yield path or '/', place
    for name, below in place.places.items():
        yield from walk(below, f'{path}/{name}')
    if place.item is not None:
        yield from walk(place.item, f'{path}/{{{place.item.ref}}}')
