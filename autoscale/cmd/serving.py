"""The API on a port of this process, for one host and for trying out.

Behind many users run `autoscale.wsgi.api:application` under a WSGI server of
your choice instead.
"""

import gc
import logging
import threading
from typing import Any

from cheroot import wsgi
from oslo_config import cfg

LOG = logging.getLogger(__name__)

#: Bytes of a request's line and headers; cheroot itself takes any number. A
#: token of a large catalogue has a few thousand.
MOST_HEADERS = 65_536

#: Connections that are kept open between requests; whoever comes when there
#: are so many has his closed after the answer. An idle one costs no thread and
#: lasts 30 seconds; cheroot's own 10 are fewer than one proxy keeps.
KEPT = 256


class HTTPServer:
    """cheroot, with our limits and a start that says the port."""

    def __init__(self, conf: cfg.ConfigOpts, application: Any) -> None:
        self._server = wsgi.Server(
            (conf.api.host, conf.api.port),
            application,
            numthreads=conf.api.threads,
            request_queue_size=256,
            timeout=30,
            shutdown_timeout=5,
        )
        self._server.server_name = 'autoscale'
        self._server.max_request_header_size = MOST_HEADERS
        self._server.keep_alive_conn_limit = KEPT
        self._thread = threading.Thread(
            target=self._serve, name='http', daemon=True
        )
        self.error: BaseException | None = None

    def bind(self) -> str:
        """Take the port; answers the URL. Raises OSError when it is taken."""
        self._server.prepare()
        host, port = self._server.bind_addr[:2]
        if ':' in host:
            host = f'[{host}]'
        return f'http://{host}:{port}'

    def start(self) -> None:
        # What is there by now stays: it need not be looked through for
        # garbage again and again.
        gc.collect()
        gc.freeze()
        self._thread.start()

    def stop(self) -> None:
        self._server.stop()
        if self._thread.ident is not None:
            self._thread.join(10)

    def _serve(self) -> None:
        try:
            self._server.serve()
        except BaseException as error:  # said where start was called
            self.error = error
            LOG.exception('the HTTP server ended')
