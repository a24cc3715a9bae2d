"""Options of the database; most are oslo.db's, with defaults for one host.

oslo.db owns the names and the help of its own; what is ours is what they are
when nobody sets them.
"""

import copy
from typing import Any

from oslo_config import cfg
from oslo_db import options

GROUP = 'database'

DEFAULTS = {
    # A file in the working directory: no server is needed to begin with.
    'connection': 'sqlite:///autoscale.sqlite',
    # The first connection is tried once, like any other: a request during an
    # outage is answered in seconds, and retried by `db_max_retries`.
    'max_retries': 0,
    'db_max_retries': 8,
    'db_max_retry_interval': 1,
}

OPTS = [
    cfg.IntOpt(
        'concurrency',
        default=4,
        min=1,
        help='Transactions that one process has at work at the same time; '
        'more wait for their turn. With a database that answers within a '
        'millisecond more are slower, since Python runs one thread at a '
        'time. Raise it when the database is far away.',
    ),
]


def register_opts(conf: cfg.ConfigOpts) -> None:
    """Register oslo.db's options on `conf`, with our defaults, and ours."""
    conf.register_opts(options.database_opts, GROUP)
    conf.register_opts(OPTS, GROUP)
    for name, default in DEFAULTS.items():
        conf.set_default(name, default, group=GROUP)


def list_opts() -> list[tuple[str, list[Any]]]:
    """For oslo-config-generator: the options as `register_opts` leaves them.

    They are copies: oslo.db's own are shared by the whole process.
    """
    listed = list(OPTS)
    for option in options.database_opts:
        ours = copy.copy(option)
        if ours.name in DEFAULTS:
            ours.default = DEFAULTS[ours.name]
        listed.append(ours)
    return [(GROUP, listed)]
