"""The first answer to each Idempotency-Key, kept to be given again."""

import dataclasses

import sqlalchemy as sa

from autoscale import exceptions
from autoscale.db import inserting
from autoscale.db import tables
from autoscale.model.idempotency import Answer

_i = tables.idempotency
_FIELDS = [field.name for field in dataclasses.fields(Answer)]
_FIND = sa.select(*(_i.c[name] for name in _FIELDS)).where(
    _i.c.project_id == sa.bindparam('project'),
    _i.c.key == sa.bindparam('ref'),
)


def find(
    conn: sa.Connection, project_id: str, key: str, request_hash: str
) -> Answer | None:
    """The answer that this request had; None: it is asked the first time.

    Raises IdempotencyConflict when another request used the key.
    """
    row = conn.execute(_FIND, {'project': project_id, 'ref': key}).first()
    if row is None:
        return None
    answer = Answer(**row._mapping)
    if answer.request_hash != request_hash:
        raise exceptions.IdempotencyConflict()
    return answer


def keep(conn: sa.Connection, answer: Answer) -> bool:
    """Keep the first answer; False when there is one for the key already.

    Of two that keep one at once, the second waits for the first and hears
    False: it should roll back and give the answer that `find` finds.
    """
    return inserting.if_new(
        conn, _i, {name: getattr(answer, name) for name in _FIELDS}
    )
