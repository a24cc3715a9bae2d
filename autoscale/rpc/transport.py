"""The transport to the broker, and what both ends must agree on."""

import oslo_messaging
from oslo_concurrency import lockutils
from oslo_concurrency import opts as concurrency_opts
from oslo_config import cfg
from oslo_messaging import opts
from oslo_messaging._metrics import client as metrics
from oslo_messaging._tracing import client as tracing

from autoscale.rpc import in_process

TOPIC = 'autoscale-engine'
VERSION = '1.0'

#: In-process messaging, for API and engine in one process.
IN_PROCESS = 'kombu+memory:////'

#: Our own exchange on a broker that services share: an exchange is durable or
#: not for all who use it, and that of oslo.messaging's default is anybody's.
EXCHANGE = 'autoscale'

#: Where oslo.messaging counts names of queues that processes share.
_COUNTERS = '/dev/shm'  # noqa: S108  (its choice, not ours)


def make(conf: cfg.ConfigOpts) -> oslo_messaging.Transport:
    """The transport that `conf` names; nothing is connected yet."""
    register(conf)
    in_process.install()
    return oslo_messaging.get_rpc_transport(conf)


def register(conf: cfg.ConfigOpts) -> None:
    """Register what oslo.messaging reads before it does so itself.

    oslo.messaging 18 registers its options for tracing and metrics on the
    global CONF only; without them each RPC call over a private ConfigOpts
    ends in NoSuchOptError. To register an option twice does no harm.
    """
    if 'oslo_concurrency' not in conf:  # set_defaults makes others of them
        for group, options in concurrency_opts.list_opts():
            conf.register_opts(options, group=group)
        # `[oslo_messaging_rabbit] use_queue_manager` takes a lock of
        # oslo.concurrency, which reads the global CONF too.
        lockutils.set_defaults(conf.oslo_concurrency.lock_path or _COUNTERS)
    for group, options in opts.list_opts():
        if group is None:
            conf.register_opts(options)
    conf.set_default('control_exchange', EXCHANGE)
    # What is called here takes no time; oslo.messaging would make 64 threads.
    conf.set_default('executor_thread_pool_size', 4)
    conf.register_opts(
        metrics.oslo_messaging_metrics, group='oslo_messaging_metrics'
    )
    conf.register_opts(
        tracing.oslo_messaging_tracing, group='oslo_messaging_tracing'
    )
