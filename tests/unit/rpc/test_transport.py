"""What we are on a broker that other services use as well."""

import oslo_messaging
from oslo_config import cfg

from autoscale.rpc import transport


def made(*arguments):
    conf = cfg.ConfigOpts()
    conf([*arguments], project='autoscale', default_config_files=[])
    transport.register(conf)
    conf.set_override('transport_url', transport.IN_PROCESS)
    transport.make(conf)
    oslo_messaging.get_notification_transport(conf)
    return conf


def test_the_exchange_is_our_own():
    assert made().control_exchange == 'autoscale'


def test_an_operator_may_name_another(tmp_path):
    path = tmp_path / 'autoscale.conf'
    path.write_text('[DEFAULT]\ncontrol_exchange = theirs\n')
    assert made('--config-file', str(path)).control_exchange == 'theirs'
