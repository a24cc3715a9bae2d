"""Signals: SIGTERM and SIGINT end a command, SIGHUP reads its options anew."""

import logging
import signal
import threading
from typing import Any

from oslo_config import cfg

LOG = logging.getLogger(__name__)


def await_signal(conf: cfg.ConfigOpts) -> int:
    """Wait until told to stop; answers the signal's number.

    Only the main thread may call it. A second signal of the same kind is
    handled as Python does by itself: it ends the process.
    """
    told = threading.Event()
    number = 0

    def stop(signum: int, frame: Any) -> None:
        nonlocal number
        number = signum
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, signal.SIG_DFL)
        told.set()

    def reload(signum: int, frame: Any) -> None:
        LOG.info('reading the mutable options anew')
        conf.mutate_config_files()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGHUP, reload)
    while not told.wait(3600):
        pass
    return number
