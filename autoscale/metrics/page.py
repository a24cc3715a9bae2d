"""The page that Prometheus reads, and a port of its own for it.

Nobody is asked who he is: the page has counts and times and no secrets, and
ids of the largest clusters. It belongs on an address that only the monitoring
reaches.
"""

import logging
import os
from collections.abc import Callable
from collections.abc import Iterable
from typing import Any

import prometheus_client as prometheus
from prometheus_client import multiprocess

from autoscale.metrics import measures

LOG = logging.getLogger(__name__)

PATH = '/metrics'

#: Set for a WSGI server with several processes: a directory in which each
#: keeps its counts, and from which whoever is asked adds them up.
SHARED = 'PROMETHEUS_MULTIPROC_DIR'


def application() -> Callable[..., Iterable[bytes]]:
    """The page as a WSGI application."""
    page: Callable[..., Iterable[bytes]] = prometheus.make_wsgi_app(_shown())
    return page


def _shown() -> prometheus.CollectorRegistry:
    if not os.environ.get(SHARED):
        return measures.REGISTRY
    together = prometheus.CollectorRegistry()
    multiprocess.MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return together


class Port:
    """Serves the page on a port of its own, in threads of its own.

    A port that is taken is said in the log and stops nobody: the service is
    worth more than its figures.
    """

    def __init__(self, host: str, port: int) -> None:
        """A port of 0 is none."""
        self._host = host
        self._port = port
        self._serving: tuple[Any, Any] | None = None

    def start(self) -> None:
        if not self._port:
            return
        try:
            self._serving = prometheus.start_http_server(
                self._port, self._host, _shown()
            )
        except OSError as error:
            LOG.warning(
                'no metrics: %s:%d cannot be listened on: %s',
                self._host,
                self._port,
                error,
            )
            return
        LOG.info('metrics at http://%s:%d/metrics', self._host, self._port)

    def stop(self) -> None:
        if self._serving is None:
            return
        server, thread = self._serving
        self._serving = None
        server.shutdown()
        server.server_close()
        thread.join(5)
