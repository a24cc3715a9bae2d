"""Which reader reads what, and what it makes of it."""

import pytest

from autoscale import plugins
from tests.fakes import alarms

SECONDS = 30.0


def reader_of(body):
    """As a webhook finds it: the first in order that recognises the body."""
    readers = sorted(
        plugins.load(plugins.ALARMS).values(), key=lambda each: each.priority
    )
    return next(each for each in readers if each.recognises(body))


def read(body):
    return reader_of(body).read(body)


@pytest.mark.parametrize(
    ('body', 'source'),
    [
        (alarms.aodh(), 'aodh'),
        (alarms.alertmanager(), 'alertmanager'),
        (alarms.grafana(), 'grafana'),
        (alarms.older_grafana(), 'grafana'),
        (alarms.monasca(), 'generic'),
        ({'state': 'alarm'}, 'generic'),
        ({}, 'generic'),
        (None, 'empty'),
        ('', 'empty'),
        ('up', 'empty'),
        ([alarms.aodh()], 'empty'),
        (3, 'empty'),
    ],
)
def test_each_dialect_has_its_reader(body, source):
    assert read(body).source == source


def test_the_order_of_the_readers_is_theirs_alone():
    readers = plugins.load(plugins.ALARMS).values()
    assert len({each.priority for each in readers}) == len(readers)


def test_aodh_tells_its_value_and_words():
    found = read(alarms.aodh())
    assert (found.name, found.value) == ('cpu_high', 91.2)
    assert found.reason.startswith('Transition to alarm')
    assert found.identity == '7a8ed8c3-9a1a-4fd9-8a0c-6f9e4c3a5d11'
    assert found.labels == {'severity': 'moderate', 'type': 'threshold'}
    assert found.node is None


@pytest.mark.parametrize(
    'data',
    [alarms.AODH_COMPOSITE, alarms.AODH_EVENT, alarms.AODH_MEMBERS, None],
)
def test_an_aodh_alarm_without_one_number_has_no_value(data):
    assert read(alarms.aodh(reason_data=data)).value is None


def test_an_aodh_call_that_is_sent_again_is_the_same_for_a_while():
    one, other = read(alarms.aodh()), read(alarms.aodh())
    assert one.transition == other.transition
    assert one.window == SECONDS


@pytest.mark.parametrize(
    'other',
    [
        alarms.aodh(previous='alarm'),
        alarms.aodh(current='ok'),
        alarms.aodh(value=95.0),
        alarms.aodh(reason='Another'),
    ],
)
def test_another_aodh_transition_is_another(other):
    assert read(alarms.aodh()).transition != read(other).transition


def test_an_alertmanager_group_is_one_alarm():
    found = read(alarms.alertmanager(alerts=2))
    assert found.name == 'HighLoad'
    assert found.identity == '{}:{alertname="HighLoad"}'
    assert found.value == 93.5
    assert found.reason == 'The load is high'
    assert found.labels['job'] == 'web'


def test_an_alertmanager_repetition_is_the_same_for_ever():
    one, other = (read(alarms.alertmanager(alerts=2)) for _ in range(2))
    assert one.transition == other.transition
    assert one.window is None


def test_the_order_of_alerts_is_no_transition():
    body = alarms.alertmanager(alerts=2)
    turned = {**body, 'alerts': body['alerts'][::-1]}
    assert read(body).transition == read(turned).transition


@pytest.mark.parametrize(
    'other',
    [
        alarms.alertmanager('resolved'),
        alarms.alertmanager(alerts=2),
        alarms.alertmanager(startsAt='2026-01-02T00:00:00Z'),
    ],
)
def test_an_alert_that_fires_anew_is_another_transition(other):
    assert read(alarms.alertmanager()).transition != read(other).transition


@pytest.mark.parametrize('body', [alarms.alertmanager, alarms.grafana])
def test_a_rule_may_name_who_leaves(body):
    assert read(body()).node is None
    named = body(annotations={'autoscale_node': 'web-3'})
    assert read(named).node == 'web-3'
    labelled = body(commonLabels={'autoscale_node': 'web-4'})
    assert read(labelled).node == 'web-4'


