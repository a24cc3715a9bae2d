"""A waker that writes down whom it was told to wake."""

from typing import Any


class FakeWaker:
    """What the API wants of `rpc.client.Waker`, without a broker."""

    def __init__(self) -> None:
        self.woken: list[str] = []
        #: (cluster id, body) of each preview that was asked for
        self.previewed: list[tuple[str, dict[str, Any]]] = []
        self.decision: dict[str, Any] = {'from': 3, 'to': 4, 'words': []}
        #: raised by the next previews, when it is set
        self.error: Exception | None = None
        self.connected = True

    def wake(self, cluster_id: str) -> None:
        self.woken.append(cluster_id)

    def preview(
        self, cluster_id: str, request: dict[str, Any]
    ) -> dict[str, Any]:
        self.previewed.append((cluster_id, request))
        if self.error is not None:
            raise self.error
        return self.decision

    def is_connected(self) -> bool:
        return self.connected
