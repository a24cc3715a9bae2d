"""The standalone service as a process, and how its users speak to it."""

import itertools
import pathlib
import signal
import sysconfig
from collections.abc import Callable
from collections.abc import Mapping
from typing import Any
from urllib import parse

import requests

from tests.functional.standalone import cloud as clouds
from tests.functional.standalone import process as processes
from tests.functional.standalone.process import eventually

_SCRIPT = pathlib.Path(sysconfig.get_path('scripts')) / 'autoscale-standalone'

_ENDED = ('SUCCEEDED', 'FAILED', 'CANCELLED', 'REFUSED')

Options = Mapping[str, Mapping[str, Any]]

#: Everything that takes time takes little of it.
OPTIONS: Options = {
    'DEFAULT': {'debug': True},
    'cloud': {'timeout': 2, 'messaging_timeout': 0.5},
    'engine': {
        'lease_seconds': 1.5,
        'due_interval': 0.2,
        'poll_interval': 0.1,
        'watch_interval': 0.3,
        'sweep_interval': 0.3,
        'sweep_grace': 0.5,
        'capacity_backoff': 0.3,
        'capacity_backoff_limit': 0.6,
        'graceful_shutdown_timeout': 2,
    },
    'hooks': {
        'allow_private_targets': True,
        'allow_http': True,
        'webhook_timeout': 0.5,
        'webhook_attempts': 1,
    },
}


