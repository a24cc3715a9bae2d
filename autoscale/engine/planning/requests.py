"""What was asked for, in the order of arrival, folded into one wish.

Each queued action becomes a proposal, the policies review it, and it is
taken up or refused; either way the action keeps the numbers and the words.
"""

import dataclasses
from typing import Any

from autoscale import exceptions
from autoscale.engine.planning import arrivals
from autoscale.engine.planning import draft as drafts
from autoscale.engine.planning import naming
from autoscale.engine.planning import review
from autoscale.engine.planning import sizing
from autoscale.model import action as actions
from autoscale.model import adjustment
from autoscale.model import cluster as clusters
from autoscale.model import node as nodes
from autoscale.model import proposal as proposals


def take_up(draft: drafts.Draft) -> None:
    """Decide on every queued action."""
    for action in list(draft.actions.values()):
        # One that came before may have ended it meanwhile.
        if draft.actions[action.id].status == actions.QUEUED:
            _decide(draft, action)


def _decide(draft: drafts.Draft, action: actions.Action) -> None:
    if draft.cluster.is_deleting and action.kind != actions.DELETE:
        draft.end_action(
            action, actions.REFUSED, 'the cluster is being deleted'
        )
        return
    before = draft.cluster
    try:
        _TAKERS[action.kind](draft, action)
    except exceptions.Refused as refused:
        draft.cluster = before
        current = draft.actions[action.id]
        if current.decision is None:
            _record(draft, action, _numbers(draft, None))
        draft.end_action(action, actions.REFUSED, refused.reason)


def _create(draft: drafts.Draft, action: actions.Action) -> None:
    wish = draft.cluster.desired_capacity
    _start(draft, action)
    _record(
        draft,
        action,
        {
            'from': 0,
            'to': wish,
            'bounds': draft.cluster.bounds(),
            'policies': [],
        },
    )
    sizing.grow(draft, action, proposals.Leaving())


def _update(draft: drafts.Draft, action: actions.Action) -> None:
    inputs = action.inputs
    if inputs.get('profile_id'):
        draft.resize(profile_id=inputs['profile_id'], blocked_reason=None)
    _set_bounds(draft, inputs)
    wish = inputs.get('desired_capacity')
    strict = wish is not None or inputs.get('strict', False)
    to = draft.cluster.desired_capacity if wish is None else wish
    proposal = _proposal(draft, action, to=to)
    _carry_out(draft, action, proposal, strict=strict, may_be_idle=True)


def _scale_out(draft: drafts.Draft, action: actions.Action) -> None:
    count = action.inputs.get('count')
    proposal = _proposal(
        draft,
        action,
        to=draft.cluster.desired_capacity + (1 if count is None else count),
        asked=count,
    )
    _carry_out(draft, action, proposal, strict=_is_strict(action))


def _scale_in(draft: drafts.Draft, action: actions.Action) -> None:
    if action.inputs.get('nodes'):
        _remove_nodes(draft, action)
        return
    count = action.inputs.get('count')
    proposal = _proposal(
        draft,
        action,
        to=draft.cluster.desired_capacity - (1 if count is None else count),
        asked=count,
    )
    _carry_out(draft, action, proposal, strict=_is_strict(action))


def _resize(draft: drafts.Draft, action: actions.Action) -> None:
    inputs = action.inputs
    _set_bounds(draft, inputs)
    wish = draft.cluster.desired_capacity
    strict = bool(inputs.get('strict', True))
    if inputs.get('number') is not None:
        wish = adjustment.adjusted(
            wish,
            inputs.get('adjustment_type') or proposals.EXACT_CAPACITY,
            inputs['number'],
            inputs.get('min_step') or 0,
        )
    proposal = _proposal(draft, action, to=wish)
    _carry_out(draft, action, proposal, strict=strict, may_be_idle=True)


def _remove_nodes(draft: drafts.Draft, action: actions.Action) -> None:
    """The caller names who leaves."""
    named = naming.resolve(draft, action)
    counted = [each for each in named if each.status in nodes.COUNTED]
    wish = draft.cluster.desired_capacity
    proposal = _proposal(
        draft,
        action,
        to=max(0, wish - len(counted)),
        named=tuple(each.id for each in named),
    )
    outcome = _reviewed(draft, action, proposal)
    leaving = _leaving_of(action, outcome.proposal.leaving)
    to = outcome.proposal.to if leaving.reduce_desired_capacity else wish
    if _is_strict(action):
        _refuse_out_of_bounds(draft, to, wish)
    else:
        to = _clipped(draft, to)
    _accept(draft, action, outcome, to, _numbers(draft, outcome.proposal))
    sizing.remove(draft, action, named, leaving)
    draft.resize(desired_capacity=to)
    sizing.level(draft, action, leaving, outcome.proposal.criteria)


