"""Whether we live, and with `?detailed` whether what we need does.

oslo.middleware answers the first: its files that say "disabled" take a host
out of a load balancer. The second is ours, since it asks our own database
and broker; it says which of them does not answer, and nothing about them.
"""

import time
from collections.abc import Iterable
from typing import Any

from oslo_middleware import healthcheck

from autoscale import exceptions
from autoscale.api import answer
from autoscale.api import call as calls
from autoscale.db import database as databases

PATH = '/healthcheck'

#: Seconds for which what was found out is told again: the path is public.
LIFE = 1


class Healthcheck:
    def __init__(self, app: answer.WSGIApp, services: calls.Services) -> None:
        self.app = app
        self.services = services
        self.simple: answer.WSGIApp = healthcheck.Healthcheck(
            app, services.conf
        )
        self._found: tuple[float, answer.Answer] | None = None

    def __call__(
        self, environ: answer.Environ, start_response: answer.StartResponse
    ) -> Iterable[bytes]:
        if environ.get('PATH_INFO') != PATH:
            return self.app(environ, start_response)
        query = environ.get('QUERY_STRING', '')
        is_detailed = 'detailed' in query.replace('=', '&').split('&')
        if is_detailed and environ['REQUEST_METHOD'] in ('GET', 'HEAD'):
            return self._detailed().send(environ, start_response)
        return self.simple(environ, start_response)

    def _detailed(self) -> answer.Answer:
        now = time.monotonic()
        if self._found is None or now - self._found[0] > LIFE:
            self._found = now, self._look()
        return self._found[1]

    def _look(self) -> answer.Answer:
        parts = {
            'database': _is_there(self.services.database),
            'broker': self.services.waker.is_connected(),
        }
        is_well = all(parts.values())
        body = {name: _WORDS[is_up] for name, is_up in parts.items()}
        return answer.Answer(
            status=200 if is_well else 503,
            body={'status': _WORDS[is_well], **body},
        )


_WORDS = {True: 'ok', False: 'unavailable'}


def _is_there(database: databases.Database) -> bool:
    try:
        database.read(_nothing)
    except exceptions.Unavailable:
        return False
    return True


def _nothing(conn: Any) -> None:
    """Ask the database for an answer, whichever."""
    conn.exec_driver_sql('SELECT 1')
