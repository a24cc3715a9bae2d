"""What goes through the door: a request in, an answer or a refusal out.

These values know HTTP but neither sockets nor services, so a service can be
asked in a test without a server.
"""

import dataclasses
import json
import urllib.parse
import uuid
from collections.abc import Callable
from collections.abc import Mapping
from typing import Any

Headers = tuple[tuple[str, str], ...]

#: Made once: building an encoder costs more than using it on a small body.
encode = json.JSONEncoder(separators=(',', ':')).encode


class Refused(Exception):
    """The service says no; the door spells it in the service's own shape."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        headers: Headers = (),
        title: str | None = None,
    ):
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers
        self.title = title  #: Zaqar and Keystone give an error a title


@dataclasses.dataclass(frozen=True, kw_only=True)
class Caller:
    """Who holds the token: enough to decide, nothing to look up again."""

    user_id: str
    project_id: str | None
    roles: frozenset[str]
    trust_id: str | None = None
    application_credential_id: str | None = None

    @property
    def is_admin(self) -> bool:
        return 'admin' in self.roles


class Answer:
    """What a handler gives back; a body that is not bytes becomes JSON."""

    __slots__ = ('body', 'headers', 'status')

    def __init__(self, status: int, body: Any = None, headers: Headers = ()):
        self.status = status
        self.body = body
        self.headers = headers

    def payload(self) -> bytes:
        """The body as it goes over the wire."""
        if self.body is None:
            return b''
        if isinstance(self.body, bytes):
            return self.body
        return encode(self.body).encode()


class Request:
    """One question. What a handler learns on its way is kept here too."""

    __slots__ = (
        '_find_header',
        '_query',
        'base_url',
        'body',
        'caller',
        'fault',
        'ids',
        'method',
        'path',
        'query_string',
        'request_id',
        'token_text',
        'version',
    )

    def __init__(
        self,
        method: str,
        path: str,
        *,
        query_string: str = '',
        find_header: Callable[[str], str | None] | None = None,
        body: bytes = b'',
        base_url: str = '',
    ):
        self.method = method
        self.path = path
        self.query_string = query_string
        self.body = body
        self.base_url = base_url  #: http://host:port, for links
        self.request_id = f'req-{uuid.uuid4()}'
        self.caller: Caller | None = None  #: None behind an open door
        self.token_text: str | None = None
        self.fault: Any = None  #: a rule that the handler itself must obey
        self.version: Any = None  #: the microversion asked for
        self.ids: list[str] = []  #: resources touched, for the record
        self._find_header = find_header or (lambda name: None)
        self._query: dict[str, list[str]] | None = None

    def header(self, name: str) -> str | None:
        """The header's value, or None; the name is not case sensitive."""
        return self._find_header(name)

    @property
    def query(self) -> Mapping[str, list[str]]:
        """Every query parameter with all its values."""
        if self._query is None:
            self._query = (
                urllib.parse.parse_qs(
                    self.query_string, keep_blank_values=True
                )
                if self.query_string
                else {}
            )
        return self._query

    def parameter(self, name: str) -> str | None:
        """The first value of one query parameter, or None."""
        values = self.query.get(name)
        return values[0] if values else None

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A query parameter that means yes or no."""
        value = self.parameter(name)
        if value is None:
            return default
        return value.lower() in ('', '1', 'true', 'yes', 'on', 't', 'y')

    def json(self) -> Any:
        """The body, decoded; a body that is no JSON is refused."""
        try:
            return json.loads(self.body)
        except ValueError:
            raise Refused(400, 'Malformed request body') from None

    def document(self, key: str) -> dict[str, Any]:
        """The one object that the body wraps, as in {"server": {...}}."""
        body = self.json()
        inner = body.get(key) if isinstance(body, dict) else None
        if not isinstance(inner, dict):
            raise Refused(
                400,
                f'Invalid input for field/attribute {key}. '
                f"'{key}' is a required property",
            )
        return inner