def _delete(draft: drafts.Draft, action: actions.Action) -> None:
    for other in list(draft.actions.values()):
        if other.id != action.id and other.status in actions.OPEN:
            draft.end_action(
                other, actions.CANCELLED, 'the cluster is being deleted'
            )
    draft.resize(is_deleting=True)
    is_forced = bool(action.inputs.get('force', False))
    if is_forced:
        draft.resize(is_forced=True)
    proposal = _proposal(draft, action, to=0, ignore_bounds=True)
    outcome = _reviewed(draft, action, proposal)
    leaving = dataclasses.replace(
        outcome.proposal.leaving, is_forced=is_forced
    )
    _accept(draft, action, outcome, 0, _numbers(draft, outcome.proposal))
    sizing.remove_all(draft, action, leaving)


def _cancel(draft: drafts.Draft, action: actions.Action) -> None:
    """Take back what another action has begun, as far as it goes."""
    target = draft.actions.get(str(action.inputs.get('action_id')))
    if target is None or target.status not in actions.OPEN:
        raise exceptions.Refused(reason='the action is over already')
    if target.kind == actions.DELETE:
        raise exceptions.Refused(reason='a deletion cannot be taken back')
    numbers = _numbers(draft, None)
    _start(draft, action)
    undone = sizing.undo(draft, target, action)
    wish = draft.cluster.desired_capacity
    to = _clipped(
        draft, wish + len(undone['taken_back']) - len(undone['dropped'])
    )
    draft.resize(desired_capacity=to)
    _record(draft, action, {**numbers, 'to': to, **undone})
    draft.end_action(
        target,
        actions.CANCELLED,
        f'{len(undone["taken_back"])} members were taken back and '
        f'{len(undone["dropped"])} are not built',
    )


def _check(draft: drafts.Draft, action: actions.Action) -> None:
    """Compare with the cloud, and fill the places of who is lost."""
    truth = draft.facts.truth
    if truth is None or truth.members is None:
        return  # Nova could not be asked; the next pass tries again
    _start(draft, action)
    lost, unwell = arrivals.compare(draft, truth)
    _record(
        draft,
        action,
        {**_numbers(draft, None), 'lost': lost, 'unhealthy': unwell},
    )
    sizing.grow(draft, action, proposals.Leaving())


_TAKERS = {
    actions.CREATE: _create,
    actions.UPDATE: _update,
    actions.SCALE_OUT: _scale_out,
    actions.SCALE_IN: _scale_in,
    actions.RESIZE: _resize,
    actions.REMOVE_NODES: _remove_nodes,
    actions.DELETE: _delete,
    actions.CANCEL: _cancel,
    actions.CHECK: _check,
}


def _set_bounds(draft: drafts.Draft, inputs: dict[str, Any]) -> None:
    bounds = {
        name: inputs[name]
        for name in ('min_size', 'max_size')
        if inputs.get(name) is not None
    }
    draft.resize(**bounds)
    low, high = draft.cluster.min_size, draft.cluster.max_size
    if high != clusters.UNLIMITED and low > high:
        raise exceptions.Refused(
            reason=f'min_size {low} would be greater than max_size {high}'
        )


def _is_strict(action: actions.Action) -> bool:
    """People are refused what policies and alarms have clipped."""
    return action.cause.get('type') == actions.PERSON


def _proposal(
    draft: drafts.Draft,
    action: actions.Action,
    *,
    to: int,
    asked: int | None = None,
    named: tuple[str, ...] = (),
    ignore_bounds: bool = False,
) -> proposals.Proposal:
    alarm = action.cause.get('alarm') or {}
    return proposals.Proposal(
        kind=action.kind,
        current=draft.cluster.desired_capacity,
        to=to,
        min_size=0 if ignore_bounds else draft.cluster.min_size,
        max_size=draft.cluster.max_size,
        asked=asked,
        named=named,
        honours_cooldown=action.honours_cooldown(),
        value=alarm.get('value'),
    )


