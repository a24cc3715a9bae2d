"""Lifecycle hooks in the database: messages that await an answer."""

import dataclasses
import hmac
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from datetime import datetime
from datetime import timedelta
from typing import Any
from typing import NamedTuple

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

#: Hooks by id, each with the database's time when it was read.
_Found = dict[str, tuple[Hook, datetime]]

_ENDED_BY = {hooks.CONTINUE: hooks.COMPLETED, hooks.ABANDON: hooks.ABANDONED}
_THESE = _h.c.id.in_(sa.bindparam('refs', expanding=True))
_BY_ID = _rows.select.add_columns(types.DatabaseTime().label('now')).where(
    _THESE
)
_MAY_BE_ANSWERED = (
    _THESE,
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


class Answering(NamedTuple):
    """An answer to the hook that has this token."""

    hook_id: str
    token_hash: str
    answer: str  #: CONTINUE or ABANDON
    reason: str | None = None


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
    asked = Answering(hook_id, token_hash, answer, reason)
    (said,) = answer_all(conn, [asked])
    if isinstance(said, Exception):
        raise said
    return said


def answer_all(
    conn: sa.Connection, asked: Sequence[Answering]
) -> list[Hook | Exception]:
    """As `answer`, for each: the hook, or what is raised to who asked.

    Of several it raises Stale when one hook was changed meanwhile: they are
    to be answered one by one.
    """
    found = _found(conn, {each.hook_id for each in asked})
    said: list[Hook | Exception] = []
    changed: dict[tuple[str, str | None], list[Hook]] = {}
    for each in asked:
        try:
            hook, now = _by_right(found, each.hook_id, each.token_hash)
            if hook.status in hooks.OPEN and hook.deadline > now:
                hook = _answered(hook, each, now)
                found[hook.id] = hook, now
                key = each.answer, each.reason
                changed.setdefault(key, []).append(hook)
            elif hook.answer != each.answer:
                raise _too_late(hook)
        except exceptions.AutoscaleError as refusal:
            said.append(refusal)
        else:
            said.append(hook)
    try:
        _keep(conn, changed.values())
    except Stale:
        if len(asked) > 1:
            raise
        hook = _rows.get(conn, None, asked[0].hook_id)
        said = [hook if hook.answer == asked[0].answer else _too_late(hook)]
    return said


class Stale(Exception):
    """A hook is not any more as it was read."""


def _answered(hook: Hook, asked: Answering, now: datetime) -> Hook:
    return dataclasses.replace(
        hook,
        status=_ENDED_BY[asked.answer],
        ended_at=now,
        answer=asked.answer,
        reason=asked.reason,
        token=None,
        next_attempt_at=None,
    )


def _keep(conn: sa.Connection, alike: Collection[list[Hook]]) -> None:
    """Write answers, those that are alike at once; may raise Stale."""
    _wake(conn, [each for some in alike for each in some])
    for some in alike:
        words = {
            f'new_{name}': getattr(some[0], name)
            for name in ('status', 'ended_at', 'answer', 'reason')
        }
        refs = sorted(each.id for each in some)
        if conn.execute(_ANSWER, {'refs': refs, **words}).rowcount != len(
            refs
        ):
            raise Stale


def _wake(conn: sa.Connection, changing: Collection[Hook]) -> None:
    """Wake the clusters of hooks that are about to change.

    The work rows are taken first, as the engine does when it commits a pass:
    in the other order the two could wait for each other.
    """
    if changing:
        work.make_all_due(conn, [each.cluster_id for each in changing])


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
    hook, _ = _by_right(_found(conn, [hook_id]), hook_id, token_hash)
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
    is_moved = False
    if hook.status in hooks.OPEN:
        _wake(conn, [hook])
        is_moved = conn.execute(moving, {'refs': [hook_id]}).rowcount == 1
    hook = _rows.get(conn, None, hook_id)
    if not is_moved:
        raise _too_late(hook)
    return hook


def _found(conn: sa.Connection, hook_ids: Iterable[str]) -> _Found:
    rows = conn.execute(_BY_ID, {'refs': list(hook_ids)}).all()
    return {row.id: (_rows.of(row[:-1]), row.now) for row in rows}


def _by_right(
    found: _Found, hook_id: str, token_hash: str
) -> tuple[Hook, datetime]:
    """The hook and the time, for who has its token.

    Wrong and unknown are alike: CapabilityNotFound.
    """
    hook, now = found.get(hook_id, (None, None))
    expected = hook.token_hash if hook else ''
    is_right = hmac.compare_digest(expected, token_hash)
    if hook is None or now is None or not is_right:
        raise exceptions.CapabilityNotFound(noun='hook', ref=hook_id)
    return hook, now


def _too_late(hook: Hook) -> exceptions.Conflict:
    if hook.answer is not None:
        return exceptions.HookAlreadyAnswered(ref=hook.id, answer=hook.answer)
    if hook.status == hooks.RESCINDED:
        reason = 'the removal was taken back'
    else:
        reason = f'nobody answered before {hook.deadline:%Y-%m-%dT%H:%M:%SZ}'
    return exceptions.HookExpired(ref=hook.id, reason=reason)
