"""Options of the REST API, and of who may use it."""

from typing import Any

from oslo_config import cfg

GROUP = 'api'

OPTS = [
    cfg.HostAddressOpt(
        'host',
        default='127.0.0.1',
        help='Address that autoscale-api and autoscale-standalone listen on. '
        'A WSGI server that loads autoscale.wsgi.api:application listens '
        'where its own configuration says.',
    ),
    cfg.PortOpt(
        'port',
        default=8779,
        help='Port that autoscale-api and autoscale-standalone listen on; 0 '
        'takes any port that is free, and says which.',
    ),
    cfg.IntOpt(
        'threads',
        default=16,
        min=1,
        help='Requests that autoscale-api and autoscale-standalone serve at '
        'the same time. Raise it when the database is far away.',
    ),
    cfg.URIOpt(
        'public_url',
        schemes=['http', 'https'],
        help='Where applications and alarm services reach this API, without '
        "/v1. It begins every webhook's alarm_url and every lifecycle "
        "message's complete_url. If it is not set, alarm_url begins with the "
        'host that the request named. Set it whenever more than one name or '
        'a proxy leads here.',
    ),
    cfg.StrOpt(
        'auth_strategy',
        default='keystone',
        choices=[
            ('keystone', 'Keystone tokens, checked by keystonemiddleware'),
            ('http_basic', 'names and passwords from a file of htpasswd'),
            ('noauth', 'everybody is an administrator; loopback only'),
        ],
        help='How callers are known. Webhook triggers and the answers to '
        'lifecycle hooks never need it: their tokens are the right.',
    ),
    cfg.BoolOpt(
        'let_everybody_in_without_authentication',
        default=False,
        help='With auth_strategy noauth, serve callers from other hosts too: '
        'whoever can reach the port may do everything. Only for a network '
        'that nobody else is on.',
    ),
    cfg.StrOpt(
        'http_basic_auth_user_file',
        default='/etc/autoscale/htpasswd',
        help='With auth_strategy http_basic, the file of users, one '
        'name:bcrypt-hash a line, as `htpasswd -nbB` writes it. It is read '
        'at each request: no restart is needed after a change.',
    ),
    cfg.StrOpt(
        'default_project',
        default='default-project',
        help='The project of every caller with auth_strategy http_basic, and '
        'with noauth when the request has no X-Project-Id.',
    ),
    cfg.ListOpt(
        'http_basic_roles',
        default=['member', 'reader'],
        help='The roles of every caller with auth_strategy http_basic. Add '
        'admin to let them see engines.',
    ),
    cfg.IntOpt(
        'max_body_size',
        default=114688,
        min=1024,
        help='The largest body of a request, in bytes; a larger one is '
        'answered 413.',
    ),
    cfg.IntOpt(
        'default_page_size',
        default=100,
        min=1,
        help='Items in a list when the request names no limit.',
    ),
    cfg.IntOpt(
        'max_page_size',
        default=1000,
        min=1,
        help='Items in a list at most, whatever limit the request names.',
    ),
    cfg.FloatOpt(
        'trigger_rate',
        default=10,
        min=0,
        help='Triggers a second that one webhook may make in the long run, '
        'for each API process; 0 means no bound. Beyond it the answer is 503 '
        'with Retry-After. Raise it when one webhook serves many alarms.',
    ),
    cfg.IntOpt(
        'trigger_burst',
        default=100,
        min=1,
        help='Triggers that one webhook may make at once, after a time '
        'without any; has no effect when trigger_rate is 0.',
    ),
]


def register_opts(conf: cfg.ConfigOpts) -> None:
    conf.register_opts(OPTS, group=GROUP)


def list_opts() -> list[tuple[str, list[Any]]]:
    return [(GROUP, OPTS)]
