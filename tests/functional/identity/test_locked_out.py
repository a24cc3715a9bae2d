"""A credential that no longer works is seen, said, and got over."""

from tests.functional.identity.town import eventually


def servers(town):
    return [each['status'] for each in town.cloud.servers()]


def test_a_revoked_trust_locks_out_and_another_lets_in(town):
    one, idle = town.cluster(1), town.cluster(1, name='idle')
    town.revoke_trusts()
    shown = town.await_status(one, 'LOCKED_OUT')
    assert 'PUT /v1/credential' in shown['status_reason']
    assert 'gives no token for the trust' in shown['status_reason']
    town.await_status(idle, 'LOCKED_OUT')
    stored = town.credential()
    assert stored['state'] == 'broken'
    assert stored['broken_at'] is not None
    assert 'gives no token for the trust' in stored['reason']
    made = town.application_credential('demo', 'mine')
    assert town.give(made).status == 200
    for each in (one, idle):
        town.await_status(each, 'ACTIVE')
        assert town.count(each, 'cluster.locked_out') == 1
        assert town.count(each, 'cluster.let_in') == 1
    assert town.act(one, scale_out={'count': 1}).status == 202
    eventually(lambda: servers(town) == ['ACTIVE'] * 3)


def test_what_is_asked_meanwhile_waits_and_is_done(town):
    cluster = town.cluster(1)
    made = town.application_credential('demo', 'mine')
    token = town.application_token(made)
    town.revoke_trusts()
    town.await_status(cluster, 'LOCKED_OUT')
    asked = town.act(cluster, token=token, scale_out={'count': 2})
    assert asked.status == 202
    action = f'/v1/actions/{asked.json["action"]["id"]}'
    # Whatever passes are run meanwhile, they do not end it.
    for _ in range(3):
        town.engine.passes.run(cluster)
    assert town.call('GET', action).json['action']['status'] == 'QUEUED'
    assert town.show(cluster)['desired_capacity'] == 1
    assert len(servers(town)) == 1
    assert town.give(made, token=token).status == 200
    eventually(
        lambda: (
            town.call('GET', action).json['action']['status'] == 'SUCCEEDED'
        )
    )
    assert servers(town) == ['ACTIVE'] * 3


def test_a_request_with_a_password_s_token_is_enough_to_get_in(town):
    cluster = town.cluster(1)
    town.revoke_trusts()
    town.await_status(cluster, 'LOCKED_OUT')
    assert town.act(cluster, scale_out={'count': 1}).status == 202
    town.await_status(cluster, 'ACTIVE')
    eventually(lambda: servers(town) == ['ACTIVE'] * 2)
    assert len(town.trusts()) == 1
    assert town.count(cluster, 'cluster.let_in') == 1


def test_a_user_who_is_enabled_again_needs_to_do_nothing(town):
    cluster = town.cluster(1)
    colleague = town.token('colleague', 'demo')
    town.cloud.enable_user('demo', False)
    town.await_status(cluster, 'LOCKED_OUT', colleague)
    town.cloud.enable_user('demo', True)
    town.await_status(cluster, 'ACTIVE', colleague)
    assert town.count(cluster, 'cluster.locked_out', colleague) == 1
    assert town.count(cluster, 'cluster.let_in', colleague) == 1
    assert town.credential(town.fresh_token('demo'))['state'] == 'working'


def test_a_colleague_takes_over_from_a_user_who_is_gone(town):
    cluster = town.cluster(1)
    colleague = town.token('colleague', 'demo')
    town.cloud.enable_user('demo', False)
    town.await_status(cluster, 'LOCKED_OUT', colleague)
    asked = town.act(cluster, token=colleague, scale_out={'count': 1})
    assert asked.status == 202
    shown = town.await_status(cluster, 'ACTIVE', colleague)
    assert shown['user_id'] == town.cloud.user_id('colleague')
    eventually(lambda: servers(town) == ['ACTIVE'] * 2)
    assert town.count(cluster, 'cluster.owner_changed', colleague) == 1


def test_a_colleague_owns_nothing_while_the_owner_s_works(town):
    cluster = town.cluster(1)
    colleague = town.token('colleague', 'demo')
    asked = town.act(cluster, token=colleague, scale_out={'count': 1})
    assert asked.status == 202
    eventually(lambda: servers(town) == ['ACTIVE'] * 2)
    assert town.show(cluster)['user_id'] == town.cloud.user_id('demo')
    assert len(town.trusts()) == 1


def test_a_cluster_that_is_locked_out_can_be_deleted_later(town):
    cluster = town.cluster(2)
    made = town.application_credential('demo', 'mine')
    token = town.application_token(made)
    town.revoke_trusts()
    town.await_status(cluster, 'LOCKED_OUT')
    path = f'/v1/clusters/{cluster}'
    assert town.call('DELETE', path, token=token).status == 202
    town.engine.passes.run(cluster)
    assert len(servers(town)) == 2
    assert town.give(made, token=token).status == 200
    eventually(lambda: town.call('GET', path).status == 404)
    assert servers(town) == []


def test_a_service_that_cannot_log_in_blames_no_user(town, caplog):
    cluster = town.cluster(1)
    town.cloud.enable_user('autoscale', False)
    eventually(lambda: '[service_auth] does not work' in caplog.text)
    assert town.database.read(state_of, cluster) == ('working', 'ACTIVE')
    town.cloud.enable_user('autoscale', True)
    assert town.credential()['state'] == 'working'


def state_of(conn, cluster):
    from autoscale.db import cluster as clusters
    from autoscale.db import credential as credentials

    found = clusters.get(conn, None, cluster)
    own = credentials.find(conn, found.user_id, found.project_id)
    return own.state, found.status


def test_another_engine_notices_what_was_stored(town):
    """It has the old login in hand, and hears of nothing."""
    cluster = town.cluster(1)
    made = town.application_credential('demo', 'mine')
    of_old = town.engine.doors.nova(town.database.read(get, cluster))
    assert town.give(made).status == 200
    assert town.trusts() == []
    assert town.act(cluster, scale_out={'count': 1}).status == 202
    eventually(lambda: servers(town) == ['ACTIVE'] * 2)
    of_new = town.engine.doors.nova(town.database.read(get, cluster))
    assert of_new is not of_old
    assert town.count(cluster, 'cluster.locked_out') == 0
    assert town.credential()['state'] == 'working'


def get(conn, cluster):
    from autoscale.db import cluster as clusters

    return clusters.get(conn, None, cluster)
