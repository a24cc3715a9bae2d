"""An application that listens for lifecycle messages over HTTP."""

import contextlib
import http.server
import json
import ssl
import threading
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any


class Listener:
    """What came, and what is answered: `answers` in turn, then 202."""

    def __init__(self) -> None:
        self.bodies: list[Any] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        #: a status, or a callable that writes to the handler as it likes
        self.answers: list[int | Callable[[Any], None]] = []
        self.port = 0
        self.scheme = 'http'
        self.stopping = threading.Event()

    def url(self, path: str = '/leave', host: str = '127.0.0.1') -> str:
        return f'{self.scheme}://{host}:{self.port}{path}'


@contextlib.contextmanager
def listening(
    context: ssl.SSLContext | None = None, port: int = 0
) -> Iterator[Listener]:
    """A listener on loopback; over TLS with `context`. Port 0 is any."""
    listener = Listener()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # noqa: N802
            length = int(self.headers['Content-Length'])
            listener.bodies.append(json.loads(self.rfile.read(length)))
            listener.headers.append(dict(self.headers))
            listener.paths.append(self.path)
            answer = listener.answers.pop(0) if listener.answers else 202
            if callable(answer):
                answer(self)
                return
            self.send_response(answer)
            self.send_header('Content-Length', '0')
            if 300 <= answer < 400:
                self.send_header('Location', listener.url('/elsewhere'))
            self.end_headers()

        do_GET = do_POST

        def log_message(self, *args: Any) -> None:
            """Tests are quiet."""

    class Server(http.server.ThreadingHTTPServer):
        request_queue_size = 128

        def get_request(self) -> Any:
            connection, address = super().get_request()
            if context is not None:
                connection = context.wrap_socket(
                    connection, server_side=True, do_handshake_on_connect=False
                )
            return connection, address

        def handle_error(self, *args: Any) -> None:
            """A client that hangs up is what some tests are about."""

    server = Server(('127.0.0.1', port), Handler)
    listener.port = server.server_address[1]
    listener.scheme = 'http' if context is None else 'https'
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    try:
        yield listener
    finally:
        listener.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join()


def drop(handler: Any) -> None:
    """No answer: the connection ends."""
    handler.close_connection = True


def drip(listener: Listener) -> Callable[[Any], None]:
    """An answer that never ends, a byte at a time."""

    def answer(handler: Any) -> None:
        handler.close_connection = True
        handler.wfile.write(b'HTTP/1.1 200 OK\r\nX-Slow: ')
        with contextlib.suppress(OSError):
            while not listener.stopping.wait(0.01):
                handler.wfile.write(b'x')

    return answer
