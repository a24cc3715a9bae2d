import hypothesis
import pytest
from hypothesis import strategies

from autoscale.model.adjustment import adjusted
from autoscale.model.proposal import CHANGE_IN_CAPACITY
from autoscale.model.proposal import CHANGE_IN_PERCENTAGE
from autoscale.model.proposal import EXACT_CAPACITY

sizes = strategies.integers(0, 100_000)
shares = strategies.floats(-1000, 1000, allow_nan=False)


@pytest.mark.parametrize(
    ('current', 'percentage', 'min_step', 'size'),
    [
        (10, 10, None, 11),
        (10, -10, None, 9),
        (10, 5, None, 11),
        (10, -5, None, 9),
        (10, 19, None, 11),
        (10, -19, None, 9),
        (10, 25, None, 12),
        (10, -25, None, 8),
        (10, 5, 3, 13),
        (10, -5, 3, 7),
        (10, 50, 3, 15),
        (10, 0, 3, 10),
        (0, 50, None, 1),
        (0, -50, None, -1),
        (1000, 0.7, None, 1007),
        (3, 33.333, None, 4),
        (3, 200, None, 9),
    ],
)
def test_a_percentage_rounds_away_from_zero_under_one_else_toward_it(
    current, percentage, min_step, size
):
    answer = adjusted(current, CHANGE_IN_PERCENTAGE, percentage, min_step)
    assert answer == size


def test_a_change_is_added_and_an_exact_size_is_taken():
    assert adjusted(4, CHANGE_IN_CAPACITY, 3, 9) == 7
    assert adjusted(4, CHANGE_IN_CAPACITY, -5) == -1
    assert adjusted(4, EXACT_CAPACITY, 0) == 0


def test_an_unknown_type_is_an_error():
    with pytest.raises(ValueError, match='BY_FEELING'):
        adjusted(1, 'BY_FEELING', 1)


@hypothesis.given(sizes, shares, strategies.integers(1, 50))
def test_a_percentage_moves_by_min_step_at_least_and_in_its_direction(
    current, percentage, min_step
):
    change = (
        adjusted(current, CHANGE_IN_PERCENTAGE, percentage, min_step) - current
    )
    if percentage == 0:
        assert change == 0
    else:
        assert abs(change) >= min_step
        assert (change > 0) == (percentage > 0)


@hypothesis.given(sizes, shares)
def test_growing_and_shrinking_by_a_share_are_mirror_images(current, share):
    grown = adjusted(current, CHANGE_IN_PERCENTAGE, share)
    shrunk = adjusted(current, CHANGE_IN_PERCENTAGE, -share)
    assert grown - current == current - shrunk
