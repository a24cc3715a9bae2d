"""How a request reaches pecan, and what pecan gets to see of it.

pecan finds the controller by path and method. Bodies, queries and what the
client would like to be answered it would read in its own way: merge them into
arguments, guess types, answer 500 to what is not JSON. So it is given none of
them; `place.Operation` reads them.
"""

import io
from collections.abc import Iterable

import pecan

from autoscale import context as contexts
from autoscale.api import answer
from autoscale.api import call as calls
from autoscale.api import faults
from autoscale.api import place
from autoscale.api.schemas import shape

_HIDDEN = ('HTTP_ACCEPT', 'CONTENT_TYPE', 'HTTP_TRANSFER_ENCODING')


class Wiring:
    """The innermost layer: the tree of places, behind pecan."""

    def __init__(self, root: place.Place, services: calls.Services) -> None:
        self.services = services
        self.app: answer.WSGIApp = pecan.make_app(
            root,
            debug=False,
            force_canonical=False,
            guess_content_type_from_ext=False,
        )

    def __call__(
        self, environ: answer.Environ, start_response: answer.StartResponse
    ) -> Iterable[bytes]:
        path = environ.get('PATH_INFO', '')
        try:
            path.encode('latin-1').decode()
        except UnicodeError:
            raise faults.NoSuchPath(path=shape.clip(path)) from None
        call = calls.Call(
            services=self.services,
            environ=environ,
            refs={},
            context=contexts.RequestContext.from_environ(environ),
        )
        seen = {
            key: value for key, value in environ.items() if key not in _HIDDEN
        }
        seen['wsgi.input'] = io.BytesIO()
        seen['CONTENT_LENGTH'] = '0'
        seen['QUERY_STRING'] = ''
        seen[place.CALL] = call
        return self.app(seen, start_response)
