"""How an answer leaves: status, JSON body, headers."""

import dataclasses
import http
import json
from collections.abc import Callable
from collections.abc import Iterable
from typing import Any

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
WSGIApp = Callable[[Environ, StartResponse], Iterable[bytes]]
Header = tuple[str, str]

JSON = 'application/json'


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What a controller says; `body` is anything that JSON can hold."""

    status: int = 200
    body: Any = None  #: None: there is no body
    headers: tuple[Header, ...] = ()

    def content(self) -> bytes:
        if self.body is None:
            return b''
        return json.dumps(self.body, separators=(',', ':')).encode()

    def header_list(self, length: int) -> list[Header]:
        headers = list(self.headers)
        if self.body is not None:
            headers.append(('Content-Type', JSON))
        if self.status != 204:
            headers.append(('Content-Length', str(length)))
        return headers

    def send(
        self, environ: Environ, start_response: StartResponse
    ) -> list[bytes]:
        content = self.content()
        start_response(
            status_line(self.status), self.header_list(len(content))
        )
        return [] if environ['REQUEST_METHOD'] == 'HEAD' else [content]


def status_line(status: int) -> str:
    return f'{status} {phrase(status)}'


def phrase(status: int) -> str:
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return 'Unknown'
