"""Every request has an id, in the answer, in the log and in the action.

As oslo.middleware has it: ours is new each time; one that the caller sends,
if it looks like one, goes along as the global id. It is written again here
since it runs before everything, the busiest doors included.
"""

import re
import uuid
from collections.abc import Iterable
from typing import Any

from autoscale.api import answer

_GLOBAL = re.compile(
    r'req-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}',
    re.IGNORECASE,
)


class RequestId:
    def __init__(self, app: answer.WSGIApp) -> None:
        self.app = app

    def __call__(
        self, environ: answer.Environ, start_response: answer.StartResponse
    ) -> Iterable[bytes]:
        request_id = f'req-{uuid.uuid4()}'
        environ['openstack.request_id'] = request_id
        given = environ.get('HTTP_X_OPENSTACK_REQUEST_ID', '')
        if _GLOBAL.fullmatch(given):
            environ['openstack.global_request_id'] = given

        def start(
            status: str, headers: list[answer.Header], exc_info: Any = None
        ) -> Any:
            marked = [*headers, ('X-Openstack-Request-Id', request_id)]
            return start_response(status, marked, exc_info)

        return self.app(environ, start)