class Service:
    """One service, however often its process is killed and started."""

    def __init__(
        self,
        place: pathlib.Path,
        cloud: clouds.Cloud,
        options: Options | None = None,
        *,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """`options` are by group, and go before OPTIONS."""
        place.mkdir(parents=True)
        self._place = place
        self._cloud = cloud
        self._environment = {
            'OS_CLIENT_CONFIG_FILE': str(cloud.clouds_file),
            **(environment or {}),
        }
        self._port = processes.free_port()
        self._session = requests.Session()
        self._names = itertools.count(1)
        self.url = f'http://127.0.0.1:{self._port}'
        self.log = place / 'service.log'
        self.state = place / 'state'
        #: every webhook token and completion token that was seen
        self.secrets: set[str] = set()
        self._configure(options or {})
        self.start()

    def _configure(self, options: Options) -> None:
        lines = []
        for group in sorted({*OPTIONS, *options}):
            lines.append(f'[{group}]')
            chosen = {**OPTIONS.get(group, {}), **options.get(group, {})}
            lines += [f'{key} = {value}' for key, value in chosen.items()]
        self._file = self._place / 'autoscale.conf'
        self._file.write_text('\n'.join(lines) + '\n')

    # -- the process

    def start(self) -> None:
        """It answers when this returns."""
        command = [
            str(_SCRIPT),
            '--config-file',
            str(self._file),
            '--os-cloud',
            clouds.NAME,
            '--port',
            str(self._port),
            '--state-dir',
            str(self.state),
        ]
        self.process = processes.Process(command, self.log, self._environment)
        self.process.await_line(f'autoscale-standalone: {self.url}/v1')

    def kill(self) -> None:
        self.process.kill()

    def terminate(self) -> int:
        return self.process.terminate()

    def stop(self, number: int) -> None:
        """End it by a signal; that it ends well is another's test."""
        self.process.signal(number)
        self.process.end()

    def restart(self, number: int = signal.SIGKILL) -> None:
        self.stop(number)
        self.start()

    def close(self) -> None:
        self._session.close()
        if self.process.is_alive():
            self.process.kill()

    # -- the API

    def call(
        self, method: str, path: str, body: Any = None, **more: Any
    ) -> requests.Response:
        """One request; `body` is bytes, or what JSON can hold."""
        if isinstance(body, bytes):
            more['data'] = body
            more.setdefault('headers', {'Content-Type': 'application/json'})
        elif body is not None:
            more['json'] = body
        url = path if path.startswith('http') else self.url + path
        answer = self._session.request(
            method, url, timeout=20, allow_redirects=False, **more
        )
        self._note_secrets(answer)
        return answer

    def get(self, path: str) -> Any:
        answer = self.call('GET', path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any = None, **more: Any) -> Any:
        """The answer to a request that has to go well."""
        answer = self.call('POST', path, body, **more)
        assert answer.status_code in (200, 201, 202), answer.text
        return answer.json()

    def _note_secrets(self, answer: requests.Response) -> None:
        if 'alarm_url' in answer.text:
            url = answer.json()['webhook']['alarm_url']
            query = parse.parse_qs(parse.urlsplit(url).query)
            self.secrets.update(query['token'])

    # -- what a user makes

    def name(self, noun: str = 'web') -> str:
        """A name that nothing else has."""
        return f'{noun}{next(self._names)}'

    def profile(self, **spec: Any) -> str:
        """The id of a new profile."""
        spec = {'flavor': 'tiny', 'image': 'cirros', **spec}
        wanted = {'name': self.name('p'), 'type': 'server', 'spec': spec}
        return str(
            self.post('/v1/profiles', {'profile': wanted})['profile']['id']
        )

    def policy(self, type_: str, **spec: Any) -> str:
        """The id of a new policy."""
        wanted = {'name': self.name(type_), 'type': type_, 'spec': spec}
        return str(
            self.post('/v1/policies', {'policy': wanted})['policy']['id']
        )

    def attach(self, cluster: str, policy: str) -> requests.Response:
        return self.call('PUT', f'/v1/clusters/{cluster}/policies/{policy}')

    def ask_cluster(self, desired: int, **how: Any) -> tuple[str, str]:
        """A new cluster that may not be there yet; its id, its action's."""
        how.setdefault('name', self.name())
        if 'profile_id' not in how:
            how['profile_id'] = self.profile()
        wanted = {'desired_capacity': desired, **how}
        said = self.post('/v1/clusters', {'cluster': wanted})
        return said['cluster']['id'], said['action']['id']

    def cluster(self, desired: int, **how: Any) -> str:
        """A new cluster with all of its members; its id."""
        cluster, action = self.ask_cluster(desired, **how)
        assert self.end_of(action)['status'] == 'SUCCEEDED'
        return cluster

    def draining_cluster(self, desired: int, queue: str, **hooks: Any) -> str:
        """A cluster whose members are told by `queue` before they leave."""
        told = {'type': 'zaqar', 'params': {'queue': queue}, 'timeout': 60}
        cluster = self.cluster(desired)
        policy = self.policy('deletion', hooks={**told, **hooks})
        assert self.attach(cluster, policy).status_code == 201
        return cluster

    def webhook(self, cluster: str, action: str, **how: Any) -> dict[str, Any]:
        wanted = {
            'name': self.name('hook'),
            'cluster_id': cluster,
            'action': action,
            **how,
        }
        return dict(self.post('/v1/webhooks', {'webhook': wanted})['webhook'])

    # -- what a user asks

    def ask(self, cluster: str, kind: str, **inputs: Any) -> str:
        """The id of the action that was accepted."""
        said = self.post(f'/v1/clusters/{cluster}/actions', {kind: inputs})
        return str(said['action']['id'])

    def complete(
        self, message: dict[str, Any], result: str = 'continue', **more: Any
    ) -> requests.Response:
        """What the application does with a message once it has drained."""
        token = message['lifecycle_action_token']
        return self.call(
            'POST',
            message['complete_url'],
            {'lifecycle_action_token': token, 'result': result, **more},
        )

    # -- what a user sees

    def shown(self, cluster: str) -> dict[str, Any]:
        return dict(self.get(f'/v1/clusters/{cluster}')['cluster'])

    def action(self, action: str) -> dict[str, Any]:
        return dict(self.get(f'/v1/actions/{action}')['action'])

    def actions(self, cluster: str) -> list[dict[str, Any]]:
        """The newest first."""
        return list(self.get(f'/v1/clusters/{cluster}/actions')['actions'])

    def nodes(self, cluster: str, status: str = '') -> list[dict[str, Any]]:
        query = f'?status={status}' if status else ''
        return list(self.get(f'/v1/clusters/{cluster}/nodes{query}')['nodes'])

    def hooks(self, cluster: str) -> list[dict[str, Any]]:
        return list(self.get(f'/v1/clusters/{cluster}/hooks')['hooks'])

    def failed_hook(self, cluster: str) -> dict[str, Any]:
        """The only hook, once its message could not be delivered."""
        return self._await_hook(cluster, lambda hook: hook['last_error'])

    def sent_hook(self, cluster: str) -> dict[str, Any]:
        """The only hook, once its message was delivered."""
        return self._await_hook(cluster, lambda hook: hook['status'] == 'SENT')

    def _await_hook(
        self, cluster: str, is_it: Callable[[dict[str, Any]], Any]
    ) -> dict[str, Any]:
        def found() -> list[dict[str, Any]]:
            return [each for each in self.hooks(cluster) if is_it(each)]

        (hook,) = eventually(found, 'a hook like that')
        return hook

    def events(self, cluster: str) -> list[str]:
        found = self.get(f'/v1/events?cluster_id={cluster}')['events']
        return [each['type'] for each in found]

    def told(self, cluster: str, type_: str) -> list[str]:
        """What the events of one type say."""
        query = f'cluster_id={cluster}&type={type_}'
        found = self.get(f'/v1/events?{query}')['events']
        return [each['message'] for each in found]

    def messages(self, queue: str, count: int = 1) -> list[dict[str, Any]]:
        """The messages on a queue, once there are `count`."""

        def found() -> list[dict[str, Any]]:
            told = self._cloud.messages(queue)
            self.secrets.update(
                each['lifecycle_action_token'] for each in told
            )
            return told if len(told) >= count else []

        return eventually(found, f'{count} messages')

    def end_of(self, action: str, seconds: float = 30.0) -> dict[str, Any]:
        """The action, once it has ended."""

        def ended() -> dict[str, Any] | None:
            found = self.action(action)
            return found if found['status'] in _ENDED else None

        found = eventually(ended, f'the end of {action}', seconds)
        assert found is not None
        return found

    def await_status(
        self, cluster: str, status: str, seconds: float = 30.0
    ) -> dict[str, Any]:
        """The cluster, once it is in that status."""

        def reached() -> dict[str, Any]:
            found = self.shown(cluster)
            return found if found['status'] == status else {}

        return eventually(reached, f'the status {status}', seconds)

    def check_books(self, cluster: str, size: int) -> None:
        """The cloud's servers are the nodes' servers, all in service.

        No server is doubled, lost, or an orphan.
        """

        def agree() -> bool:
            servers = self._cloud.servers(cluster)
            nodes = self.nodes(cluster)
            return (
                len(nodes) == size
                and {each['server_id'] for each in nodes} == set(servers)
                and {each['status'] for each in nodes} <= {'ACTIVE'}
                and set(servers.values()) <= {'ACTIVE'}
            )

        try:
            eventually(agree, 'that the books agree')
        except AssertionError as error:
            raise AssertionError(
                f'{error}; cloud: {self._cloud.servers(cluster)}; '
                f'nodes: {self.nodes(cluster)}'
            ) from None

    # -- between tests

    def clear(self) -> None:
        """No clusters: what a test has left does not meet the next."""
        for each in self._clusters():
            self.call('DELETE', f'/v1/clusters/{each["id"]}?force=true')
        eventually(lambda: not self._clusters(), 'the end of all clusters')

    def _clusters(self) -> list[dict[str, Any]]:
        return list(self.get('/v1/clusters')['clusters'])
