"""Writes of one moment go together, and each has an end of its own."""

import threading

import pytest

from autoscale import exceptions
from autoscale.db import together
from tests.functional.standalone import process


class Transactions:
    """A database whose transactions end when they are let go."""

    def __init__(self, held=0):
        self.guard = threading.Lock()
        self.batches = []
        #: Of the transactions, so many do not end by themselves.
        self.held = held
        self.go = threading.Event()

    def __call__(self, asked):
        with self.guard:
            self.batches.append(list(asked))
            is_held = len(self.batches) <= self.held
        if is_held:
            assert self.go.wait(30)
        return [self.answer(each) for each in asked]

    def answer(self, asked):
        return asked.upper()


class Crowd:
    """Threads that ask, one after the other, and what each is told."""

    def __init__(self, writes):
        self.writes = writes
        self.told = {}
        self.threads = []

    def ask(self, *words):
        for word in words:
            thread = threading.Thread(target=self._ask, args=(word,))
            before = len(self.writes._waiting)
            self.threads.append(thread)
            thread.start()
            process.eventually(
                lambda before=before, word=word: (
                    len(self.writes._waiting) > before
                    or any(word in each for each in self.writes._write.batches)
                )
            )

    def _ask(self, word):
        try:
            self.told[word] = self.writes.write(word)
        except BaseException as error:
            self.told[word] = error

    def end(self):
        for thread in self.threads:
            thread.join(30)
            assert not thread.is_alive()
        return self.told


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """Nobody begins beside a transaction, however slow the machine is."""
    monkeypatch.setattr(together, 'PATIENCE', 30)


def test_who_comes_alone_goes_alone():
    transactions = Transactions()
    writes = together.Together(transactions)
    assert [writes.write(each) for each in 'ab'] == ['A', 'B']
    assert transactions.batches == [['a'], ['b']]


def test_who_comes_meanwhile_goes_together_in_order():
    transactions = Transactions(held=1)
    crowd = Crowd(together.Together(transactions))
    crowd.ask('a', 'b', 'c', 'd')
    transactions.go.set()
    assert crowd.end() == {each: each.upper() for each in 'abcd'}
    assert transactions.batches == [['a'], ['b', 'c', 'd']]
    assert crowd.writes.write('e') == 'E'


def test_no_more_go_together_than_fit(monkeypatch):
    monkeypatch.setattr(together, 'MOST', 2)
    transactions = Transactions(held=1)
    crowd = Crowd(together.Together(transactions))
    crowd.ask(*'abcdef')
    transactions.go.set()
    crowd.end()
    assert transactions.batches == [['a'], ['b', 'c'], ['d', 'e'], ['f']]


def test_each_is_told_its_own():
    transactions = Transactions(held=1)
    transactions.answer = lambda word: (
        exceptions.CapabilityNotFound() if word == 'c' else word.upper()
    )
    crowd = Crowd(together.Together(transactions))
    crowd.ask('a', 'b', 'c')
    transactions.go.set()
    told = crowd.end()
    assert isinstance(told.pop('c'), exceptions.CapabilityNotFound)
    assert told == {'a': 'A', 'b': 'B'}


def test_those_who_cannot_go_together_go_one_by_one():
    transactions = Transactions(held=1)

    def answer(word):
        if len(transactions.batches[-1]) > 1 or word == 'c':
            raise ValueError(word)
        return word.upper()

    transactions.answer = answer
    crowd = Crowd(together.Together(transactions))
    crowd.ask('a', 'b', 'c', 'd')
    transactions.go.set()
    told = crowd.end()
    assert transactions.batches[1:] == [['b', 'c', 'd'], ['b'], ['c'], ['d']]
    assert isinstance(told.pop('c'), ValueError)
    assert told == {'a': 'A', 'b': 'B', 'd': 'D'}


def test_a_database_that_is_away_is_not_asked_for_each():
    transactions = Transactions(held=1)

    def answer(_):
        raise exceptions.Unavailable(part='database')

    transactions.answer = answer
    crowd = Crowd(together.Together(transactions))
    crowd.ask('a', 'b', 'c')
    transactions.go.set()
    told = crowd.end()
    assert {type(each) for each in told.values()} == {exceptions.Unavailable}
    assert transactions.batches == [['a'], ['b', 'c']]


def test_a_transaction_that_is_stuck_holds_up_nobody(monkeypatch):
    monkeypatch.setattr(together, 'PATIENCE', 0)
    transactions = Transactions(held=1)
    crowd = Crowd(together.Together(transactions))
    crowd.ask('stuck')
    assert crowd.writes.write('a') == 'A'
    assert 'stuck' not in crowd.told
    transactions.go.set()
    assert crowd.end() == {'stuck': 'STUCK'}


def test_a_thread_that_is_made_to_stop_leaves_nobody_waiting():
    transactions = Transactions(held=1)

    def answer(word):
        if word == 'b':
            raise SystemExit
        return word.upper()

    transactions.answer = answer
    crowd = Crowd(together.Together(transactions))
    crowd.ask('a', 'b', 'c')
    transactions.go.set()
    told = crowd.end()
    assert isinstance(told['c'], exceptions.Unavailable)
    assert crowd.writes.write('d') == 'D'


def test_a_crowd_loses_nothing():
    transactions = Transactions()
    writes = together.Together(transactions)
    told = []

    def ask(number):
        for each in range(100):
            told.append(writes.write(f'w{number}-{each}'))

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(set(told)) == len(told) == 800
    assert sum(map(len, transactions.batches)) == 800
