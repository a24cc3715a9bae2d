"""Bodies as alarm services send them."""

from typing import Any

AODH_COMPOSITE = {
    'type': 'composite',
    'composition_form': '(rule1 and rule2)',
    'causative_rules': {'rule1': {'threshold': 80}},
}
AODH_EVENT = {
    'type': 'event',
    'event': {
        'message_id': '1',
        'event_type': 'compute.instance.update',
        'traits': [['state', 1, 'error']],
    },
}
AODH_MEMBERS = {
    'type': 'loadbalancer_member_health',
    'count': 1,
    'most_recent': {'id': 'm', 'operating_status': 'ERROR'},
    'unhealthy_members': [{'id': 'm'}],
    'pool_id': 'p',
    'stack_id': 's',
    'asg_id': 'a',
}


def aodh(
    previous: str = 'ok', current: str = 'alarm', **more: Any
) -> dict[str, Any]:
    value = more.pop('value', 91.2)
    return {
        'alarm_name': 'cpu_high',
        'alarm_id': '7a8ed8c3-9a1a-4fd9-8a0c-6f9e4c3a5d11',
        'severity': 'moderate',
        'previous': previous,
        'current': current,
        'reason': (
            f'Transition to {current} due to 1 samples outside threshold, '
            f'most recent: {value}'
        ),
        'reason_data': {
            'type': 'threshold',
            'disposition': 'outside',
            'count': 1,
            'most_recent': value,
        },
        **more,
    }


def alertmanager(
    status: str = 'firing', alerts: int = 1, **more: Any
) -> dict[str, Any]:
    labels = {'alertname': more.pop('alertname', 'HighLoad'), 'job': 'web'}
    annotations = {'summary': 'The load is high', 'value': '93.5'}
    annotations.update(more.pop('annotations', {}))
    started = more.pop('startsAt', '2026-01-01T00:00:00Z')
    return {
        'version': '4',
        'groupKey': '{}:{alertname="HighLoad"}',
        'truncatedAlerts': 0,
        'status': status,
        'receiver': 'autoscale',
        'groupLabels': {'alertname': labels['alertname']},
        'commonLabels': labels,
        'commonAnnotations': annotations,
        'externalURL': 'http://alertmanager.example',
        'alerts': [
            {
                'status': status,
                'labels': {**labels, 'instance': f'web-{n}'},
                'annotations': annotations,
                'startsAt': started,
                'endsAt': '0001-01-01T00:00:00Z',
                'generatorURL': 'http://prometheus.example/graph',
                'fingerprint': f'{n:016x}',
            }
            for n in range(alerts)
        ],
        **more,
    }


def grafana(status: str = 'firing', **more: Any) -> dict[str, Any]:
    body = alertmanager(status, **more)
    del body['commonAnnotations']['value']
    for alert in body['alerts']:
        alert['values'] = {'B': 42.5}
        alert['silenceURL'] = 'http://grafana.example/silence'
    return {
        **body,
        'version': '1',
        'orgId': 1,
        'title': f'[{status.upper()}:1] HighLoad',
        'state': 'alerting' if status == 'firing' else 'ok',
        'message': '**Firing**',
    }


def older_grafana(state: str = 'alerting') -> dict[str, Any]:
    return {
        'orgId': 1,
        'ruleId': 3,
        'ruleName': 'High load',
        'state': state,
        'title': f'[{state}] High load',
        'message': 'The load is high',
        'evalMatches': [{'value': 88, 'metric': 'load', 'tags': None}],
        'tags': {'team': 'web'},
    }


def monasca(state: str = 'ALARM') -> dict[str, Any]:
    return {
        'alarm_id': 'b461d659-577b-4d63-9782-a99194d4a472',
        'alarm_definition_id': '1',
        'alarm_name': 'high load',
        'alarm_description': '',
        'alarm_timestamp': 1767225600.5,
        'state': state,
        'old_state': 'UNDETERMINED',
        'message': 'The load is high',
        'tenant_id': 'p',
        'metrics': [{'name': 'load', 'dimensions': {'host': 'web-1'}}],
    }
