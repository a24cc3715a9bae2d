"""Which members leave when a count says how many, and why the others stay.

Who never served goes first, then who is broken, then zones are balanced, and
only then the deletion policy's criteria are asked. Protected members are
never chosen by a count, and are named when they are the reason.
"""

import collections
import dataclasses
import random
from collections.abc import Callable
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from autoscale.model import node as nodes
from autoscale.model import proposal as proposals

#: Lower leaves first, with the reason that the decision gives.
_RANK = {
    nodes.PENDING: (0, 'no server was asked for yet'),
    nodes.ERROR: (1, 'it is in error'),
    nodes.LOST: (1, 'its server vanished'),
    nodes.UNHEALTHY: (2, 'it is unhealthy'),
    nodes.BUILDING: (3, 'it is not in service yet'),
    nodes.ACTIVE: (4, ''),
}
#: More names than this are counted, not listed, in a decision.
LISTED = 100


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """Who leaves, and a sentence about everyone."""

    chosen: tuple[nodes.Node, ...]
    chosen_words: tuple[dict[str, Any], ...]
    spared_words: tuple[dict[str, Any], ...]
    short: int  #: how many more were asked for than may leave


def choose(
    members: Sequence[nodes.Node],
    count: int,
    *,
    criteria: Sequence[str],
    profile_id: str,
    now: datetime,
    chance: random.Random,
) -> Choice:
    """`count` of `members` that leave, best first."""
    free = [each for each in members if not each.is_protected(now)]
    ranked = _in_order(free, criteria, profile_id, chance)
    chosen = tuple(ranked[:count])
    taken = {each.id for each in chosen}
    return Choice(
        chosen=chosen,
        chosen_words=tuple(
            _word(each, _why_chosen(each, criteria)) for each in chosen
        ),
        spared_words=_spared(members, taken, criteria, now),
        short=max(0, count - len(chosen)),
    )


def _in_order(
    members: Sequence[nodes.Node],
    criteria: Sequence[str],
    profile_id: str,
    chance: random.Random,
) -> list[nodes.Node]:
    """All of `members`, who leaves first first."""
    luck = {each.id: chance.random() for each in members}
    keys = [_KEYS[name] for name in criteria]

    def by_criteria(node: nodes.Node) -> tuple[Any, ...]:
        return tuple(key(node, profile_id, luck) for key in keys) + (
            node.index,
        )

    early = [each for each in members if each.status != nodes.ACTIVE]
    early.sort(key=lambda each: (_RANK[each.status][0], by_criteria(each)))
    serving = sorted(
        (each for each in members if each.status == nodes.ACTIVE),
        key=by_criteria,
    )
    return early + _balanced(serving)


def _balanced(members: list[nodes.Node]) -> list[nodes.Node]:
    """The same members, always the next from the fullest zone."""
    by_zone: dict[str | None, collections.deque[nodes.Node]] = {}
    for each in members:
        by_zone.setdefault(each.zone, collections.deque()).append(each)
    if len(by_zone) < 2:
        return members
    place = {each.id: position for position, each in enumerate(members)}
    ordered = []
    while by_zone:
        zone = min(
            by_zone,
            key=lambda name: (-len(by_zone[name]), place[by_zone[name][0].id]),
        )
        ordered.append(by_zone[zone].popleft())
        if not by_zone[zone]:
            del by_zone[zone]
    return ordered


_Key = Callable[[nodes.Node, str, dict[str, float]], Any]


def _age(node: nodes.Node, profile_id: str, luck: dict[str, float]) -> Any:
    return node.created_at.timestamp()


def _youth(node: nodes.Node, profile_id: str, luck: dict[str, float]) -> Any:
    return -node.created_at.timestamp()


def _old_profile(
    node: nodes.Node, profile_id: str, luck: dict[str, float]
) -> Any:
    return (node.profile_id == profile_id, node.created_at.timestamp())


def _luck(node: nodes.Node, profile_id: str, luck: dict[str, float]) -> Any:
    return luck[node.id]


_KEYS: dict[str, _Key] = {
    proposals.OLDEST_FIRST: _age,
    proposals.YOUNGEST_FIRST: _youth,
    proposals.OLDEST_PROFILE_FIRST: _old_profile,
    proposals.RANDOM: _luck,
}


def _why_chosen(node: nodes.Node, criteria: Sequence[str]) -> str:
    return _RANK[node.status][1] or 'first by ' + ', then '.join(criteria)


def _why_spared(
    node: nodes.Node, criteria: Sequence[str], now: datetime
) -> str:
    if node.is_protected(now) and node.protected_until is not None:
        until = node.protected_until.strftime('%Y-%m-%dT%H:%M:%SZ')
        return f'it is protected until {until}'
    return 'others come first by ' + ', then '.join(criteria)


def _word(node: nodes.Node, reason: str) -> dict[str, Any]:
    return {
        'node_id': node.id,
        'name': node.name,
        'server_id': node.server_id,
        'reason': reason,
    }


def named_word(node: nodes.Node) -> dict[str, Any]:
    return _word(node, 'the request names it')


def _spared(
    members: Sequence[nodes.Node],
    taken: set[str],
    criteria: Sequence[str],
    now: datetime,
) -> tuple[dict[str, Any], ...]:
    rest = [each for each in members if each.id not in taken]
    rest.sort(key=lambda each: (not each.is_protected(now), each.index))
    words = [
        _word(each, _why_spared(each, criteria, now)) for each in rest[:LISTED]
    ]
    if len(rest) > LISTED:
        words.append({'more': len(rest) - LISTED})
    return tuple(words)
