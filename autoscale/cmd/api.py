"""autoscale-api: the REST API on a port of its own."""

import sys
from collections.abc import Sequence

from autoscale import exceptions
from autoscale.api import app
from autoscale.cmd import configuration
from autoscale.cmd import serving
from autoscale.cmd import stopping
from autoscale.db import database
from autoscale.metrics import page
from autoscale.rpc import client


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM; the exit status."""
    conf = configuration.make(arguments, name='autoscale-api')
    db = database.Database(conf)
    waker = client.Waker(conf)
    try:
        application = app.build(conf, db, waker)
    except exceptions.AutoscaleError as error:
        print(f'autoscale-api: {error}', file=sys.stderr)
        return 1
    server = serving.HTTPServer(conf, application)
    try:
        url = server.bind()
    except OSError as error:
        print(f'autoscale-api: cannot listen: {error}', file=sys.stderr)
        return 1
    figures = page.Port(conf.metrics.host, conf.metrics.api_port)
    figures.start()
    server.start()
    signals = stopping.Signals(conf)
    print(f'autoscale-api: {url}/v1', flush=True)
    signals.await_stop()
    server.stop()
    figures.stop()
    waker.stop()
    db.dispose()
    return 0
