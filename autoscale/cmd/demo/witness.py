"""What the cloud knows: its servers, and every request that it was sent.

The service is not asked: this is how the demo knows that what it is told
did happen.
"""

import dataclasses
import time
from collections.abc import Iterable
from collections.abc import Sequence
from typing import Any

import requests

from autoscale.cmd.demo import patience as patiences

#: Seconds for a connection, and for an answer.
TIMEOUT = (5, 30)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Request:
    """One request that the cloud was sent and has answered."""

    time: float  #: seconds since 1970, when it arrived
    seconds: float  #: until it was answered
    service: str  #: compute, messaging, identity, image or network
    operation: str
    path: str
    status: int | None  #: None: the connection was dropped
    ids: tuple[str, ...]  #: what it was about

    @property
    def ended(self) -> float:
        return self.time + self.seconds

    @property
    def is_done(self) -> bool:
        return self.status is not None and self.status < 300


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sighting:
    """One server, as the cloud showed it; asked between two moments."""

    asked: float
    answered: float
    status: str | None  #: None: there is no such server
    task: str | None  #: 'deleting' when it is on its way out

    @property
    def is_in_service(self) -> bool:
        return self.status == 'ACTIVE' and self.task is None


def session() -> requests.Session:
    """HTTP to this host, whatever proxies the environment names."""
    made = requests.Session()
    made.trust_env = False
    return made


class Witness:
    """Asks the control door of the development cloud."""

    def __init__(self, cloud_url: str) -> None:
        self._door = f'{cloud_url}/devcloud'
        self._http = session()

    def close(self) -> None:
        self._http.close()

    def _ask(self, path: str) -> Any:
        """Raises NotSeen when the cloud does not answer."""
        try:
            answer = self._http.get(f'{self._door}{path}', timeout=TIMEOUT)
            answer.raise_for_status()
            return answer.json()
        except requests.RequestException as error:
            raise patiences.NotSeen(
                f'the development cloud does not answer: {error}'
            ) from error

    def servers(self) -> dict[str, dict[str, Any]]:
        """All that there are, by id: 'status', 'name', 'built_at', …"""
        return {each['id']: each for each in self._ask('/servers')['servers']}

    def requests(self) -> list[Request]:
        """All that the cloud was asked, in order."""
        return [_request(each) for each in self._ask('/requests')['requests']]

    def look(self, server_id: str) -> Sighting:
        asked = time.time()
        found = self.servers().get(server_id) or {}
        return Sighting(
            asked=asked,
            answered=time.time(),
            status=found.get('status'),
            task=found.get('task_state'),
        )


def _request(each: dict[str, Any]) -> Request:
    names = {field.name for field in dataclasses.fields(Request)}
    kept = {name: each[name] for name in names}
    return Request(**{**kept, 'ids': tuple(each['ids'])})


def first(
    log: Iterable[Request],
    operation: str,
    *,
    about: str | Sequence[str] | None = None,
    since: float = 0.0,
) -> Request | None:
    """The first such request since then that was done, not refused."""
    wanted = {about} if isinstance(about, str) else set(about or ())
    for each in log:
        if (
            each.operation == operation
            and each.is_done
            and each.time >= since
            and (about is None or wanted & set(each.ids))
        ):
            return each
    return None
