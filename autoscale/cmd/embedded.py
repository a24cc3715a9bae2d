"""The development cloud as a child of this process.

It is another process, as a cloud is: what passes between it and the service
is real HTTP, and it dies with its parent.
"""

import json
import os
import pathlib
import subprocess
import sys
from typing import Any

#: The name of the cloud in the clouds.yaml that it writes.
NAME = 'devcloud'


class DevelopmentCloud:
    """Starts and stops `python -m autoscale.devcloud`."""

    def __init__(
        self, state: pathlib.Path, settings: dict[str, Any] | None = None
    ) -> None:
        """`state`: a directory that keeps its servers and queues."""
        self.clouds_file = state / 'clouds.yaml'
        self._state = state / 'devcloud'
        self._settings = settings or {}
        self._process: subprocess.Popen[bytes] | None = None
        self.where: dict[str, Any] = {}

    def start(self) -> None:
        """Start it, and have it spoken to without a proxy.

        Raises OSError when it does not come up; it says why itself.
        """
        self._state.mkdir(parents=True, exist_ok=True)
        _no_proxy_to('127.0.0.1')
        command = [
            sys.executable,
            '-m',
            'autoscale.devcloud',
            '--exit-with-parent',
            '--state',
            str(self._state),
            '--clouds-yaml',
            str(self.clouds_file),
        ]
        for name, value in self._settings.items():
            command += ['--setting', f'{name}={json.dumps(value)}']
        self._process = subprocess.Popen(  # noqa: S603  (our own module)
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Ctrl-C in the terminal is ours to pass on, when we are done.
            start_new_session=True,
        )
        line = self._process.stdout.readline()  # type: ignore[union-attr]
        if not line:
            raise OSError('the development cloud did not start')
        self.where = json.loads(line)

    def stop(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        self._process.wait(10)
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()


def _no_proxy_to(host: str) -> None:
    """Add to what is reached directly, in both spellings that are in use."""
    direct = os.environ.get('no_proxy') or os.environ.get('NO_PROXY') or ''
    hosts = [each for each in direct.split(',') if each]
    if host not in hosts:
        hosts.append(host)
    for name in ('no_proxy', 'NO_PROXY'):
        os.environ[name] = ','.join(hosts)
