"""Calls to other services, counted by what became of them."""

import pytest

from autoscale import exceptions
from autoscale.metrics import calls
from tests.fakes import figures

SECONDS = 'autoscale_cloud_call_seconds_count'
ERRORS = 'autoscale_cloud_call_errors_total'
OF = {'service': 'nova', 'operation': 'sing'}


class Nova:
    @calls.operation('nova')
    def sing(self, song, error=None):
        """Sing a song."""
        if error is not None:
            raise error
        return f'la {song}'


def test_an_operation_has_the_name_of_its_method():
    grown = figures.Growth()
    assert Nova().sing('ho') == 'la ho'
    assert grown.of(SECONDS, **OF) == 1
    assert grown.series(ERRORS) == []
    assert Nova.sing.__doc__ == 'Sing a song.'


def test_a_failure_is_counted_by_its_kind_and_goes_on():
    grown = figures.Growth()
    full = exceptions.NoCapacity(service='nova', operation='x', reason='full')
    with pytest.raises(exceptions.NoCapacity):
        Nova().sing('ho', full)
    assert grown.of(SECONDS, **OF) == 1
    assert grown.of(ERRORS, kind='capacity', **OF) == 1


def test_an_error_that_says_nothing_of_itself_is_another():
    grown = figures.Growth()
    with pytest.raises(RuntimeError):
        Nova().sing('ho', RuntimeError())
    assert grown.of(ERRORS, kind='other', **OF) == 1
