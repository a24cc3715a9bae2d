"""A credential: what an engine acts with for one user in one project."""

import dataclasses
from datetime import datetime

TRUST = 'trust'  # lent by the user to the service, with roles
APPLICATION = 'application_credential'  # made and given by the user

KINDS = (TRUST, APPLICATION)

WORKING = 'working'  # nothing else is known
BROKEN = 'broken'  # Keystone does not accept it; tried again, ever more rarely

STATES = (WORKING, BROKEN)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Credential:
    """The one of its pair; another that is stored has another id."""

    id: str
    user_id: str
    project_id: str
    kind: str
    sealed: str  #: the secret, encrypted; see `db/keys.py`
    state: str
    reason: str | None  #: Keystone's words, when broken
    broken_at: datetime | None
    failures: int  #: trials in a row that failed, for the back-off
    try_at: datetime | None  #: no trial before this, when broken
    created_at: datetime
    updated_at: datetime | None


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """As much of a credential as a pass over a cluster has to know."""

    id: str
    state: str
    reason: str | None
    failures: int
    try_at: datetime | None

    @property
    def is_working(self) -> bool:
        return self.state == WORKING
