"""Processes forked from one that has imported everything already.

A command of ours takes seconds to be imported and milliseconds to start. A
server that multiprocessing keeps has the imports behind it, no thread, no
connection and no open file; each process is a fork of it, which then runs the
command's own `main` as its script does, and is killed like any other.
"""

import contextlib
import ctypes
import multiprocessing
import os
import pathlib
import signal
import sys
import threading
from collections.abc import Sequence
from multiprocessing import connection
from multiprocessing import process

from autoscale.cmd import api
from autoscale.cmd import engine
from autoscale.cmd import manage
from tests.kills import points

_MAINS = {
    'autoscale-api': api.main,
    'autoscale-engine': engine.main,
    'autoscale-manage': manage.main,
}

#: What the server imports, and with it all that is needed.
_IMPORTS = 'tests.kills.imports'

_PR_SET_PDEATHSIG = 1

_FORKS = multiprocessing.get_context('forkserver')
_FORKS.set_forkserver_preload([_IMPORTS])
_guard = threading.Lock()


class Born:
    """One such process, with all that it starts."""

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        log: pathlib.Path,
        *,
        trace: pathlib.Path | None = None,
        aim: points.Aim | None = None,
    ) -> None:
        """`trace` is where the points are noted that it meets."""
        self.log = log
        self._process: process.BaseProcess = _FORKS.Process(
            target=_run,
            args=(name, list(arguments), str(log), trace and str(trace), aim),
        )
        self._is_over = threading.Event()
        with _guard:
            self._process.start()
        assert self._process.pid
        self.pid = self._process.pid
        threading.Thread(target=self._await_end, daemon=True).start()

    def _await_end(self) -> None:
        connection.wait([self._process.sentinel])
        # To start one looks at all others, and only one thread may look.
        with _guard:
            self._process.join()
        self._is_over.set()

    def is_alive(self) -> bool:
        return not self._is_over.is_set()

    def end(self, seconds: float | None = None) -> int | None:
        """The exit status, as subprocess has it; None: not in this time."""
        self._is_over.wait(seconds)
        return self._process.exitcode if self._is_over.is_set() else None

    def signal(self, number: int) -> None:
        """Tell it, and what it started."""
        os.killpg(self.pid, number)

    def kill(self) -> None:
        """No warning, no goodbye."""
        if self.is_alive():
            # It may not lead a group yet, or be just dead.
            for kill in (os.kill, os.killpg):
                with contextlib.suppress(ProcessLookupError):
                    kill(self.pid, signal.SIGKILL)
        self.end(10)


def _run(
    name: str,
    arguments: list[str],
    log: str,
    trace: str | None,
    aim: points.Aim | None,
) -> None:
    # Nor does a worker outlive its master, not even one that stands still.
    os.register_at_fork(after_in_child=_end_with_parent)
    _end_with_parent()
    os.setsid()
    assert _IMPORTS in sys.modules, 'it had to import all by itself'
    assert threading.active_count() == 1, threading.enumerate()
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for each in (1, 2):
        os.dup2(file, each)
    sys.argv = [name]
    # As if it were a program of its own: what it starts is forked.
    multiprocessing.set_start_method('fork', force=True)
    if trace is not None:
        points.watch(trace, aim)
    sys.exit(_MAINS[name](arguments))


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
