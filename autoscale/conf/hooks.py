"""Options for how lifecycle messages leave."""

from oslo_config import cfg

GROUP = 'hooks'

OPTS = [
    cfg.BoolOpt(
        'allow_private_targets',
        default=False,
        help="""
Whether a webhook hook may be sent to loopback, link-local, private, multicast
or otherwise not public addresses. Whoever may write a policy could otherwise
reach the network that the engine stands in. Turn it on where the applications
are on private networks and everybody who may write a policy is trusted.
""",
    ),
    cfg.BoolOpt(
        'allow_http',
        default=False,
        help="""
Whether a webhook hook may be sent over plain HTTP. The message carries the
completion token, which anybody on the way could then read and use. Turn it on
only where that way is trusted.
""",
    ),
    cfg.StrOpt(
        'ca_file',
        help="""
A file with the certificates of the authorities that webhook targets are
verified against. Left out, the public ones that come with the Python package
certifi are used. Set it where targets have certificates of your own authority.
""",
    ),
    cfg.FloatOpt(
        'webhook_timeout',
        default=4.0,
        min=0.1,
        help="""
Seconds that a webhook target has for each of: taking a connection, and
answering. Raise it for targets that are slow to answer; an engine thread is
held meanwhile.
""",
    ),
    cfg.IntOpt(
        'webhook_attempts',
        default=3,
        min=1,
        help="""
How often a webhook hook is sent at once, with a short and growing pause
between, when the connection fails or the target answers 5xx. 1 means that it
is not repeated at once. Whatever is not delivered then is tried again later,
until the deadline of the hook.
""",
    ),
    cfg.FloatOpt(
        'webhook_seconds',
        default=8.0,
        min=0.1,
        help="""
Seconds after which a webhook hook is not repeated at once any more, whatever
the attempts left.
""",
    ),
    cfg.IntOpt(
        'webhook_parallel',
        default=16,
        min=1,
        help="""
How many webhook hooks are sent at the same time by one step of the engine.
Raise it when many members leave together and their targets are slow.
""",
    ),
]


def register_opts(conf: cfg.ConfigOpts) -> None:
    conf.register_opts(OPTS, group=GROUP)


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    return [(GROUP, OPTS)]
