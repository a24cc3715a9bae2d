"""Options for the cloud that servers are made in, and for how we log in."""

from keystoneauth1 import loading
from oslo_config import cfg

GROUP = 'cloud'

#: The credential of the service itself, as keystoneauth loads one.
SERVICE_AUTH = 'service_auth'

OPTS = [
    cfg.StrOpt(
        'os_cloud',
        help="""
A cloud of clouds.yaml, whose credential is then used for every cluster. Set
it when the service runs for one's own project only. Left out, the options of
[service_auth] are used.
""",
    ),
    cfg.StrOpt(
        'clouds_file',
        help="""
The clouds.yaml that os_cloud is in. Left out, it is looked for where
OpenStack's tools look: OS_CLIENT_CONFIG_FILE, the working directory,
~/.config/openstack and /etc/openstack.
""",
    ),
    cfg.StrOpt(
        'region_name',
        help="""
The region whose services are used. Left out, that of clouds.yaml, or the only
one of the catalogue. Set it where the catalogue has several.
""",
    ),
    cfg.StrOpt(
        'interface',
        choices=['public', 'internal', 'admin'],
        help="""
Which of a service's endpoints are used. Left out, that of clouds.yaml, or
public. Set it to internal where the engine stands on the cloud's own network.
""",
    ),
    cfg.FloatOpt(
        'timeout',
        default=60.0,
        min=1.0,
        help="""
Seconds that Keystone, Nova, Glance and Neutron have for an answer. One call
asks for many servers, so leave it generous; an engine thread is held
meanwhile. A call that is given up, or that an engine did not live to see the
end of, may have been carried out or may yet be: for so long servers that were
asked for are looked for, and then asked for again. A new server that is to
leave is not deleted before it is this old or Nova has found a host for it.
""",
    ),
    cfg.FloatOpt(
        'messaging_timeout',
        default=10.0,
        min=0.5,
        help="""
Seconds that Zaqar has for an answer. Raise it where queues are far away or
slow; messages that were not taken are posted again later.
""",
    ),
    cfg.IntOpt(
        'connections',
        default=32,
        min=1,
        help="""
Connections that are kept open to one service between calls. Raise it with the
number of engine threads; fewer only cost new connections.
""",
    ),
]


def register_opts(conf: cfg.ConfigOpts) -> None:
    conf.register_opts(OPTS, group=GROUP)
    loading.register_auth_conf_options(conf, SERVICE_AUTH)
    loading.register_session_conf_options(conf, SERVICE_AUTH)


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    auth = [
        *loading.get_auth_common_conf_options(),
        *loading.get_auth_plugin_conf_options('password'),
        *loading.get_session_conf_options(),
    ]
    return [(GROUP, OPTS), (SERVICE_AUTH, auth)]
