"""Options of the engine."""

from oslo_config import cfg

GROUP = 'engine'

OPTS: list[cfg.Opt] = [
    cfg.IntOpt(
        'workers',
        default=1,
        min=1,
        help="""
Engine processes that one autoscale-engine starts. One process serves
thousands of clusters; start more when its CPU is the limit.
""",
    ),
    cfg.IntOpt(
        'threads',
        default=8,
        min=1,
        help="""
Clusters that one engine process has in hand at the same time. Raise it when
many clusters move at once and Nova is slow.
""",
    ),
    cfg.IntOpt(
        'io_threads',
        default=16,
        min=1,
        help="""
Calls to Nova and other services that one engine process makes at the same
time. Lower it when the cloud's API is easily overrun.
""",
    ),
    cfg.FloatOpt(
        'lease_seconds',
        default=10.0,
        min=1.0,
        help="""
Seconds for which an engine has a cluster to itself. An engine that is killed
costs its clusters at most this long; one that lives renews in time.
""",
    ),
    cfg.FloatOpt(
        'due_interval',
        default=2.5,
        min=0.1,
        help="""
Seconds between two looks of an engine for overdue clusters: one query,
whatever the number of clusters. It bounds the delay when a wake was lost.
""",
    ),
    cfg.IntOpt(
        'due_limit',
        default=500,
        min=1,
        help="""
Overdue clusters that an engine takes notice of at one look. Lower it to
spread the work more evenly between many engines.
""",
    ),
    cfg.FloatOpt(
        'heartbeat_interval',
        default=30.0,
        min=1.0,
        help="""
Seconds between two signs of life that an engine leaves in the database. They
are for people to see; nothing depends on them.
""",
    ),
    cfg.FloatOpt(
        'watch_interval',
        default=15.0,
        min=0.0,
        help="""
Seconds between two looks at Nova for servers that changed behind our back:
one list call a project, of what changed since the last. Zero: never look.
""",
    ),
    cfg.FloatOpt(
        'sweep_interval',
        default=600.0,
        min=0.0,
        help="""
Seconds between two sweeps for servers that carry our tag and belong to no
node. Zero: never sweep.
""",
    ),
    cfg.FloatOpt(
        'sweep_grace',
        default=300.0,
        min=0.0,
        help="""
Seconds that a server without a node must have been so before it is deleted.
It has to be longer than the slowest create call; zero deletes at sight.
""",
    ),
    cfg.FloatOpt(
        'prune_interval',
        default=300.0,
        min=0.0,
        help="""
Seconds between two rounds of removing old records. Zero: keep everything,
for instance when autoscale-manage prune is run by a timer instead.
""",
    ),
    cfg.IntOpt(
        'keep_records',
        default=30 * 24 * 3600,
        min=0,
        help="""
Seconds for which ended actions, events, ended hooks and gone nodes are kept.
Zero removes them at the next round of pruning.
""",
    ),
    cfg.IntOpt(
        'launch_batch',
        default=100,
        min=1,
        max=1000,
        help="""
Servers in one create call at the most. Lower it when the cloud's API times
out on large calls.
""",
    ),
    cfg.FloatOpt(
        'build_timeout',
        default=1200.0,
        min=1.0,
        help="""
Seconds after which a server that is not ACTIVE counts as failed and is
replaced. Raise it for images that take long to boot from a volume.
""",
    ),
    cfg.FloatOpt(
        'action_timeout',
        default=3600.0,
        min=1.0,
        help="""
Seconds after which an action that waits for no lifecycle hook is FAILED. The
cluster goes on towards its desired capacity all the same.
""",
    ),
    cfg.FloatOpt(
        'capacity_backoff',
        default=30.0,
        min=0.1,
        help="""
Seconds before a launch is tried again after the cloud had no room; doubled
each time, up to capacity_backoff_limit.
""",
    ),
    cfg.FloatOpt(
        'capacity_backoff_limit',
        default=600.0,
        min=0.1,
        help='Seconds that a launch is put off at the most.',
    ),
    cfg.FloatOpt(
        'poll_interval',
        default=0.4,
        min=0.05,
        help="""
Seconds between looks at servers that move, at the least; a tenth of the time
that they have been moving if that is more, up to poll_interval_limit.
""",
    ),
    cfg.FloatOpt(
        'poll_interval_limit',
        default=5.0,
        min=0.05,
        help='Seconds between looks at servers that move, at the most.',
    ),
    cfg.FloatOpt(
        'graceful_shutdown_timeout',
        default=30.0,
        min=0.0,
        help="""
Seconds that passes have to come to an end after SIGTERM. What is not ended
then is taken over by another engine when its lease runs out.
""",
    ),
]


def register_opts(conf: cfg.ConfigOpts) -> None:
    conf.register_opts(OPTS, group=GROUP)


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    return [(GROUP, OPTS)]
