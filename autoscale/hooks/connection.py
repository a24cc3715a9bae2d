"""A session of requests that connects to an address and trusts a name.

The URL names an address that was looked at before; the Host header names the
host, which is what the certificate must be for. An answer has a limit in
all, since a target could otherwise hold a thread by sending a byte at a time.
"""

import threading
from http import cookiejar
from typing import Any

import requests
import requests.adapters
from urllib3 import connection
from urllib3 import connectionpool


def session(ca_file: str | None, seconds: float) -> requests.Session:
    """Nothing of the environment, no cookies; safe to share by threads.

    `seconds` is the limit for an answer, from the request to the end of its
    headers. `ca_file` replaces the public authorities.
    """
    made = requests.Session()
    made.trust_env = False
    made.cookies.set_policy(cookiejar.DefaultCookiePolicy(allowed_domains=[]))
    made.verify = ca_file or True
    adapter = _ByAddress(seconds)
    made.mount('https://', adapter)
    made.mount('http://', adapter)
    return made


class _ByAddress(requests.adapters.HTTPAdapter):
    """The certificate is checked for the host of the Host header."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
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


def _limited(pool: type, seconds: float) -> type:
    """The same pool with connections that wait for `seconds` in all."""

    class Limited(pool.ConnectionCls):  # type: ignore[name-defined,misc]
        def getresponse(self) -> Any:
            limit = threading.Timer(seconds, _cut, [self])
            limit.daemon = True
            limit.start()
            try:
                return super().getresponse()
            finally:
                limit.cancel()

    return type(pool.__name__, (pool,), {'ConnectionCls': Limited})


def _cut(wire: connection.HTTPConnection) -> None:
    """Whoever waits on this connection sees it end."""
    if wire.sock is not None:
        try:
            wire.sock.shutdown(2)
        except OSError:
            return  # it ended by itself
