"""A webhook's trigger: what it reads, and what it writes at once."""

import pytest

from autoscale import exceptions
from autoscale.db import action as actions
from autoscale.db import cluster as clusters
from autoscale.db import request
from autoscale.db import transition
from autoscale.db import webhook as webhooks
from autoscale.db import work
from tests.functional.db import sample


@pytest.fixture
def webhook(database, cluster):
    return database.write(
        webhooks.create, sample.webhook(cluster_id=cluster.id)
    )


def heard(database, *told):
    """Whether that was the alarm's last transition."""
    (said,) = database.write(transition.seen, [transition.Heard(*told)])
    return said


def test_a_webhook_is_found_with_its_cluster(database, cluster, webhook):
    everything = database.read(webhooks.find_all, [webhook.id, 'nothing'])
    assert list(everything) == [webhook.id]
    found, target = everything[webhook.id]
    assert found == webhook
    assert target == (cluster.id, 'p1', 'web', False)
    assert target.is_deleting is False


def test_an_unknown_webhook_is_nothing(database):
    assert database.read(webhooks.find_all, ['nothing']) == {}


def test_triggers_are_counted_and_dated(database, webhook):
    database.write(webhooks.count, ignored={webhook.id: 1})
    found = database.read(webhooks.get, 'p1', webhook.id)
    assert (found.triggered, found.ignored) == (0, 1)
    assert found.last_triggered_at is None
    database.write(webhooks.count, triggered={webhook.id: 1})
    found = database.read(webhooks.get, 'p1', webhook.id)
    assert (found.triggered, found.ignored) == (1, 1)
    ago = database.now() - found.last_triggered_at
    assert abs(ago.total_seconds()) < 60


def test_webhooks_are_counted_together(database, cluster, webhook):
    other = database.write(
        webhooks.create,
        sample.webhook(cluster_id=cluster.id, name='other'),
    )
    database.write(
        webhooks.count,
        triggered={webhook.id: 3, other.id: 1},
        ignored={other.id: 3},
    )
    found = [
        database.read(webhooks.get, 'p1', each.id) for each in (webhook, other)
    ]
    assert [each.triggered for each in found] == [3, 1]
    assert [each.ignored for each in found] == [0, 3]


def test_a_transition_is_new_once(database):
    def seen(identity, transition_hash):
        return heard(database, 'w1', identity, transition_hash)

    assert seen('cpu', 'up') is False
    assert seen('cpu', 'up') is True
    assert seen('cpu', 'up') is True
    assert seen('ram', 'up') is False
    assert seen('cpu', 'down') is False
    assert seen('cpu', 'up') is False


def test_webhooks_do_not_know_each_others_transitions(database):
    for webhook_id in ('w1', 'w2'):
        assert not heard(database, webhook_id, 'cpu', 'up')


@pytest.mark.parametrize('returns', [True, False])
def test_of_some_at_once_each_is_heard_after_those_before(database, returns):
    told = [
        ('w1', 'cpu', 'up', None),
        ('w1', 'cpu', 'up', None),
        ('w2', 'cpu', 'up', None),
        ('w1', 'cpu', 'down', None),
        ('w1', 'ram', 'up', 3600.0),
        ('w1', 'cpu', 'down', None),
        ('w1', 'ram', 'up', 3600.0),
        ('w1', 'cpu', 'up', None),
    ]

    def seen(conn):
        # MySQL, unlike MariaDB, does not tell what became of a row.
        could, conn.dialect.insert_returning = (
            conn.dialect.insert_returning,
            conn.dialect.insert_returning and returns,
        )
        try:
            return transition.seen(
                conn, [transition.Heard(*each) for each in told]
            )
        finally:
            conn.dialect.insert_returning = could

    repeated = [False, True, False, False, False, True, True, False]
    assert database.write(seen) == repeated
    assert database.write(seen)[4] is True


@pytest.mark.parametrize(
    ('window', 'is_seen'), [(3600, True), (0, False), (None, True)]
)
def test_a_transition_is_forgotten_after_its_window(database, window, is_seen):
    heard(database, 'w1', 'cpu', 'up', window)
    again = heard(database, 'w1', 'cpu', 'up', window)
    assert again is is_seen


