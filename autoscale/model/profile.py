"""A profile: what a member is made of. Its spec never changes."""

import dataclasses
from datetime import datetime
from typing import Any


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    id: str
    project_id: str
    user_id: str | None
    name: str
    type: str  #: the name of a plug-in of `autoscale.profiles`
    spec: dict[str, Any]
    metadata: dict[str, str]
    created_at: datetime
    updated_at: datetime | None
