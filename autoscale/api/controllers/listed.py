"""What every list of every noun does alike."""

from collections.abc import Callable
from typing import Any

from autoscale.api import answer
from autoscale.api import call as calls
from autoscale.api import paging


def page(
    call: calls.Call,
    listing: paging.Listing,
    collection: str,
    read: Callable[..., list[Any]],
    show: Callable[[Any], dict[str, Any]],
    **filters: Any,
) -> answer.Answer:
    """One page of what `read`, a `page` of db, finds.

    `filters` come from the path and hold besides those of the query.
    """
    asked = listing.page(call.services.conf, call.query)
    arguments = asked.arguments()
    arguments['filters'] = {**asked.filters, **filters}
    items = call.read(read, call.scope(), **arguments)
    url = call.base_url + call.environ['PATH_INFO'].rstrip('/')
    return answer.Answer(
        body=paging.document(collection, items, asked, url, call.pairs(), show)
    )
