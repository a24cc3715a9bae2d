"""The real application on a real database, called without a network."""

import dataclasses
import io
import json
import pathlib
import urllib.parse
from typing import Any

from oslo_config import cfg

from autoscale import conf as options
from autoscale.api import app
from autoscale.db import migration
from autoscale.db.database import Database
from tests.fakes import waker as wakers

_TEMPLATES: dict[str, bytes] = {}

PROFILE = {
    'profile': {
        'name': 'web',
        'type': 'server',
        'spec': {'flavor': 'm1.small', 'image': 'debian-12'},
    }
}
POLICY = {
    'policy': {
        'name': 'leave',
        'type': 'deletion',
        'spec': {'criteria': 'YOUNGEST_FIRST'},
    }
}


def configuration(folder: pathlib.Path, **api: Any) -> cfg.ConfigOpts:
    """Everybody may do everything, and the database is in `folder`."""
    conf = cfg.ConfigOpts()
    options.register(conf)
    conf([], project='autoscale', default_config_files=[])
    conf.set_override(
        'connection', f'sqlite:///{folder}/autoscale.sqlite', group='database'
    )
    conf.set_override('auth_strategy', 'noauth', group='api')
    for name, value in api.items():
        conf.set_override(name, value, group='api')
    return conf


@dataclasses.dataclass
class Reply:
    status: int
    headers: dict[str, str]  #: by lower-case name
    raw: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.raw)

    @property
    def error(self) -> dict[str, Any]:
        return self.json['errors'][0]


class House:
    """An API with its database; `waker` tells what it asked of engines."""

    def __init__(self, conf: cfg.ConfigOpts, database: Database) -> None:
        self.conf = conf
        self.database = database
        self.waker = wakers.FakeWaker()
        self.app = app.build(conf, database, self.waker)

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
        address: str = '127.0.0.1',
    ) -> Reply:
        """One request; `body` is bytes, or anything that JSON can hold."""
        path, _, query = path.partition('?')
        content = body if isinstance(body, bytes) else b''
        if body is not None and not isinstance(body, bytes):
            content = json.dumps(body).encode()
        environ = {
            'REQUEST_METHOD': method,
            'SCRIPT_NAME': '',
            'PATH_INFO': urllib.parse.unquote(path, 'latin-1'),
            'QUERY_STRING': query,
            'SERVER_NAME': 'api.test',
            'SERVER_PORT': '80',
            'SERVER_PROTOCOL': 'HTTP/1.1',
            'HTTP_HOST': 'api.test',
            'REMOTE_ADDR': address,
            'wsgi.version': (1, 0),
            'wsgi.url_scheme': 'http',
            'wsgi.input': io.BytesIO(content),
            'wsgi.errors': io.StringIO(),
            'wsgi.multithread': True,
            'wsgi.multiprocess': False,
            'wsgi.run_once': False,
        }
        if content:
            environ['CONTENT_LENGTH'] = str(len(content))
            environ['CONTENT_TYPE'] = 'application/json'
        for name, value in (headers or {}).items():
            key = name.upper().replace('-', '_')
            if key not in ('CONTENT_TYPE', 'CONTENT_LENGTH'):
                key = f'HTTP_{key}'
            environ[key] = value
        started: list[Any] = []

        def start(status: str, given: Any, exc_info: Any = None) -> Any:
            started[:] = [int(status[:3]), given]
            return lambda data: None

        chunks = self.app(environ, start)
        raw = b''.join(chunks)
        close = getattr(chunks, 'close', None)
        if close is not None:
            close()
        status, given = started
        return Reply(status, {k.lower(): v for k, v in given}, raw)

    def get(self, path: str, **kw: Any) -> Reply:
        return self.call('GET', path, **kw)

    def post(self, path: str, body: Any = None, **kw: Any) -> Reply:
        return self.call('POST', path, body, **kw)

    def patch(self, path: str, body: Any = None, **kw: Any) -> Reply:
        return self.call('PATCH', path, body, **kw)

    def put(self, path: str, body: Any = None, **kw: Any) -> Reply:
        return self.call('PUT', path, body, **kw)

    def delete(self, path: str, **kw: Any) -> Reply:
        return self.call('DELETE', path, **kw)

    def made(self, path: str, body: Any, **kw: Any) -> dict[str, Any]:
        """What a POST that must succeed made, without its root."""
        reply = self.post(path, body, **kw)
        assert reply.status in (201, 202), reply.raw
        (noun,) = [key for key in reply.json if key != 'action'] or ['action']
        return reply.json[noun]

    def profile(self, **kw: Any) -> dict[str, Any]:
        return self.made('/v1/profiles', PROFILE, **kw)

    def policy(self, **kw: Any) -> dict[str, Any]:
        return self.made('/v1/policies', POLICY, **kw)

    def cluster(self, name: str = 'web', **kw: Any) -> dict[str, Any]:
        profile = self.profile(**kw)
        body = {'name': name, 'profile_id': profile['id'], 'max_size': 10}
        return self.made('/v1/clusters', {'cluster': body}, **kw)

    def webhook(self, cluster_id: str, **wishes: Any) -> dict[str, Any]:
        body = {
            'name': 'out',
            'cluster_id': cluster_id,
            'action': 'scale_out',
            **wishes,
        }
        return self.made('/v1/webhooks', {'webhook': body})


def opened(folder: pathlib.Path, **api: Any) -> House:
    """A house with an empty database of its own, in `folder`."""
    conf = configuration(folder, **api)
    path = folder / 'autoscale.sqlite'
    if 'empty' not in _TEMPLATES:
        migration.db_sync(conf)
        _TEMPLATES['empty'] = path.read_bytes()
    else:
        path.write_bytes(_TEMPLATES['empty'])
    return House(conf, Database(conf))
