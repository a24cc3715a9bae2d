"""Each statement that runs often finds its rows by an index.

The functions are called on tables of thousands of rows, whatever they then
ask is written down, and the database explains how it would find the rows.
"""

import datetime
import json

import pytest
import sqlalchemy as sa
from oslo_config import cfg

from autoscale.conf import database as options
from autoscale.db import action
from autoscale.db import commit
from autoscale.db import credential
from autoscale.db import gathering
from autoscale.db import hook
from autoscale.db import idempotency
from autoscale.db import migration
from autoscale.db import prune
from autoscale.db import request
from autoscale.db import tables
from autoscale.db import transition
from autoscale.db import webhook
from autoscale.db import work
from autoscale.db.database import Database
from autoscale.model import changes
from autoscale.model import hook as hooks
from autoscale.model import node as nodes
from tests.functional.db import sample

CLUSTERS = 2500
NODES = 4
SLICE = 500
#: Of the clusters, one in so many is due, drains and has something to do.
FEW = 100

#: How MariaDB finds rows when it reads all of them, or all of an index.
_WHOLE = ('ALL', 'index')


@pytest.fixture(scope='session')
def crowded(database_server):
    """A database in which there is a lot of everything."""
    conf = cfg.ConfigOpts()
    options.register_opts(conf)
    conf([])
    url = database_server.database('plans')
    conf.set_override('connection', url, group='database')
    migration.db_sync(conf)
    database = Database(conf)
    now = database.now()
    for table, rows in _rows(now).items():
        for start in range(0, len(rows), SLICE):
            part = rows[start : start + SLICE]
            database.write(
                lambda conn, table=table, part=part: conn.execute(
                    table.insert(), part
                )
            )
    database.write(_analyze)
    yield database
    database.dispose()


def _analyze(conn):
    for table in tables.metadata.sorted_tables:
        verb = 'TABLE ' if conn.dialect.name == 'mysql' else ''
        conn.exec_driver_sql(f'ANALYZE {verb}{table.name}')


def _rows(now):
    """Values by table."""
    rows = {table: [] for table in tables.metadata.sorted_tables}
    for number in range(CLUSTERS):
        _add_cluster(rows, now, number, is_busy=number % FEW == 0)
    return rows


def _add_cluster(rows, now, number, *, is_busy):
    def add(table, model):
        names = {column.name for column in table.columns} - {'sequence'}
        rows[table].append({each: getattr(model, each) for each in names})

    later = now + datetime.timedelta(hours=1)
    project = {'project_id': f'project{number % 50}'}
    profile = sample.profile(**project)
    policy = sample.policy(**project)
    cluster = sample.cluster(
        id=f'cluster{number}', profile_id=profile.id, **project
    )
    add(tables.profiles, profile)
    add(tables.policies, policy)
    add(tables.clusters, cluster)
    user = f'user{number}' if number >= 50 else cluster.user_id
    add(tables.credentials, sample.credential(user_id=user, **project))
    rows[tables.work].append(
        {
            'cluster_id': cluster.id,
            'project_id': cluster.project_id,
            'look_at': now if is_busy else (later if number % 2 else None),
            'version': 1,
            'lease_owner': None,
            'lease_until': None,
            'failures': 0,
        }
    )
    rows[tables.bindings].append(
        {
            'cluster_id': cluster.id,
            'policy_id': policy.id,
            'enabled': True,
            'observe_only': False,
            'priority': 100,
            'cooldown_until': None,
            'created_at': now,
            'updated_at': None,
        }
    )
    add(
        tables.webhooks,
        sample.webhook(
            id=f'webhook{number}', cluster_id=cluster.id, **project
        ),
    )
    rows[tables.transitions].append(
        {
            'webhook_id': f'webhook{number}',
            'identity': '0' * 64,
            'transition': '1' * 64,
            'seen_at': now,
            'repeats': 0,
        }
    )
    rows[tables.idempotency].append(
        {
            'project_id': cluster.project_id,
            'key': f'key{number}',
            'request_hash': '0' * 64,
            'status': 202,
            'headers': {},
            'body': {},
            'created_at': now,
        }
    )
    add(
        tables.events,
        sample.event(cluster_id=cluster.id, created_at=now, **project),
    )
    for index in range(NODES):
        _add_node(add, now, cluster, index, is_busy=is_busy)
    for status in ('SUCCEEDED', 'SUCCEEDED', 'FAILED'):
        add(
            tables.actions,
            sample.action(
                cluster_id=cluster.id, status=status, ended_at=now, **project
            ),
        )
    add(
        tables.actions,
        sample.action(
            id=f'action{number}',
            cluster_id=cluster.id,
            status='QUEUED' if is_busy else 'SUCCEEDED',
            ended_at=None if is_busy else now,
            **project,
        ),
    )


def _add_node(add, now, cluster, index, *, is_busy):
    drains = is_busy and not index
    name = f'{cluster.id}-{index}'
    add(
        tables.hooks,
        sample.hook(
            now,
            id=f'hook-{name}',
            project_id=cluster.project_id,
            cluster_id=cluster.id,
            node_id=name,
            token_hash=name,
            status=hooks.SENT if drains else hooks.COMPLETED,
            ended_at=None if drains else now,
        ),
    )
    add(
        tables.nodes,
        sample.node(
            id=name,
            project_id=cluster.project_id,
            cluster_id=cluster.id,
            index=index,
            status=nodes.DRAINING if drains else nodes.ACTIVE,
            hook_id=f'hook-{name}' if drains else None,
            server_id=sample.new_id(),
        ),
    )


