"""Aodh, as a user has it: alarms that fire."""

import datetime
import uuid
from typing import Any

from oslo_config import cfg

from autoscale import rpc  # noqa: F401  (chooses threads before oslo does)
from tests.cloud.project import Project

#: Seconds that measures are put together for.
_GRANULARITY = 60


class Alarms:
    """A user's alarms, gone again after `clear`."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._made: list[str] = []
        self._resources: list[str] = []

    def on_event(self, url: str) -> str:
        """An alarm that calls `url`; the type of the event that it is on."""
        event_type = f'autoscale.test.{uuid.uuid4().hex}'
        self._make(
            type='event',
            event_rule={'event_type': event_type},
            alarm_actions=[url],
        )
        return event_type

    def on_load(self, url: str) -> str:
        """An alarm that calls `url` when the load of a new thing is > 80.

        The answer is what `measure` takes.
        """
        resource = str(uuid.uuid4())
        made = self._project.ask(
            'metric',
            'POST',
            '/v1/resource/generic',
            json={
                'id': resource,
                'metrics': {'load': {'archive_policy_name': 'high'}},
            },
        ).json()
        self._resources.append(resource)
        self._make(
            type='gnocchi_resources_threshold',
            gnocchi_resources_threshold_rule={
                'metric': 'load',
                'resource_id': resource,
                'resource_type': 'generic',
                'aggregation_method': 'mean',
                'comparison_operator': 'gt',
                'threshold': 80,
                'evaluation_periods': 1,
                'granularity': _GRANULARITY,
            },
            alarm_actions=[url],
        )
        return str(made['metrics']['load'])

    def measure(self, metric: str, value: float) -> None:
        """It has been like that since three minutes ago."""
        now = datetime.datetime.now(datetime.UTC)
        times = [
            now - datetime.timedelta(seconds=_GRANULARITY * each)
            for each in range(3)
        ]
        self._project.ask(
            'metric',
            'POST',
            f'/v1/metric/{metric}/measures',
            json=[
                {'timestamp': each.isoformat(), 'value': value}
                for each in times
            ],
        )

    def _make(self, **alarm: Any) -> None:
        name = f'autoscale-test-{uuid.uuid4().hex[:8]}'
        made = self._project.ask(
            'alarming', 'POST', '/v2/alarms', json={'name': name, **alarm}
        ).json()
        self._made.append(made['alarm_id'])

    def clear(self) -> None:
        for each in self._made:
            self._project.ask('alarming', 'DELETE', f'/v2/alarms/{each}')
        for each in self._resources:
            path = f'/v1/resource/generic/{each}'
            self._project.ask('metric', 'DELETE', path)


def tell(bus: str, event_type: str, project_id: str) -> None:
    """Put an event where Ceilometer puts those that alarms may be on."""
    import oslo_messaging
    from oslo_messaging import transport as options

    conf = cfg.ConfigOpts()
    conf([], default_config_files=[])
    conf.register_opts(options._transport_opts)
    conf.set_override('control_exchange', 'aodh')
    transport = oslo_messaging.get_notification_transport(conf, url=bus)
    notifier = oslo_messaging.Notifier(
        transport,
        publisher_id='telemetry.publisher.autoscale',
        driver='messagingv2',
        topics=['alarm.all'],
    )
    now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
    event = {
        'event_type': event_type,
        'message_id': str(uuid.uuid4()),
        'generated': now.isoformat(),
        'message_signature': '',
        'traits': [['project_id', 1, project_id], ['state', 1, 'error']],
        'raw': {},
    }
    try:
        notifier.sample({}, 'event', [event])
    finally:
        transport.cleanup()
