"""The policies speak: in order of priority, each word kept.

A binding that only observes is heard and not followed. Several policies of
one type may answer a request: it is refused only if none of those that are
followed accepts it.
"""

import dataclasses
from datetime import datetime
from datetime import timedelta
from typing import Any

from autoscale import exceptions
from autoscale.model import binding as bindings
from autoscale.model import proposal as proposals


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Review:
    proposal: proposals.Proposal
    words: tuple[dict[str, Any], ...]  #: each policy's word, for the record
    cooldowns: dict[str, datetime]  #: policy id: no sooner than
    refusal: str | None  #: why the request is not carried out


def review(
    proposal: proposals.Proposal,
    attached: tuple[bindings.Binding, ...],
    view: proposals.View,
    policy_types: dict[str, Any],
    now: datetime,
) -> Review:
    """What the attached policies make of a proposal."""
    words: list[dict[str, Any]] = []
    cooldowns: dict[str, datetime] = {}
    refusals: dict[str, list[str]] = {}
    accepted: set[str] = set()
    for binding in attached:
        if not binding.enabled:
            continue
        policy = policy_types[binding.policy_type](binding.policy_spec)
        if not policy.speaks_to(proposal):
            continue
        seen = dataclasses.replace(view, cooldown_until=binding.cooldown_until)
        before = dataclasses.replace(proposal, cooldown=0)
        followed = not binding.observe_only
        try:
            after = policy.review(before, seen, now)
        except exceptions.Refused as refused:
            words.append(_word(binding, followed, refused.reason, True))
            if followed:
                refusals.setdefault(binding.policy_type, []).append(
                    refused.reason
                )
            continue
        said = after.words[len(before.words) :]
        if said:
            words.append(_word(binding, followed, '; '.join(said), False))
        if not followed:
            if said:
                words[-1]['would'] = {'to': after.to}
            continue
        accepted.add(binding.policy_type)
        if after.cooldown > 0:
            cooldowns[binding.policy_id] = now + timedelta(
                seconds=after.cooldown
            )
        proposal = after
    standing = [
        reason
        for type_, reasons in refusals.items()
        if type_ not in accepted
        for reason in reasons
    ]
    return Review(
        proposal=proposal,
        words=tuple(words),
        cooldowns=cooldowns,
        refusal='; '.join(standing) or None,
    )


def _word(
    binding: bindings.Binding, followed: bool, word: str, refused: bool
) -> dict[str, Any]:
    return {
        'policy_id': binding.policy_id,
        'name': binding.policy_name,
        'type': binding.policy_type,
        'followed': followed,
        'refused': refused,
        'word': word,
    }
