"""Whether each step was seen to happen in the cloud. Pure.

What was observed comes in, a sentence about each step goes out. A step that
was not observed was not seen: nothing is taken on trust.
"""

import dataclasses
from collections.abc import Callable
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from autoscale.cmd.demo import witness

AT_FIRST = 3
AFTER_OUT = 5
AFTER_IN = 4

QUEUE = 'drain'

Servers = dict[str, dict[str, Any]]


@dataclasses.dataclass
class Observed:
    """What was seen, as far as it came; times are seconds since 1970."""

    before: Servers | None = None  #: the cloud's servers, by id
    between: Servers | None = None  #: after the scale-out
    after: Servers | None = None  #: after the scale-in
    out_at: float | None = None  #: when the alarm for it was posted
    out: dict[str, Any] | None = None  #: the action, as the API shows it
    in_at: float | None = None
    into: dict[str, Any] | None = None
    victim: str | None = None  #: the id of the server that was to leave
    hook: dict[str, Any] | None = None  #: as the API shows it
    cluster: dict[str, Any] | None = None
    sightings: list[witness.Sighting] = dataclasses.field(default_factory=list)
    gone_at: float | None = None  #: when the cloud first had it no more
    log: list[witness.Request] = dataclasses.field(default_factory=list)

    def message(self) -> witness.Request | None:
        """The post that put the lifecycle message on the queue."""
        path = f'/messaging/v2/queues/{QUEUE}/messages'
        posts = [each for each in self.log if each.path == path]
        if self.in_at is None:
            return None
        return witness.first(posts, 'post_messages', since=self.in_at)

    def claim(self) -> witness.Request | None:
        """The claim with which the application took that message."""
        message = self.message()
        if message is None:
            return None
        return witness.first(self.log, 'create_claim', about=message.ids)

    def taken_off(self) -> witness.Request | None:
        """The application's removal of that message, after its answer."""
        message = self.message()
        if message is None:
            return None
        return witness.first(self.log, 'delete_message', about=message.ids)

    def answered_at(self) -> float | None:
        """When the service took the application's answer."""
        if not self.hook or not self.hook.get('ended_at'):
            return None
        return seconds(self.hook['ended_at'])

    def deletions(self) -> list[witness.Request]:
        """Every attempt to delete the server, whatever became of it."""
        return [
            each
            for each in self.log
            if each.operation == 'delete_server' and self.victim in each.ids
        ]

    def last_in_service(self) -> witness.Sighting | None:
        """The last sight of it in service, told but not yet answered for."""
        message, answered = self.message(), self.answered_at()
        if message is None or answered is None:
            return None
        for each in reversed(self.sightings):
            if each.asked >= message.ended and each.answered <= answered:
                return each if each.is_in_service else None
        return None


def seconds(moment: str) -> float:
    """A time as the API shows it, in seconds since 1970."""
    return datetime.fromisoformat(moment).timestamp()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Check:
    what: str
    seen: bool


def checks(observed: Observed) -> list[Check]:
    """A word about each step, in the order in which they come."""
    return [Check(what=what, seen=seen) for what, seen in _each(observed)]


def _each(observed: Observed) -> Iterator[tuple[str, bool]]:
    for what, look in _STEPS:
        yield what, bool(look(observed))


def _all_active(servers: Servers | None, count: int) -> bool:
    return (
        servers is not None
        and len(servers) == count
        and all(each['status'] == 'ACTIVE' for each in servers.values())
    )


def _began(observed: Observed) -> bool:
    return _all_active(observed.before, AT_FIRST)


def _grew(observed: Observed) -> bool:
    """Two more, asked for after the alarm; the first three are the same."""
    if not _all_active(observed.between, AFTER_OUT):
        return False
    if observed.before is None or observed.out_at is None:
        return False
    added = set(observed.between or ()) - set(observed.before)
    asked = witness.first(
        observed.log, 'create_servers', about=[*added], since=observed.out_at
    )
    return (
        len(added) == AFTER_OUT - AT_FIRST
        and set(observed.before) <= set(observed.between or ())
        and asked is not None
        and added == set(asked.ids)
    )


def _was_told(observed: Observed) -> bool:
    return observed.message() is not None


def _stood_on(observed: Observed) -> bool:
    return observed.last_in_service() is not None


def _answered(observed: Observed) -> bool:
    """Between the claim of the message and its removal: both in the log."""
    claim, answered = observed.claim(), observed.answered_at()
    off = observed.taken_off()
    return (
        claim is not None
        and off is not None
        and answered is not None
        and (observed.hook or {}).get('answer') == 'continue'
        and claim.time <= answered <= off.ended
    )


def _deleted_after(observed: Observed) -> bool:
    """The first attempt counts, even one that was refused."""
    attempts, answered = observed.deletions(), observed.answered_at()
    return (
        answered is not None
        and bool(attempts)
        and attempts[0].time >= answered
        and any(each.is_done for each in attempts)
    )


def _is_gone(observed: Observed) -> bool:
    return (
        observed.gone_at is not None
        and observed.between is not None
        and observed.after is not None
        and observed.victim in observed.between
        and observed.victim not in observed.after
    )


def _alone(observed: Observed) -> bool:
    return (
        _all_active(observed.after, AFTER_IN)
        and set(observed.between or ()) - set(observed.after or ())
        == {observed.victim}
        and set(observed.after or ()) <= set(observed.between or ())
    )


def _agrees(observed: Observed) -> bool:
    """What the service says of it is the same."""
    sizes = [
        (AT_FIRST, AFTER_OUT, observed.out),
        (AFTER_OUT, AFTER_IN, observed.into),
    ]
    for before, after, action in sizes:
        decision = (action or {}).get('decision') or {}
        if (action or {}).get('status') != 'SUCCEEDED':
            return False
        if (decision.get('from'), decision.get('to')) != (before, after):
            return False
    return (observed.cluster or {}).get('desired_capacity') == AFTER_IN


_STEPS: tuple[tuple[str, Callable[[Observed], bool]], ...] = (
    ('there were three servers, all ACTIVE', _began),
    ('after the first alarm two more were asked for, and came', _grew),
    ('after the second alarm a message was on the queue', _was_told),
    ('with the message out, the server was still there, ACTIVE', _stood_on),
    ('the application took the message, and gave the token back', _answered),
    ('nobody asked to delete that server before; then it was', _deleted_after),
    ('that server is gone', _is_gone),
    ('no other is: the four that were to stay are there, ACTIVE', _alone),
    ('the service tells it as it was: 3 -> 5, 5 -> 4', _agrees),
)
