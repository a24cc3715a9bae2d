"""The standing of the whole service: sums over all clusters, for monitoring.

Nothing is decided by it.
"""

import dataclasses


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Size:
    """How many members are desired, and how many are in service."""

    desired: int
    actual: int


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    clusters: dict[str, int]  #: how many are in each status
    largest: dict[str, Size]  #: by id, those with the most members desired
    others: Size  #: all the rest together
    waiting: dict[int, int]  #: seconds: open hooks that are older than that
    undelivered: int  #: open hooks whose message could not be sent yet
