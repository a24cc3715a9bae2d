"""autoscale-standalone on a real cloud, as anybody with an account runs it."""

import pathlib
import sysconfig
from collections.abc import Mapping
from typing import Any

import requests

from tests.cloud import project as projects
from tests.cloud.keeper import Keeper
from tests.cloud.project import Project
from tests.functional.standalone import process as processes
from tests.functional.standalone import service
from tests.functional.standalone.process import eventually

#: What is before a command: its process ends with ours at the latest.
NEVER_LEFT = ('setpriv', '--pdeathsig', 'KILL', '--')

SCRIPTS = pathlib.Path(sysconfig.get_path('scripts'))

#: A real cloud has its time: what is waited for comes, but for an error.
PATIENCE = 180.0

#: Shorter than by default, where a test would only wait.
_OPTIONS: service.Options = {
    'DEFAULT': {'debug': True},
    'engine': {'watch_interval': 3, 'capacity_backoff': 5},
}


class Standalone(service.Service):
    """One process, in which nothing but an application credential is."""

    def __init__(
        self,
        place: pathlib.Path,
        project: Project,
        keeper: Keeper,
        options: service.Options | None = None,
        *,
        spec: Mapping[str, Any],
        port: int | None = None,
    ) -> None:
        """`spec`: what members are made of, unless told otherwise."""
        self._spec = spec
        self._project = project
        self._keeper = keeper
        self._wanted_port = port
        #: all that were made, also those that are gone
        self.clusters: list[str] = []
        super().__init__(place, project, options)  # type: ignore[arg-type]

    def _configure(self, options: service.Options) -> None:
        if self._wanted_port is not None:
            self._port = self._wanted_port
            self.url = f'http://127.0.0.1:{self._port}'
        self._file = self._place / 'autoscale.conf'
        self._file.touch(0o600)
        lines = []
        for group in sorted({*_OPTIONS, *options}):
            lines.append(f'[{group}]')
            chosen = {**_OPTIONS.get(group, {}), **options.get(group, {})}
            lines += [f'{key} = {value}' for key, value in chosen.items()]
        self._file.write_text('\n'.join(lines) + '\n')

    def start(self) -> None:
        command = [
            *NEVER_LEFT,
            str(SCRIPTS / 'autoscale-standalone'),
            '--config-file',
            str(self._file),
            '--os-cloud',
            projects.LENT,
            '--port',
            str(self._port),
            '--state-dir',
            str(self.state),
        ]
        self._keeper.log(self.log)
        self.process = processes.Process(command, self.log, self._environment)
        self.process.await_line(f'autoscale-standalone: {self.url}/v1', 120)

    def close(self) -> None:
        self._session.close()
        if self.process.is_alive():
            self.process.terminate()

    # -- its users

    def call(
        self, method: str, path: str, body: Any = None, **more: Any
    ) -> requests.Response:
        answer = super().call(method, path, body, **more)
        for each in self.secrets:
            self._keeper.secret('token of a webhook', each)
        return answer

    def profile(self, **spec: Any) -> str:
        return super().profile(**{**self._spec, **spec})

    def ask_cluster(self, desired: int, **how: Any) -> tuple[str, str]:
        cluster, action = super().ask_cluster(desired, **how)
        self.clusters.append(cluster)
        return cluster, action

    def messages(self, queue: str, count: int = 1) -> list[dict[str, Any]]:
        found = super().messages(queue, count)
        for each in found:
            token = each['lifecycle_action_token']
            self._keeper.secret('token of a drain', token)
        return found

    def end_of(self, action: str, seconds: float = PATIENCE) -> dict[str, Any]:
        return super().end_of(action, seconds)

    def await_status(
        self, cluster: str, status: str, seconds: float = PATIENCE
    ) -> dict[str, Any]:
        return super().await_status(cluster, status, seconds)

    def clear(self) -> None:
        for each in self._clusters():
            self.call('DELETE', f'/v1/clusters/{each["id"]}?force=true')
        eventually(
            lambda: not self._clusters(), 'the end of all clusters', PATIENCE
        )
