"""When to look again: as late as possible, and never too late."""

from datetime import datetime
from datetime import timedelta

from autoscale.engine.planning import draft as drafts
from autoscale.model import action as actions
from autoscale.model import facts as facts_module
from autoscale.model import hook as hooks
from autoscale.model import node as nodes


def poll_seconds(settings: facts_module.Settings, age: float) -> float:
    """Seconds between looks at something that has been moving for `age`.

    A tenth of its age: what is long on its way is looked at less often, and
    we learn of the end at most a tenth late.
    """
    return min(
        settings.poll_interval_limit, max(settings.poll_interval, age / 10)
    )


def next_look(draft: drafts.Draft) -> datetime | None:
    """The earliest moment at which something may have to be done."""
    looks = list(draft.looks)
    facts = draft.facts
    looks += [
        each
        for each in (
            facts.next_deadline,
            facts.next_delete_at,
            facts.next_attempt_at,
        )
        if each is not None and each > draft.now
    ]
    for hook in draft.hooks.values():
        if hook.status in hooks.OPEN:
            looks.append(hook.deadline)
        if hook.next_attempt_at is not None and hook.token is not None:
            looks.append(hook.next_attempt_at)
    if facts.locked_reason is not None:
        return min(_not_at_once(draft, looks), default=facts.unlock_at)
    looks += _looks_at_nodes(draft)
    if any(each.status == actions.QUEUED for each in draft.actions.values()):
        looks.append(
            draft.now + timedelta(seconds=draft.settings.retry_backoff)
        )
    return min(looks, default=None)


def _not_at_once(draft: drafts.Draft, looks: list[datetime]) -> list[datetime]:
    """The looks of a cluster that is locked out.

    What is due stays due until there is a credential, and shall not be
    looked at again and again.
    """
    soon = draft.now + timedelta(seconds=draft.settings.retry_backoff)
    later = [max(each, soon) for each in looks]
    if draft.facts.unlock_at is not None:
        later.append(draft.facts.unlock_at)
    return later


def _looks_at_nodes(draft: drafts.Draft) -> list[datetime]:
    looks = _looks_at_promises(draft)
    oldest: datetime | None = None
    for node in draft.nodes.values():
        if node.status == nodes.LOST:
            looks.append(draft.now)
        elif node.status == nodes.DRAINING and node.delete_at is not None:
            looks.append(node.delete_at)
        elif node.status == nodes.ERROR and node.server_id is not None:
            looks.append(node.look_at or draft.now)
        elif node.status in (nodes.BUILDING, nodes.DELETING):
            if node.server_id is None:
                looks.append(node.look_at or draft.now)
                if node.launch_id is None:
                    continue
            elif node.look_at is not None:
                looks.append(node.look_at)
            since = node.updated_at or node.created_at
            oldest = since if oldest is None else min(oldest, since)
    if oldest is not None:
        looks.append(_next_poll(draft, oldest))
    return looks


def _looks_at_promises(draft: drafts.Draft) -> list[datetime]:
    """When promised members without a server may next be launched."""
    promised = draft.counts[nodes.PENDING] or any(
        each.server_id is None for each in draft.of_status(nodes.ERROR)
    )
    cluster = draft.cluster
    if not promised or cluster.blocked_reason is not None:
        return []
    return [max(draft.now, cluster.retry_at or draft.now)]


def _next_poll(draft: drafts.Draft, since: datetime) -> datetime:
    age = (draft.now - since).total_seconds()
    poll = draft.now + timedelta(seconds=poll_seconds(draft.settings, age))
    asked_before = draft.facts.ask_again_at
    if asked_before is not None and asked_before > draft.now:
        return min(poll, asked_before)
    return poll
