"""How a command ends: SIGTERM and SIGINT tell it to, SIGHUP does not.

SIGHUP reads the options anew.
"""

import logging
import os
import signal
import socket
import sys
from types import FrameType
from typing import NoReturn

from oslo_config import cfg

LOG = logging.getLogger(__name__)


class Signals:
    """Hears signals from the moment that it is made.

    Made before a command says that it is ready: whoever reads that may send
    a signal at once. Only the main thread may use it.
    """

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self._conf = conf
        self._number = 0
        # A signal that comes just before a thread blocks is not handled until
        # it runs again; a byte that wakes it up cannot be missed.
        self._heard, self._rung = socket.socketpair()
        self._rung.setblocking(False)
        signal.set_wakeup_fd(self._rung.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        signal.signal(signal.SIGHUP, self._reload)

    def await_stop(self) -> int:
        """Wait until told to stop; answers the signal's number.

        A second signal of the same kind is handled as the system does by
        itself: it ends the process.
        """
        while not self._number:
            os.read(self._heard.fileno(), 64)
        signal.set_wakeup_fd(-1)
        self._heard.close()
        self._rung.close()
        return self._number

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._number = number
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, signal.SIG_DFL)

    def _reload(self, number: int, frame: FrameType | None) -> None:
        LOG.info('reading the mutable options anew')
        self._conf.mutate_config_files()


def leave(status: int) -> NoReturn:
    """End the process, whatever its threads still wait for.

    Python itself would wait for every call that is out, as long as the
    other side lets it hang. For a command that has put everything down.
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
