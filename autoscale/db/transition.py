"""The last transition of each alarm at each webhook.

Alarm services repeat themselves; the same transition twice is one request.
"""

import functools
from typing import Any

import sqlalchemy as sa

from autoscale.db import inserting
from autoscale.db import tables
from autoscale.db import types

_t = tables.transitions

_WINDOW = sa.bindparam('new_window', type_=sa.Float)

_REPEATS = sa.select(_t.c.repeats).where(
    _t.c.webhook_id == sa.bindparam('new_webhook_id'),
    _t.c.identity == sa.bindparam('new_identity'),
)


def seen(
    conn: sa.Connection,
    webhook_id: str,
    identity_hash: str,
    transition_hash: str,
    window_seconds: float | None,
) -> bool:
    """Whether this was the last transition of that alarm, as of now.

    It is from here on. With a window, a transition is forgotten that many
    seconds after it was new. Of two that ask at once, one hears False.
    """
    values: dict[str, Any] = {
        'new_webhook_id': webhook_id,
        'new_identity': identity_hash,
        'new_transition': transition_hash,
    }
    if window_seconds is not None:
        values['new_window'] = -window_seconds
    returns = conn.dialect.insert_returning
    record = _record(conn.dialect.name, window_seconds is not None, returns)
    if returns:
        repeats = conn.execute(record, values)
    else:
        conn.execute(record, values)
        repeats = conn.execute(_REPEATS, values)
    return bool(repeats.scalar_one() > 0)


@functools.cache
def _record(dialect_name: str, is_windowed: bool, returns: bool) -> Any:
    """Insert the transition or count its repetition, whichever it is.

    With `returns` the statement answers `repeats`, where it can.
    The row is ours from here to the end of the transaction, so `repeats`
    tells what happened: it is 0 for a new transition only.
    """
    is_same: Any = _t.c.transition == sa.bindparam('new_transition')
    # A transition that counts for ever is kept alive by its repetitions, so
    # that it is not pruned while the alarm goes on.
    seen_at: Any = types.DatabaseTime()
    if is_windowed:
        is_same = sa.and_(
            is_same,
            _t.c.seen_at > types.DatabaseTime(_WINDOW),
        )
        seen_at = sa.case((is_same, _t.c.seen_at), else_=types.DatabaseTime())
    record = inserting.or_change(
        _t,
        dialect_name,
        {
            'repeats': sa.case((is_same, _t.c.repeats + 1), else_=0),
            'seen_at': seen_at,
            'transition': sa.bindparam('new_transition'),
        },
    ).values(
        webhook_id=sa.bindparam('new_webhook_id'),
        identity=sa.bindparam('new_identity'),
        transition=sa.bindparam('new_transition'),
        seen_at=types.DatabaseTime(),
        repeats=0,
    )
    return record.returning(_t.c.repeats) if returns else record
