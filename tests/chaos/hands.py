"""How somebody speaks to the API: each request is noted with its answers.

What must never be answered is seen here at once: a 500, a 503 without a time
to come back, a fault of the client's that the client did not make.
"""

import contextlib
import random
import threading
import time
import uuid
from typing import Any
from urllib import parse

import requests

from tests.chaos.ledger import Answer
from tests.chaos.ledger import Ledger
from tests.chaos.ledger import Request

#: Seconds that an answer is waited for; far more than it may take.
PATIENCE = 45
#: What a well-spoken client may be told.
_POLITE = {200, 201, 202, 204, 404, 409, 503}


class Hands:
    """One client of one project; not shared between threads."""

    def __init__(
        self,
        who: str,
        tenant: str,
        urls: list[str],
        ledger: Ledger,
        rng: random.Random,
        stopping: threading.Event,
    ) -> None:
        self.who = who
        self.tenant = tenant
        self._urls = urls
        self.ledger = ledger
        self._rng = rng
        self._stopping = stopping
        self._session = requests.Session()

    def close(self) -> None:
        self._session.close()

    def ask(
        self,
        kind: str,
        method: str,
        path: str,
        body: Any = None,
        *,
        cluster: str | None = None,
        action_kind: str | None = None,
        key: str | None = None,
        tries: int = 1,
        polite: frozenset[int] = frozenset(),
    ) -> requests.Response | None:
        """The last answer, None without one.

        More than one try needs a `key` or a request that may be repeated;
        each is made when the one before was not answered, or by 503.
        """
        noted = self.ledger.request(
            who=self.who,
            tenant=self.tenant,
            kind=kind,
            action_kind=action_kind,
            cluster=cluster,
        )
        said = None
        for number in range(tries):
            if number:
                self._stopping.wait(self._rng.uniform(0.5, 3.0))
            said = self._once(noted, method, path, body, key, polite)
            if said is not None and said.status_code != 503:
                break
        return said

    def new_key(self) -> str:
        return str(uuid.UUID(int=self._rng.getrandbits(128), version=4))

    def _once(
        self,
        noted: Request,
        method: str,
        path: str,
        body: Any,
        key: str | None,
        polite: frozenset[int],
    ) -> requests.Response | None:
        headers = {'X-Project-Id': self.tenant}
        if key is not None:
            headers['Idempotency-Key'] = key
        url = self._rng.choice(self._urls) + path
        asked_at = time.time()
        try:
            said = self._session.request(
                method,
                url,
                json=body,
                headers=headers,
                timeout=PATIENCE,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            answer = Answer(asked_at, time.time(), None)
            self.ledger.answered(noted, answer, type(error).__name__)
            self.ledger.violation(
                f'{noted.kind} was not answered: {type(error).__name__}'
            )
            return None
        answer = Answer(
            asked_at,
            time.time(),
            said.status_code,
            said.headers.get('Retry-After'),
            _action(said) if noted.action_kind else None,
        )
        self.ledger.answered(noted, answer, said.text)
        self._judge(noted, said, polite)
        self._keep_secrets(said)
        return said

    def _judge(
        self, noted: Request, said: requests.Response, polite: frozenset[int]
    ) -> None:
        if said.status_code not in _POLITE | polite:
            self.ledger.violation(
                f'{noted.kind} was answered {said.status_code}: '
                f'{said.text[:400]}'
            )
        if said.status_code == 503 and not said.headers.get('Retry-After'):
            self.ledger.violation(
                f'{noted.kind} was answered 503 without Retry-After'
            )

    def _keep_secrets(self, said: requests.Response) -> None:
        if '"alarm_url"' in said.text and said.status_code == 201:
            url = said.json()['webhook']['alarm_url']
            query = parse.parse_qs(parse.urlsplit(url).query)
            self.ledger.secrets.update(query['token'])


def _action(said: requests.Response) -> str | None:
    """The action that a request was accepted as; a webhook may ignore one."""
    if said.status_code != 202:
        return None
    with contextlib.suppress(KeyError, TypeError, ValueError):
        return str(said.json()['action']['id'])
    return None
