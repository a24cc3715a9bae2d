"""What Grafana posts: Alertmanager's shape with more, or its older own.

It is known by `orgId`, since its `version` is not Alertmanager's.
"""

from collections.abc import Mapping
from typing import Any

from autoscale.alarms import alertmanager
from autoscale.alarms import reading
from autoscale.model import alarm

#: Grafana fires these itself when a query found nothing, or failed.
_NO_DATA = ('DatasourceNoData', 'DatasourceError')

_OLDER_STATES = {
    'alerting': alarm.ALARM,
    'ok': alarm.OK,
    'no_data': alarm.UNKNOWN,
    'paused': alarm.UNKNOWN,
    'pending': alarm.UNKNOWN,
}


class GrafanaReader:
    priority = 10

    @staticmethod
    def recognises(body: object) -> bool:
        return (
            isinstance(body, dict)
            and 'orgId' in body
            and ('alerts' in body or 'state' in body)
        )

    @staticmethod
    def read(body: object) -> alarm.Alarm:
        said = reading.mapping(body)
        return _group(said) if 'alerts' in said else _single(said)


def _group(said: Mapping[str, Any]) -> alarm.Alarm:
    name = alertmanager.group_name(said)
    state, reason = alertmanager.group_state(said)
    if name in _NO_DATA:
        state, reason = alarm.UNKNOWN, f'Grafana says {name}.'
    return alarm.Alarm(
        source='grafana',
        state=state,
        name=name or reading.name(said.get('title')),
        identity=reading.text(said.get('groupKey'), 4096),
        transition=alertmanager.group_transition(said),
        value=_group_value(said),
        reason=reason
        or alertmanager.group_reason(said)
        or reading.text(said.get('title')),
        node=alertmanager.group_node(said),
        labels=reading.labels(said.get('commonLabels')),
    )


def _group_value(said: Mapping[str, Any]) -> float | None:
    """The one value that was told; of several nobody knows which counts."""
    values = [
        value
        for alert in reading.objects(said.get('alerts'))
        for value in reading.mapping(alert.get('values')).values()
    ]
    return reading.number(values[0]) if len(values) == 1 else None


def _single(said: Mapping[str, Any]) -> alarm.Alarm:
    """The body of Grafana's alerting before version 9."""
    reason = reading.text(said.get('message')) or reading.text(
        said.get('title')
    )
    word = reading.text(said.get('state'))
    state = _OLDER_STATES.get(word or '')
    if state is None:
        state, reason = alarm.UNKNOWN, 'The state is not one of Grafana.'
    matches = reading.objects(said.get('evalMatches'))
    value = reading.number(matches[0].get('value')) if matches else None
    return alarm.Alarm(
        source='grafana',
        state=state,
        name=reading.name(said.get('ruleName')),
        identity=reading.name(said.get('ruleId')),
        transition=f'{word} {value} {reason}',
        window=30.0,
        value=value,
        reason=reason,
        labels=reading.labels(said.get('tags')),
    )
