"""What Aodh posts: one alarm, from a state to a state."""

from autoscale.alarms import reading
from autoscale.model import alarm

_STATES = {
    'ok': alarm.OK,
    'alarm': alarm.ALARM,
    'insufficient data': alarm.UNKNOWN,
}

#: Aodh tells no time. A call that comes again within so many seconds is the
#: same call sent twice; later it is a repeated action, and counts.
_WINDOW = 30.0


class AodhReader:
    priority = 30

    @staticmethod
    def recognises(body: object) -> bool:
        return isinstance(body, dict) and all(
            key in body for key in ('alarm_id', 'current', 'previous')
        )

    @staticmethod
    def read(body: object) -> alarm.Alarm:
        said = reading.mapping(body)
        current = reading.text(said.get('current'))
        reason = reading.text(said.get('reason'))
        state = _STATES.get(current or '')
        if state is None:
            state, reason = alarm.UNKNOWN, 'The state is not one of Aodh.'
        data = reading.mapping(said.get('reason_data'))
        value = reading.number(data.get('most_recent'))
        identity = reading.name(said.get('alarm_id'))
        previous = reading.text(said.get('previous'))
        severity = {'severity': said.get('severity'), 'type': data.get('type')}
        return alarm.Alarm(
            source='aodh',
            state=state,
            name=reading.name(said.get('alarm_name')),
            identity=identity,
            transition=f'{previous}->{current} {value} {reason}',
            window=_WINDOW,
            value=value,
            reason=reason,
            labels=reading.labels(severity),
        )
