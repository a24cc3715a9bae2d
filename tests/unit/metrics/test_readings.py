"""Gauges that are asked for when Prometheus comes."""

import threading

from autoscale.metrics.readings import Reading
from autoscale.metrics.readings import Readings


def reading(number):
    return Reading(
        name='members',
        text='How many.',
        labels=('cluster',),
        values={('c1',): number},
    )


class Source:
    def __init__(self):
        self.asked = 0
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.error = None

    def __call__(self):
        self.asked += 1
        self.may_answer.wait(30)
        if self.error is not None:
            raise self.error
        return [reading(self.asked)]


def values(readings):
    return [
        (each.name, each.labels, each.value)
        for family in readings.collect()
        for each in family.samples
    ]


def test_nobody_is_asked_until_somebody_comes():
    source = Source()
    readings = Readings(source)
    assert source.asked == 0
    assert values(readings) == [('members', {'cluster': 'c1'}, 1)]


def test_an_answer_is_given_again_for_a_while():
    source = Source()
    readings = Readings(source, life=60)
    assert values(readings) == values(readings)
    assert source.asked == 1


def test_an_old_answer_is_asked_for_anew():
    source = Source()
    readings = Readings(source, life=0.0001)
    for _ in range(100):
        values(readings)
    assert source.asked > 1


def test_who_is_slow_is_not_waited_for_and_asked_once():
    source = Source()
    source.may_answer.clear()
    readings = Readings(source, patience=0.01, life=60)
    assert values(readings) == []
    assert values(readings) == []
    assert source.asked == 1
    asking = readings._asking
    source.may_answer.set()
    asking.join(10)
    assert values(readings) == [('members', {'cluster': 'c1'}, 1)]


def test_a_failure_leaves_the_page_without_its_gauges(caplog):
    source = Source()
    source.error = RuntimeError('the database is away')
    readings = Readings(source)
    assert values(readings) == []
    assert 'the database is away' in caplog.text
    source.error = None
    assert len(values(readings)) == 1
