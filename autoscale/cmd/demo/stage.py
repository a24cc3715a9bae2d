"""The service and the application as processes, started and stopped.

They are what a person would start; only their configuration is their own,
so that no setting of whoever runs the demo gets mixed in.
"""

import ctypes
import functools
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from collections.abc import Sequence

import autoscale
from autoscale.cmd import embedded
from autoscale.cmd.demo import patience as patiences

SERVICE = 'autoscale-standalone'
APPLICATION = 'examples/drain.py'

#: Seconds to end after SIGTERM, before SIGKILL.
LONGEST_END = 20.0

_CLOUD = re.compile(
    rf'{SERVICE}: development cloud (http://[^/]+)/\S*, credentials in (.+)'
)
_API = re.compile(rf'{SERVICE}: (http://\S+)/v1')


def _binding() -> Callable[[], object] | None:
    """What a new process does so that it is told when we are gone.

    Even when we are killed: nothing of the demo shall outlive it. Linux can
    do so; elsewhere a killed demo leaves its service running.
    """
    if sys.platform != 'linux':
        return None
    system = ctypes.CDLL(None)
    return functools.partial(system.prctl, _PR_SET_PDEATHSIG, signal.SIGTERM)


_PR_SET_PDEATHSIG = 1
_BIND = _binding()


class Unready(Exception):
    """Something to start with is missing; the message says what."""


class Ended(patiences.NotSeen):
    """A process ended by itself; the message has its last words."""


class Child:
    """A process whose words go to a file."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: pathlib.Path,
        environ: dict[str, str],
    ) -> None:
        self.name = name
        self.command = list(command)
        self.log = log
        self._environ = environ
        self._process: subprocess.Popen[bytes] | None = None
        self._told = 0  #: lines of the log that `news` has given

    def start(self) -> None:
        with self.log.open('wb') as stream:
            self._process = subprocess.Popen(  # noqa: S603  (no shell)
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                env=self._environ,
                # Ctrl-C in the terminal is ours to pass on.
                start_new_session=True,
                preexec_fn=_BIND,
            )

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def check(self) -> None:
        """Raises Ended if it has."""
        if self._process is None or self._process.poll() is None:
            return
        status = self._process.returncode
        raise Ended(
            f'{self.name} ended by itself, with {status}:\n{self.last_words()}'
        )

    def lines(self) -> list[str]:
        """All that it said, in whole lines."""
        if not self.log.exists():
            return []
        text = self.log.read_text(encoding='utf-8', errors='replace')
        return text.splitlines()[: text.count('\n')]

    def last_words(self, count: int = 12) -> str:
        said = [f'  | {line}' for line in self.lines()[-count:]]
        return '\n'.join(said) or '  | (it said nothing)'

    def news(self) -> list[str]:
        """The lines that it said since this was last asked."""
        said = self.lines()[self._told :]
        self._told += len(said)
        return said

    def stop(self) -> None:
        """Tell it to end, and see that it does."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(LONGEST_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Service(Child):
    """`autoscale-standalone`, with the development cloud inside."""

    def __init__(self, folder: pathlib.Path) -> None:
        """`folder` is empty, and holds all that the service keeps."""
        self.state = folder / 'state'
        self._settings = folder / 'settings'
        super().__init__(
            SERVICE,
            [
                _program(SERVICE),
                '--config-file',
                str(self._settings / 'autoscale.conf'),
                '--config-dir',
                str(self._settings),
                '--state-dir',
                str(self.state),
                '--port',
                '0',
            ],
            log=folder / 'service.log',
            environ=_environment(),
        )
        self.api_url = ''  #: without /v1
        self.cloud_url = ''
        self.clouds_file = ''

    def start(self) -> None:
        self._settings.mkdir()
        (self._settings / 'autoscale.conf').write_text('[DEFAULT]\n')
        super().start()

    def is_up(self) -> bool:
        """Whether it serves; then it is known where. Raises Ended."""
        self.check()
        for line in self.lines():
            if found := _CLOUD.fullmatch(line):
                self.cloud_url, self.clouds_file = found.groups()
            elif found := _API.fullmatch(line):
                self.api_url = found.group(1)
        return bool(self.api_url and self.cloud_url)


class Application(Child):
    """The example application, with a credential of the cloud."""

    def __init__(
        self,
        path: pathlib.Path,
        queue: str,
        clouds_file: str,
        folder: pathlib.Path,
    ) -> None:
        super().__init__(
            path.name,
            [sys.executable, str(path), queue],
            log=folder / 'application.log',
            environ=_environment(
                OS_CLOUD=embedded.NAME, OS_CLIENT_CONFIG_FILE=clouds_file
            ),
        )


def application(given: str | None) -> pathlib.Path:
    """Where the example application is. Raises Unready if it is not."""
    if given is not None:
        places = [pathlib.Path(given)]
    else:
        checkout = pathlib.Path(autoscale.__file__).parents[1]
        places = [checkout / APPLICATION, pathlib.Path(APPLICATION)]
    for place in places:
        if place.is_file():
            return place.absolute()
    hint = '' if given else ' Run this in a clone, or use --application PATH.'
    raise Unready(f'there is no application at {places[0]}.{hint}')


def _program(name: str) -> str:
    """The command beside this Python, or else the one in PATH."""
    beside = pathlib.Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        raise Unready(f'the command {name} is not installed')
    return found


def _environment(**more: str) -> dict[str, str]:
    """Ours, but for what chooses a cloud or leads away from this host."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith('OS_')
    }
    for name in ('no_proxy', 'NO_PROXY'):
        hosts = [kept[name]] if kept.get(name) else []
        kept[name] = ','.join([*hosts, '127.0.0.1', 'localhost'])
    return {**kept, 'PYTHONUNBUFFERED': '1', **more}


def exit_status(number: int) -> int:
    """What a shell expects of a command that a signal has ended."""
    return 128 + signal.Signals(number).value
