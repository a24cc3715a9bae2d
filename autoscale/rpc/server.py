"""The engine's end."""

from typing import Any

import oslo_messaging
from oslo_config import cfg

from autoscale.rpc import transport


class Server:
    """Hears what is said on the topic and tells `endpoint`."""

    def __init__(
        self, conf: cfg.ConfigOpts, endpoint: Any, *, name: str
    ) -> None:
        self._transport = transport.make(conf)
        self._server = oslo_messaging.get_rpc_server(
            self._transport,
            oslo_messaging.Target(topic=transport.TOPIC, server=name),
            [endpoint],
            access_policy=oslo_messaging.ExplicitRPCAccessPolicy,
        )

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        """Take no more, and let what was taken end."""
        self._server.stop()
        self._server.wait()
        self._transport.cleanup()
