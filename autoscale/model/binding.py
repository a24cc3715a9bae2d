"""A binding: a policy attached to a cluster, with its own memory."""

import dataclasses
from datetime import datetime
from typing import Any

DEFAULT_PRIORITY = 100


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Binding:
    """The policy's type and spec come along: a plan needs no look-up."""

    cluster_id: str
    policy_id: str
    policy_name: str
    policy_type: str
    policy_spec: dict[str, Any]
    enabled: bool
    observe_only: bool  #: its word is recorded and not followed
    priority: int  #: lower speaks first
    cooldown_until: datetime | None  #: refuses before this; never goes back
    created_at: datetime
    updated_at: datetime | None
