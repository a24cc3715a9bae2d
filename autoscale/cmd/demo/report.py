"""What is told when it is over: the timeline, the servers, the reasons.

The same facts twice: as lines to read, and as values for a machine.
"""

import dataclasses
from collections.abc import Iterator
from typing import Any

from autoscale.cmd.demo import story
from autoscale.cmd.demo import verdict
from autoscale.cmd.demo import witness

GONE = 'gone'
NOT_YET = '-'


@dataclasses.dataclass(frozen=True, kw_only=True)
class Moment:
    time: float  #: seconds since 1970
    after: float  #: seconds since the alarm
    who: str
    what: str


def scale_out(observed: verdict.Observed, names: dict[str, str]) -> list[Any]:
    """The moments after the first alarm. `names`: server id to node."""
    if observed.out_at is None:
        return []
    since = observed.out_at
    found: list[tuple[float | None, str, str]] = [
        (since, 'alarm', "cpu_high is posted to the webhook 'grow'"),
        (_at(observed.out, 'started_at'), 'autoscale', _decided(observed.out)),
    ]
    asked = witness.first(observed.log, 'create_servers', since=since)
    if asked is not None:
        count = len(asked.ids)
        text = f'is asked for {count} servers in one call'
        found.append((asked.time, 'Nova', text))
    for server_id in set(observed.between or ()) - set(observed.before or ()):
        server = (observed.between or {})[server_id]
        text = f'has {names.get(server_id, server_id)} ACTIVE'
        found.append((server['built_at'], 'Nova', text))
    found.append(
        (_at(observed.out, 'ended_at'), 'autoscale', _ended(observed.out))
    )
    return _moments(found, since)


def scale_in(observed: verdict.Observed, names: dict[str, str]) -> list[Any]:
    """The moments after the second alarm."""
    if observed.in_at is None:
        return []
    since = observed.in_at
    name = names.get(observed.victim or '', 'the server')
    message, claim = observed.message(), observed.claim()
    still, deletions = observed.last_in_service(), observed.deletions()
    found: list[tuple[float | None, str, str]] = [
        (since, 'alarm', "cpu_low is posted to the webhook 'shrink'"),
        (
            _at(observed.into, 'started_at'),
            'autoscale',
            f'{_decided(observed.into)}: {name} shall leave',
        ),
        (
            message.ended if message else None,
            'Zaqar',
            f"has the message for {name} on the queue '{verdict.QUEUE}'",
        ),
        (
            claim.time if claim else None,
            'application',
            'claims it, and drains',
        ),
        (
            still.answered if still else None,
            'Nova',
            f'still has {name}, ACTIVE',
        ),
        (
            observed.answered_at(),
            'application',
            'has drained: gives the token back',
        ),
        (
            deletions[0].time if deletions else None,
            'Nova',
            f'is asked to delete {name}',
        ),
        (observed.gone_at, 'Nova', f'has {name} no more'),
        (_at(observed.into, 'ended_at'), 'autoscale', _ended(observed.into)),
    ]
    return _moments(found, since)


def _moments(
    found: list[tuple[float | None, str, str]], since: float
) -> list[Moment]:
    known = [(time, who, what) for time, who, what in found if time]
    return [
        Moment(time=time, after=round(time - since, 3), who=who, what=what)
        for time, who, what in sorted(known, key=lambda each: each[0])
    ]


def _at(action: dict[str, Any] | None, column: str) -> float | None:
    text = (action or {}).get(column)
    return verdict.seconds(text) if text else None


def _decision(action: dict[str, Any] | None) -> dict[str, Any]:
    return (action or {}).get('decision') or {}


def _decided(action: dict[str, Any] | None) -> str:
    decision = _decision(action)
    return f'decides on {decision.get("from")} -> {decision.get("to")}'


def _ended(action: dict[str, Any] | None) -> str:
    given = action or {}
    return f'has seen it: {given.get("kind")} {given.get("status")}'


