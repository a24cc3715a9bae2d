"""Where a webhook may go: which addresses, and never another one.

Whoever may write a policy names a URL that the engine posts to, from inside
the operator's network. So a host is resolved once, every address of it is
looked at, and the connection is made to such an address and not to the name,
which might answer differently a moment later.
"""

import dataclasses
import ipaddress
import socket
from collections.abc import Callable
from typing import Any
from urllib import parse

_NAT64 = ipaddress.IPv6Network('64:ff9b::/96')
_PORTS = {'http': 80, 'https': 443}

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class TargetRefused(Exception):
    """The URL is one that we do not post to; the text says why."""


class TargetUnknown(Exception):
    """The host has no address now; it may have one later."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    scheme: str
    host: str  #: as it was written: for certificates and the Host header
    port: int
    path: str  #: with the query
    addresses: tuple[str, ...]  #: all looked at, in the resolver's order

    def url_of(self, address: str) -> str:
        """The URL of the same thing at one address."""
        literal = f'[{address}]' if ':' in address else address
        return f'{self.scheme}://{literal}:{self.port}{self.path}'

    @property
    def authority(self) -> str:
        """What belongs into the Host header."""
        host = f'[{self.host}]' if ':' in self.host else self.host
        if self.port == _PORTS[self.scheme]:
            return host
        return f'{host}:{self.port}'


def resolved(
    url: str,
    *,
    allow_private: bool,
    allow_http: bool,
    resolve: Callable[..., Any] = socket.getaddrinfo,
) -> Target:
    """The target of `url`, looked up and looked at.

    Raises TargetRefused, or TargetUnknown when the name does not resolve.
    """
    try:
        parts = parse.urlsplit(url)
        port = parts.port
    except ValueError:
        raise TargetRefused('the URL is malformed') from None
    if parts.scheme not in _PORTS:
        raise TargetRefused('the URL is neither https nor http')
    if parts.scheme == 'http' and not allow_http:
        raise TargetRefused('plain http is not allowed here')
    if parts.username is not None or parts.password is not None:
        raise TargetRefused('the URL has a user name or a password in it')
    if not parts.hostname:
        raise TargetRefused('the URL has no host')
    port = _PORTS[parts.scheme] if port is None else port
    addresses = _addresses(parts.hostname, port, resolve)
    if not allow_private:
        for address in addresses:
            _refuse_unless_public(address, parts.hostname)
    path = parts.path or '/'
    return Target(
        scheme=parts.scheme,
        host=parts.hostname,
        port=port,
        path=f'{path}?{parts.query}' if parts.query else path,
        addresses=addresses,
    )


def is_public(address: str) -> bool:
    """Whether it is an address on the internet, and of one host.

    An IPv6 address that carries an IPv4 one is as public as that is.
    """
    try:
        found = ipaddress.ip_address(address.partition('%')[0])
    except ValueError:
        return False
    inner = _inner(found)
    if inner is not None:
        return is_public(str(inner))
    return found.is_global and not found.is_multicast


def _inner(address: Address) -> ipaddress.IPv4Address | None:
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if address.teredo:
        return address.teredo[1]
    return address.ipv4_mapped or address.sixtofour


def _addresses(
    host: str, port: int, resolve: Callable[..., Any]
) -> tuple[str, ...]:
    try:
        found = resolve(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise TargetUnknown(f'the name {host} has no address') from None
    return tuple(dict.fromkeys(str(each[4][0]) for each in found))


def _refuse_unless_public(address: str, host: str) -> None:
    if not is_public(address):
        raise TargetRefused(
            f'{host} is at {address}, which is not a public address; the '
            'operator does not allow such targets'
        )
