"""A session of requests that connects to an address and trusts a name.

The URL names an address that was looked at before; the Host header names the
host, which is what the certificate must be for. An answer has a limit in
all, since a target could otherwise hold a thread by sending a byte at a time.
"""

import contextlib
import socket
import threading
from http import client
from http import cookiejar
from typing import Any

import requests
import requests.adapters
from urllib3 import connection
from urllib3 import connectionpool


def session(
    ca_file: str | None, *, seconds: float, connections: int
) -> requests.Session:
    """Nothing of the environment, no cookies; safe to share by threads.

    `ca_file` replaces the public authorities. `seconds` is the limit for an
    answer, from the request to the end of its headers. `connections` are
    used at the same time.
    """
    made = requests.Session()
    made.trust_env = False
    made.cookies.set_policy(cookiejar.DefaultCookiePolicy(allowed_domains=[]))
    made.verify = ca_file or True
    adapter = _ByAddress(seconds, connections)
    made.mount('https://', adapter)
    made.mount('http://', adapter)
    return made


class _ByAddress(requests.adapters.HTTPAdapter):
    """The certificate is checked for the host of the Host header."""

    def __init__(self, seconds: float, connections: int) -> None:
        super().__init__(pool_maxsize=connections)
        self.poolmanager.pool_classes_by_scheme = {
            'http': _limited(connectionpool.HTTPConnectionPool, seconds),
            'https': _limited(connectionpool.HTTPSConnectionPool, seconds),
        }

    def build_connection_pool_key_attributes(
        self, request: Any, verify: Any, cert: Any = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        where, how = super().build_connection_pool_key_attributes(
            request, verify, cert
        )
        if where['scheme'] == 'https':
            host = _without_port(request.headers['Host'])
            how = {**how, 'server_hostname': host, 'assert_hostname': host}
        return where, how


def _without_port(authority: str) -> str:
    if authority.startswith('['):
        return authority[1:].partition(']')[0]
    return authority.partition(':')[0]


def _limited(pool: Any, seconds: float) -> Any:
    """The same pool with connections that wait for `seconds` in all."""

    class Limited(pool.ConnectionCls):  # type: ignore[misc]
        def getresponse(self) -> Any:
            is_over = threading.Event()
            limit = threading.Timer(seconds, _cut, [self, is_over])
            limit.daemon = True
            limit.start()
            try:
                response = super().getresponse()
            except (OSError, client.HTTPException) as error:
                if is_over.is_set():
                    raise _too_long() from error
                raise
            finally:
                limit.cancel()
            if is_over.is_set():  # headers that end early look complete
                response.close()
                raise _too_long()
            return response

    return type(pool.__name__, (pool,), {'ConnectionCls': Limited})


def _too_long() -> TimeoutError:
    return TimeoutError('the answer took too long')


def _cut(wire: connection.HTTPConnection, is_over: threading.Event) -> None:
    """Whoever waits on this connection sees it end."""
    is_over.set()
    if wire.sock is not None:
        with contextlib.suppress(OSError):  # it ended by itself
            wire.sock.shutdown(socket.SHUT_RDWR)