def answer(conn):
    said = hook.answer_all(
        conn,
        [
            hook.Answering(f'hook-{name}', name, hooks.CONTINUE)
            for name in ('cluster0-0', 'cluster100-0')
        ],
    )
    assert [each.answer for each in said] == [hooks.CONTINUE] * 2


def heartbeat(conn):
    hook.heartbeat(conn, 'hook-cluster0-0', 'cluster0-0', None)


def gather(conn, **how):
    found = gathering.gather(conn, 'cluster0', _now(conn), **how)
    assert found.actions and found.counts[nodes.DRAINING]


def _now(conn):
    return work.get(conn, 'cluster0').now


def commit_a_pass(conn):
    assert work.claim(conn, 'cluster0', 'engine/1', 10)
    now = _now(conn)
    commit.commit(
        conn,
        changes.Changes(
            cluster_id='cluster0',
            cluster={'desired_capacity': 3},
            nodes={'cluster0-0': {'status': nodes.DELETING}},
            hooks={
                'hook-cluster0-0': changes.Expected(
                    status=hooks.SENT, values={'reason': 'a test'}
                )
            },
            actions={
                'action0': changes.Expected(
                    status='QUEUED', values={'status': 'RUNNING'}
                )
            },
        ),
        owner='engine/1',
        lease_seconds=10,
        now=now,
    )
    nothing = changes.Changes(cluster_id='cluster0')
    how = {'owner': 'engine/1', 'look_at': None, 'version': 0, 'now': now}
    assert commit.finish(conn, nothing, **how)


#: As many as come together when it is busy.
SOME_CLUSTERS = [f'cluster{number}' for number in range(8)]
SOME_WEBHOOKS = [f'webhook{number}' for number in range(8)]

HOT = {
    'credential.standing': lambda conn: credential.standing(
        conn, 'u1', 'project0'
    ),
    'credential.wake_clusters': lambda conn: credential.wake_clusters(
        conn, 'user1', 'project0'
    ),
    'work.due_within': lambda conn: work.due_within(conn, 500, 4),
    'work.claim': lambda conn: work.claim(conn, 'cluster0', 'engine/1', 10),
    'work.make_due': lambda conn: work.make_due(conn, 'cluster0'),
    'gather': gather,
    'gather everyone': lambda conn: gather(conn, everyone=True),
    'commit': commit_a_pass,
    'work.make_all_due': lambda conn: work.make_all_due(conn, SOME_CLUSTERS),
    'webhook.find_all': lambda conn: webhook.find_all(conn, SOME_WEBHOOKS),
    'webhook.count': lambda conn: webhook.count(
        conn,
        triggered=dict.fromkeys(SOME_WEBHOOKS, 1),
        ignored={'webhook0': 1},
    ),
    'transition.seen': lambda conn: transition.seen(
        conn,
        [
            transition.Heard(each, '0' * 64, '2' * 64, 60)
            for each in SOME_WEBHOOKS
        ],
    ),
    'request.accept': lambda conn: request.accept(
        conn, sample.action(cluster_id='cluster0')
    ),
    'idempotency.find': lambda conn: idempotency.find(
        conn, 'project0', 'key0', '0' * 64
    ),
    'action.cancel': lambda conn: action.cancel(conn, 'action0'),
    'hook.answer_all': answer,
    'hook.heartbeat': heartbeat,
    'hook.by_token': lambda conn: hook.by_token(
        conn, 'project0', 'cluster0', 'cluster0-0'
    ),
    **{
        f'prune.old {noun}': lambda conn, noun=noun: prune.old(
            conn, noun, 3600, 500
        )
        for noun in prune.NOUNS
        if noun != 'engine'  # as many rows as there are engines
    },
}


class Undo(Exception):
    """Whatever was done is not to stay."""


@pytest.mark.parametrize('name', HOT)
def test_rows_are_found_by_an_index(crowded, name):
    asked = []

    def note(conn, cursor, statement, parameters, context, executemany):
        if not statement.lstrip().upper().startswith('INSERT'):
            asked.append((statement, parameters))

    def look(conn):
        sa.event.listen(conn, 'before_cursor_execute', note)
        HOT[name](conn)
        sa.event.remove(conn, 'before_cursor_execute', note)
        explain = _EXPLAIN[conn.dialect.name]
        plans = [explain(conn, *each) for each in asked]
        raise Undo(plans)

    with pytest.raises(Undo) as told:
        crowded.write(look)
    (plans,) = told.value.args
    assert plans or name in ('request.accept', 'transition.seen')
    for (statement, _), whole in zip(asked, plans, strict=True):
        assert not whole, f'{whole} is read as a whole by {statement}'


def _on_mysql(conn, statement, parameters):
    """The tables that a statement reads as a whole."""
    found = conn.exec_driver_sql(f'EXPLAIN {statement}', parameters)
    return [row.table for row in found if row.type in _WHOLE]


def _on_postgresql(conn, statement, parameters):
    found = conn.exec_driver_sql(
        f'EXPLAIN (FORMAT JSON) {statement}', parameters
    ).scalar_one()
    if isinstance(found, str):
        found = json.loads(found)
    return list(_sequential(found[0]['Plan']))


def _sequential(plan):
    if plan['Node Type'] == 'Seq Scan':
        yield plan['Relation Name']
    for each in plan.get('Plans', ()):
        yield from _sequential(each)


_EXPLAIN = {'mysql': _on_mysql, 'postgresql': _on_postgresql}
