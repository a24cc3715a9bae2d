"""A server: what the cloud says of one of ours."""

import dataclasses
from datetime import datetime
from typing import Any

ACTIVE = 'ACTIVE'
BUILD = 'BUILD'
DELETED = 'DELETED'
ERROR = 'ERROR'


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    id: str
    name: str
    status: str | None = None  #: the cloud's word; None when it was not told
    fault: dict[str, Any] | None = None  #: {'code', 'message'} of an ERROR
    tags: tuple[str, ...] | None = None  #: None when they were not told
    addresses: tuple[str, ...] = ()
    zone: str | None = None
    changed_at: datetime | None = None  #: by the cloud's clock; in detail