def test_a_label_that_every_alert_has_names_nobody():
    body = alarms.alertmanager(commonLabels={'instance': 'web-1', 'node': 'n'})
    assert read(body).node is None


def test_an_alertmanager_group_without_alerts_is_unknown():
    found = read(alarms.alertmanager(alerts=0))
    assert found.state == 'unknown'
    assert found.reason


def test_grafana_tells_the_one_value_of_the_one_alert():
    assert read(alarms.grafana()).value == 42.5
    assert read(alarms.grafana(alerts=2)).value is None
    assert read(alarms.older_grafana()).value == 88


def test_grafana_without_data_says_so():
    found = read(alarms.grafana(alertname='DatasourceNoData'))
    assert found.state == 'unknown'
    assert 'DatasourceNoData' in found.reason


@pytest.mark.parametrize(
    ('word', 'state'),
    [
        ('alarm', 'alarm'),
        ('ALARM', 'alarm'),
        ('Firing', 'alarm'),
        ('something else', 'alarm'),
        (1, 'alarm'),
        (True, 'alarm'),
        ('1', 'alarm'),
        (None, 'alarm'),
        ('ok', 'ok'),
        ('Resolved', 'ok'),
        ('NORMAL', 'ok'),
        (0, 'ok'),
        ('0', 'ok'),
        (False, 'ok'),
        ('insufficient data', 'unknown'),
        ('INSUFFICIENT_DATA', 'unknown'),
        ('Undetermined', 'unknown'),
        ([], 'unknown'),
    ],
)
@pytest.mark.parametrize('key', ['state', 'status', 'current'])
def test_a_word_for_the_state_is_understood(key, word, state):
    assert read({key: word}).state == state


@pytest.mark.parametrize('key', ['node', 'server_id', 'instance_id'])
def test_who_leaves_may_be_named_in_so_many_words(key):
    assert read({key: 'web-3'}).node == 'web-3'
    assert read({key: ['web-3']}).node is None


def test_a_body_that_says_which_alarm_is_the_same_for_a_while():
    one = read({'id': 'a', 'state': 'alarm', 'value': 1})
    again = read({'id': 'a', 'state': 'ALARM', 'value': 1.0})
    other = read({'id': 'a', 'state': 'alarm', 'value': 2})
    assert one.transition == again.transition != other.transition
    assert one.window == SECONDS


def test_a_body_that_tells_its_time_is_the_same_for_ever():
    found = read(alarms.monasca())
    assert found.transition is not None
    assert found.window is None
    later = {**alarms.monasca(), 'alarm_timestamp': 1767225601.5}
    assert read(later).transition != found.transition


def test_a_body_that_does_not_say_which_alarm_always_counts():
    assert read({'state': 'alarm'}).transition is None
    assert read(None).transition is None


@pytest.mark.parametrize(
    ('value', 'number'),
    [
        (1, 1.0),
        ('93.5', 93.5),
        ('1e3', 1000.0),
        ('NaN', None),
        ('inf', None),
        (float('inf'), None),
        (True, None),
        ('much', None),
        ([1], None),
        (10**400, None),
    ],
)
def test_a_value_is_a_finite_number_or_none(value, number):
    assert read({'value': value}).value == number


def test_what_a_database_may_not_take_is_left_out():
    found = read({'name': 'a\x00b\ud800c', 'labels': {'x\x00': 'y\x00'}})
    assert found.name == 'a b c'
    assert found.labels == {'x': 'y'}


def test_long_texts_are_cut_and_many_labels_are_few():
    labels = {f'label-{n}': 'x' * 1000 for n in range(500)}
    found = read({'reason': 'x' * 10_000, 'labels': labels})
    assert len(found.reason) == 1024
    assert len(found.labels) == 64
    assert max(len(each) for each in found.labels.values()) == 255
