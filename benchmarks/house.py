"""The service and the development cloud as processes, with passing state.

All that is started here is stopped here, by its own process id.
"""

import contextlib
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
from typing import Any

from benchmarks import caller
from benchmarks import counted
from benchmarks import process

_ROOT = pathlib.Path(__file__).parent.parent

#: Seconds that a command has to come up, and to go down.
_PATIENCE = 60

#: What every command is told: nobody waits for a log here.
_QUIET = {
    ('DEFAULT', 'default_log_levels'): 'autoscale=WARNING,'
    'autoscale.engine.service=INFO',
}

#: What an API says when it is up, with its URL; and what an engine says.
_SERVES = re.compile(r'^autoscale-\w+: (http\S+/v1)$', re.MULTILINE)
_AT_WORK = re.compile(r'engine ([0-9a-f-]{36}): at work')

Config = dict[tuple[str, str], object]


class Command:
    """One of our commands in a process of its own; a context manager."""

    def __init__(
        self,
        command: str,
        *arguments: str,
        config: Config | None = None,
        state: pathlib.Path | None = None,
        name: str = '',
        environment: dict[str, str] | None = None,
    ) -> None:
        """`command` is a module of `autoscale.cmd`; `state` is shared.

        `name` tells apart those of one command in one `state`.
        """
        self._command = command
        self._name = name or command
        self._is_engine = command == 'engine'
        self._environment = environment or {}
        self._arguments = arguments
        self._config = config or {}
        self._temporary: Any = None
        if state is None:
            self._temporary = tempfile.TemporaryDirectory(prefix='autoscale-')
            state = pathlib.Path(self._temporary.name)
        self.state = state
        self.url = ''
        #: of an engine, what its leases begin with
        self.engine_id = ''
        self._running: Any = None
        self._callers: list[caller.Caller] = []
        self._said = state / f'{self._name}.out'
        self._counter = state / f'{self._name}.statements'

    def __enter__(self) -> 'Command':
        self.start()
        return self

    def start(self) -> None:
        """It is at work when this returns; also after `kill`."""
        self.url = self.engine_id = ''
        self._start()
        try:
            caller.wait_until(self._is_up, seconds=_PATIENCE, look=0.05)
        except Exception:
            self._stop()
            raise

    def kill(self) -> None:
        """No warning, no goodbye, for all of its processes."""
        for pid in process.family(self.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._running.wait()

    def __exit__(self, *_: object) -> None:
        self._stop()

    def _stop(self) -> None:
        for each in self._callers:
            each.close()
        self._running.terminate()
        try:
            self._running.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
        if self._temporary is not None:
            self._temporary.cleanup()

    @property
    def pid(self) -> int:
        pid: int = self._running.pid
        return pid

    def members(self) -> dict[str, list[int]]:
        """Its processes, by the name that they are known under.

        An engine is a master and its worker; what the standalone service
        starts is the cloud, which is no part of it.
        """
        is_one = not self._is_engine
        return {self._name: [self.pid] if is_one else process.family(self.pid)}

    def cpu_seconds(self) -> float:
        return process.cpu_seconds(*self.members()[self._name])

    def statements(self) -> int:
        """SQL statements since it began."""
        return counted.read(self._counter)

    def caller(self, project: str = '') -> caller.Caller:
        """A new connection to its API, until the command ends."""
        opened = caller.Caller(self.url, project)
        self._callers.append(opened)
        return opened

    def _start(self) -> None:
        file = self.state / f'{self._name}.conf'
        file.write_text(_text({**_QUIET, **self._config}))
        with self._said.open('wb') as said:
            self._running = subprocess.Popen(
                [
                    sys.executable,
                    '-m',
                    'benchmarks.counted',
                    str(self._counter),
                    self._command,
                    '--config-file',
                    str(file),
                    *self._arguments,
                ],
                cwd=_ROOT,
                env={**os.environ, **self._environment},
                stdout=said,
                stderr=subprocess.STDOUT,
            )

    def _is_up(self) -> bool:
        said = self._said.read_text()
        if self._running.poll() is not None:
            raise RuntimeError(f'{self._command} did not start: {said}')
        if serves := _SERVES.search(said):
            self.url = serves[1]
        elif works := _AT_WORK.search(said):
            self.engine_id = works[1]
        return bool(self.engine_id if self._is_engine else self.url)


class Standalone(Command):
    """`autoscale-standalone` with its development cloud."""

    def __init__(
        self,
        settings: dict[str, Any] | None = None,
        config: Config | None = None,
    ) -> None:
        """`settings` are the cloud's, such as builds_per_second."""
        super().__init__('standalone', config=config)
        self._arguments = ('--state-dir', str(self.state), '--port', '0')
        self._settings = settings or {}
        self.database = f'sqlite:///{self.state}/autoscale.sqlite'

    def __enter__(self) -> 'Standalone':
        super().__enter__()
        found = re.search(
            r'development cloud (http\S+)/identity/v3', self._said.read_text()
        )
        assert found is not None
        self.cloud = Cloud(found[1], self.state / 'clouds.yaml')
        self.cloud.change(**self._settings)
        return self

    def __exit__(self, *_: object) -> None:
        self.cloud.close()
        super().__exit__()


class Cloud:
    """The development cloud: its control doors, and itself as a user."""

    def __init__(self, url: str, clouds_file: pathlib.Path) -> None:
        self._control = caller.Caller(f'{url}/devcloud')
        self._clouds_file = clouds_file
        self._session: Any = None

    def close(self) -> None:
        self._control.close()
        if self._session is not None:
            self._session.session.close()

    def change(self, **settings: Any) -> None:
        """Change the cloud's settings."""
        if settings:
            self._control.call('PATCH', '/settings', settings)

    def servers(self) -> list[dict[str, Any]]:
        """All there are, with the cloud's own times of them."""
        return list(self._control.get('/servers')['servers'])

    def last(self) -> int:
        """The number of the last request, to read on from."""
        return int(self._control.get('/requests?since=999999999')['last'])

    def requests(
        self, since: int, service: str, *operations: str
    ) -> list[dict[str, Any]]:
        """The requests after that number, of those kinds."""
        found = self._control.get(f'/requests?since={since}')['requests']
        return [
            each
            for each in found
            if each['service'] == service and each['operation'] in operations
        ]

    def hang(self, service: str, operation: str, seconds: float) -> str:
        """Carry out the next such call at once, and answer it so late."""
        rule = {
            'service': service,
            'operation': operation,
            'kind': 'hang',
            'seconds': seconds,
            'times': 1,
        }
        return str(self._control.post('/faults', rule)['id'])

    def hits(self, fault: str) -> int:
        """How many calls met it."""
        return int(self._control.get(f'/faults/{fault}')['hits'])

    def nova(self) -> Any:
        """novaclient, as anybody would use it."""
        from novaclient import client

        return client.Client('2.90', session=self.session())

    def session(self) -> Any:
        """A keystoneauth session of the cloud's user."""
        from openstack import config

        if self._session is None:
            clouds = config.OpenStackConfig(
                config_files=[str(self._clouds_file)]
            )
            region = clouds.get_one('devcloud')
            self._session = region.get_session()
        return self._session


def _text(values: Config) -> str:
    """The configuration as a file."""
    lines = []
    for group in sorted({group for group, _ in values}):
        lines.append(f'[{group}]')
        lines += [
            f'{name} = {value}'
            for (section, name), value in values.items()
            if section == group
        ]
    return '\n'.join(lines) + '\n'


def spent(command: Command, seconds: float) -> tuple[float, float]:
    """CPU seconds and statements of a command over so many seconds."""
    cpu, statements = command.cpu_seconds(), command.statements()
    time.sleep(seconds)
    return (
        command.cpu_seconds() - cpu,
        float(command.statements() - statements),
    )
