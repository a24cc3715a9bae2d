"""Each command's configuration: made here, and passed down from here."""

import contextlib
import ctypes
import importlib.metadata
import logging
import sys
from collections.abc import Sequence

from oslo_config import cfg
from oslo_log import log

from autoscale import conf as options
from autoscale import rpc  # noqa: F401  (chooses threads before oslo does)

PROJECT = 'autoscale'

#: glibc's name for it, from malloc.h.
_M_ARENA_MAX = -8

#: Talkative libraries, and what is still worth hearing of them.
_QUIET = (
    'amqp=WARNING',
    'amqplib=WARNING',
    'kombu=WARNING',
    'keystoneauth=WARNING',
    'keystonemiddleware=WARNING',
    'oslo.messaging=WARNING',
    'oslo_messaging=WARNING',
    'futurist=WARNING',
    'requests=WARNING',
    'urllib3=WARNING',
    'stevedore=WARNING',
    'sqlalchemy=WARNING',
    'alembic=WARNING',
    'openstack=WARNING',
)


def make(
    arguments: Sequence[str] | None,
    *,
    name: str,
    more: Sequence[cfg.Opt] = (),
    defaults: dict[tuple[str | None, str], object] | None = None,
    quiet: Sequence[str] = (),
) -> cfg.ConfigOpts:
    """The configuration of a command: its files, then its arguments.

    `more` are options of the command's own; `defaults` maps (group, option)
    to what is right for this command when nobody sets it. `quiet` are log
    levels of libraries, such as 'kombu=ERROR'.
    """
    _keep_arenas_few()
    conf = cfg.ConfigOpts()
    log.register_options(conf)
    options.register(conf)
    conf.register_cli_opts(more)
    log.set_defaults(default_log_levels=[*_QUIET, *quiet])
    for (group, option), value in (defaults or {}).items():
        conf.set_default(option, value, group=group)
    conf(
        args=sys.argv[1:] if arguments is None else list(arguments),
        project=PROJECT,
        prog=name,
        version=importlib.metadata.version(PROJECT),
        default_config_files=None,
    )
    log.setup(conf, PROJECT, importlib.metadata.version(PROJECT))
    logging.captureWarnings(True)
    return conf


def _keep_arenas_few() -> None:
    """Have glibc share two heaps between all threads.

    It would give each thread a heap of its own, none of which it gives back:
    tens of megabytes for a service of many threads that hold little.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)
