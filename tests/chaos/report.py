"""The day as a table, for people to read."""

import collections
from collections.abc import Iterator

from tests.chaos import checks
from tests.chaos.day import Day

_TAKEN_OVER = 'another engine took over'


def lines(day: Day) -> Iterator[str]:
    yield from _requests(day)
    yield from _weather(day)
    yield from _world(day)
    yield from _processes(day)


def _requests(day: Day) -> Iterator[str]:
    counted: dict[str, collections.Counter[str]] = collections.defaultdict(
        collections.Counter
    )
    for request in day.ledger.requests:
        for answer in request.answers:
            counted[request.kind][str(answer.status or 'none')] += 1
    total: collections.Counter[str] = collections.Counter()
    yield 'Requests, by answer'
    for kind in sorted(counted):
        total += counted[kind]
        yield f'  {kind:24} {_told(counted[kind])}'
    yield f'  {"all":24} {_told(total)}'


def _weather(day: Day) -> Iterator[str]:
    strikes = collections.defaultdict(list)
    for each in day.ledger.strikes:
        strikes[each.kind].append(each)
    yield 'Weather, and the slowest recovery after it'
    for kind in sorted(strikes):
        slowest = [
            each.recovery
            for each in strikes[kind]
            if each.recovery is not None
        ]
        told = f'{max(slowest):5.1f} s' if slowest else '    - s'
        yield f'  {kind:32} {len(strikes[kind]):3}  {told}'


def _world(day: Day) -> Iterator[str]:
    books = day.books
    gone = sum(bool(each.deletes) for each in books.made.values())
    found = checks.Checks(day.ledger, books, day.application)
    strangers = found.strangers()
    actions = collections.Counter(
        each['status'] for each in books.actions.values()
    )
    hooks = collections.Counter(
        each['status'] for each in books.hooks.values()
    )
    deliveries = sum(each.deliveries for each in day.application.told.values())
    taken = sum(path.read_text().count(_TAKEN_OVER) for path in day.logs())
    yield 'The world'
    yield f'  actions          {_told(actions)}'
    yield (
        f'  servers          {len(books.made)} made, {gone} deleted, '
        f"{len(strangers)} of them never a node's, each in bad weather"
    )
    yield f'  hooks            {_told(hooks)}'
    yield (
        f'  messages         {deliveries} for {len(day.application.told)} '
        f'hooks; manners: {_told(day.application.outcomes())}'
    )
    yield f'  engines killed   {day.weather.kills}'
    yield f'  taken over       {taken} passes of engines that stood still'
    if day.quiet_after is not None:
        yield f'  quiet after      {day.quiet_after:.1f} s of fine weather'


def _processes(day: Day) -> Iterator[str]:
    yield 'Processes, at the beginning and in the end'
    before = {each.who: each for each in day.footprints[0]}
    for each in day.footprints[-1]:
        first = before[each.who]
        yield (
            f'  {each.who:16} {first.mib:5.0f} -> {each.mib:5.0f} MiB, '
            f'{first.threads} -> {each.threads} threads, '
            f'{first.files} -> {each.files} files'
        )


def _told(counter: collections.Counter[str]) -> str:
    return ', '.join(f'{key}: {counter[key]}' for key in sorted(counter))
