"""Any other JSON object: common keys are looked for, nothing is required.

A body that does not say a state is a trigger all the same: whoever posts to
the URL means something by it. Monasca's webhook is read here too.
"""

from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

from autoscale.alarms import reading
from autoscale.model import alarm

_STATE_KEYS = ('state', 'status', 'current', 'new_state')
_IDENTITY_KEYS = ('alarm_id', 'alert_id', 'event_id', 'id')
_NAME_KEYS = ('alarm_name', 'alert_name', 'name', 'title', 'subject')
_VALUE_KEYS = ('value', 'current_value', 'metric_value')
_REASON_KEYS = ('reason', 'message', 'description')
_NODE_KEYS = ('node', 'node_id', 'server_id', 'instance_id')
_BEFORE_KEYS = ('old_state', 'previous')
_TIME_KEYS = ('alarm_timestamp', 'timestamp', 'time', 'date')

_WORDS = {
    'ok': alarm.OK,
    'okay': alarm.OK,
    'normal': alarm.OK,
    'resolved': alarm.OK,
    'recovered': alarm.OK,
    'recovery': alarm.OK,
    'closed': alarm.OK,
    'inactive': alarm.OK,
    'up': alarm.OK,
    'insufficient data': alarm.UNKNOWN,
    'undetermined': alarm.UNKNOWN,
    'unknown': alarm.UNKNOWN,
    'no data': alarm.UNKNOWN,
    'nodata': alarm.UNKNOWN,
    'pending': alarm.UNKNOWN,
}

#: A body without a time of its own that comes again within so many seconds
#: is the same call sent twice.
_WINDOW = 30.0


class GenericReader:
    priority = 90

    @staticmethod
    def recognises(body: object) -> bool:
        return isinstance(body, dict)

    @staticmethod
    def read(body: object) -> alarm.Alarm:
        said = reading.mapping(body)
        word = _first(said, _STATE_KEYS)
        reason = _first_text(said, _REASON_KEYS)
        if isinstance(word, dict | list):
            state, reason = alarm.UNKNOWN, 'The state is not a word.'
        else:
            state = _state(word)
        identity = _first_name(said, _IDENTITY_KEYS)
        value = reading.number(_first(said, _VALUE_KEYS))
        time = _first_name(said, _TIME_KEYS) or _first_number(said)
        before = _first_name(said, _BEFORE_KEYS)
        transition = f'{before}->{_spelt(word)} {value} {reason} {time}'
        return alarm.Alarm(
            source='generic',
            state=state,
            name=_first_name(said, _NAME_KEYS),
            identity=identity,
            transition=transition if identity else None,
            window=None if time else _WINDOW,
            value=value,
            reason=reason,
            node=_first_name(said, _NODE_KEYS),
            labels=reading.labels(said.get('labels')),
        )


def _state(word: object) -> str:
    """What a word means; one that we do not know means an alarm."""
    if word is False or word == 0 or word == '0':
        return alarm.OK
    return _WORDS.get(_spelt(word), alarm.ALARM)


def _spelt(word: object) -> str:
    """The one spelling of a word: lower case, single blanks."""
    if isinstance(word, bool | int | float):
        return f'{word:g}'
    return ' '.join(
        (reading.text(word) or '').lower().replace('_', ' ').split()
    )


def _first(said: Mapping[str, Any], keys: Iterable[str]) -> Any:
    """The first of these keys that was said at all."""
    for key in keys:
        if said.get(key) is not None:
            return said[key]
    return None


def _first_text(said: Mapping[str, Any], keys: Iterable[str]) -> str | None:
    for key in keys:
        if found := reading.text(said.get(key)):
            return found
    return None


def _first_name(said: Mapping[str, Any], keys: Iterable[str]) -> str | None:
    for key in keys:
        if found := reading.name(said.get(key)):
            return found
    return None


def _first_number(said: Mapping[str, Any]) -> str | None:
    """A time that is a number with a fraction, as Monasca tells it."""
    for key in _TIME_KEYS:
        if (found := reading.number(said.get(key))) is not None:
            return repr(found)
    return None