def test_of_many_at_once_one_is_new(database, in_threads):
    for round_number in range(5):
        said = in_threads(
            lambda number, this=f't{round_number}': heard(
                database, 'w1', 'cpu', this
            )
        )
        assert sorted(said) == [False] + [True] * 7


def test_an_accepted_request_is_due(database, cluster):
    before = database.read(work.get, cluster.id)
    asked = sample.action(cluster_id=cluster.id)
    action = database.write(request.accept, asked)
    assert database.read(actions.get, 'p1', asked.id) == action
    after = database.read(work.get, cluster.id)
    assert after.version == before.version + 1
    assert after.look_at <= after.now


def test_requests_are_accepted_together_or_not_at_all(database, cluster):
    before = database.read(work.get, cluster.id)
    asked = [sample.action(cluster_id=cluster.id) for _ in range(3)]
    database.write(request.accept_all, asked)
    kept = [database.read(actions.get, 'p1', each.id) for each in asked]
    sequences = [each.sequence for each in kept]
    assert sequences == sorted(set(sequences))
    after = database.read(work.get, cluster.id)
    assert after.version == before.version + 1
    assert after.look_at <= after.now
    more = [sample.action(cluster_id=cluster.id), sample.action()]
    with pytest.raises(exceptions.NotFound, match='cluster'):
        database.write(request.accept_all, more)
    with pytest.raises(exceptions.NotFound):
        database.read(actions.get, 'p1', more[0].id)


def test_a_request_for_nobody_leaves_nothing(database):
    asked = sample.action()
    with pytest.raises(exceptions.NotFound, match='cluster'):
        database.write(request.accept, asked)
    with pytest.raises(exceptions.NotFound):
        database.read(actions.get, None, asked.id)


def test_a_new_cluster_comes_with_its_work_and_action(database, cluster):
    assert database.read(clusters.get, 'p1', 'web') == cluster
    (action,) = database.read(
        actions.page,
        'p1',
        filters={'cluster_id': cluster.id},
        sort=[],
        limit=9,
    )
    assert action.kind == 'create'
    assert database.read(work.due, 10) == [cluster.id]


def test_triggers_in_threads_lose_nothing(
    database, cluster, webhook, in_threads
):
    before = database.read(work.get, cluster.id)

    def trigger(conn, identity):
        told = transition.Heard(webhook.id, identity, 'up')
        if transition.seen(conn, [told]) == [True]:
            webhooks.count(conn, ignored={webhook.id: 1})
            return None
        webhooks.count(conn, triggered={webhook.id: 1})
        asked = sample.action(cluster_id=cluster.id, kind='scale_out')
        return request.accept(conn, asked).sequence

    def trigger_often(number):
        answers = []
        for each in range(10):
            database.read(webhooks.find_all, [webhook.id])
            answers.append(database.write(trigger, f'{number}-{each}'))
            answers.append(database.write(trigger, f'{number}-{each}'))
        return answers

    answers = [each for some in in_threads(trigger_often) for each in some]
    sequences = [each for each in answers if each is not None]
    assert len(set(sequences)) == 80
    assert answers.count(None) == 80
    found = database.read(webhooks.get, 'p1', webhook.id)
    assert (found.triggered, found.ignored) == (80, 80)
    after = database.read(work.get, cluster.id)
    assert after.version == before.version + 80


def test_what_hangs_on_a_webhook_goes_with_it(database, webhook):
    heard(database, webhook.id, 'cpu', 'up')
    database.write(webhooks.delete, webhook.id)
    with pytest.raises(exceptions.NotFound):
        database.read(webhooks.get, 'p1', webhook.id)
    assert not heard(database, webhook.id, 'cpu', 'up')


def test_what_hangs_on_a_cluster_goes_with_it(database, cluster, webhook):
    kept = sample.action(cluster_id=cluster.id)
    database.write(request.accept, kept)
    database.write(clusters.delete, cluster.id)
    for look in (
        lambda conn: clusters.get(conn, None, cluster.id),
        lambda conn: work.get(conn, cluster.id),
        lambda conn: work.wake(conn, cluster.id),
    ):
        with pytest.raises(exceptions.NotFound):
            database.write(look)
    assert database.read(webhooks.find_all, [webhook.id]) == {}
    assert database.read(actions.get, 'p1', kept.id).id == kept.id
