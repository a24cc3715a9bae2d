"""The first answer to a request that carried an Idempotency-Key."""

import dataclasses
from datetime import datetime
from typing import Any


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    project_id: str
    key: str
    request_hash: str  #: of method, path and body; another one is a conflict
    status: int
    headers: dict[str, str]
    body: Any
    created_at: datetime
