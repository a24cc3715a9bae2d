"""A scaling policy as it is kept; what it decides is a plug-in's."""

import dataclasses
from datetime import datetime
from typing import Any


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    id: str
    project_id: str
    user_id: str | None
    name: str
    type: str  #: the name of a plug-in of `autoscale.policies`
    spec: dict[str, Any]
    metadata: dict[str, str]
    created_at: datetime
    updated_at: datetime | None
