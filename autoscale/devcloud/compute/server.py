"""One server, and what it is at a given moment.

Nothing happens to a server while nobody looks: every state follows from
moments written down when something was asked for.
"""

import dataclasses
from typing import Any

from autoscale.devcloud.compute import flavor as flavors

#: How long a deleted server stays known to changes-since.
REMEMBERED_SECONDS = 3600.0


# Not frozen: a cloud of ten thousand of them changes them in place.
@dataclasses.dataclass(slots=True, kw_only=True)
class Server:
    id: str
    number: int  #: order of creation, which is the order of lists
    name: str
    project_id: str
    user_id: str
    flavor_id: str
    image_id: str  #: empty when booted from a volume
    created_at: float
    built_at: float  #: ACTIVE from here on, or ERROR if doomed
    changed_at: float  #: the last thing that was asked of it
    reservation_id: str
    placed_at: float = 0.0  #: has a host from here on
    #: Its request failed before it had a host: it is in lists for ever, and
    #: cannot be found any more once somebody asks for its end.
    is_given_up: bool = False
    launch_index: int = 0
    tags: list[str] = dataclasses.field(default_factory=list)
    metadata: dict[str, str] = dataclasses.field(default_factory=dict)
    has_network: bool = True
    network: str = 'private'
    key_name: str | None = None
    zone: str = flavors.DEFAULT_ZONE
    description: str | None = None
    hostname: str = ''
    user_data: str | None = None
    config_drive: bool = False
    security_groups: list[str] = dataclasses.field(default_factory=list)
    group_id: str | None = None
    fault: str | None = None  #: why it is, or will be, in ERROR
    is_stopped: bool = False
    is_rebuilding: bool = False
    deleted_at: float | None = None  #: when the delete was asked for
    gone_at: float | None = None  #: when it is no longer there

    @property
    def flavor(self) -> flavors.Flavor:
        return flavors.FLAVORS[self.flavor_id]

    @property
    def address(self) -> str | None:
        """Follows from the number, so that it needs no keeping."""
        if not self.has_network:
            return None
        high, low = divmod(self.number, 256)
        return f'10.{high // 256 % 256}.{high % 256}.{low}'

    def is_gone(self, now: float) -> bool:
        return self.gone_at is not None and now >= self.gone_at

    @property
    def is_lost(self) -> bool:
        """Whether it is listed, and cannot be found by its id."""
        return self.is_given_up and self.deleted_at is not None

    def is_building(self, now: float) -> bool:
        return self.is_given_up or now < self.built_at

    def is_being_placed(self, now: float) -> bool:
        return self.is_given_up or now < self.placed_at

    def status(self, now: float) -> str:
        """What Nova calls `status`."""
        if self.gone_at is not None and now >= self.gone_at:
            return 'DELETED'
        if self.is_building(now):
            return 'REBUILD' if self.is_rebuilding else 'BUILD'
        if self.fault is not None:
            return 'ERROR'
        return 'SHUTOFF' if self.is_stopped else 'ACTIVE'

    def task(self, now: float) -> str | None:
        """What Nova calls `OS-EXT-STS:task_state`."""
        if self.is_gone(now):
            return None
        if self.deleted_at is not None and not self.is_given_up:
            return 'deleting'
        if not self.is_building(now):
            return None
        if self.is_rebuilding:
            return 'rebuilding'
        return 'scheduling' if self.is_being_placed(now) else 'spawning'

    def updated_at(self, now: float) -> float:
        """The last moment at which anything about it changed."""
        moments = [self.changed_at, self.gone_at or 0.0]
        if not self.is_given_up:
            moments += [self.placed_at, self.built_at]
        return max(moment for moment in moments if moment <= now)

    def record(self) -> dict[str, Any]:
        """All of it, as the journal keeps it."""
        return {name: getattr(self, name) for name in _FIELDS}


_FIELDS = tuple(field.name for field in dataclasses.fields(Server))
