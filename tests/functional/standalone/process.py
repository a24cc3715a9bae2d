"""Processes of a test: what they print is kept, and none outlives it."""

import contextlib
import datetime
import os
import pathlib
import random
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import TypeVar

#: Below the ports that systems give to outgoing connections, so that a
#: service that was killed finds its port free again.
_PORTS = range(15_000, 30_000)

T = TypeVar('T')


def free_port() -> int:
    """A port that nobody listens on now, and outgoing calls never take."""
    for port in random.sample(_PORTS, 50):
        with socket.socket() as tried, contextlib.suppress(OSError):
            tried.bind(('127.0.0.1', port))
            return port
    raise AssertionError('no port is free')


def eventually(
    question: Callable[[], T], what: str = 'it', seconds: float = 30.0
) -> T:
    """Ask again until the answer is true, but not for ever."""
    deadline = time.monotonic() + seconds
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f'{what} did not happen in {seconds:g} s')
        time.sleep(0.05)


def moment_of(text: str) -> float:
    """An ISO 8601 time, as time.time() tells it."""
    return datetime.datetime.fromisoformat(text).timestamp()


class Process:
    """A process whose output goes to a file, read line by line on the way."""

    def __init__(
        self,
        command: Sequence[str],
        log: pathlib.Path,
        environment: Mapping[str, str],
    ) -> None:
        self.log = log
        self._lines: list[str] = []
        self._said = threading.Condition()
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
            text=True,
            errors='replace',
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def await_line(self, wanted: str, seconds: float = 60.0) -> str:
        """The first line that has `wanted` in it."""
        deadline = time.monotonic() + seconds
        with self._said:
            while True:
                for line in self._lines:
                    if wanted in line:
                        return line
                left = deadline - time.monotonic()
                if left <= 0 or self._process.poll() is not None:
                    raise AssertionError(
                        f'the process did not say {wanted!r}, but: '
                        + '\n'.join(self._lines)
                    )
                self._said.wait(min(left, 0.2))

    def pid(self) -> int:
        return self._process.pid

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def end(self, seconds: float = 30.0) -> int:
        """The exit status, once it has ended by itself."""
        status = self._process.wait(seconds)
        self._reader.join(seconds)
        return status

    def terminate(self) -> int:
        self.signal(signal.SIGTERM)
        return self.end()

    def kill(self) -> None:
        """No warning, no goodbye."""
        self._process.kill()
        self.end()

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stream, self.log.open('a') as kept:
            for line in stream:
                kept.write(line)
                kept.flush()
                with self._said:
                    self._lines.append(line.rstrip())
                    self._said.notify_all()
