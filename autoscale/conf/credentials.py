"""Options for the credentials that engines act with for users."""

from typing import Any

from oslo_config import cfg

GROUP = 'credentials'

OPTS = [
    cfg.StrOpt(
        'key_file',
        default='/etc/autoscale/credential.keys',
        help="""
The keys that stored credentials are encrypted with, one a line: the first
encrypts, each decrypts. `autoscale-manage credential generate-key` writes it.
Every host of the API and of engines needs the same file; a change is noticed
without a restart. It is not used with [cloud] os_cloud, nor with an [api]
auth_strategy other than keystone.
""",
    ),
    cfg.ListOpt(
        'trust_roles',
        default=['member'],
        help="""
The roles that a user lends to the service with a trust, as far as the user
has them. Set it to what Nova, Zaqar and Neutron ask of whoever makes servers,
queues and ports. Empty: all roles that the user has.
""",
    ),
]


def register_opts(conf: cfg.ConfigOpts) -> None:
    conf.register_opts(OPTS, group=GROUP)


def list_opts() -> list[tuple[str, list[Any]]]:
    return [(GROUP, OPTS)]


def are_kept(conf: cfg.ConfigOpts) -> bool:
    """Whether each user of a project has a credential of their own.

    Otherwise the one credential of the configuration serves everybody.
    """
    return bool(
        conf.api.auth_strategy == 'keystone'
        and not conf.cloud.os_cloud
        and conf.service_auth.auth_type
    )