def _reviewed(
    draft: drafts.Draft, action: actions.Action, proposal: proposals.Proposal
) -> review.Review:
    """The policies' review; Refused, with the words kept, if they say no."""
    outcome = review.review(
        proposal,
        draft.facts.bindings,
        proposals.View(
            desired=draft.cluster.desired_capacity,
            actual=draft.counted(),
            min_size=proposal.min_size,
            max_size=proposal.max_size,
        ),
        draft.policy_types,
        draft.now,
    )
    if outcome.refusal is not None:
        numbers = _numbers(draft, proposal)
        _record(draft, action, {**numbers, 'policies': [*outcome.words]})
        raise exceptions.Refused(reason=outcome.refusal)
    return outcome


def _carry_out(
    draft: drafts.Draft,
    action: actions.Action,
    proposal: proposals.Proposal,
    *,
    strict: bool,
    may_be_idle: bool = False,
) -> None:
    """Review a change of size, hold it to the bounds and begin it."""
    outcome = _reviewed(draft, action, proposal)
    proposal = outcome.proposal
    wish = draft.cluster.desired_capacity
    numbers = {
        **_numbers(draft, proposal),
        'policies': [*outcome.words],
    }
    _record(draft, action, numbers)
    if strict and not proposal.adjust_by_policy:
        _refuse_out_of_bounds(draft, proposal.to, wish)
        to = proposal.to
    else:
        to = _clipped(draft, proposal.to)
    if to == wish and not may_be_idle:
        raise exceptions.Refused(reason=_nothing_to_do(draft, proposal, wish))
    _accept(draft, action, outcome, to, numbers)
    draft.resize(desired_capacity=to)
    sizing.level(draft, action, proposal.leaving, proposal.criteria)


def _accept(
    draft: drafts.Draft,
    action: actions.Action,
    outcome: review.Review,
    to: int,
    numbers: dict[str, Any],
) -> None:
    _start(draft, action)
    _record(draft, action, {**numbers, 'to': to, 'policies': [*outcome.words]})
    if to != draft.cluster.desired_capacity:
        for policy_id, until in outcome.cooldowns.items():
            draft.bindings[policy_id] = {'cooldown_until': until}
    if draft.cluster.blocked_reason is not None:
        # Somebody asks again: so does the engine.
        draft.resize(blocked_reason=None, retry_at=None)


def _start(draft: drafts.Draft, action: actions.Action) -> None:
    draft.act(action, status=actions.RUNNING, started_at=draft.now)


def _record(
    draft: drafts.Draft, action: actions.Action, decision: dict[str, Any]
) -> None:
    draft.act(
        action,
        decision={**(draft.actions[action.id].decision or {}), **decision},
    )


def _numbers(
    draft: drafts.Draft, proposal: proposals.Proposal | None
) -> dict[str, Any]:
    wish = draft.cluster.desired_capacity
    numbers: dict[str, Any] = {
        'from': wish,
        'to': proposal.to if proposal else wish,
        'asked': proposal.asked if proposal else None,
        'bounds': draft.cluster.bounds(),
        'members': draft.counted(),
    }
    return numbers


def _clipped(draft: drafts.Draft, to: int) -> int:
    if draft.cluster.max_size != clusters.UNLIMITED:
        to = min(to, draft.cluster.max_size)
    return max(to, draft.cluster.min_size, 0)


def _refuse_out_of_bounds(draft: drafts.Draft, to: int, wish: int) -> None:
    low, high = draft.cluster.min_size, draft.cluster.max_size
    if to < low:
        raise exceptions.Refused(
            reason=f"the size {to} is less than the cluster's min_size {low}"
        )
    if high != clusters.UNLIMITED and to > high:
        raise exceptions.Refused(
            reason=f'the size {to} is greater than the '
            f"cluster's max_size {high}"
        )


def _nothing_to_do(
    draft: drafts.Draft, proposal: proposals.Proposal, wish: int
) -> str:
    low, high = draft.cluster.min_size, draft.cluster.max_size
    if wish == high and proposal.to >= wish:
        return f'nothing to do: the size is at its max_size {high}'
    if wish == low and proposal.to <= wish:
        return f'nothing to do: the size is at its min_size {low}'
    return f'nothing to do: the size is {wish} already'


def _leaving_of(
    action: actions.Action, leaving: proposals.Leaving
) -> proposals.Leaving:
    """The policy's way of leaving, with what this request says instead."""
    inputs = action.inputs
    columns: dict[str, Any] = {}
    if inputs.get('destroy') is not None:
        columns['keep_server'] = not inputs['destroy']
    if inputs.get('reduce_desired_capacity') is not None:
        columns['reduce_desired_capacity'] = inputs['reduce_desired_capacity']
    if inputs.get('force'):
        columns['is_forced'] = True
    return dataclasses.replace(leaving, **columns)
