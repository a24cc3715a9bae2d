"""Changes: what one pass writes, as values, in one transaction.

`nodes`, `hooks`, `actions` and `bindings` map an id to the columns that
change. Hooks and actions may be answered or cancelled at the API while a
pass runs, so theirs carry the status that the plan saw.
"""

import dataclasses
from typing import Any

from autoscale.model.action import Action
from autoscale.model.event import Event
from autoscale.model.hook import Hook
from autoscale.model.node import Node

Columns = dict[str, Any]


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Expected:
    """Columns to set, if the row's status is still the one that was seen."""

    status: str
    values: Columns


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Changes:
    cluster_id: str
    cluster: Columns = dataclasses.field(default_factory=dict)
    new_nodes: tuple[Node, ...] = ()
    nodes: dict[str, Columns] = dataclasses.field(default_factory=dict)
    new_hooks: tuple[Hook, ...] = ()
    hooks: dict[str, Expected] = dataclasses.field(default_factory=dict)
    new_actions: tuple[Action, ...] = ()
    actions: dict[str, Expected] = dataclasses.field(default_factory=dict)
    bindings: dict[str, Columns] = dataclasses.field(default_factory=dict)
    events: tuple[Event, ...] = ()
    forget_cluster: bool = False  #: its last member is gone, and so is it
    #: A plan is void if what it saw has changed; an outcome is not: a hook
    #: that was answered before its delivery was noted stays answered.
    is_plan: bool = True

    def is_empty(self) -> bool:
        return not (
            self.cluster
            or self.new_nodes
            or self.nodes
            or self.new_hooks
            or self.hooks
            or self.new_actions
            or self.actions
            or self.bindings
            or self.events
            or self.forget_cluster
        )
