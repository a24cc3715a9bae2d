"""Facts: all that a plan may know.

They are gathered once at the start of a pass and never change during it.
What is at rest is counted, not read: `nodes` holds the members that move or
need a decision, and everyone only when somebody must be chosen.
"""

import dataclasses
from datetime import datetime

from autoscale.model.action import Action
from autoscale.model.binding import Binding
from autoscale.model.cluster import Cluster
from autoscale.model.hook import Hook
from autoscale.model.node import Node
from autoscale.model.profile import Profile
from autoscale.model.server import Server


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """What the operator decided; all times in seconds."""

    launch_batch: int = 100  #: servers in one create call at the most
    #: A create call that nobody heard of again may be at work for so long.
    launch_patience: float = 60.0
    build_timeout: float = 1200.0  #: a server not ACTIVE by then is an error
    action_timeout: float = 3600.0  #: then an action is FAILED; work goes on
    capacity_backoff: float = 30.0  #: after the first 'no room', doubling
    capacity_backoff_limit: float = 600.0
    retry_backoff: float = 1.0  #: after the first failed call, doubling
    retry_backoff_limit: float = 60.0
    poll_interval: float = 0.4  #: the least time between looks at Nova
    poll_interval_limit: float = 5.0
    public_url: str = ''  #: where applications reach the API


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Truth:
    """What Nova said in this pass, as far as it was asked."""

    #: Launches whose servers were all listed, and all that was listed.
    listed_launches: frozenset[str] = frozenset()
    listed: tuple[Server, ...] = ()
    #: Servers seen in service among those that moved.
    arrived: frozenset[str] = frozenset()
    #: Servers in ERROR, with their faults and the faults' kinds.
    broken: tuple[Server, ...] = ()
    #: All servers of the cluster, if they were listed for a check.
    members: frozenset[str] | None = None
    trouble: str | None = None  #: why Nova could not be asked
    retry_after: float | None = None  #: seconds that Nova asked us to wait


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    cluster: Cluster
    profile: Profile | None
    bindings: tuple[Binding, ...]
    actions: tuple[Action, ...]  #: the open ones, in order
    counts: dict[str, int]  #: members by status
    nodes: tuple[Node, ...]
    #: Servers of all members of launches of which some servers are not known,
    #: also of members at rest or gone: nobody else may have them.
    held: frozenset[str]
    hooks: tuple[Hook, ...]  #: of nodes in `nodes`
    open_nodes: dict[str, dict[str, int]]  #: action id: status: members
    next_deadline: datetime | None  #: the earliest of open hooks
    next_delete_at: datetime | None  #: the earliest end of a grace period
    next_attempt_at: datetime | None  #: the earliest message owed
    #: What a request names: reference to node ids (several: ambiguous).
    named: dict[str, tuple[str, ...]]
    truth: Truth | None  #: None: Nova was not asked in this pass
    ask_again_at: datetime | None = None  #: not asked, since asked just now
    #: Why the engine may not act for the owner now; None: it may.
    locked_reason: str | None = None
    unlock_at: datetime | None = None  #: when that may be another matter
    settings: Settings = Settings()
