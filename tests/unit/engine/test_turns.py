"""Who hands in little does not wait for who hands in much."""

import threading

import pytest

from autoscale.engine import turns


@pytest.fixture
def pool():
    made = turns.Turns(1, 'turns')
    yield made
    made.stop(wait=True)


def test_each_has_a_turn_before_anybody_has_another(pool):
    called = []
    began, gate = threading.Event(), threading.Event()
    held = pool.submit('many', lambda: began.set() or gate.wait(30))
    assert began.wait(30)
    jobs = [
        pool.submit('many', lambda n=number: called.append(f'many {n}'))
        for number in range(100)
    ]
    jobs.append(pool.submit('one', lambda: called.append('one')))
    jobs.append(pool.submit('other', lambda: called.append('other')))
    gate.set()
    for job in [held, *jobs]:
        job.result(30)
    assert called[:4] == ['many 0', 'one', 'other', 'many 1']
    assert called[4:] == [f'many {number}' for number in range(2, 100)]


def test_what_a_call_answers_or_raises_is_told(pool):
    assert pool.submit('one', lambda: 7).result(30) == 7
    with pytest.raises(ZeroDivisionError):
        pool.submit('one', lambda: 1 // 0).result(30)
    assert pool.submit('one', lambda: 8).result(30) == 8


def test_what_was_taken_is_done_before_the_end():
    made = turns.Turns(2, 'turns')
    jobs = [made.submit(str(n % 3), lambda n=n: n) for n in range(30)]
    made.stop(wait=True)
    assert [job.result(0) for job in jobs] == list(range(30))
    with pytest.raises(RuntimeError):
        made.submit('late', lambda: None)
