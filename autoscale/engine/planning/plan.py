"""From facts to a plan, and from outcomes to the rest of it. Pure.

The order is the story of a pass: who arrived, who answered, what was asked
for; then who is launched, told and deleted; then what is over. While the
cloud does not let the owner in, what is asked for waits.
"""

import dataclasses
from datetime import datetime
from typing import Any

from autoscale.engine import steps
from autoscale.engine.planning import answers
from autoscale.engine.planning import arrivals
from autoscale.engine.planning import delivery
from autoscale.engine.planning import draft as drafts
from autoscale.engine.planning import launching
from autoscale.engine.planning import outcomes as outcomes_module
from autoscale.engine.planning import pacing
from autoscale.engine.planning import removing
from autoscale.engine.planning import requests
from autoscale.engine.planning import settling
from autoscale.model import changes
from autoscale.model import facts as facts_module


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    changes: changes.Changes
    steps: tuple[steps.Step, ...]
    look_at: datetime | None  #: None: nothing is owed until somebody asks
    after: facts_module.Facts  #: the facts once the changes are committed


def plan(
    facts: facts_module.Facts,
    now: datetime,
    chance: drafts.Chance,
    policy_types: dict[str, Any],
) -> Plan:
    """What to do now.

    `policy_types` maps a policy type's name to its class. Raises nothing
    for anything that a user can bring about.
    """
    draft = drafts.Draft(facts, now, chance, policy_types)
    arrivals.bury(draft)
    arrivals.settle(draft)
    answers.heed(draft)
    if facts.locked_reason is None:
        requests.take_up(draft)
        launching.launch(draft)
        removing.remove(draft)
    delivery.deliver(draft)
    settling.settle(draft)
    return _finish(draft, is_plan=True)


def absorb(
    facts: facts_module.Facts,
    outcomes: list[steps.Outcome],
    now: datetime,
    chance: drafts.Chance,
) -> Plan:
    """What to write down after the steps of a plan; `facts` is its `after`."""
    draft = drafts.Draft(facts, now, chance, {})
    outcomes_module.absorb(draft, outcomes)
    settling.settle(draft)
    return _finish(draft, is_plan=False)


def _finish(draft: drafts.Draft, *, is_plan: bool) -> Plan:
    return Plan(
        changes=draft.changes(is_plan=is_plan),
        steps=tuple(draft.steps),
        look_at=pacing.next_look(draft),
        after=dataclasses.replace(
            draft.facts,
            cluster=draft.cluster,
            nodes=tuple(draft.nodes.values()),
            hooks=tuple(draft.hooks.values()),
            actions=tuple(draft.actions.values()),
            counts=dict(draft.counts),
            open_nodes={
                action: dict(counts)
                for action, counts in draft.open_nodes.items()
            },
        ),
    )
