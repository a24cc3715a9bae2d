"""Engines, kept answers, and what leaves by age."""

import dataclasses
from datetime import timedelta

import pytest
import sqlalchemy as sa

from autoscale import exceptions
from autoscale.db import action as actions
from autoscale.db import engine as engines
from autoscale.db import event as events
from autoscale.db import hook as hooks
from autoscale.db import idempotency
from autoscale.db import node as nodes
from autoscale.db import prune
from autoscale.db import tables
from autoscale.db import transition
from autoscale.model.idempotency import Answer
from tests.functional.db import sample


def _answer(**given):
    values = {
        'project_id': 'p1',
        'key': 'k',
        'request_hash': 'h',
        'status': 202,
        'headers': {'Location': '/v1/actions/a'},
        'body': {'action': {'id': 'a'}},
        'created_at': sample.THEN,
    }
    return Answer(**{**values, **given})


def test_an_engine_is_alive_while_it_is_seen(database):
    database.write(engines.start, 'e1', 'host', 42, '1.0')
    (engine,) = database.read(engines.list)
    assert (engine.id, engine.host, engine.pid) == ('e1', 'host', 42)
    assert engine.started_at <= engine.seen_at
    assert engine.is_alive(database.now(), 60)
    assert not engine.is_alive(database.now() + timedelta(minutes=4), 60)


def test_an_engine_that_stopped_is_not_alive(database):
    database.write(engines.start, 'e1', 'host', 42, '1.0')
    assert database.write(engines.stop, 'e1') is True
    (engine,) = database.read(engines.list)
    assert not engine.is_alive(engine.seen_at, 60)


def test_a_heartbeat_is_kept_and_an_unknown_one_is_told(database):
    database.write(engines.start, 'e1', 'host', 42, '1.0')
    (before,) = database.read(engines.list)
    assert database.write(engines.seen, 'e1') is True
    (after,) = database.read(engines.list)
    assert after.seen_at >= before.seen_at
    assert database.write(engines.seen, 'e2') is False


def test_the_first_answer_is_kept(database):
    first = _answer()
    assert database.read(idempotency.find, 'p1', 'k', 'h') is None
    assert database.write(idempotency.keep, first) is True
    assert database.write(idempotency.keep, _answer(status=200)) is False
    assert database.read(idempotency.find, 'p1', 'k', 'h') == first
    assert database.read(idempotency.find, 'p2', 'k', 'h') is None


def test_another_body_under_the_same_key_is_a_conflict(database):
    database.write(idempotency.keep, _answer())
    with pytest.raises(exceptions.IdempotencyConflict):
        database.read(idempotency.find, 'p1', 'k', 'other')


def test_of_many_answers_at_once_one_is_kept(database, in_threads):
    kept = in_threads(
        lambda number: database.write(idempotency.keep, _answer(status=number))
    )
    assert sorted(kept) == [False] * 7 + [True]
    found = database.read(idempotency.find, 'p1', 'k', 'h')
    assert found == dataclasses.replace(_answer(), status=kept.index(True))


def _count(database, noun):
    table = {'transition': tables.transitions}.get(
        noun, tables.metadata.tables.get(f'{noun}s', tables.idempotency)
    )
    return database.read(
        lambda conn: conn.scalar(sa.select(sa.func.count()).select_from(table))
    )


def _fill(database):
    """Of each noun one that is old, one that is new, one that is not over."""
    now = database.now()
    old = now - timedelta(days=2)

    def create(conn):
        for ended in (old, now):
            actions.create(
                conn, sample.action(status='FAILED', ended_at=ended)
            )
            events.create(conn, sample.event(created_at=ended))
            hooks.create(
                conn, sample.hook(now, status='COMPLETED', ended_at=ended)
            )
            nodes.create(conn, sample.node(status='GONE', left_at=ended))
            idempotency.keep(conn, _answer(key=str(ended), created_at=ended))
            told = transition.Heard('w', str(ended), 'up')
            transition.seen(conn, [told])
            engines.start(conn, str(ended)[:36], 'host', 1, '1')
        conn.execute(
            tables.transitions.update()
            .where(tables.transitions.c.identity == str(old))
            .values(seen_at=old)
        )
        conn.execute(
            tables.engines.update()
            .where(tables.engines.c.id == str(old)[:36])
            .values(seen_at=old)
        )
        actions.create(conn, sample.action(created_at=old))
        hooks.create(conn, sample.hook(old))
        nodes.create(conn, sample.node(created_at=old))

    database.write(create)


@pytest.mark.parametrize('noun', prune.NOUNS)
def test_what_was_over_long_ago_leaves(database, noun):
    _fill(database)
    before = _count(database, noun)
    assert database.write(prune.old, noun, 86400, 100) == 1
    assert _count(database, noun) == before - 1
    assert database.write(prune.old, noun, 86400, 100) == 0


def test_a_slice_is_no_larger_than_asked(database):
    said = [sample.event() for _ in range(5)]
    database.write(events.record, said)
    slices = [database.write(prune.old, 'event', 60, 2) for _ in range(4)]
    assert slices == [2, 2, 1, 0]


def test_slices_of_rows_with_two_keys(database):
    for number in range(3):
        database.write(idempotency.keep, _answer(key=f'k{number}'))
    assert database.write(prune.old, 'idempotency', 60, 2) == 2
    assert database.write(prune.old, 'idempotency', 60, 2) == 1
