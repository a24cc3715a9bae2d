"""Moments as the services write and read them; inside, seconds since 1970."""

import datetime
import functools


def short(moment: float) -> str:
    """Nova's way: whole seconds."""
    return _short(int(moment))


@functools.lru_cache(maxsize=4096)
def _short(moment: int) -> str:
    # Servers that came together share their seconds; a list is full of them.
    return _utc(moment).strftime('%Y-%m-%dT%H:%M:%SZ')


def long(moment: float) -> str:
    """Keystone's way: with microseconds."""
    return _utc(moment).strftime('%Y-%m-%dT%H:%M:%S.%fZ')


def bare(moment: float) -> str:
    """Zaqar's way: whole seconds, the zone left to be guessed."""
    return _utc(moment).strftime('%Y-%m-%dT%H:%M:%S')


def read(text: str) -> float:
    """Any ISO 8601 moment; without a zone it is UTC. ValueError if none."""
    parsed = datetime.datetime.fromisoformat(text)
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=datetime.UTC)
    return parsed.timestamp()


def _utc(moment: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(moment, datetime.UTC)
