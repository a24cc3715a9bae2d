"""The HTTP server, and the way of a request through it.

Cheroot reads and keeps the connections; the answer is written here in one
piece, because that is most of what a small answer costs.
"""

import http
import logging
import socket
import threading
import time
from collections.abc import Callable
from collections.abc import Iterable
from email import utils
from typing import Any

import cheroot.server
import cheroot.workers.threadpool

from autoscale.devcloud import exchange
from autoscale.devcloud import faults
from autoscale.devcloud import routing
from autoscale.devcloud import settings
from autoscale.devcloud import traffic

LOG = logging.getLogger(__name__)

#: At the start; calls that hang bring more, so that others go on.
THREADS = 4
MOST_THREADS = 256

#: Clients keep connections; closing one early would look like a fault.
KEEP_ALIVE_SECONDS = 300


class Reception:
    """Takes a request to its handler, through faults and records."""

    def __init__(
        self,
        services: Iterable[routing.Service],
        *,
        rules: faults.Faults,
        record: traffic.Traffic,
        current_settings: Callable[[], settings.Settings],
        clock: Callable[[], float],
    ):
        self._router = routing.Router(services)
        self._faults = rules
        self._traffic = record
        self._settings = current_settings
        self._clock = clock
        self.closing = threading.Event()

    def receive(self, request: exchange.Request) -> exchange.Answer | None:
        """The answer, or None to close the connection without one."""
        service, route, arguments, found = self._router.find(
            request.method, request.path
        )
        if service is None:
            return exchange.Answer(404, {'error': 'no such service'})
        if service.name == 'devcloud':
            return self._handle(service, route, found, request, arguments)
        received_at, started = self._clock(), time.perf_counter()
        operation = route.operation if route else 'unknown'
        delay = self._settings().response_delay_seconds
        if delay:
            self.closing.wait(delay)
        rule = self._faults.take(service.name, operation, request.path)

        def handle() -> exchange.Answer:
            return self._handle(service, route, found, request, arguments)

        answer = (
            handle()
            if rule is None
            else self._spoil(rule, service, request, handle)
        )
        self._traffic.record(
            service.name,
            operation,
            method=request.method,
            path=request.path,
            status=answer.status if answer else None,
            ids=request.ids or arguments[-1:],
            received_at=received_at,
            seconds=time.perf_counter() - started,
            request_id=request.header('X-OpenStack-Request-ID'),
        )
        return answer

    def _handle(
        self,
        service: routing.Service,
        route: routing.Route | None,
        found: int,
        request: exchange.Request,
        arguments: list[str],
    ) -> exchange.Answer:
        try:
            if route is None:
                raise exchange.Refused(found, _LOST[found])
            service.admit(request, route)
            answer = route.handler(request, *arguments)
        except exchange.Refused as refusal:
            answer = exchange.Answer(
                refusal.status, service.spell(refusal), refusal.headers
            )
        except Exception:
            LOG.exception('%s %s failed', request.method, request.path)
            failure = exchange.Refused(500, 'Unexpected error, see the log.')
            answer = exchange.Answer(500, service.spell(failure))
        answer.headers += service.headers(request)
        return answer

    def _spoil(
        self,
        rule: faults.Rule,
        service: routing.Service,
        request: exchange.Request,
        handle: Callable[[], exchange.Answer],
    ) -> exchange.Answer | None:
        """What becomes of a call that meets a fault."""
        match rule.kind:
            case 'drop':
                return None
            case 'done_then_drop':
                handle()
                return None
            case 'hang':
                answer = handle()
                self.closing.wait(rule.seconds)
                return answer
            case 'slow':
                self.closing.wait(rule.seconds)
                return handle()
            case 'error' | 'flat_error' | 'empty':
                return _error(rule, service, request)
        request.fault = rule
        return handle()


def _error(
    rule: faults.Rule, service: routing.Service, request: exchange.Request
) -> exchange.Answer:
    message = rule.message or http.HTTPStatus(rule.status).phrase
    headers: exchange.Headers = service.headers(request)
    if rule.retry_after is not None:
        headers += (('Retry-After', str(rule.retry_after)),)
    if rule.kind == 'empty':
        body = None
    elif rule.kind == 'flat_error':
        body = {'error': message}
    else:
        body = service.spell(
            exchange.Refused(rule.status, message, headers=headers)
        )
    return exchange.Answer(rule.status, body, headers)


_LOST = {
    404: 'The resource could not be found.',
    405: 'The method is not allowed for this resource.',
}


