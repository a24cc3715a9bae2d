"""Threads queue in the order in which they came."""

import threading

import pytest

from autoscale.db import turn
from tests.functional.standalone import process


def test_a_free_turn_is_taken_again_and_again():
    mine = turn.Turn()
    for _ in range(3):
        with mine:
            pass


def test_who_came_first_goes_first():
    mine = turn.Turn()
    order = []

    def take(number):
        with mine:
            order.append(number)

    threads = [
        threading.Thread(target=take, args=(number,)) for number in range(5)
    ]
    with mine:
        for count, thread in enumerate(threads, start=1):
            thread.start()
            process.eventually(lambda count=count: len(mine._waiting) == count)
        assert order == []
    for thread in threads:
        thread.join(timeout=30)
    assert order == list(range(5))


@pytest.mark.parametrize('places', [1, 3])
def test_no_more_are_inside_than_there_are_places(places):
    mine = turn.Turn(places)
    inside = []
    most = []

    def take():
        for _ in range(200):
            with mine:
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert max(most) <= places
    assert len(most) == 1600


def test_all_places_are_taken_at_once():
    mine = turn.Turn(3)
    gate = threading.Barrier(3)

    def take():
        with mine:
            gate.wait(timeout=30)

    threads = [threading.Thread(target=take) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert not gate.broken


def test_whose_patience_ends_goes_on_without_a_place():
    mine = turn.Turn(1, patience=0.01)
    is_inside, may_go = threading.Event(), threading.Event()

    def stay():
        with mine:
            is_inside.set()
            may_go.wait(timeout=30)

    threads = [threading.Thread(target=stay) for _ in range(3)]
    for thread in threads:
        is_inside.clear()
        thread.start()
        assert is_inside.wait(timeout=30)
    assert not mine._waiting
    may_go.set()
    for thread in threads:
        thread.join(timeout=30)
    with mine:
        assert mine.is_mine()


def test_who_has_a_turn_is_known():
    mine = turn.Turn(2)
    assert not mine.is_mine()
    with mine:
        assert mine.is_mine()
    assert not mine.is_mine()


def test_a_turn_inside_a_turn_is_an_error_and_not_a_silence():
    mine = turn.Turn()
    with mine, pytest.raises(RuntimeError):
        mine.__enter__()
    with mine:
        pass


def test_a_file_has_one_turn():
    assert turn.of('/a') is turn.of('/a')
    assert turn.of('/a') is not turn.of('/b')
