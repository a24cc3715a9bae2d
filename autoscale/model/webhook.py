"""A webhook: a URL whose secret is the right to ask one cluster one thing."""

import dataclasses
from datetime import datetime
from typing import Any


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Webhook:
    id: str
    project_id: str
    user_id: str | None
    name: str
    cluster_id: str
    action: str  #: an action kind: scale_out, scale_in, resize, …
    params: dict[str, Any]  #: the action's inputs
    states: list[str]  #: alarm states that trigger: 'alarm', 'ok', 'unknown'
    token_hash: str  #: SHA-256 of the token, hex; the token is shown once
    enabled: bool
    expires_at: datetime | None
    allowed_cidrs: list[str]  #: empty: from everywhere
    triggered: int
    ignored: int
    last_triggered_at: datetime | None
    created_at: datetime
    updated_at: datetime | None
