"""Who asks: the request context, to and from a dict.

oslo.context does the work; what is ours is the ids that go along into logs,
actions and the calls to other services.
"""

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
