import hypothesis
from hypothesis import strategies

from autoscale.clients import zaqar

SIZES = strategies.lists(strategies.integers(0, 300_000), max_size=60)


@hypothesis.given(SIZES)
@hypothesis.settings(deadline=None)
def test_batches_keep_everything_in_order_and_are_never_too_much(sizes):
    batches = list(zaqar.batches(sizes, lambda size: 'x' * size))
    assert [size for batch in batches for size in batch] == sizes
    for batch in batches:
        assert 0 < len(batch) <= zaqar.MESSAGES_A_POST
        assert len(batch) == 1 or sum(batch) <= 200_000


def test_a_hundred_small_ones_are_five_batches():
    batches = list(zaqar.batches(range(100), lambda n: {'n': n}))
    assert [len(batch) for batch in batches] == [20] * 5
