"""The loop goes on, whatever becomes of a pass."""

import logging
import threading

import pytest

from autoscale import exceptions
from autoscale.engine import worker


class Passes:
    """The first ends with this error, the others well."""

    def __init__(self, error):
        self._errors = [error]
        self.others = threading.Semaphore(0)

    def run(self, cluster_id):
        if self._errors:
            raise self._errors.pop()
        self.others.release()


@pytest.mark.parametrize(
    'error, level',
    [
        (exceptions.Unavailable(part='database'), logging.WARNING),
        (KeyError('a mistake'), logging.ERROR),
    ],
)
def test_a_cluster_without_a_lease_is_left_to_the_due_keeper(
    caplog, error, level
):
    passes = Passes(error)
    made = worker.Worker(passes, 1)
    made.start()
    try:
        made.wake('one')
        made.wake('two')
        assert passes.others.acquire(timeout=30)
    finally:
        assert made.stop(30)
    (said,) = caplog.records
    assert 'cluster one: left to the due keeper' in said.message
    assert said.levelno == level
    assert bool(said.exc_info) == (level == logging.ERROR)
