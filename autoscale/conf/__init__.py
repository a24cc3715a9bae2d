"""Options, one file a group.

There is no global configuration object: each command makes one with `make`
and passes it down. The groups are imported when asked for, so that a room
that needs one group does not load them all.
"""

import importlib
from typing import Any

from oslo_config import cfg

GROUPS = (
    'api',
    'cloud',
    'credentials',
    'database',
    'engine',
    'hooks',
    'messaging',
    'metrics',
)


def _groups() -> list[Any]:
    return [importlib.import_module(f'{__name__}.{each}') for each in GROUPS]


def register(conf: cfg.ConfigOpts) -> None:
    """Register every option of ours on `conf`."""
    for group in _groups():
        group.register_opts(conf)


def list_opts() -> list[tuple[Any, list[Any]]]:
    """For oslo-config-generator: (group, options) of every group."""
    return [each for group in _groups() for each in group.list_opts()]
