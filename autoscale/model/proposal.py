"""A proposal: what we are about to do, before and after the policies spoke.

A policy takes a proposal and a view and returns a proposal, or raises
`exceptions.Refused`. Nothing here can reach a database or a cloud.
"""

import dataclasses
from datetime import datetime
from typing import Any

from autoscale.model import hook as hooks

OLDEST_FIRST = 'OLDEST_FIRST'
OLDEST_PROFILE_FIRST = 'OLDEST_PROFILE_FIRST'
YOUNGEST_FIRST = 'YOUNGEST_FIRST'
RANDOM = 'RANDOM'
CRITERIA = (OLDEST_FIRST, OLDEST_PROFILE_FIRST, YOUNGEST_FIRST, RANDOM)

CHANGE_IN_CAPACITY = 'CHANGE_IN_CAPACITY'
EXACT_CAPACITY = 'EXACT_CAPACITY'
CHANGE_IN_PERCENTAGE = 'CHANGE_IN_PERCENTAGE'
ADJUSTMENTS = (CHANGE_IN_CAPACITY, EXACT_CAPACITY, CHANGE_IN_PERCENTAGE)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class HookSpec:
    """How a member that leaves is told, and what its silence means."""

    type: str  #: the name of a plug-in of `autoscale.hooks`
    params: dict[str, Any]
    timeout: int  #: seconds from delivery
    heartbeat_limit: int  #: seconds from the first message
    on_timeout: str = hooks.CONTINUE


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Leaving:
    """How members leave."""

    keep_server: bool = False  #: they leave the cluster; their servers stay
    grace_period: int = 0  #: seconds between the end of the hook and deletion
    reduce_desired_capacity: bool = True  #: False: others take their places
    rescind: bool = False  #: a scale-out may take them back while they drain
    hook: HookSpec | None = None
    is_forced: bool = False  #: no hook, no grace: asked for in so many words


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """A change of size, as far as it has been thought through."""

    kind: str  #: an action kind
    current: int  #: the wish before this, with all earlier requests folded in
    to: int  #: the wish after it
    min_size: int
    max_size: int  #: cluster.UNLIMITED for no bound
    asked: int | None = None  #: a count that the caller named
    adjust_by_policy: bool = False  #: a scaling policy has set `to` already
    honours_cooldown: bool = False
    value: float | None = None  #: the measured value that an alarm told
    named: tuple[str, ...] = ()  #: ids of the nodes that the caller named
    criteria: tuple[str, ...] = (OLDEST_FIRST,)  #: tried in turn
    leaving: Leaving = Leaving()
    cooldown: int = 0  #: seconds that the speaking policy wants from now
    words: tuple[str, ...] = ()  #: a sentence from each that spoke

    def says(self, word: str, **changes: Any) -> 'Proposal':
        """The same proposal with `changes`, and a sentence on why."""
        return dataclasses.replace(self, words=(*self.words, word), **changes)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """All that a policy may know besides the proposal."""

    desired: int  #: the wish, with all earlier requests folded in
    actual: int  #: members that count towards it
    min_size: int
    max_size: int
    cooldown_until: datetime | None = None  #: of this policy's own binding
