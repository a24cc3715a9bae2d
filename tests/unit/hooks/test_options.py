from oslo_config import cfg

from autoscale.conf import hooks as options


def made():
    conf = cfg.ConfigOpts()
    options.register_opts(conf)
    conf([], default_config_files=[])
    return conf


def test_what_is_set_for_one_service_is_not_set_for_another():
    one, other = made(), made()
    one.set_override('allow_private_targets', True, group='hooks')
    assert one.hooks.allow_private_targets
    assert not other.hooks.allow_private_targets


def test_the_defaults_are_the_careful_ones():
    conf = made()
    assert not conf.hooks.allow_private_targets
    assert not conf.hooks.allow_http
    assert conf.hooks.ca_file is None
