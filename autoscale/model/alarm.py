"""An alarm: what an alarm service said, whatever its dialect."""

import dataclasses
from typing import Any

ALARM = 'alarm'
OK = 'ok'
UNKNOWN = 'unknown'
STATES = (ALARM, OK, UNKNOWN)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Alarm:
    source: str  #: the plug-in that read it
    state: str  #: one of STATES
    name: str | None = None
    #: Which alarm it is; None when the body does not say.
    identity: str | None = None
    #: Which transition of it: the same one twice is one request. None: every
    #: call counts.
    transition: str | None = None
    #: For how many seconds the same transition is the same request; None:
    #: for ever, since the transition names its own time.
    window: float | None = None
    value: float | None = None  #: the measured value, if it was told
    reason: str | None = None
    node: str | None = None  #: who shall leave: id, name, server or address
    labels: dict[str, Any] = dataclasses.field(default_factory=dict)

    def summary(self) -> dict[str, Any]:
        """What an action keeps of it as its cause; no secrets, no body."""
        facts = {
            'source': self.source,
            'state': self.state,
            'name': self.name,
            'identity': self.identity,
            'value': self.value,
            'reason': self.reason,
        }
        return {key: fact for key, fact in facts.items() if fact is not None}
