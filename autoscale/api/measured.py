"""How many requests there are, how long they take, and where that is read.

A request is counted by the template of its path, which the routing leaves in
the WSGI environment; one that found no place is counted as such, so that
nobody can make up series.
"""

import time
from collections.abc import Iterable
from typing import Any

from autoscale.api import answer
from autoscale.metrics import measures
from autoscale.metrics import page

#: Where in the WSGI environment the template of the path is.
ROUTE = 'autoscale.route'

#: The route of what was answered before any was found: 401, 404, 413.
NOWHERE = 'none'


class Measured:
    def __init__(self, app: answer.WSGIApp, *, is_shown: bool) -> None:
        """`is_shown`: answer GET /metrics, too."""
        self.app = app
        self._page = page.application() if is_shown else None

    def __call__(
        self, environ: answer.Environ, start_response: answer.StartResponse
    ) -> Iterable[bytes]:
        if self._page is not None and environ.get('PATH_INFO') == page.PATH:
            return self._page(environ, start_response)
        began = time.perf_counter()
        said = '500'

        def start(
            status: str, headers: list[answer.Header], exc_info: Any = None
        ) -> Any:
            nonlocal said
            said = status[:3]
            return start_response(status, headers, exc_info)

        try:
            return self.app(environ, start)
        finally:
            measures.answered(
                environ.get(ROUTE, NOWHERE),
                environ['REQUEST_METHOD'],
                said,
                time.perf_counter() - began,
            )
