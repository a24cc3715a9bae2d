"""Who asks: the request context, to and from a dict.

oslo.context does the work; what is ours is the ids that go along into logs,
actions and the calls to other services.
"""

import contextlib
import dataclasses
from collections.abc import Iterator

from oslo_context import context


class RequestContext(context.RequestContext):
    """The caller of one API request, as keystonemiddleware described it."""

    def summary(self) -> dict[str, str | None]:
        """Who asked, in the words that an action keeps as its cause."""
        return {
            'user_id': self.user_id,
            'project_id': self.project_id,
            'request_id': self.request_id,
            'global_request_id': self.global_request_id,
        }


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Asker:
    """For whom something is done after the request itself was answered."""

    request_id: str
    global_request_id: str | None = None  #: what the caller called it
    user_id: str | None = None
    project_id: str | None = None


@contextlib.contextmanager
def on_behalf_of(asker: Asker | None) -> Iterator[None]:
    """Until its end, this thread's log lines and calls carry the ids.

    Nothing is changed for None.
    """
    if asker is None:
        yield
        return
    before = context.get_current()
    RequestContext(  # which makes itself the current one
        request_id=asker.request_id,
        global_request_id=asker.global_request_id,
        user_id=asker.user_id,
        project_id=asker.project_id,
    )
    try:
        yield
    finally:
        # oslo.context has a way to put one there and none to take it away.
        context._request_store.context = before


def outgoing_id() -> str | None:
    """What other services are told that a call is part of, if anything."""
    current = context.get_current()
    return None if current is None else current.global_id


def current() -> context.RequestContext | None:
    """What this thread works on, as other services read it."""
    return context.get_current()


def fresh_id() -> str:
    """An id for what nobody asked for by a request."""
    return context.generate_request_id()
