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


def test_a_webhook_is_found_with_its_cluster(database, cluster, webhook):
    found, target = database.read(webhooks.find, webhook.id)
    assert found == webhook
    assert target == (cluster.id, 'p1', 'web', False)
    assert target.is_deleting is False


def test_an_unknown_webhook_is_nothing(database):
    with pytest.raises(exceptions.CapabilityNotFound):
        database.read(webhooks.find, 'nothing')


def test_triggers_are_counted_and_dated(database, webhook):
    database.write(webhooks.count, webhook.id, ignored=1)
    found = database.read(webhooks.get, 'p1', webhook.id)
    assert (found.triggered, found.ignored) == (0, 1)
    assert found.last_triggered_at is None
    database.write(webhooks.count, webhook.id, triggered=1)
    found = database.read(webhooks.get, 'p1', webhook.id)
    assert (found.triggered, found.ignored) == (1, 1)
    ago = database.now() - found.last_triggered_at
    assert abs(ago.total_seconds()) < 60


def test_a_transition_is_new_once(database):
    def seen(identity, transition_hash):
        return database.write(
            transition.seen, 'w1', identity, transition_hash, None
        )

    assert seen('cpu', 'up') is False
    assert seen('cpu', 'up') is True
    assert seen('cpu', 'up') is True
    assert seen('ram', 'up') is False
    assert seen('cpu', 'down') is False
    assert seen('cpu', 'up') is False


def test_webhooks_do_not_know_each_others_transitions(database):
    for webhook_id in ('w1', 'w2'):
        assert not database.write(
            transition.seen, webhook_id, 'cpu', 'up', None
        )


@pytest.mark.parametrize(
    ('window', 'is_seen'), [(3600, True), (0, False), (None, True)]
)
def test_a_transition_is_forgotten_after_its_window(database, window, is_seen):
    database.write(transition.seen, 'w1', 'cpu', 'up', window)
    again = database.write(transition.seen, 'w1', 'cpu', 'up', window)
    assert again is is_seen


def test_of_many_at_once_one_is_new(database, in_threads):
    for round_number in range(5):
        heard = in_threads(
            lambda number, this=f't{round_number}': database.write(
                transition.seen, 'w1', 'cpu', this, None
            )
        )
        assert sorted(heard) == [False] + [True] * 7


def test_an_accepted_request_is_due(database, cluster):
    before = database.read(work.get, cluster.id)
    asked = sample.action(cluster_id=cluster.id)
    action = database.write(request.accept, asked)
    assert database.read(actions.get, 'p1', asked.id) == action
    after = database.read(work.get, cluster.id)
    assert after.version == before.version + 1
    assert after.look_at <= after.now


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
        if transition.seen(conn, webhook.id, identity, 'up', None):
            webhooks.count(conn, webhook.id, ignored=1)
            return None
        webhooks.count(conn, webhook.id, triggered=1)
        asked = sample.action(cluster_id=cluster.id, kind='scale_out')
        return request.accept(conn, asked).sequence

    def trigger_often(number):
        answers = []
        for each in range(10):
            database.read(webhooks.find, webhook.id)
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
    database.write(transition.seen, webhook.id, 'cpu', 'up', None)
    database.write(webhooks.delete, webhook.id)
    with pytest.raises(exceptions.NotFound):
        database.read(webhooks.get, 'p1', webhook.id)
    assert not database.write(transition.seen, webhook.id, 'cpu', 'up', None)


def test_what_hangs_on_a_cluster_goes_with_it(database, cluster, webhook):
    kept = sample.action(cluster_id=cluster.id)
    database.write(request.accept, kept)
    database.write(clusters.delete, cluster.id)
    for look in (
        lambda conn: clusters.get(conn, None, cluster.id),
        lambda conn: webhooks.find(conn, webhook.id),
        lambda conn: work.get(conn, cluster.id),
        lambda conn: work.wake(conn, cluster.id),
    ):
        with pytest.raises(exceptions.NotFound):
            database.write(look)
    assert database.read(actions.get, 'p1', kept.id).id == kept.id
