from autoscale.alarms.alertmanager import AlertmanagerReader
from autoscale.alarms.aodh import AodhReader
from autoscale.alarms.empty import EmptyReader
from autoscale.alarms.generic import GenericReader
from autoscale.alarms.grafana import GrafanaReader
from tests.contracts.alarm import AlarmContract
from tests.fakes import alarms


class TestAodh(AlarmContract):
    reader = AodhReader
    bodies = [
        (alarms.aodh(), 'alarm'),
        (alarms.aodh(previous='alarm', current='ok'), 'ok'),
        (alarms.aodh(current='insufficient data'), 'unknown'),
        (alarms.aodh(reason_data=alarms.AODH_COMPOSITE), 'alarm'),
        (alarms.aodh(reason_data=alarms.AODH_EVENT), 'alarm'),
        (alarms.aodh(reason_data=alarms.AODH_MEMBERS), 'alarm'),
        (alarms.aodh(current='on fire'), 'unknown'),
    ]


class TestAlertmanager(AlarmContract):
    reader = AlertmanagerReader
    bodies = [
        (alarms.alertmanager(), 'alarm'),
        (alarms.alertmanager('resolved'), 'ok'),
        (alarms.alertmanager(alerts=3), 'alarm'),
        (alarms.alertmanager('smouldering'), 'unknown'),
    ]


class TestGrafana(AlarmContract):
    reader = GrafanaReader
    bodies = [
        (alarms.grafana(), 'alarm'),
        (alarms.grafana('resolved'), 'ok'),
        (alarms.grafana(alertname='DatasourceNoData'), 'unknown'),
        (alarms.older_grafana(), 'alarm'),
        (alarms.older_grafana('ok'), 'ok'),
        (alarms.older_grafana('no_data'), 'unknown'),
    ]


class TestGeneric(AlarmContract):
    reader = GenericReader
    bodies = [
        ({}, 'alarm'),
        ({'state': 'OK'}, 'ok'),
        ({'status': 'firing', 'value': '93.5', 'node': 'web-3'}, 'alarm'),
        ({'state': {'deep': 1}}, 'unknown'),
        (alarms.monasca(), 'alarm'),
        (alarms.monasca('OK'), 'ok'),
        (alarms.monasca('UNDETERMINED'), 'unknown'),
    ]


class TestEmpty(AlarmContract):
    reader = EmptyReader
    bodies = [
        (None, 'alarm'),
        ('', 'alarm'),
        ('scale out please', 'alarm'),
        ([1, 2], 'alarm'),
        (7, 'alarm'),
    ]