def servers(
    observed: verdict.Observed, names: dict[str, str]
) -> list[dict[str, str]]:
    """A row for each server that there ever was, as the cloud listed it."""
    lists = (observed.before, observed.between, observed.after)
    every = {**(observed.before or {}), **(observed.between or {})}
    every |= observed.after or {}
    rows = []
    for server_id, server in every.items():
        row = {
            'node': names.get(server_id, '?'),
            'server_id': server_id,
            'name': server['name'],
        }
        last = NOT_YET
        for key, listed in zip(_WHEN, lists, strict=True):
            found = (listed or {}).get(server_id)
            if found is not None:
                last = found['status']
            elif last != NOT_YET and listed is not None:
                last = GONE
            row[key] = last if listed is not None else '?'
        rows.append(row)
    return sorted(rows, key=lambda row: (len(row['node']), row['node']))


_WHEN = ('before', 'after_scale_out', 'after_scale_in')


# -- as lines


def timeline(title: str, moments: list[Moment]) -> Iterator[str]:
    yield title
    for each in moments:
        text = f'{each.after:7.3f} s  {each.who:<12} {each.what}'
        yield from story.wrapped(text, hang=' ' * 24)


def table(rows: list[dict[str, str]]) -> Iterator[str]:
    line = '  {:<7} {:<16} {:<10} {:<16} {}'
    yield line.format(
        'node', 'server in Nova', 'at first', 'after scale-out', 'and scale-in'
    )
    for row in rows:
        yield line.format(
            row['node'], row['name'], *(row[key] for key in _WHEN)
        )


def explanation(action: dict[str, Any]) -> Iterator[str]:
    """What an action says of itself."""
    decision, cause = _decision(action), action['cause']
    alarm = cause.get('alarm') or {}
    bounds = decision.get('bounds') or {}
    yield f'  {action["kind"]}, {action["status"]}'
    yield from _told(
        'because',
        f"webhook '{cause.get('webhook_name')}' was triggered by the "
        f"{alarm.get('source')} alarm '{alarm.get('name')}': "
        f'{alarm.get("reason")}',
    )
    yield from _told(
        'decided',
        f'{decision.get("from")} -> {decision.get("to")}, within '
        f'{bounds.get("min_size")} to {bounds.get("max_size")}',
    )
    for each in decision.get('policies') or ():
        if each['word']:
            yield from _told(
                'policy', f'{each["name"]} ({each["type"]}): {each["word"]}'
            )
    if decision.get('added'):
        yield from _told('added', f'{decision["added"]} new members')
    for each in decision.get('chosen') or ():
        yield from _told(
            'chosen', f'{each["name"]}: {each["reason"]}; {each["leaves"]}'
        )
    for reason, who in _by_reason(decision.get('spared') or []).items():
        yield from _told('spared', f'{", ".join(who)}: {reason}')
    if action.get('status_reason'):
        yield from _told('outcome', action['status_reason'])


def _by_reason(spared: list[dict[str, Any]]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for each in spared:
        if 'name' in each:
            grouped.setdefault(each['reason'], []).append(each['name'])
    return grouped


def _told(label: str, text: str) -> list[str]:
    return story.wrapped(text, indent=f'    {label:<8} ', hang=' ' * 13)


# -- as values


def document(
    observed: verdict.Observed,
    names: dict[str, str],
    *,
    error: str | None,
    seconds: float,
    calls: list[dict[str, Any]],
    urls: dict[str, str],
) -> dict[str, Any]:
    """All of it, for a machine; times are seconds."""
    checks = verdict.checks(observed)
    return {
        'seen': error is None and all(each.seen for each in checks),
        'error': error,
        'checks': [dataclasses.asdict(each) for each in checks],
        'timeline': {
            'scale_out': _as_values(scale_out(observed, names)),
            'scale_in': _as_values(scale_in(observed, names)),
        },
        'servers': servers(observed, names),
        'actions': {'scale_out': observed.out, 'scale_in': observed.into},
        'hook': observed.hook,
        'calls': calls,
        'urls': urls,
        'seconds': round(seconds, 3),
    }


def _as_values(moments: list[Moment]) -> list[dict[str, Any]]:
    return [dataclasses.asdict(each) for each in moments]
