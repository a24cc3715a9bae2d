"""What becomes of triggers: an action each, or nothing and why.

Those that come at the same time are one transaction of seven statements or
so, however many they are; one alone is six at the most.
"""

import collections
import dataclasses
import functools
import hashlib
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from autoscale import exceptions
from autoscale.api import answer
from autoscale.api import call as calls
from autoscale.api import query as queries
from autoscale.api.schemas import shape
from autoscale.api.triggers import reading
from autoscale.api.triggers import right
from autoscale.db import event as events
from autoscale.db import request
from autoscale.db import transition
from autoscale.db import webhook as webhooks
from autoscale.model import action
from autoscale.model import alarm
from autoscale.model import event
from autoscale.model import webhook

Found = Mapping[str, tuple[webhook.Webhook, webhooks.Target]]


class Asked:
    """What one call asks for; what takes time is done before `admit`."""

    hook: webhook.Webhook  #: since `admit`, as all that follows is
    cluster: webhooks.Target
    _node: str | None
    _inputs: dict[str, Any]

    def __init__(self, call: calls.Call) -> None:
        """Reads what the call says; its body is `call.raw` by now."""
        self.call = call
        self.ref = call.refs['webhook_id']
        self.heard = reading.read_alarm(call.raw)
        self._query = dict(queries.pairs(call.environ.get('QUERY_STRING', '')))
        # A transaction may be tried again: that is the same call.
        self._take = functools.cache(call.services.triggers.take)

    def admit(self, found: Found) -> None:
        """Raises CapabilityNotFound for who may not, and RateLimited.

        Then InvalidQuery for what is asked for, if it cannot be.
        """
        self.hook, self.cluster = right.check(
            self.call, self._query, found.get(self.ref)
        )
        self._take(self.hook.id)
        self.call.key_scope = f'webhook:{self.hook.id}'
        self._node = reading.node(self._query, self.heard)
        self._inputs = reading.inputs(self.hook, self._query, self._node)

    def transition(self) -> transition.Heard | None:
        """What is to be heard once only; None for what always counts."""
        heard = self.heard
        if heard.transition is None and self.is_wanted:
            return None
        return transition.Heard(
            self.hook.id,
            _digest(heard.identity),
            _digest(heard.transition or f'state {heard.state}'),
            heard.window,
        )

    @property
    def is_wanted(self) -> bool:
        """Whether the alarm is in a state that the webhook acts on."""
        return self.heard.state in self.hook.states

    def decide(self, is_repeated: bool) -> '_Verdict':
        if self.is_wanted:
            if not is_repeated:
                return _Verdict(wanted=self._action())
            return _Verdict(
                why='this transition of the alarm was heard before'
            )
        why = (
            f"the alarm's state is {self.heard.state}; the webhook acts on "
            + ', '.join(self.hook.states)
        )
        return _Verdict(why=why, told=None if is_repeated else self._told(why))

    def _action(self) -> action.Action:
        call, hook = self.call, self.hook
        return action.Action(
            sequence=None,
            id=call.new_id(),
            project_id=hook.project_id,
            user_id=hook.user_id,
            cluster_id=self.cluster.id,
            cluster_name=self.cluster.name,
            kind=hook.action,
            status=action.QUEUED,
            status_reason=None,
            inputs=self._inputs,
            cause={
                'type': action.WEBHOOK,
                'webhook_id': hook.id,
                'webhook_name': hook.name,
                'alarm': _summary(self.heard),
                'node': self._node,
            },
            decision=None,
            request_id=call.request_id,
            created_at=call.now(),
            started_at=None,
            ended_at=None,
        )

    def _told(self, why: str) -> event.Event:
        hook = self.hook
        return event.Event(
            sequence=None,
            id=self.call.new_id(),
            project_id=hook.project_id,
            cluster_id=hook.cluster_id,
            node_id=None,
            action_id=None,
            level=event.INFO,
            type='webhook.ignored',
            message=f'The webhook {hook.name} was triggered and did nothing: '
            f'{why}.',
            details={'webhook_id': hook.id, 'alarm': _summary(self.heard)},
            created_at=self.call.now(),
        )


@dataclasses.dataclass(frozen=True, slots=True)
class _Verdict:
    """An action; or why there is none, and an event unless it is known."""

    wanted: action.Action | None = None
    why: str | None = None
    told: event.Event | None = None

    def answer(self, base_url: str) -> answer.Answer:
        if self.wanted is None:
            body = {'action': None, 'ignored': self.why}
            return answer.Answer(status=202, body=body)
        shown = {
            'id': self.wanted.id,
            'kind': self.wanted.kind,
            'status': self.wanted.status,
        }
        where = f'{base_url}/v1/actions/{self.wanted.id}'
        return answer.Answer(
            status=202, body={'action': shown}, headers=(('Location', where),)
        )


def find(conn: Any, asked: Iterable[Asked]) -> Found:
    """The webhooks that they name, with their clusters."""
    return webhooks.find_all(conn, {each.ref for each in asked})


def carry_out(
    conn: Any, asked: Sequence[Asked]
) -> list[answer.Answer | Exception]:
    """All of them, in one transaction: what each is told, in their order."""
    found = find(conn, asked)
    refusals: dict[Asked, Exception] = {}
    for each in asked:
        try:
            each.admit(found)
        except exceptions.AutoscaleError as refusal:
            refusals[each] = refusal
    verdicts = _verdicts(
        conn, [each for each in asked if each not in refusals]
    )
    _write(conn, verdicts)
    return [
        refusals.get(each) or verdicts[each].answer(each.call.base_url)
        for each in asked
    ]


def _verdicts(conn: Any, asked: Sequence[Asked]) -> dict[Asked, _Verdict]:
    heard = {each: each.transition() for each in asked}
    # Rows are locked in an order that all processes have in common.
    once = sorted(
        ((told, each) for each, told in heard.items() if told),
        key=lambda pair: pair[0][:2],
    )
    said = transition.seen(conn, [told for told, _ in once])
    repeated = {
        each for (_, each), is_seen in zip(once, said, strict=True) if is_seen
    }
    return {each: each.decide(each in repeated) for each in asked}


def _write(conn: Any, verdicts: Mapping[Asked, _Verdict]) -> None:
    every = verdicts.values()
    triggered = [each.hook.id for each in verdicts if verdicts[each].wanted]
    ignored = [each.hook.id for each in verdicts if verdicts[each].why]
    webhooks.count(
        conn,
        triggered=collections.Counter(triggered),
        ignored=collections.Counter(ignored),
    )
    events.record(conn, [said.told for said in every if said.told])
    request.accept_all(conn, [said.wanted for said in every if said.wanted])


def _digest(text: str | None) -> str:
    return hashlib.sha256((text or '').encode('utf-8', 'replace')).hexdigest()


def _summary(heard: alarm.Alarm) -> dict[str, Any]:
    """What is kept of an alarm; texts of any length are cut."""
    return {
        key: shape.clip(fact, 1000) if isinstance(fact, str) else fact
        for key, fact in heard.summary().items()
    }
