"""Options for the figures that Prometheus reads."""

from oslo_config import cfg

GROUP = 'metrics'

OPTS: list[cfg.Opt] = [
    cfg.BoolOpt(
        'enabled',
        default=False,
        help="""
Whether the API answers GET /metrics at its own address. Nobody has to say who
he is there, so keep the path from callers of other hosts, for instance by the
proxy in front. Turn it on for an API under a WSGI server, which has no port to
spare. autoscale-standalone turns it on by itself when it listens on loopback.
""",
    ),
    cfg.HostAddressOpt(
        'host',
        default='127.0.0.1',
        help="""
Address that api_port and engine_port are opened on. Change it to one that
only the monitoring reaches: nobody has to say who he is there.
""",
    ),
    cfg.PortOpt(
        'api_port',
        default=0,
        help="""
Port on which autoscale-api serves GET /metrics; 0 opens none. It has no
effect on an API under a WSGI server.
""",
    ),
    cfg.PortOpt(
        'engine_port',
        default=0,
        help="""
Port on which autoscale-engine serves GET /metrics; 0 opens none. With several
[engine] workers the second one has the next port, and so on.
""",
    ),
    cfg.IntOpt(
        'clusters',
        default=20,
        min=0,
        help="""
How many clusters, those with the most members desired, have series of their
own for desired and actual capacity; all the others are summed up as one named
other. Zero: no such series at all. Raise it as far as the monitoring can bear
series that come and go with clusters.
""",
    ),
]


def register_opts(conf: cfg.ConfigOpts) -> None:
    conf.register_opts(OPTS, group=GROUP)


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    return [(GROUP, OPTS)]


def is_wanted(conf: cfg.ConfigOpts) -> bool:
    """Whether anybody reads what an API process counts."""
    own = conf[GROUP]
    return bool(own.enabled or own.api_port or own.engine_port)