class _Gateway(cheroot.server.Gateway):
    """Cheroot's hook: one of these per request."""

    def respond(self) -> None:
        request = self._read()
        server: Any = self.req.server
        answer = server.reception.receive(request)
        if answer is None:
            self._hang_up()
        else:
            self._write(request, answer)

    def _read(self) -> exchange.Request:
        seen = self.req
        headers = seen.inheaders

        def find_header(name: str) -> str | None:
            value = headers.get(name.title().encode())
            return None if value is None else value.decode('latin-1')

        body = b''
        if seen.chunked_read or headers.get(b'Content-Length', b'0') != b'0':
            body = seen.rfile.read()
        return exchange.Request(
            seen.method.decode(),
            seen.path.decode(),
            query_string=seen.qs.decode('latin-1'),
            find_header=find_header,
            body=body,
            base_url=seen.server.base_url,
        )

    def _write(
        self, request: exchange.Request, answer: exchange.Answer
    ) -> None:
        seen = self.req
        payload = answer.payload()
        status = answer.status
        lines = [f'HTTP/1.1 {status} {_PHRASES.get(status, "Unknown")}']
        lines.append(f'Date: {utils.formatdate(usegmt=True)}')
        lines.extend(f'{name}: {value}' for name, value in answer.headers)
        if payload:
            is_page = payload.startswith(b'<')
            kind = 'text/html; charset=UTF-8' if is_page else _JSON
            lines.append(f'Content-Type: {kind}')
        if status >= 200 and status not in (204, 304):
            lines.append(f'Content-Length: {len(payload)}')
        if seen.close_connection:
            lines.append('Connection: close')
        elif seen.response_protocol == 'HTTP/1.0':
            lines.append('Connection: Keep-Alive')
        lines.append('\r\n')
        head = '\r\n'.join(lines).encode('latin-1')
        seen.sent_headers = True
        with_body = request.method != 'HEAD' and status not in (204, 304)
        seen.conn.wfile.write(head + payload if with_body else head)

    def _hang_up(self) -> None:
        self.req.sent_headers = True
        self.req.close_connection = True
        try:
            self.req.conn.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            LOG.debug('the client was gone first')


_JSON = 'application/json'

_PHRASES = {status.value: status.phrase for status in http.HTTPStatus}


class _Crew(cheroot.workers.threadpool.ThreadPool):
    """Threads that answer; one joins when all are busy."""

    def __init__(self, server: Any, *, least: int, most: int):
        super().__init__(server, min=least, max=most)
        # Any: cheroot's own types do not show what its pool is made of.
        self._members: Any = self._threads  # type: ignore[attr-defined]
        self._worker: Any = cheroot.workers.threadpool.WorkerThread

    def start(self) -> None:
        """Without the wait for each thread: connections queue anyway."""
        for _ in range(self.min):
            self._join()

    def put(self, obj: Any) -> None:
        # Reading the list of threads without a lock may bring one thread
        # too many, never one too few.
        if self.idle <= self.qsize and len(self._members) < self.max:
            self._join()
        super().put(obj)

    def _join(self) -> None:
        worker = self._worker(self.server)
        # A cloud that nobody stopped must not keep its process alive.
        worker.daemon = True
        worker.start()
        self._members.append(worker)


class Server:
    """Listens on loopback only, in threads of its own."""

    def __init__(self, reception: Reception, port: int = 0):
        self._reception = reception
        self._thread: threading.Thread | None = None
        # Any: cheroot's own types are narrower than what it lets us set.
        listener: Any = cheroot.server.HTTPServer(
            ('127.0.0.1', port), gateway=_Gateway
        )
        self._http = listener
        self._http.reception = reception
        self._http.requests = _Crew(
            self._http, least=THREADS, most=MOST_THREADS
        )
        self._http.request_queue_size = 512
        self._http.timeout = KEEP_ALIVE_SECONDS
        self._http.shutdown_timeout = 2
        self._http.keep_alive_conn_limit = None
        #: how long stop() may have to wait for the accepting loop
        self._http.expiration_interval = 0.02
        self._http.error_log = _log

    def start(self) -> int:
        """Listen, and give the port."""
        self._http.prepare()
        port: int = self._http.bind_addr[1]
        self._http.base_url = f'http://127.0.0.1:{port}'
        self._thread = threading.Thread(
            target=self._http.serve, name='devcloud', daemon=True
        )
        self._thread.start()
        return port

    def stop(self) -> None:
        """Close the port and every connection; hanging calls are cut."""
        if self._thread is None:
            return
        self._reception.closing.set()
        self._http.stop()
        self._thread.join()
        self._thread = None


def _log(message: str = '', level: int = 20, traceback: bool = False) -> None:
    LOG.log(level, message, exc_info=traceback)
