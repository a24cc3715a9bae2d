"""autoscale-standalone: API and engine in one process, for oneself.

SQLite for the database, in-process messaging for the broker, and for the
cloud either one of clouds.yaml or the embedded development cloud.
"""

import contextlib
import ipaddress
import os
import pathlib
import sys
from collections.abc import Sequence

from oslo_config import cfg

from autoscale import exceptions
from autoscale.api import app
from autoscale.clients import keystone
from autoscale.cmd import configuration
from autoscale.cmd import embedded
from autoscale.cmd import serving
from autoscale.cmd import stopping
from autoscale.db import database
from autoscale.db import migration
from autoscale.engine import service
from autoscale.rpc import client
from autoscale.rpc import transport

NAME = 'autoscale-standalone'

OPTS = [
    cfg.StrOpt(
        'os-cloud',
        metavar='NAME',
        help='A cloud of clouds.yaml whose credential is used for '
        'everything. Left out: an embedded development cloud.',
    ),
    cfg.PortOpt(
        'port',
        help='Port of the API; 0 takes a free one. Left out: [api] port.',
    ),
    cfg.StrOpt(
        'state-dir',
        metavar='DIR',
        help='Where the database and the development cloud are kept. Left '
        'out: $XDG_STATE_HOME/autoscale or ~/.local/state/autoscale.',
    ),
]


def _default_state() -> pathlib.Path:
    base = os.environ.get('XDG_STATE_HOME') or '~/.local/state'
    return pathlib.Path(base).expanduser() / 'autoscale'


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or Ctrl-C; the exit status."""
    conf = configuration.make(
        arguments,
        name=NAME,
        more=OPTS,
        defaults={
            ('api', 'auth_strategy'): 'noauth',
            # One user and one interpreter: more threads only change places.
            ('api', 'threads'): 4,
            ('engine', 'threads'): 4,
            ('engine', 'io_threads'): 8,
        },
        # There is no broker: what is said of a connection to it is untrue.
        quiet=('kombu=ERROR', 'oslo.messaging._drivers.impl_rabbit=ERROR'),
    )
    state = pathlib.Path(conf.state_dir or _default_state()).absolute()
    try:
        state.mkdir(parents=True, exist_ok=True)
        status = _serve(conf, state)
    except OSError as error:
        print(f'{NAME}: {error}', file=sys.stderr)
        return 1
    except exceptions.AutoscaleError as error:
        print(f'{NAME}: {error}', file=sys.stderr)
        return 1
    stopping.leave(status)


def _serve(conf: cfg.ConfigOpts, state: pathlib.Path) -> int:
    conf.set_default(
        'connection',
        f'sqlite:///{state}/autoscale.sqlite',
        group='database',
    )
    transport.register(conf)
    conf.set_default('transport_url', transport.IN_PROCESS)
    if conf.port is not None:
        conf.set_override('port', conf.port, group='api')
    cloud = _cloud(conf, state)
    try:
        migration.db_sync(conf)
        return _run(conf)
    finally:
        if cloud is not None:
            cloud.stop()


def _cloud(
    conf: cfg.ConfigOpts, state: pathlib.Path
) -> embedded.DevelopmentCloud | None:
    """Settle which cloud is used; the embedded one if it is that."""
    if conf.os_cloud:
        conf.set_override('os_cloud', conf.os_cloud, group='cloud')
    if conf.cloud.os_cloud:
        access = keystone.Sessions(conf).session_for()
        _say(f'cloud {conf.cloud.os_cloud}')
        del access
        return None
    cloud = embedded.DevelopmentCloud(state)
    cloud.start()
    conf.set_override('os_cloud', embedded.NAME, group='cloud')
    conf.set_override('clouds_file', str(cloud.clouds_file), group='cloud')
    # Applications of the development cloud run on this host.
    conf.set_default('allow_private_targets', True, group='hooks')
    _say(
        f'development cloud {cloud.where["auth_url"]}, credentials in '
        f'{cloud.clouds_file}'
    )
    return cloud


def _say(what: str) -> None:
    """A line on standard output, in one piece: the log may go there too."""
    sys.stdout.write(f'{NAME}: {what}\n')
    sys.stdout.flush()


def _is_loopback(conf: cfg.ConfigOpts) -> bool:
    """Whether the API can be reached from this host only."""
    host = conf.api.host
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return bool(host == 'localhost')


def _run(conf: cfg.ConfigOpts) -> int:
    db = database.Database(conf)
    waker = client.Waker(conf)
    conf.set_default('enabled', _is_loopback(conf), group='metrics')
    server = serving.HTTPServer(conf, app.build(conf, db, waker))
    engine = service.Engine(conf)
    with contextlib.ExitStack() as open_things:
        open_things.callback(db.dispose)
        open_things.callback(waker.stop)
        url = server.bind()
        # What the messages of hooks say, if nothing else is configured.
        conf.set_default('public_url', url, group='api')
        open_things.callback(server.stop)
        engine.start()
        open_things.callback(engine.stop)
        server.start()
        signals = stopping.Signals(conf)
        _say(f'{url}/v1')
        signals.await_stop()
    return 0
