"""What all servers have in common: who they run as, how they end.

A server has a directory of its own directly under the system's temporary
one. As root, it runs as the user that its Debian package made, since
PostgreSQL refuses root; otherwise as whoever runs the suite.
"""

import contextlib
import glob
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from collections.abc import Sequence

from tests.functional.standalone import process as processes

#: Where Debian keeps what is not on everybody's path.
_MORE_PATH = '/usr/local/sbin:/usr/sbin:/sbin'


class NotInstalled(AssertionError):
    """A program is not there; it says which package has it."""


class Server:
    """One server, however often it is stopped and started."""

    #: the Debian package that it comes with, and the user of that package
    package: str
    user: str
    #: what it says when it takes connections
    ready: str
    #: the signal that ends it at once and in order
    stopping = signal.SIGTERM

    def __init__(self) -> None:
        self.port = processes.free_port()
        self.place = pathlib.Path(tempfile.mkdtemp(prefix=f'{self.package}-'))
        self.log = self.place / 'server.log'
        self._process: processes.Process | None = None
        try:
            self.prepare()
            self.hand_over()
            self.make()
            self.start()
        except BaseException:
            self.close()
            raise

    # -- what each server says for itself

    def prepare(self) -> None:
        """Find the programs, and write what the server reads."""

    def make(self) -> None:
        """Make the empty store."""

    def command(self) -> Sequence[str]:
        raise NotImplementedError

    def environment(self) -> Mapping[str, str]:
        return {}

    # -- the process

    def start(self) -> None:
        """It takes connections when this returns."""
        self._process = self.spawn(self.command())
        self._process.await_line(self.ready, 60)

    def stop(self) -> None:
        self._end(self.stopping)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def is_alive(self) -> bool:
        return self._process is not None and self._process.is_alive()

    def pid(self) -> int:
        """The server's own, which is what its command became."""
        assert self._process is not None
        return self._process.pid()

    def close(self) -> None:
        """Stop it, and leave nothing behind."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.stop()
        if self.is_alive():
            self.kill()
        shutil.rmtree(self.place, ignore_errors=True)

    def _end(self, number: int) -> None:
        if self._process is not None and self._process.is_alive():
            self._process.signal(number)
            self._process.end(60)

    # -- for them to use

    def program(self, name: str, *places: str) -> str:
        """The path of a program; fails with the package that has it."""
        path = os.pathsep.join(
            [
                *sorted(
                    (each for place in places for each in glob.glob(place)),
                    reverse=True,
                ),
                os.environ.get('PATH', os.defpath),
                _MORE_PATH,
            ]
        )
        found = shutil.which(name, path=path)
        if not found:
            raise NotInstalled(
                f'{name} is not installed; it is in the Debian package '
                f'{self.package}: apt-get install {self.package}'
            )
        return found

    def hand_over(self) -> None:
        """Let the server's user have all that is in its place."""
        if os.getuid() != 0:
            return
        user = pwd.getpwnam(self.user)
        for each in (self.place, *self.place.rglob('*')):
            os.chown(each, user.pw_uid, user.pw_gid)

    def spawn(self, command: Sequence[str]) -> processes.Process:
        return processes.Process(
            self._wrapped(command),
            self.log,
            {'HOME': str(self.place), **self.environment()},
        )

    def run(self, command: Sequence[str]) -> str:
        """What a program says, which has to end well."""
        done = subprocess.run(
            self._wrapped(command),
            env={
                **os.environ,
                'HOME': str(self.place),
                **self.environment(),
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    def _wrapped(self, command: Sequence[str]) -> list[str]:
        """In its own place, as its own user, and never left behind."""
        wrapped = ['env', f'--chdir={self.place}', 'setpriv']
        wrapped += ['--pdeathsig', 'KILL']
        if os.getuid() == 0:
            user = pwd.getpwnam(self.user)
            wrapped += [
                f'--reuid={user.pw_uid}',
                f'--regid={user.pw_gid}',
                '--init-groups',
            ]
        return [*wrapped, '--', *command]
