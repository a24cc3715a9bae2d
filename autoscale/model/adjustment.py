"""The arithmetic of sizes: from a size and a wish for change to a size.

It is here, and not in the policy that speaks of it, since a request to
resize is the same arithmetic with nobody's policy behind it.
"""

import fractions
import math

from autoscale.model import proposal


def adjusted(
    current: int,
    adjustment_type: str,
    number: float,
    min_step: int | None = None,
) -> int:
    """The size that `number` makes of `current`; bounds are not looked at.

    `number` is signed: members for CHANGE_IN_CAPACITY, a size for
    EXACT_CAPACITY, per cent of `current` for CHANGE_IN_PERCENTAGE. A
    percentage that comes to less than one member is one member; anything
    larger loses its fraction; then `min_step` members at least. The answer
    may be negative. Raises ValueError for an unknown type.
    """
    if adjustment_type == proposal.EXACT_CAPACITY:
        return int(number)
    if adjustment_type == proposal.CHANGE_IN_CAPACITY:
        return current + int(number)
    if adjustment_type == proposal.CHANGE_IN_PERCENTAGE:
        return current + _share(current, number, min_step or 0)
    raise ValueError(f'There is no adjustment type {adjustment_type!r}.')


def _share(current: int, percentage: float, min_step: int) -> int:
    """So many members, with the sign of `percentage`."""
    if not percentage:
        return 0
    # Through its decimal spelling: 0.7 per cent of 1,000 is 7, and not the
    # 6 that is left of a binary 6.999….
    exact = current * fractions.Fraction(str(abs(percentage))) / 100
    members = max(1 if exact < 1 else math.floor(exact), min_step)
    return members if percentage > 0 else -members
