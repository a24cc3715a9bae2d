"""From a wish to members: who is added, who is sent away.

A member is a place in the cluster: one whose build failed keeps its place
and is tried again, so that failures never pile up rows.
"""

from collections.abc import Sequence
from typing import Any

from autoscale.engine.planning import draft as drafts
from autoscale.engine.planning import leaving as leavings
from autoscale.engine.planning import victims
from autoscale.model import action as actions
from autoscale.model import node as nodes
from autoscale.model import proposal as proposals

_MAY_BE_CHOSEN = (
    nodes.PENDING,
    nodes.BUILDING,
    nodes.ACTIVE,
    nodes.UNHEALTHY,
    nodes.ERROR,
)


def level(
    draft: drafts.Draft,
    action: actions.Action | None,
    leaving: proposals.Leaving,
    criteria: Sequence[str],
) -> None:
    """Add or remove members until the wish is met."""
    if draft.cluster.is_deleting:
        return
    if _places(draft) > draft.cluster.desired_capacity:
        shrink(draft, action, leaving, criteria)
    else:
        grow(draft, action, leaving)


def _places(draft: drafts.Draft) -> int:
    """Members that count, and failed ones that keep their place."""
    return (
        draft.counted()
        + draft.counts[nodes.ERROR]
        + draft.counts[nodes.UNHEALTHY]
    )


def grow(
    draft: drafts.Draft,
    action: actions.Action | None,
    leaving: proposals.Leaving,
) -> None:
    """Take back who drains, if the policy says so, then add new members."""
    need = draft.cluster.desired_capacity - _places(draft)
    if need <= 0:
        return
    taken_back = _take_back(draft, need) if leaving.rescind else []
    need -= len(taken_back)
    for _ in range(need):
        draft.add_node(_new_node(draft, action))
    if action is not None:
        changes: dict[str, Any] = {'added': need}
        if taken_back:
            changes['taken_back'] = [
                {'node_id': each.id, 'name': each.name} for each in taken_back
            ]
        _decide(draft, action, **changes)


def _take_back(draft: drafts.Draft, need: int) -> list[nodes.Node]:
    """Who drained the shortest is the most useful."""
    draining = sorted(
        draft.of_status(nodes.DRAINING),
        key=lambda each: (each.updated_at or each.created_at, each.index),
        reverse=True,
    )
    back: list[nodes.Node] = []
    for node in draining:
        if len(back) == need:
            break
        if not node.keep_server and leavings.take_back(draft, node):
            back.append(node)
            draft.note(
                'node.rescinded',
                f"'{node.name}' is taken back before it was gone",
                node=node,
            )
    return back


def _new_node(
    draft: drafts.Draft, action: actions.Action | None
) -> nodes.Node:
    index = draft.cluster.next_index
    draft.resize(next_index=index + 1)
    return nodes.Node(
        id=draft.chance.new_id(),
        cluster_id=draft.cluster.id,
        project_id=draft.cluster.project_id,
        name=f'{draft.cluster.name}-{index}',
        index=index,
        profile_id=draft.cluster.profile_id,
        status=nodes.PENDING,
        status_reason=None,
        server_id=None,
        launch_id=None,
        launch_attempts=0,
        zone=None,
        metadata={},
        protected_until=None,
        fault=None,
        action_id=action.id if action else None,
        hook_id=None,
        keep_server=False,
        is_forced=False,
        delete_at=None,
        look_at=None,
        created_at=draft.now,
        updated_at=None,
        active_at=None,
        left_at=None,
    )


def shrink(
    draft: drafts.Draft,
    action: actions.Action | None,
    leaving: proposals.Leaving,
    criteria: Sequence[str],
) -> None:
    """Choose who leaves until there are no more than wished for."""
    surplus = _places(draft) - draft.cluster.desired_capacity
    choice = victims.choose(
        draft.of_status(*_MAY_BE_CHOSEN),
        surplus,
        criteria=criteria,
        profile_id=draft.cluster.profile_id,
        now=draft.now,
        chance=draft.chance.random,
    )
    how = [
        leavings.leave(draft, node, leaving, action) for node in choice.chosen
    ]
    if action is None:
        return
    decision: dict[str, Any] = {
        'chosen': [
            {**word, 'leaves': manner}
            for word, manner in zip(choice.chosen_words, how, strict=True)
        ],
        'spared': [*choice.spared_words],
    }
    if choice.short:
        decision['short'] = (
            f'{choice.short} fewer than asked for leave: all others are '
            'protected from scale-in'
        )
        # What may not leave is wished for.
        draft.resize(
            desired_capacity=draft.cluster.desired_capacity + choice.short
        )
    _decide(draft, action, **decision)


def remove(
    draft: drafts.Draft,
    action: actions.Action,
    named: Sequence[nodes.Node],
    leaving: proposals.Leaving,
) -> None:
    """Send away exactly those whom the caller named."""
    chosen = []
    for node in named:
        if node.status == nodes.DRAINING:
            leavings.force(draft, node, action)
            manner = 'its drain is ended: the request forces it'
        else:
            manner = leavings.leave(draft, node, leaving, action)
        chosen.append({**victims.named_word(node), 'leaves': manner})
    _decide(draft, action, chosen=chosen)


def remove_all(
    draft: drafts.Draft, action: actions.Action, leaving: proposals.Leaving
) -> None:
    """The whole cluster goes; who drains already goes on doing so."""
    draft.resize(desired_capacity=0, min_size=0)
    chosen = []
    for node in draft.of_status(*_MAY_BE_CHOSEN, nodes.LOST):
        manner = leavings.leave(draft, node, leaving, action)
        chosen.append({**victims.named_word(node), 'leaves': manner})
        chosen[-1]['reason'] = 'the cluster is deleted'
    if leaving.is_forced:
        for node in draft.of_status(nodes.DRAINING):
            leavings.force(draft, node, action)
    words: list[dict[str, Any]] = chosen[: victims.LISTED]
    if len(chosen) > victims.LISTED:
        words.append({'more': len(chosen) - victims.LISTED})
    _decide(draft, action, chosen=words)


def undo(
    draft: drafts.Draft, target: actions.Action, action: actions.Action
) -> dict[str, list[dict[str, Any]]]:
    """Take back who drains for `target`, drop who is not in service yet.

    Who is being deleted, or serves already, stays so.
    """
    undone: dict[str, list[dict[str, Any]]] = {'taken_back': [], 'dropped': []}
    for node in draft.of_status(nodes.DRAINING, nodes.PENDING, nodes.BUILDING):
        if node.action_id != target.id:
            continue
        word = {'node_id': node.id, 'name': node.name}
        if node.status != nodes.DRAINING:
            leavings.leave(draft, node, proposals.Leaving(), action)
            undone['dropped'].append(word)
        elif leavings.take_back(draft, node):
            undone['taken_back'].append(word)
    return undone


def _decide(draft: drafts.Draft, action: actions.Action, **words: Any) -> None:
    decision = dict(draft.actions[action.id].decision or {})
    draft.act(action, decision={**decision, **words})
