"""autoscale-engine: one or more engine processes under one master."""

import sys
import threading
from collections.abc import Sequence
from typing import Any

import cotyledon
from cotyledon import oslo_config_glue
from oslo_config import cfg

from autoscale import exceptions
from autoscale.cmd import configuration
from autoscale.db import keys
from autoscale.engine import service


class Engine(cotyledon.Service):
    """One engine process of cotyledon's."""

    name = 'autoscale-engine'

    def __init__(self, worker_id: Any, conf: cfg.ConfigOpts) -> None:
        super().__init__(worker_id)
        self._conf = conf
        self._over = threading.Event()
        self._starting = threading.Lock()
        self._engine = service.Engine(conf, worker_id)
        self._is_at_work = False

    def run(self) -> None:
        with self._starting:
            if self._over.is_set():
                return
            self._engine.start()
            self._is_at_work = True
        self._over.wait()

    def terminate(self) -> None:
        self._over.set()
        # In another thread than `run`: it may be told to end as it begins.
        with self._starting:
            if self._is_at_work:
                self._engine.stop()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run engines until SIGTERM; the exit status."""
    conf = configuration.make(arguments, name='autoscale-engine')
    try:
        keys.check(conf)
    except exceptions.AutoscaleError as error:
        print(f'autoscale-engine: {error}', file=sys.stderr)
        return 1
    # Passes have graceful_shutdown_timeout; then a little for the rest.
    patience = int(conf.engine.graceful_shutdown_timeout) + 10
    manager = cotyledon.ServiceManager(graceful_shutdown_timeout=patience)
    manager.add(Engine, workers=conf.engine.workers, args=(conf,))
    oslo_config_glue.setup(manager, conf)
    manager.run()
    return 0
