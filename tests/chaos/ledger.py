"""What was asked, answered and struck, with times; and what went wrong.

Everybody writes here, from many threads. The log is one file that a person
can read; the rest is what the checks read in the end.
"""

import collections
import dataclasses
import pathlib
import threading
import time
from typing import Any

#: Characters of an answer that are quoted in the log.
_QUOTED = 300


@dataclasses.dataclass
class Answer:
    """One try of a request, and what came back."""

    asked_at: float
    answered_at: float
    status: int | None  #: None: no answer at all
    retry_after: str | None = None
    action: str | None = None  #: the id of the action that was accepted


@dataclasses.dataclass
class Request:
    """What somebody wanted once, however often it was posted."""

    who: str
    tenant: str
    kind: str  #: 'scale out', as the table names it
    action_kind: str | None  #: what the action is called that comes of it
    cluster: str | None
    answers: list[Answer] = dataclasses.field(default_factory=list)

    def actions(self) -> set[str]:
        return {each.action for each in self.answers if each.action}


@dataclasses.dataclass
class Strike:
    """One spell of bad weather."""

    kind: str
    group: str
    began_at: float
    mended_at: float | None = None
    #: seconds until a change was carried out, once all of a round was mended
    recovery: float | None = None
    note: str = ''

    def overlaps(self, since: float, until: float, slack: float) -> bool:
        """Whether it blew in that time, or so many seconds before."""
        end = self.mended_at or float('inf')
        return self.began_at <= until and since <= end + slack


class Ledger:
    def __init__(self, log: pathlib.Path) -> None:
        self.log = log
        self.began_at = time.time()
        self.requests: list[Request] = []
        self.strikes: list[Strike] = []
        self.violations: list[str] = []
        self.counts: collections.Counter[str] = collections.Counter()
        #: every token that was seen; none may be in a log
        self.secrets: set[str] = set()
        self._lock = threading.Lock()
        self._stream = log.open('w')

    def write(self, text: str) -> None:
        """One line of the log."""
        with self._lock:
            if self._stream.closed:
                return
            seconds = time.time() - self.began_at
            self._stream.write(f'{seconds:8.2f}  {text}\n')
            self._stream.flush()

    def close(self) -> None:
        with self._lock:
            self._stream.close()

    def count(self, what: str) -> None:
        with self._lock:
            self.counts[what] += 1

    def violation(self, text: str) -> None:
        """What must never be, has been."""
        self.write(f'VIOLATION: {text}')
        with self._lock:
            self.violations.append(text)

    def request(self, **what: Any) -> Request:
        made = Request(**what)
        with self._lock:
            self.requests.append(made)
        return made

    def answered(self, request: Request, answer: Answer, text: str) -> None:
        with self._lock:
            request.answers.append(answer)
        spent = answer.answered_at - answer.asked_at
        self.write(
            f'{request.who}: {request.kind} of {request.cluster or "-"}: '
            f'{answer.status} in {spent:.2f} s'
            + (f', action {answer.action}' if answer.action else '')
            + (f': {text[:_QUOTED]}' if (answer.status or 500) > 299 else '')
        )

    def begin(self, kind: str, group: str, note: str = '') -> Strike:
        strike = Strike(kind, group, time.time(), note=note)
        with self._lock:
            self.strikes.append(strike)
        self.write(f'weather: {kind} {note}')
        return strike

    def mended(self, strike: Strike) -> None:
        strike.mended_at = time.time()
        self.write(f'weather: {strike.kind} is over')

    def recovered(self, strikes: list[Strike]) -> None:
        mended_at = max(each.mended_at or 0.0 for each in strikes)
        for each in strikes:
            each.recovery = time.time() - mended_at

    def blew(
        self, groups: set[str], since: float, until: float, slack: float = 0.0
    ) -> bool:
        """Whether one of these was struck in that time."""
        return any(
            each.group in groups and each.overlaps(since, until, slack)
            for each in self.strikes
        )
