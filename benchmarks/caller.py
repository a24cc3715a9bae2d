"""Calls over HTTP, one at a time, on a connection that is kept."""

import http.client
import json
import time
from collections.abc import Callable
from typing import Any
from urllib import parse

_JSON = {'Content-Type': 'application/json'}

#: Seconds between two looks at something that is awaited.
LOOK = 0.2

#: Seconds without a request after which a server may hang up.
_IDLE = 15.0


class Refused(Exception):
    """An answer of 400 or above."""


class Caller:
    """JSON to and from one server, for one thread."""

    def __init__(self, url: str, project: str = '') -> None:
        """`url` is what every path is put behind; `project` is whose."""
        parts = parse.urlsplit(url)
        self._whose = {'X-Project-Id': project} if project else {}
        self._base = parts.path.rstrip('/')
        self._connection = http.client.HTTPConnection(
            parts.hostname or '', parts.port, timeout=120
        )
        self._used = time.monotonic()

    def close(self) -> None:
        self._connection.close()

    def get(self, path: str) -> Any:
        return self.call('GET', path)

    def post(self, path: str, body: Any = None) -> Any:
        return self.call('POST', path, body)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """The answer's body; raises Refused."""
        content = None if body is None else json.dumps(body).encode()
        if time.monotonic() - self._used > _IDLE:
            self._connection.close()  # it is opened again by the request
        headers = {**self._whose, **(_JSON if content else {})}
        self._connection.request(method, self._base + path, content, headers)
        answer = self._connection.getresponse()
        text = answer.read()
        self._used = time.monotonic()
        if answer.status >= 400:
            raise Refused(f'{method} {path}: {answer.status} {text!r}')
        return json.loads(text) if text else None


def wait_until(
    is_so: Callable[[], bool], *, seconds: float = 600.0, look: float = LOOK
) -> None:
    """Look every `look` seconds; raises TimeoutError after `seconds`."""
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            raise TimeoutError(f'it is not so after {seconds:.0f} s')
        time.sleep(look)
