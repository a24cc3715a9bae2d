"""What a WSGI server loads: `autoscale.wsgi.api:application`.

The application is made at the first request, once, since a server may load
this module before it forks, and connections do not survive that.
"""

import gc
import threading
from collections.abc import Callable
from collections.abc import Iterable
from typing import Any

_lock = threading.Lock()
_made: Callable[..., Iterable[bytes]] | None = None


def _make() -> Callable[..., Iterable[bytes]]:
    """Configuration from where OpenStack's services look for it.

    /etc/autoscale/autoscale.conf and its kin, and variables such as
    OS_API__AUTH_STRATEGY.
    """
    from autoscale import rpc  # noqa: F401, I001 (threads, before oslo's)

    from oslo_config import cfg
    from oslo_log import log

    from autoscale import conf as options
    from autoscale.api import app
    from autoscale.db import database
    from autoscale.rpc import client

    conf = cfg.ConfigOpts()
    log.register_options(conf)
    options.register(conf)
    conf([], project='autoscale', prog='autoscale-api')
    log.setup(conf, 'autoscale')
    made = app.build(conf, database.Database(conf), client.Waker(conf))
    # What is there by now stays: it need not be looked through for garbage
    # again and again.
    gc.collect()
    gc.freeze()
    return made


def application(
    environ: dict[str, Any], start_response: Callable[..., Any]
) -> Iterable[bytes]:
    """The REST API, as PEP 3333 has it."""
    global _made
    if _made is None:
        with _lock:
            if _made is None:
                _made = _make()
    return _made(environ, start_response)
