"""The engine as a whole: what it is made of, and how it starts and stops."""

import logging
import socket
import threading
import uuid
from collections.abc import Callable
from importlib import metadata
from typing import Any

import futurist
from futurist import periodics
from oslo_config import cfg

from autoscale.db import database
from autoscale.engine import doors
from autoscale.engine import endpoint
from autoscale.engine import gather
from autoscale.engine import logins
from autoscale.engine import one_pass
from autoscale.engine import perform
from autoscale.engine import standing
from autoscale.engine import worker
from autoscale.engine.keepers import due
from autoscale.engine.keepers import heartbeat
from autoscale.engine.keepers import lease
from autoscale.engine.keepers import prune
from autoscale.engine.keepers import sweep
from autoscale.engine.keepers import watch
from autoscale.metrics import measures
from autoscale.metrics import page
from autoscale.metrics import readings
from autoscale.model import facts
from autoscale.rpc import notifier
from autoscale.rpc import server

LOG = logging.getLogger(__name__)


class Engine:
    """One engine process. Nothing is started, opened or asked before start.

    Stop is graceful: no new pass begins, running ones have
    `graceful_shutdown_timeout` seconds to end, and what they do not end is
    another engine's when the lease runs out.
    """

    def __init__(self, conf: cfg.ConfigOpts, number: int = 0) -> None:
        """`number` tells apart the processes that one command starts."""
        self._conf = conf
        self._number = number
        self.id = str(uuid.uuid4())

    def start(self) -> None:
        conf = self._conf
        self.db = database.Database(conf)
        self.doors = doors.Doors(
            conf,
            logins.Logins(
                conf, self.db, lambda cluster: self.worker.wake(cluster)
            ),
        )
        self._performer = perform.Performer(self.doors, conf.engine.io_threads)
        gatherer = gather.Gatherer(self.db, self.doors, settings(conf))
        self._notifier = notifier.Notifier(
            conf,
            publisher=f'autoscale-engine:{socket.gethostname()}',
            on_dropped=measures.notification_dropped,
        )
        self._notifier.start()
        self.passes = one_pass.Passes(
            self.db,
            gatherer,
            self._performer,
            engine_id=self.id,
            lease_seconds=conf.engine.lease_seconds,
            notifier=self._notifier,
        )
        self.worker = worker.Worker(self.passes, conf.engine.threads)
        self._server = server.Server(
            conf, endpoint.Endpoint(self.db, gatherer, self.worker)
        )
        self._heartbeat = heartbeat.Heartbeat(
            self.db, self.id, metadata.version('autoscale')
        )
        self._heartbeat.start()
        self.worker.start()
        self._server.start()
        self._keepers = self._start_keepers()
        self._show_figures()
        LOG.info('engine %s: at work', self.id)

    def stop(self) -> None:
        LOG.info('engine %s: stopping', self.id)
        self._server.stop()
        self._keepers.stop()
        ended = self.worker.stop(self._conf.engine.graceful_shutdown_timeout)
        if not ended:
            LOG.warning(
                'engine %s: some passes did not end in time; their leases '
                'run out',
                self.id,
            )
        self._performer.stop(wait=ended)
        self._hide_figures()
        self._notifier.stop()
        self._heartbeat.stop()
        self.db.dispose()

    def _show_figures(self) -> None:
        own = self._conf.metrics
        gauges = standing.Gauges(self.db, clusters=own.clusters)
        self._readings = readings.Readings(gauges.read)
        measures.REGISTRY.register(self._readings)
        port = own.engine_port and own.engine_port + self._number
        self._page = page.Port(own.host, port)
        self._page.start()

    def _hide_figures(self) -> None:
        self._page.stop()
        measures.REGISTRY.unregister(self._readings)

    def _start_keepers(self) -> periodics.PeriodicWorker:
        conf = self._conf.engine
        new_id = one_pass.chance().new_id
        keepers: list[tuple[float, bool, Callable[[], object]]] = [
            (
                conf.due_interval,
                True,
                due.Due(self.db, self.worker, conf.due_limit).run_once,
            ),
            (
                conf.lease_seconds / 6,
                False,
                lease.Lease(self.passes).run_once,
            ),
            (conf.heartbeat_interval, False, self._heartbeat.run_once),
            (
                conf.watch_interval,
                True,
                watch.Watch(
                    self.db, self.doors, self.worker, new_id=new_id
                ).run_once,
            ),
            (
                conf.sweep_interval,
                True,
                sweep.Sweep(
                    self.db,
                    self.doors,
                    grace=conf.sweep_grace,
                    new_id=new_id,
                ).run_once,
            ),
            (
                conf.prune_interval,
                False,
                prune.Prune(self.db, conf.keep_records).run_once,
            ),
        ]
        calls: list[Any] = [
            (
                periodics.periodic(spacing=seconds, run_immediately=at_once)(
                    _logged(keeper)
                ),
                (),
                {},
            )
            for seconds, at_once, keeper in keepers
            if seconds > 0
        ]
        periodic = periodics.PeriodicWorker(
            calls,
            # A thread each: a slow sweep must not keep leases waiting.
            executor_factory=lambda: futurist.ThreadPoolExecutor(
                max_workers=len(calls)
            ),
        )
        threading.Thread(
            target=periodic.start, name='keepers', daemon=True
        ).start()
        return periodic


def _logged(keeper: Callable[[], object]) -> Callable[[], None]:
    """A keeper's failure is logged and is not its end."""

    def run() -> None:
        try:
            keeper()
        except Exception as error:
            LOG.warning(
                'keeper %s failed and comes again: %s',
                getattr(keeper, '__qualname__', keeper),
                error,
            )

    return run


def settings(conf: cfg.ConfigOpts) -> facts.Settings:
    """What planning may know of the configuration."""
    engine = conf.engine
    base = conf.api.public_url or (f'http://{conf.api.host}:{conf.api.port}')
    return facts.Settings(
        launch_batch=engine.launch_batch,
        launch_patience=conf.cloud.timeout,
        build_timeout=engine.build_timeout,
        action_timeout=engine.action_timeout,
        capacity_backoff=engine.capacity_backoff,
        capacity_backoff_limit=engine.capacity_backoff_limit,
        poll_interval=engine.poll_interval,
        poll_interval_limit=engine.poll_interval_limit,
        public_url=base.rstrip('/'),
    )
