"""Zaqar's limits with their defaults, and its words when one is passed."""

import re
from typing import Any

from autoscale.devcloud import exchange

MOST_PER_PAGE = 20  #: also per claim and per pop
DEFAULT_PER_PAGE = 10
MOST_BYTES = 256 * 1024  #: of one post, as it comes over the wire
LEAST_TTL, MOST_TTL, DEFAULT_TTL = 60, 1_209_600, 3600
LEAST_CLAIM, MOST_CLAIM = 60, 43_200
DEFAULT_CLAIM_TTL, DEFAULT_CLAIM_GRACE = 300, 60
MOST_DELAY = 900
LONGEST_NAME = 64

_NAME = re.compile(r'[a-zA-Z0-9_.\-]+')


def check_queue_name(name: str) -> None:
    """Refuse a name that no queue can have."""
    if len(name) > LONGEST_NAME:
        raise exchange.Refused(
            400,
            f'Queue names may not be more than {LONGEST_NAME} characters '
            'long.',
        )
    if not _NAME.fullmatch(name):
        raise exchange.Refused(
            400,
            'Queue names may only contain ASCII letters, digits, '
            'underscores, dots and dashes.',
        )


def number(request: exchange.Request, name: str) -> int | None:
    """A whole number from the query, or None."""
    text = request.parameter(name)
    if text is None:
        return None
    try:
        return int(text)
    except ValueError:
        raise exchange.Refused(
            400,
            f'The "{name}" parameter is invalid. The value must be an '
            'integer.',
            title='Invalid parameter',
        ) from None


def limit(request: exchange.Request) -> int:
    """How many a page or a claim may hold."""
    wanted = number(request, 'limit')
    if wanted is None:
        return DEFAULT_PER_PAGE
    return check_limit(wanted)


def check_limit(wanted: int) -> int:
    if not 0 < wanted <= MOST_PER_PAGE:
        raise exchange.Refused(
            400,
            'Bad request: limit must be at least 1 and no greater than '
            f'{MOST_PER_PAGE}.',
        )
    return wanted


def seconds(value: Any, what: str, *, least: int, most: int) -> int:
    """A time that Zaqar will accept for `what`."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise exchange.Refused(
            400, f'The value of the "{what}" field must be a int.'
        )
    if not least <= value <= most:
        raise exchange.Refused(
            400,
            f'The {what} may not exceed {most} seconds, and must be at least '
            f'{least} seconds long.',
        )
    return value
