"""What can be seen from outside: the API's lists, and the cloud's journal.

Records that are over may be pruned; what was seen once is kept here.
"""

import dataclasses
import threading
from typing import Any

import requests

from tests.functional.standalone import cloud as clouds

#: What the API pages by.
_PAGE = 1000

Record = dict[str, Any]


@dataclasses.dataclass
class Made:
    """A server that the cloud was asked for, and the calls about it."""

    at: float
    deletes: list[tuple[float, int | None]] = dataclasses.field(
        default_factory=list
    )


class Books:
    def __init__(
        self, cloud: clouds.Cloud, urls: list[str], tenants: list[str]
    ) -> None:
        self._cloud = cloud
        self._urls = urls
        self._tenants = tenants
        self._session = requests.Session()
        self._lock = threading.Lock()
        self._last = cloud.last_request()
        self.clusters: dict[str, Record] = {}
        self.actions: dict[str, Record] = {}
        self.nodes: dict[str, Record] = {}
        self.hooks: dict[str, Record] = {}
        #: the id to what became of it, for all servers that were ever made
        self.made: dict[str, Made] = {}
        #: (when, operation, status) of each call, in order
        self.calls: list[tuple[float, str, int | None]] = []

    def close(self) -> None:
        self._session.close()

    def look(self) -> bool:
        """Read everything; False if the API could not say everything."""
        with self._lock:
            self._read_journal()
            try:
                clusters = self._all('clusters')
                actions = self._all('actions')
                hooks = self._all('hooks')
                nodes = self._all('nodes')
                gone = self._all('nodes', 'status=GONE&')
            except requests.RequestException:
                return False
            self.clusters = clusters
            self.actions.update(actions)
            self.hooks.update(hooks)
            self.nodes.update(gone)
            self.nodes.update(nodes)
            return True

    def read_journal(self) -> None:
        with self._lock:
            self._read_journal()

    def servers(self) -> dict[str, Record]:
        """All that the cloud has now, by id."""
        found = self._cloud.control('GET', '/servers')['servers']
        return {each['id']: each for each in found}

    def _all(self, noun: str, query: str = '') -> dict[str, Record]:
        found: dict[str, Record] = {}
        for tenant in self._tenants:
            marker = ''
            while True:
                page = self._page(tenant, f'{noun}?{query}{marker}')[noun]
                found |= {each['id']: each for each in page}
                if len(page) < _PAGE:
                    break
                marker = f'marker={page[-1]["id"]}&'
        return found

    def _page(self, tenant: str, what: str) -> Any:
        answer = self._session.get(
            f'{self._urls[0]}/v1/{what}limit={_PAGE}',
            headers={'X-Project-Id': tenant},
            timeout=30,
        )
        answer.raise_for_status()
        return answer.json()

    def _read_journal(self) -> None:
        found = self._cloud.control('GET', f'/requests?since={self._last}')
        for each in found['requests']:
            self._last = each['sequence']
            operation, at = each['operation'], each['time']
            self.calls.append((at, operation, each['status']))
            if operation == 'create_servers':
                for server in each['ids']:
                    self.made.setdefault(server, Made(at))
            elif operation == 'delete_server':
                for server in each['ids']:
                    made = self.made.setdefault(server, Made(at))
                    made.deletes.append((at, each['status']))
