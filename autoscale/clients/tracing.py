"""What a call to another service is part of, said in a header."""

from autoscale import context

#: As OpenStack's services take it from each other.
HEADER = 'X-OpenStack-Request-ID'


def headers() -> dict[str, str]:
    """The header for the request that this thread is working on, if any."""
    request_id = context.outgoing_id()
    return {} if request_id is None else {HEADER: request_id}
