"""Lifecycle hooks in the database: messages that await an answer."""

import dataclasses
import hmac
from collections.abc import Mapping
from collections.abc import Sequence
from datetime import datetime
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from autoscale import exceptions
from autoscale.db import rows
from autoscale.db import tables
from autoscale.db import types
from autoscale.db import work
from autoscale.model import hook as hooks
from autoscale.model.hook import Hook

_rows = rows.Rows('hook', tables.hooks, Hook)
_h = tables.hooks

_ENDED_BY = {hooks.CONTINUE: hooks.COMPLETED, hooks.ABANDON: hooks.ABANDONED}
_BY_ID = _rows.select.add_columns(types.DatabaseTime().label('now')).where(
    _h.c.id == sa.bindparam('ref')
)
_MAY_BE_ANSWERED = (
    _h.c.id == sa.bindparam('ref'),
    _h.c.status.in_(hooks.OPEN),
    _h.c.deadline > types.DatabaseTime(),
)
_ANSWER = (
    _h.update()
    .where(*_MAY_BE_ANSWERED)
    .values(
        token=None,
        next_attempt_at=None,
        **{
            name: sa.bindparam(f'new_{name}', type_=_h.c[name].type)
            for name in ('status', 'ended_at', 'answer', 'reason')
        },
    )
)


def get(conn: sa.Connection, project_id: str | None, ref: str) -> Hook:
    """The one with this id; NotFound when there is none."""
    return _rows.get(conn, project_id, ref)


def page(
    conn: sa.Connection,
    project_id: str | None,
    *,
    filters: Mapping[str, Any],
    sort: Sequence[tuple[str, str]],
    limit: int,
    marker: str | None = None,
) -> list[Hook]:
    """One page of them."""
    return _rows.page(
        conn,
        project_id,
        filters=filters,
        sort=sort,
        limit=limit,
        marker=marker,
    )


def create(conn: sa.Connection, hook: Hook) -> Hook:
    return _rows.create(conn, hook)


def change(conn: sa.Connection, hook_id: str, **values: Any) -> None:
    """Raises NotFound when there is none with this id."""
    _rows.change(conn, hook_id, values)


def delete(conn: sa.Connection, hook_id: str) -> None:
    """Nothing happens when there is none with this id."""
    _rows.delete(conn, hook_id)


def create_all(conn: sa.Connection, created: Sequence[Hook]) -> None:
    """Insert many in one statement."""
    _rows.create_all(conn, created)


def by_token(
    conn: sa.Connection,
    project_id: str | None,
    cluster_id: str,
    token_hash: str,
) -> Hook:
    """This cluster's hook with that token; raises CapabilityNotFound."""
    statement = _rows.select.where(
        _h.c.token_hash == token_hash, _h.c.cluster_id == cluster_id
    )
    if project_id is not None:
        statement = statement.where(_h.c.project_id == project_id)
    row = conn.execute(statement).one_or_none()
    if row is None:
        raise exceptions.CapabilityNotFound(noun='hook', ref=cluster_id)
    return _rows.of(row)


def answer(
    conn: sa.Connection,
    hook_id: str,
    token_hash: str,
    answer: str,
    reason: str | None,
) -> Hook:
    """Keep the first answer, CONTINUE or ABANDON, and wake the cluster.

    The same answer again gives the hook as it is. Raises CapabilityNotFound,
    HookAlreadyAnswered and HookExpired.
    """
    hook, now = _by_right(conn, hook_id, token_hash)
    if hook.status in hooks.OPEN:
        words: dict[str, Any] = {
            'status': _ENDED_BY[answer],
            'ended_at': now,
            'answer': answer,
            'reason': reason,
        }
        values = {f'new_{name}': word for name, word in words.items()}
        if _swap(conn, hook, _ANSWER, values):
            return dataclasses.replace(
                hook, token=None, next_attempt_at=None, **words
            )
        hook = _rows.get(conn, None, hook_id)
    if hook.answer != answer:
        raise _too_late(hook)
    return hook


def heartbeat(
    conn: sa.Connection,
    hook_id: str,
    token_hash: str,
    extend_seconds: float | None,
) -> Hook:
    """Move the deadline to so many seconds from now, and wake the cluster.

    None: the hook's timeout. The deadline never moves backwards, nor past
    the age of `heartbeat_limit` seconds. Raises as `answer` does.
    """
    hook, _ = _by_right(conn, hook_id, token_hash)
    seconds = hook.timeout if extend_seconds is None else extend_seconds
    limit = hook.created_at + timedelta(seconds=hook.heartbeat_limit)
    asked = types.DatabaseTime(seconds)
    deadline = sa.case(
        (_h.c.deadline >= limit, _h.c.deadline),
        (asked >= limit, sa.literal(limit, types.UTCDateTime())),
        (asked > _h.c.deadline, asked),
        else_=_h.c.deadline,
    )
    moving = (
        _h.update()
        .where(*_MAY_BE_ANSWERED)
        .values(deadline=deadline, heartbeat_at=types.DatabaseTime())
    )
    moved = hook.status in hooks.OPEN and _swap(conn, hook, moving, {})
    hook = _rows.get(conn, None, hook_id)
    if not moved:
        raise _too_late(hook)
    return hook


def _by_right(
    conn: sa.Connection, hook_id: str, token_hash: str
) -> tuple[Hook, datetime]:
    """The hook and the time, for who has its token.

    Wrong and unknown are alike: CapabilityNotFound.
    """
    row = conn.execute(_BY_ID, {'ref': hook_id}).one_or_none()
    hook = None if row is None else _rows.of(row[:-1])
    expected = hook.token_hash if hook else ''
    is_right = hmac.compare_digest(expected, token_hash)
    if row is None or hook is None or not is_right:
        raise exceptions.CapabilityNotFound(noun='hook', ref=hook_id)
    return hook, row.now


def _swap(
    conn: sa.Connection, hook: Hook, change: sa.Update, values: dict[str, Any]
) -> bool:
    """Change the hook if it still awaits an answer, and wake its cluster.

    The work row is taken first, as the engine does when it commits a pass:
    in the other order the two could wait for each other.
    """
    work.make_due(conn, hook.cluster_id)
    swapped = conn.execute(change, {'ref': hook.id, **values})
    return swapped.rowcount == 1


def _too_late(hook: Hook) -> exceptions.Conflict:
    if hook.answer is not None:
        return exceptions.HookAlreadyAnswered(ref=hook.id, answer=hook.answer)
    if hook.status == hooks.RESCINDED:
        reason = 'the removal was taken back'
    else:
        reason = f'nobody answered before {hook.deadline:%Y-%m-%dT%H:%M:%SZ}'
    return exceptions.HookExpired(ref=hook.id, reason=reason)
