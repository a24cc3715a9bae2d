"""How often a webhook may trigger."""

import pytest

from autoscale import exceptions
from autoscale.api import rate


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def taken(buckets, key, times):
    """How many of so many in a row are allowed."""
    allowed = 0
    for _ in range(times):
        try:
            buckets.take(key)
            allowed += 1
        except exceptions.RateLimited:
            pass
    return allowed


def test_a_burst_is_allowed_and_no_more(clock):
    buckets = rate.Buckets(2, 5, clock)
    assert taken(buckets, 'a', 9) == 5


def test_time_fills_the_bucket_up_to_the_burst(clock):
    buckets = rate.Buckets(2, 5, clock)
    taken(buckets, 'a', 5)
    clock.now += 1
    assert taken(buckets, 'a', 9) == 2
    clock.now += 1000
    assert taken(buckets, 'a', 9) == 5


def test_each_webhook_has_its_own(clock):
    buckets = rate.Buckets(1, 1, clock)
    assert taken(buckets, 'a', 2) == 1
    assert taken(buckets, 'b', 2) == 1


def test_the_seconds_to_wait_are_told(clock):
    buckets = rate.Buckets(0.1, 1, clock)
    buckets.take('a')
    clock.now += 3
    with pytest.raises(exceptions.RateLimited) as caught:
        buckets.take('a')
    assert caught.value.facts == {'retry_after': 7}
    clock.now += 7
    buckets.take('a')


def test_a_rate_of_zero_is_no_bound(clock):
    assert taken(rate.Buckets(0, 1, clock), 'a', 1000) == 1000


def test_buckets_are_not_kept_for_ever(clock, monkeypatch):
    monkeypatch.setattr(rate, 'MOST_BUCKETS', 3)
    buckets = rate.Buckets(1, 1, clock)
    for key in 'abcd':
        buckets.take(key)
    assert len(buckets._buckets) == 3
    assert taken(buckets, 'd', 1) == 0
    assert taken(buckets, 'a', 1) == 1
