"""Faults on demand: rules that make a service misbehave while it runs.

A rule says which calls it meets and what becomes of them. Nothing here acts:
the door acts on the kinds that concern HTTP, and the creation of servers on
the kinds that concern building.
"""

import dataclasses
import http
import itertools
import threading
from collections.abc import Mapping
from typing import Any

#: What becomes of a call, and which fields the kind needs.
KINDS: dict[str, frozenset[str]] = {
    'error': frozenset({'status'}),  # in the service's own shape
    'flat_error': frozenset({'status'}),  # {"error": "text"}, as proxies do
    'empty': frozenset({'status'}),  # a status and no body
    'drop': frozenset(),  # no answer, nothing done
    'done_then_drop': frozenset(),  # done, and no answer
    'hang': frozenset({'seconds'}),  # done at once, answered late
    'slow': frozenset({'seconds'}),  # done late, then answered
    'no_valid_host': frozenset(),  # servers of the create end in ERROR
    'build_error': frozenset(),  # the same, with a message of one's own
}

#: Obeyed by the creation of servers, not by the door.
BUILD_KINDS = frozenset({'no_valid_host', 'build_error'})

SERVICES = ('identity', 'compute', 'messaging', 'image', 'network')

NO_VALID_HOST = (
    'No valid host was found. There are not enough hosts available.'
)


class InvalidFault(ValueError):
    """A rule that cannot be followed."""


@dataclasses.dataclass(kw_only=True)
class Rule:
    """One fault. Only `hits` and `owed` change after it is made."""

    id: str
    service: str
    kind: str
    operation: str | None = None  #: None meets every operation
    times: int | None = None  #: calls it meets; None is until removed
    status: int = 500
    message: str | None = None
    retry_after: int | None = None  #: seconds, sent as Retry-After
    seconds: float = 0.0
    count: int | None = None  #: servers hit per call; None is all
    fraction: float = 1.0  #: of calls, or of servers for build kinds
    path_contains: str | None = None  #: meets only such paths
    hits: int = 0  #: calls met so far
    owed: float = 0.0  #: part of the next hit, carried from misses

    @property
    def is_spent(self) -> bool:
        return self.times is not None and self.hits >= self.times

    def meets(self, service: str, operation: str, path: str) -> bool:
        """Whether the rule speaks about such a call at all."""
        return (
            self.service == service
            and self.operation in (None, operation)
            and (self.path_contains is None or self.path_contains in path)
        )

    def strikes(self) -> bool:
        """Whether this one is hit: exact in the long run, and not random."""
        self.owed += self.fraction
        if self.owed < 1.0 - 1e-9:
            return False
        self.owed -= 1.0
        return True

    def fault_text(self) -> str:
        """What a server says that could not be built."""
        if self.kind == 'no_valid_host':
            return NO_VALID_HOST
        return self.message or 'Build of instance aborted.'

    def show(self) -> dict[str, Any]:
        """The rule as the control door shows it."""
        shown = dataclasses.asdict(self)
        del shown['owed']
        return {
            name: value for name, value in shown.items() if value is not None
        }


class Faults:
    """The rules in force, oldest first; the first that meets a call wins."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._rules: dict[str, Rule] = {}
        self._live: tuple[Rule, ...] = ()

    def add(self, service: str, kind: str, **fields: Any) -> Rule:
        """Make a rule; it is in force when this returns."""
        fields = {**fields, 'service': service, 'kind': kind}
        check(fields)
        fields = {
            name: value for name, value in fields.items() if value is not None
        }
        with self._lock:
            rule = Rule(id=str(next(self._numbers)), **fields)
            self._rules[rule.id] = rule
            self._sort_out()
        return rule

    def remove(self, rule_id: str) -> bool:
        """Take a rule away; whether there was one."""
        with self._lock:
            found = self._rules.pop(rule_id, None)
            self._sort_out()
        return found is not None

    def clear(self) -> None:
        """Take all rules away."""
        with self._lock:
            self._rules.clear()
            self._sort_out()

    def rules(self) -> list[Rule]:
        """Every rule not removed, the spent ones too."""
        with self._lock:
            return list(self._rules.values())

    def take(self, service: str, operation: str, path: str) -> Rule | None:
        """The rule that this call must suffer, counted as a hit."""
        if not self._live:
            return None
        with self._lock:
            for rule in self._live:
                if not rule.meets(service, operation, path):
                    continue
                if rule.kind not in BUILD_KINDS and not rule.strikes():
                    continue
                rule.hits += 1
                if rule.is_spent:
                    self._sort_out()
                return rule
        return None

    def _sort_out(self) -> None:
        self._live = tuple(
            rule for rule in self._rules.values() if not rule.is_spent
        )


def check(fields: Mapping[str, Any]) -> None:
    """Refuse fields that make no rule, with a reason."""
    known = {field.name for field in dataclasses.fields(Rule)}
    unknown = set(fields) - (known - {'id', 'hits', 'owed'})
    if unknown:
        raise InvalidFault(f'unknown fields: {", ".join(sorted(unknown))}')
    if fields.get('service') not in SERVICES:
        raise InvalidFault(f'service must be one of {", ".join(SERVICES)}')
    kind = fields.get('kind')
    if not isinstance(kind, str) or kind not in KINDS:
        raise InvalidFault(f'kind must be one of {", ".join(KINDS)}')
    given = {name for name in fields if fields[name] is not None}
    missing = KINDS[kind] - given
    if missing:
        raise InvalidFault(f'{kind} needs {", ".join(sorted(missing))}')
    if kind in BUILD_KINDS and (
        fields['service'] != 'compute'
        or fields.get('operation') not in (None, 'create_servers')
    ):
        raise InvalidFault(f'{kind} is for compute create_servers')
    _check_values(fields)


def _check_values(fields: Mapping[str, Any]) -> None:
    for name, (kinds, least, most) in _NUMBERS.items():
        value = fields.get(name)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, kinds):
            raise InvalidFault(f'{name} must be a number, not {value!r}')
        if not least <= value <= most:
            raise InvalidFault(f'{name} must be {least} to {most}')
    if fields.get('status') not in (None, *http.HTTPStatus):
        raise InvalidFault(f'{fields["status"]} is no HTTP status')
    for name in ('operation', 'message', 'path_contains'):
        if not isinstance(fields.get(name), str | None):
            raise InvalidFault(f'{name} must be text')


_NUMBERS: dict[str, tuple[Any, float, float]] = {
    'times': (int, 1, 10**9),
    'status': (int, 200, 599),
    'retry_after': (int, 0, 10**6),
    'seconds': (int | float, 0, 3600),
    'count': (int, 0, 10**6),
    'fraction': (int | float, 0, 1),
}
