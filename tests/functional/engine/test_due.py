"""What the keeper of what is due hands to the worker, and in how long."""

import itertools

import pytest

from autoscale.db import work
from autoscale.engine.keepers import due


class Hands:
    """Remembers in how many seconds it shall see to what."""

    def __init__(self):
        self.woken = {}

    def wake(self, cluster_id, delay=0.0):
        self.woken[cluster_id] = delay


@pytest.fixture
def cluster(house):
    return house.add_cluster()


@pytest.fixture
def look(house):
    """Look, four seconds after the last look; who was woken, and for when."""
    hands, clock = Hands(), itertools.count(step=4).__next__
    keeper = due.Due(house.db, hands, 10, clock)

    def run_once():
        hands.woken.clear()
        assert keeper.run_once() == len(hands.woken)
        return hands.woken

    return run_once


def test_what_nobody_has_in_hand_is_seen_to_at_once(cluster, look):
    assert look() == {cluster: 0.0}


def test_a_lease_that_ends_before_the_next_look_is_awaited(
    house, cluster, look
):
    house.db.write(work.claim, cluster, 'killed', 5)
    (delay,) = look().values()
    assert 0 < delay <= 5 + due.AFTER


def test_a_lease_that_another_look_will_see_ending_is_left(
    house, cluster, look
):
    house.db.write(work.claim, cluster, 'alive', 10)
    assert look() == {}
