"""One autoscale-engine of a deployment: a master and its worker.

What happens to a host happens to both.
"""

import contextlib
import os
import pathlib
import re
import signal
import subprocess
from collections.abc import Mapping
from collections.abc import Sequence

from tests.functional.standalone import process as processes
from tests.functional.standalone.process import eventually

_AT_WORK = re.compile(r'engine ([0-9a-f-]{36}): at work')


class Engine:
    """One engine, however often it is ended and started."""

    def __init__(
        self,
        command: Sequence[str],
        log: pathlib.Path,
        environment: Mapping[str, str],
    ) -> None:
        self._command = command
        self._environment = environment
        self.log = log
        self._process: processes.Process | None = None
        self.is_frozen = False
        #: the id that this run of it has
        self.id = ''

    def launch(self) -> None:
        """Start it, and do not wait."""
        self._process = processes.Process(
            self._command, self.log, self._environment
        )

    def await_start(self) -> None:
        found = _AT_WORK.search(self._running.await_line('at work', 90))
        assert found is not None
        self.id = found[1]

    def start(self) -> None:
        """It takes work when this returns."""
        self.launch()
        self.await_start()

    def is_alive(self) -> bool:
        return self._process is not None and self._process.is_alive()

    def pids(self) -> list[int]:
        """The master, and what it started."""
        master = self._running.pid()
        children = []
        # A child is listed with the thread that started it.
        for path in pathlib.Path(f'/proc/{master}/task').glob('*/children'):
            children += path.read_text().split()
        assert children, 'there is a master without a worker'
        return [master, *(int(each) for each in children)]

    def kill(self) -> None:
        """No warning, no goodbye."""
        self._signal(signal.SIGKILL)
        self._running.end()

    def freeze(self) -> None:
        """It stands still, and knows nothing of it."""
        self.is_frozen = True
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.is_frozen = False
        self._signal(signal.SIGCONT)

    def terminate(self) -> None:
        """End it in good order; does not wait."""
        self._running.signal(signal.SIGTERM)

    def end(self, seconds: float = 30.0) -> int:
        return self._running.end(seconds)

    def close(self) -> None:
        if not self.is_alive():
            return
        if self.is_frozen:
            self.thaw()
        self.terminate()
        try:
            self.end(20)
        except subprocess.TimeoutExpired:
            self.kill()

    def says(self, text: str, since: int = 0) -> bool:
        """Whether its log has this, from character `since` on."""
        return text in self.log.read_text()[since:]

    def await_word(
        self, text: str, since: int = 0, seconds: float = 15.0
    ) -> None:
        eventually(
            lambda: self.says(text, since), f'that it says {text!r}', seconds
        )

    def log_size(self) -> int:
        return len(self.log.read_text())

    @property
    def _running(self) -> processes.Process:
        assert self._process is not None, 'it was never started'
        return self._process

    def _signal(self, number: int) -> None:
        # All of them, before one can start another.
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
