"""autoscale-api and autoscale-engine behind the Keystone of a real cloud."""

import os
import pathlib
import subprocess
from collections.abc import Mapping
from typing import Any

import requests

from tests.cloud.keeper import Keeper
from tests.cloud.project import Project
from tests.cloud.standalone import NEVER_LEFT
from tests.cloud.standalone import SCRIPTS
from tests.cloud.standalone import Standalone
from tests.functional.standalone import process as processes
from tests.functional.standalone import service
from tests.services import engine as engines


class Daemons(Standalone):
    """One of each; a user is who has a token of Keystone's."""

    def __init__(
        self,
        place: pathlib.Path,
        project: Project,
        keeper: Keeper,
        *,
        spec: Mapping[str, Any],
        login: Mapping[str, Any],
        bus: str,
        port: int | None = None,
    ) -> None:
        """`login` is the service's own, as clouds.yaml has an `auth`."""
        self.keys = place / 'credential.keys'
        self.login = dict(login)
        config = project.connection.config
        options: service.Options = {
            'DEFAULT': {'debug': True, 'transport_url': bus},
            'api': {'auth_strategy': 'keystone'},
            'database': {'connection': f'sqlite:///{place}/autoscale.sqlite'},
            'credentials': {'key_file': self.keys},
            'cloud': {
                'region_name': config.get_region_name(),
                'interface': config.get_interface(),
            },
            'service_auth': {'auth_type': 'password', **login},
            'keystone_authtoken': {
                'auth_type': 'password',
                'www_authenticate_uri': login['auth_url'],
                'region_name': config.get_region_name(),
                'interface': config.get_interface(),
                'service_token_roles_required': True,
                **login,
            },
        }
        super().__init__(place, project, keeper, options, spec=spec, port=port)

    # -- the processes

    def start(self) -> None:
        """Both work when this returns."""
        with self._file.open('a') as conf:
            conf.write(f'[api]\nport = {self._port}\n')
        self.manage('db', 'sync')
        if not self.keys.exists():
            self.manage('credential', 'generate-key')
            self._keeper.secret('key', self.keys.read_text().strip())
        environment: dict[str, str] = {}
        self.process = processes.Process(
            self._command('autoscale-api'),
            self._keeper.log(self._place / 'api.log'),
            environment,
        )
        self.log = self._place / 'api.log'
        self.engine = engines.Engine(
            self._command('autoscale-engine'),
            self._keeper.log(self._place / 'engine.log'),
            environment,
        )
        self.engine.start()
        self.process.await_line(f'autoscale-api: {self.url}/v1', 120)

    def restart_engine(self) -> None:
        self.engine.terminate()
        self.engine.end(60)
        self.engine.start()

    def manage(self, *arguments: str) -> None:
        with (self._place / 'manage.log').open('a') as log:
            subprocess.run(
                self._command('autoscale-manage', *arguments),
                env=os.environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                check=True,
                timeout=120,
            )
        self._keeper.log(self._place / 'manage.log')

    def _command(self, script: str, *arguments: str) -> list[str]:
        return [
            *NEVER_LEFT,
            str(SCRIPTS / script),
            '--config-file',
            str(self._file),
            *arguments,
        ]

    def close(self) -> None:
        super().close()
        self.engine.close()

    # -- its users

    def call(
        self, method: str, path: str, body: Any = None, **more: Any
    ) -> requests.Response:
        """With the token of the project's user, unless headers have one."""
        headers = {'X-Auth-Token': self._project.token()}
        headers |= more.pop('headers', {})
        return super().call(method, path, body, headers=headers, **more)
