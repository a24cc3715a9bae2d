"""The last transition of each alarm at each webhook.

Alarm services repeat themselves; the same transition twice is one request.
"""

import functools
from collections.abc import Sequence
from typing import Any
from typing import NamedTuple

import sqlalchemy as sa

from autoscale.db import inserting
from autoscale.db import tables
from autoscale.db import types

_t = tables.transitions
_KEY = (_t.c.webhook_id, _t.c.identity)

_REPEATS = sa.select(*_KEY, _t.c.repeats).where(
    sa.tuple_(*_KEY).in_(sa.bindparam('keys', expanding=True))
)


class Heard(NamedTuple):
    """What an alarm tells a webhook."""

    webhook_id: str
    identity: str  #: of the alarm, hashed
    transition: str  #: likewise
    #: seconds after which the transition is forgotten; None: never
    window: float | None = None


def seen(conn: sa.Connection, heard: Sequence[Heard]) -> list[bool]:
    """Whether each was the last transition of its alarm, as of now.

    It is from here on. With a window, a transition is forgotten that many
    seconds after it was new. Of two that ask at once, one hears False; and
    of two in `heard` the second has the first before it.
    """
    said: dict[int, bool] = {}
    while len(said) < len(heard):
        part = _part(heard, said)
        repeats = _repeats(conn, [heard[each] for each in part])
        for each in part:
            said[each] = repeats[heard[each][:2]] > 0
    return [said[each] for each in range(len(heard))]


def _part(heard: Sequence[Heard], done: dict[int, bool]) -> list[int]:
    """The next that may go in one statement: one of each alarm.

    They have the same window, and none goes before an earlier one of its
    alarm.
    """
    part: list[int] = []
    passed = set()
    for number, each in enumerate(heard):
        if number in done:
            continue
        is_first = each[:2] not in passed
        passed.add(each[:2])
        if is_first and (not part or heard[part[0]].window == each.window):
            part.append(number)
    return part


def _repeats(
    conn: sa.Connection, heard: Sequence[Heard]
) -> dict[tuple[str, str], int]:
    """Write each down; how often it has been repeated, by its alarm.

    The rows are ours from here to the end of the transaction, so that tells
    what happened: it is 0 for a new transition only.
    """
    returns = conn.dialect.insert_returning
    record = _record(conn.dialect.name, heard[0].window, returns)
    rows = [
        {
            'webhook_id': each.webhook_id,
            'identity': each.identity,
            'transition': each.transition,
        }
        for each in heard
    ]
    found = conn.execute(record, rows if len(rows) > 1 else rows[0])
    if not returns:
        found = conn.execute(_REPEATS, {'keys': [each[:2] for each in heard]})
    return {(row.webhook_id, row.identity): row.repeats for row in found}


@functools.lru_cache
def _record(dialect_name: str, window: float | None, returns: bool) -> Any:
    """Insert transitions or count their repetitions, whichever it is.

    With `returns` the statement answers `repeats`, where it can.
    """

    def changes(new: Any) -> dict[str, Any]:
        is_same: Any = _t.c.transition == new.transition
        # A transition that counts for ever is kept alive by its repetitions,
        # so that it is not pruned while the alarm goes on.
        seen_at: Any = new.seen_at
        if window is not None:
            forgotten = types.DatabaseTime(-window)
            is_same = sa.and_(is_same, _t.c.seen_at > forgotten)
            seen_at = sa.case((is_same, _t.c.seen_at), else_=new.seen_at)
        return {
            'repeats': sa.case((is_same, _t.c.repeats + 1), else_=0),
            'seen_at': seen_at,
            'transition': new.transition,
        }

    record = inserting.or_change(_t, dialect_name, changes).values(
        webhook_id=sa.bindparam('webhook_id'),
        identity=sa.bindparam('identity'),
        transition=sa.bindparam('transition'),
        seen_at=types.DatabaseTime(),
        repeats=0,
    )
    return record.returning(*_KEY, _t.c.repeats) if returns else record
