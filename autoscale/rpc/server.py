"""The engine's end."""

import logging
import socket
import threading
from typing import Any

import oslo_messaging
from oslo_config import cfg

from autoscale.rpc import transport

LOG = logging.getLogger(__name__)


class Server:
    """Hears what is said on the topic and tells `endpoint`."""

    def __init__(self, conf: cfg.ConfigOpts, endpoint: Any) -> None:
        self._transport = transport.make(conf)
        # The host's name and not the engine's: a broker keeps the queue of
        # each name for ever, and an engine has a new name each time.
        self._server = oslo_messaging.get_rpc_server(
            self._transport,
            oslo_messaging.Target(
                topic=transport.TOPIC, server=socket.gethostname()
            ),
            [endpoint],
            access_policy=oslo_messaging.ExplicitRPCAccessPolicy,
        )
        self._is_listening = threading.Event()
        self._thread = threading.Thread(
            target=self._listen, name='listen', daemon=True
        )

    def start(self) -> None:
        """Listen as soon as the broker answers; does not wait for it.

        oslo.messaging tries to connect for as long as it takes. An engine
        finds its work in the database meanwhile.
        """
        self._thread.start()

    def stop(self) -> None:
        """Take no more, and let what was taken end."""
        if not self._is_listening.is_set():
            return  # to stop would be to wait for the broker
        self._server.stop()
        self._server.wait()
        self._transport.cleanup()

    def _listen(self) -> None:
        try:
            self._server.start()
        except Exception:  # the end of this thread, not of the engine
            LOG.exception(
                'no wakes are heard; work is found in the database only'
            )
            return
        self._is_listening.set()
        LOG.info('listening for wakes')
