"""Lists: how long a page is, where it begins, in what order, of which items.

The marker is the id of the last item of the page before; the link to the
next page says everything else again.
"""

import dataclasses
import urllib.parse
from collections.abc import Callable
from typing import Any

from oslo_config import cfg

from autoscale import exceptions
from autoscale.api.query import Parameter
from autoscale.api.schemas import shape

_ALWAYS = (
    Parameter(
        name='limit',
        type='integer',
        minimum=1,
        description='Items on this page at most; the service has a bound.',
    ),
    Parameter(
        name='marker',
        description='The id of the last item of the page before.',
    ),
)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """What to ask the database for."""

    filters: dict[str, Any]
    sort: list[tuple[str, str]]
    limit: int
    marker: str | None
    all_projects: bool

    def arguments(self) -> dict[str, Any]:
        """For a `page` of db; one more than the limit tells of a next one."""
        return {
            'filters': self.filters,
            'sort': self.sort,
            'limit': self.limit + 1,
            'marker': self.marker,
        }


class Listing:
    """Which filters and sort keys a list has."""

    def __init__(
        self,
        filters: tuple[Parameter, ...] = (),
        sorts: tuple[str, ...] = ('created_at',),
        default_sort: tuple[tuple[str, str], ...] = (('created_at', 'desc'),),
        crosses_projects: bool = True,
    ) -> None:
        self.filters = tuple(
            dataclasses.replace(each, many=True) for each in filters
        )
        self.sorts = sorts
        self.default_sort = default_sort
        self.parameters = (
            *_ALWAYS,
            Parameter(
                name='sort',
                description='key:asc or key:desc, with commas between; keys: '
                + ', '.join(sorts),
            ),
            *self.filters,
        )
        if crosses_projects:
            self.parameters += (
                Parameter(
                    name='all_projects',
                    type='boolean',
                    description='What every project has; for admins.',
                ),
            )

    def page(self, conf: cfg.ConfigOpts, query: dict[str, Any]) -> Page:
        """What a query, already checked, asks for."""
        limit = query.get('limit', conf.api.default_page_size)
        filters = {
            each.name: query[each.name]
            for each in self.filters
            if each.name in query
        }
        return Page(
            filters=filters,
            sort=self._sort(query.get('sort')),
            limit=min(limit, conf.api.max_page_size),
            marker=query.get('marker'),
            all_projects=query.get('all_projects', False),
        )

    def _sort(self, text: str | None) -> list[tuple[str, str]]:
        if not text:
            return list(self.default_sort)
        order: list[tuple[str, str]] = []
        for each in text.split(','):
            key, _, direction = each.strip().partition(':')
            if key not in self.sorts:
                raise exceptions.InvalidQuery(
                    parameter='sort',
                    reason=f"'{shape.clip(key)}' is unknown; keys: "
                    + ', '.join(self.sorts),
                )
            if direction not in ('', 'asc', 'desc'):
                raise exceptions.InvalidQuery(
                    parameter='sort',
                    reason=f'{key} goes asc or desc, not '
                    f"'{shape.clip(direction)}'",
                )
            if key in dict(order):
                raise exceptions.InvalidQuery(
                    parameter='sort', reason=f'{key} is given twice'
                )
            order.append((key, direction or 'asc'))
        return order


def document(
    collection: str,
    items: list[Any],
    page: Page,
    url: str,
    query_pairs: list[tuple[str, str]],
    show: Callable[[Any], dict[str, Any]],
) -> dict[str, Any]:
    """The body of a list; `url` is of the list itself, without a query."""
    shown = items[: page.limit]
    body: dict[str, Any] = {collection: [show(each) for each in shown]}
    links = []
    if len(items) > page.limit:
        kept = [pair for pair in query_pairs if pair[0] != 'marker']
        query = urllib.parse.urlencode([*kept, ('marker', shown[-1].id)])
        links.append({'rel': 'next', 'href': f'{url}?{query}'})
    body[f'{collection}_links'] = links
    return body
