"""Options for how the API and the engine meet."""

from oslo_config import cfg

GROUP = 'messaging'

OPTS: list[cfg.Opt] = [
    cfg.FloatOpt(
        'preview_timeout',
        default=10.0,
        min=0.1,
        help="""
Seconds that a preview waits for an engine before the API answers 503. Raise
it when engines are busy with very large clusters; zero is not allowed.
""",
    ),
]


def register_opts(conf: cfg.ConfigOpts) -> None:
    conf.register_opts(OPTS, group=GROUP)


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    return [(GROUP, OPTS)]
