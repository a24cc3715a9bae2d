"""How Nova is spoken to: novaclient, its version, its HTTP, its pages.

novaclient's own errors are not used: it makes an AttributeError of a body
that it cannot read, and drops what a 503 says of when to come again.
"""

import threading
from collections.abc import Iterable
from collections.abc import Mapping
from datetime import datetime
from datetime import UTC
from email import utils
from typing import Any
from urllib import parse

import novaclient
import requests
from keystoneauth1 import exceptions as keystone
from novaclient import api_versions
from novaclient import client as novaclients

from autoscale import exceptions
from autoscale.clients import failure
from autoscale.clients import tracing

SERVICE = 'nova'

#: Servers take tags when they are created from this microversion on.
_LEAST = api_versions.APIVersion('2.52')

#: Items of a page that no Nova would call half a page: its own limit,
#: `[api] max_limit`, is 1,000 unless an operator says otherwise.
_SHORT = 250


class Compute:
    """Calls to one Nova; safe to share between threads."""

    def __init__(
        self,
        *,
        timeout: float | None,
        page_size: int | None,
        **to: Any,
    ) -> None:
        """`to` is the session, auth, region_name and interface."""
        self._to = to
        self._timeout = timeout
        self._page_size = page_size
        self._lock = threading.Lock()
        self._made: Any = None

    def client(self) -> Any:
        """novaclient at the highest microversion that both sides speak.

        For use within `failure.told_as`.
        """
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made

    def _make(self) -> Any:
        wire = _Wire(
            service_type='compute', user_agent='autoscale', **self._to
        )
        wire.seconds = self._timeout
        wire.api_version = _spoken(wire)
        made = novaclients.Client(
            wire.api_version, session=self._to['session']
        )
        made.client = wire
        return made

    def get(self, path: str) -> Any:
        """The body of an answer."""
        return self.repeatable('GET', path)

    def get_dated(self, path: str) -> tuple[Any, datetime]:
        """The body of an answer, and the date that the service put on it."""
        response, body = self._repeat('GET', path)
        return body, _date(response)

    def repeatable(self, method: str, path: str) -> Any:
        """The body of an answer to a call that may be sent twice.

        A kept connection may end just as it is used again: that says
        nothing about the service, so it is tried once more.
        """
        return self._repeat(method, path)[1]

    def _repeat(self, method: str, path: str) -> tuple[requests.Response, Any]:
        operation = f'{method} {path.partition("?")[0]}'
        for is_last in (False, True):
            try:
                with failure.told_as(SERVICE, operation):
                    wire = self.client().client
                    response, body = wire.request(path, method)
                    return response, body
            except exceptions.CloudIsUnwell as unwell:
                if is_last or not _was_cut(unwell):
                    raise
        raise AssertionError('the second try answers or raises')

    def date(self) -> datetime:
        """The date that the service puts on an answer, to the second."""
        with failure.told_as(SERVICE, 'tell the time'):
            response, _ = self.client().client.request(
                '/servers?limit=1', 'GET'
            )
        return _date(response)

    def pages(
        self, path: str, key: str, query: Mapping[str, Any]
    ) -> Iterable[Mapping[str, Any]]:
        """Every item of every page; a short last page costs no further call.

        Nova leaves out the link to the next page of a page that is not full,
        and a page can come to be so without being the last: a server that
        Nova is just handing to a cell counts twice and is shown once. Such a
        page is at least half full, so after those one more is asked for.
        """
        query = dict(query)
        short = _SHORT
        if self._page_size is not None:
            query['limit'] = self._page_size
            short = self._page_size / 2
        seen: set[str] = set()
        while True:
            asked = parse.urlencode(query, safe=',:')
            body = self.get(f'{path}?{asked}' if asked else path)
            with failure.told_as(SERVICE, f'GET {path}'):
                page = [dict(each) for each in body[key]]
                marker = _next_marker(body.get(f'{key}_links'))
            yield from page
            if marker is None and len(page) >= short:
                marker = page[-1]['id']
            if not page or marker is None or marker in seen:
                return
            seen.add(marker)
            query['marker'] = marker


class _Wire(novaclients.SessionClient):  # type: ignore[misc]
    """novaclient's HTTP with a time limit and errors that can be read."""

    seconds: float | None = None

    def request(
        self, url: str, method: str, **kwargs: Any
    ) -> tuple[requests.Response, Any]:
        kwargs['raise_exc'] = False
        kwargs['headers'] = {**kwargs.get('headers', {}), **tracing.headers()}
        if self.seconds is not None:
            kwargs.setdefault('timeout', self.seconds)
        if method == 'POST':
            kwargs['log'] = False  # user data is in it
        response, body = super().request(url, method, **kwargs)
        if response.status_code >= 400:
            raise failure.bad_answer(response)
        return response, body


def _spoken(wire: _Wire) -> api_versions.APIVersion:
    """The highest microversion of both sides."""
    data = wire.get_endpoint_data()
    if data is None:
        raise keystone.EndpointNotFound(
            'The catalogue has no compute service in this region.'
        )
    if data.max_microversion is None:
        raise keystone.DiscoveryFailure(
            f'{data.url} does not say which versions it speaks.'
        )
    offered = api_versions.APIVersion(
        '.'.join(str(each) for each in data.max_microversion)
    )
    if offered < _LEAST:
        raise exceptions.RequestIsWrong(
            service=SERVICE,
            operation='discover',
            reason=(
                f'it speaks up to {offered.get_string()}, and servers take '
                f'tags only from {_LEAST.get_string()} on'
            ),
        )
    return min(offered, novaclient.API_MAX_VERSION)


def _date(response: requests.Response) -> datetime:
    """When it was answered by the service's clock, to the second.

    By our own, if it does not say so, or in a way that cannot be read.
    """
    try:
        said = utils.parsedate_to_datetime(response.headers['Date'])
    except (KeyError, ValueError):
        return datetime.now(UTC).replace(microsecond=0)
    return said.astimezone(UTC)


def _was_cut(unwell: exceptions.CloudIsUnwell) -> bool:
    return any(
        isinstance(each, requests.ConnectionError)
        and not isinstance(each, requests.Timeout)
        for each in failure.causes(unwell)
    )


def _next_marker(links: Any) -> str | None:
    """The marker of the next page; its host may be one that we cannot use."""
    for link in links or []:
        if link.get('rel') == 'next':
            asked = parse.parse_qs(parse.urlsplit(link['href']).query)
            return str(asked['marker'][0]) if 'marker' in asked else None
    return None
