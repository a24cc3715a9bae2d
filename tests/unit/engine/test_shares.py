"""One project never has all threads; it is the last that others find."""

import datetime
import threading

import pytest

from autoscale.engine import one_pass
from autoscale.engine import shares
from autoscale.engine import worker
from tests.functional.standalone.process import eventually


@pytest.mark.parametrize(
    ('threads', 'most'), [(1, 1), (2, 1), (4, 3), (8, 6), (16, 12)]
)
def test_a_quarter_of_the_threads_is_for_others(threads, most):
    made = shares.Shares(threads)
    for number in range(20):
        made.learn(f'c{number}', 'crowd')
    taken = [made.take(f'c{number}', 0.0) for number in range(20)]
    assert taken == [True] * most + [False] * (20 - most)
    assert made.take('unknown', 0.0)


def test_those_put_aside_follow_in_their_order():
    made = shares.Shares(1)
    for each in ('a', 'b', 'c'):
        made.learn(each, 'crowd')
    assert made.take('a', 1.0)
    assert not made.take('b', 2.0)
    assert not made.take('c', 3.0)
    assert ('b' in made, 'a' in made, len(made)) == (True, False, 2)
    assert made.give_back('a') == (2.0, 'b')
    assert made.take('b', 2.0)
    assert made.give_back('b') == (3.0, 'c')
    assert made.take('c', 3.0)
    assert made.give_back('c') is None
    assert not len(made)


def test_only_so_many_clusters_are_remembered():
    made = shares.Shares(1)
    made.learn('first', 'crowd')
    for number in range(shares.REMEMBERED):
        made.learn(str(number), 'crowd')
    assert made.take('first', 0.0)
    assert made.take('0', 0.0)
    assert not made.take('1', 0.0)


class Passes:
    """Passes of the crowd are held until they are let go."""

    def __init__(self):
        self.held = threading.Event()
        self.began = threading.Semaphore(0)
        self.others = threading.Semaphore(0)
        self.ran = []

    def run(self, cluster_id):
        self.ran.append(cluster_id)
        crowded = cluster_id.startswith('crowd')
        if crowded:
            self.began.release()
            assert self.held.wait(30)
        else:
            self.others.release()
        now = datetime.datetime.now(datetime.UTC)
        return one_pass.Result(
            project_id='crowd' if crowded else 'neighbour',
            now=now,
            look_at=None,
            is_due_again=False,
        )


def test_a_neighbour_is_seen_to_while_a_crowd_waits_for_the_cloud():
    passes = Passes()
    made = worker.Worker(passes, 4)
    made.start()
    try:
        # Whose they are is learnt first.
        passes.held.set()
        for number in range(10):
            made.wake(f'crowd {number}')
            assert passes.began.acquire(timeout=30)
        eventually(made.idle)
        passes.held.clear()
        for number in range(10):
            made.wake(f'crowd {number}')
        for _ in range(3):
            assert passes.began.acquire(timeout=30)
        made.wake('neighbour')
        assert passes.others.acquire(timeout=30)
        assert passes.ran[-1] == 'neighbour'
        passes.held.set()
        for _ in range(7):
            assert passes.began.acquire(timeout=30)
    finally:
        passes.held.set()
        assert made.stop(30)
    assert made.idle()
