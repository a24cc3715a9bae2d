"""The public doors: triggers, answers to hooks, heartbeats.

Alarm services and draining applications come here, in crowds, without a
Keystone token and without a version. pecan takes half a millisecond to find
what these three paths name at a glance, so they are served in front of it, by
the same functions of the same places, and are in the tree as well.
"""

from collections.abc import Iterable

from autoscale import context as contexts
from autoscale.api import answer
from autoscale.api import call as calls
from autoscale.api import identity
from autoscale.api import measured
from autoscale.api import place
from autoscale.api.controllers import hook
from autoscale.api.controllers import trigger
from autoscale.api.triggers import right

_TRIGGER = ('webhooks', 'trigger')

#: (collection, verb) to the place, and what the part between is called.
_DOORS: dict[tuple[str, str], tuple[place.Place, str]] = {
    _TRIGGER: (trigger.Trigger(), 'webhook_id'),
    ('hooks', 'complete'): (hook.Complete(), 'hook_id'),
    ('hooks', 'heartbeat'): (hook.Heartbeat(), 'hook_id'),
}


class Doors:
    """Serves `/v1/<collection>/<id>/<verb>` of the doors, passes on others.

    A trigger that carries a token of Keystone's instead of one of ours, as
    Aodh's `trust+https` does, is somebody's, and is served as theirs.
    """

    def __init__(self, app: answer.WSGIApp, services: calls.Services) -> None:
        self.app = app
        self.services = services
        self.known = identity.Authentication(self._serve_known, services.conf)

    def __call__(
        self, environ: answer.Environ, start_response: answer.StartResponse
    ) -> Iterable[bytes]:
        parts = environ.get('PATH_INFO', '').split('/')
        if len(parts) != 5 or parts[1] != 'v1':
            return self.app(environ, start_response)
        name = (parts[2], parts[4])
        if name not in _DOORS:
            return self.app(environ, start_response)
        if name == _TRIGGER and right.is_somebodys(environ):
            return self.known(environ, start_response)
        # Of nobody, whatever headers say.
        context = contexts.RequestContext(
            request_id=environ['openstack.request_id'],
            global_request_id=environ.get('openstack.global_request_id'),
        )
        return self._serve(environ, context).send(environ, start_response)

    def _serve_known(
        self, environ: answer.Environ, start_response: answer.StartResponse
    ) -> Iterable[bytes]:
        context = contexts.RequestContext.from_environ(environ)
        return self._serve(environ, context).send(environ, start_response)

    def _serve(
        self, environ: answer.Environ, context: contexts.RequestContext
    ) -> answer.Answer:
        parts = environ['PATH_INFO'].split('/')
        found, ref = _DOORS[parts[2], parts[4]]
        environ[measured.ROUTE] = f'/v1/{parts[2]}/{{{ref}}}/{parts[4]}'
        operation = found.operation_of(environ)
        call = calls.Call(
            services=self.services,
            environ=environ,
            # What no database can hold is nobody's id either.
            refs={ref: parts[3] if parts[3].isprintable() else ''},
            context=context,
        )
        return operation.handler(found, call)
