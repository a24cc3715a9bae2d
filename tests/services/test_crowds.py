"""Many at once: none is lost, none is doubled, and nobody sees an error."""

import collections
import time

import pytest

#: What an alarm service posts again and again while the alarm goes on.
ALARM = {
    'alarm_name': 'cpu_high',
    'alarm_id': '7a3c2d38-11d2-4d63-b9d3-0f3a0cb2b1b9',
    'severity': 'low',
    'previous': 'ok',
    'current': 'alarm',
    'reason': 'Transition to alarm due to 1 samples outside threshold',
    'reason_data': {'type': 'threshold'},
}


@pytest.fixture(autouse=True)
def quiet(service):
    """No process complains in its log."""
    sizes = {each: each.stat().st_size for each in service.logs()}
    yield
    for each, size in sizes.items():
        said = each.read_bytes()[size:].decode()
        bad = [line for line in said.splitlines() if ' ERROR ' in line]
        assert not bad, f'{each.name}: {bad}'


def path_of(service, webhook):
    """The alarm URL, at one API and then at the other."""
    url = webhook['alarm_url']
    return service.a_url() + url[url.index('/v1/') :]


def accepted(answers):
    """The ids of the actions in these answers, all of them 202."""
    statuses = collections.Counter(each.status_code for each in answers)
    assert set(statuses) == {202}, statuses
    actions = [each.json()['action'] for each in answers]
    return [each['id'] for each in actions if each is not None]


def all_succeed(service, actions):
    assert len(set(actions)) == len(actions)
    for each in actions:
        assert service.end_of(each, 60)['status'] == 'SUCCEEDED'


def test_triggers_of_one_webhook(service, record_property):
    cluster = service.cluster(1)
    webhook = service.webhook(cluster, 'scale_out', params={'count': 1})
    began = time.monotonic()
    answers = service.at_once(
        lambda session, _: session.post(path_of(service, webhook)), 80
    )
    spent = time.monotonic() - began
    record_property('triggers a second, 16 clients', round(80 / spent))
    asked = accepted(answers)
    assert len(asked) == 80
    all_succeed(service, asked)
    service.check_books(cluster, 81)
    shown = service.get(f'/v1/webhooks/{webhook["id"]}')['webhook']
    assert shown['triggered'] == 80


def test_one_alarm_that_repeats_itself(service):
    cluster = service.cluster(1)
    webhook = service.webhook(cluster, 'scale_out', params={'count': 1})
    answers = service.at_once(
        lambda session, _: session.post(path_of(service, webhook), json=ALARM),
        60,
    )
    (asked,) = accepted(answers)
    all_succeed(service, [asked])
    service.check_books(cluster, 2)


def test_webhooks_of_one_cluster(service):
    cluster = service.cluster(30)
    webhooks = [
        service.webhook(
            cluster,
            'scale_in' if number % 2 else 'scale_out',
            params={'count': 1},
        )
        for number in range(10)
    ]
    answers = service.at_once(
        lambda session, number: session.post(
            path_of(service, webhooks[number % 10])
        ),
        50,
    )
    asked = accepted(answers)
    assert len(asked) == 50
    all_succeed(service, asked)
    service.check_books(cluster, 30)


def test_clusters(service):
    profile = service.profile()
    wanted = [
        {
            'name': service.name('many'),
            'profile_id': profile,
            'desired_capacity': 2,
        }
        for _ in range(24)
    ]
    answers = service.at_once(
        lambda session, number: session.post(
            f'{service.a_url()}/v1/clusters', json={'cluster': wanted[number]}
        ),
        len(wanted),
    )
    clusters = [each.json()['cluster']['id'] for each in answers]
    all_succeed(service, accepted(answers))
    requests = [{'scale_out': {'count': 2}}, {'scale_in': {'count': 1}}]
    answers = service.at_once(
        lambda session, number: session.post(
            f'{service.a_url()}/v1/clusters/{clusters[number // 2]}/actions',
            json=requests[number % 2],
        ),
        2 * len(clusters),
    )
    all_succeed(service, accepted(answers))
    for each in clusters:
        service.check_books(each, 3)


def test_answers_of_one_cluster(service, cloud):
    """Each is given twice, to both APIs, in the same moment."""
    queue = service.name('choir')
    cluster = service.draining_cluster(20, queue)
    action = service.ask(cluster, 'scale_in', count=16)
    messages = service.messages(queue, 16)

    def complete(session, number):
        message = messages[number // 2]
        url = message['complete_url']
        return session.post(
            service.a_url() + url[url.index('/v1/') :],
            json={
                'lifecycle_action_token': message['lifecycle_action_token'],
                'result': 'continue',
            },
        )

    answers = service.at_once(complete, 32)
    assert {each.status_code for each in answers} == {200}
    assert service.end_of(action)['status'] == 'SUCCEEDED'
    service.check_books(cluster, 4)
    assert len(cloud.messages(queue)) == 16
