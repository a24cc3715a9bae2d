"""What Prometheus Alertmanager posts: a group of alerts, format version 4."""

from collections.abc import Mapping
from typing import Any

from autoscale.alarms import reading
from autoscale.model import alarm

_STATES = {'firing': alarm.ALARM, 'resolved': alarm.OK}

#: The label or annotation by which a rule says who shall leave.
_NODE = 'autoscale_node'


class AlertmanagerReader:
    priority = 20

    @staticmethod
    def recognises(body: object) -> bool:
        return (
            isinstance(body, dict)
            and 'groupKey' in body
            and ('alerts' in body)
        )

    @staticmethod
    def read(body: object) -> alarm.Alarm:
        """The whole group is one alarm; its value is an annotation's."""
        said = reading.mapping(body)
        notes = reading.mapping(said.get('commonAnnotations'))
        state, reason = group_state(said)
        return alarm.Alarm(
            source='alertmanager',
            state=state,
            name=group_name(said),
            identity=reading.text(said.get('groupKey'), 4096),
            transition=group_transition(said),
            value=reading.number(notes.get('value')),
            reason=reason or group_reason(said),
            node=group_node(said),
            labels=reading.labels(said.get('commonLabels')),
        )


def group_state(said: Mapping[str, Any]) -> tuple[str, str | None]:
    """The state of the group; and a reason when it cannot be told."""
    state = _STATES.get(reading.text(said.get('status')) or '')
    if state is None:
        return alarm.UNKNOWN, 'The status is neither firing nor resolved.'
    if not reading.objects(said.get('alerts')):
        return alarm.UNKNOWN, 'The group has no alerts.'
    return state, None


def group_name(said: Mapping[str, Any]) -> str | None:
    for key in ('commonLabels', 'groupLabels'):
        name = reading.name(reading.mapping(said.get(key)).get('alertname'))
        if name:
            return name
    return None


def group_reason(said: Mapping[str, Any]) -> str | None:
    notes = reading.mapping(said.get('commonAnnotations'))
    return reading.text(notes.get('summary')) or reading.text(
        notes.get('description')
    )


def group_node(said: Mapping[str, Any]) -> str | None:
    for key in ('commonAnnotations', 'commonLabels'):
        node = reading.name(reading.mapping(said.get(key)).get(_NODE))
        if node:
            return node
    return None


def group_transition(said: Mapping[str, Any]) -> str:
    """Which alerts are in which state since when.

    It names its own time: a notification that is repeated every few hours
    says the same, and an alert that fires anew does not.
    """
    alerts = sorted(
        ' '.join(
            reading.text(alert.get(key), 255) or '-'
            for key in ('fingerprint', 'startsAt', 'status')
        )
        for alert in reading.objects(said.get('alerts'))
    )
    status = reading.text(said.get('status'), 255) or '-'
    return '\n'.join([status, *alerts])
