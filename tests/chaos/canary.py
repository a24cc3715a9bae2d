"""A cluster of nobody's, by which is seen whether the service works."""

import random
import threading
import time

from tests.chaos.checks import ENDED
from tests.chaos.hands import Hands


class Canary:
    def __init__(self, hands: Hands, rng: random.Random) -> None:
        self._hands = hands
        self._rng = rng
        self._size = 1
        self._cluster = ''

    def hatch(self) -> None:
        """Before the weather begins."""
        profile = self._make(
            'profiles',
            'profile',
            {
                'name': 'canary',
                'type': 'server',
                'spec': {'flavor': 'tiny', 'image': 'cirros'},
            },
        )
        self._cluster = self._make(
            'clusters',
            'cluster',
            {
                'name': 'canary',
                'profile_id': profile,
                'desired_capacity': 1,
                'max_size': 2,
            },
            'create',
        )

    def sings(self, seconds: float, stopping: threading.Event) -> bool:
        """Whether one more change is carried out within that time."""
        deadline = time.monotonic() + seconds
        action = None
        self._size = 3 - self._size
        while time.monotonic() < deadline:
            if action is None:
                action = self._resize()
            elif self._is_over(action):
                return True
            if stopping.wait(0.2):
                return False
        return False

    def _resize(self) -> str | None:
        said = self._hands.ask(
            'resize',
            'POST',
            f'/v1/clusters/{self._cluster}/actions',
            {
                'resize': {
                    'adjustment_type': 'EXACT_CAPACITY',
                    'number': self._size,
                }
            },
            cluster=self._cluster,
            action_kind='resize',
            key=self._hands.new_key(),
            tries=20,
        )
        if said is None or said.status_code != 202:
            return None
        return str(said.json()['action']['id'])

    def _is_over(self, action: str) -> bool:
        said = self._hands.ask('look', 'GET', f'/v1/actions/{action}')
        if said is None or said.status_code != 200:
            return False
        return said.json()['action']['status'] in ENDED

    def _make(
        self, place: str, noun: str, wanted: dict, kind: str | None = None
    ) -> str:
        said = self._hands.ask(
            f'create {noun}',
            'POST',
            f'/v1/{place}',
            {noun: wanted},
            action_kind=kind,
        )
        assert said is not None and said.status_code in (201, 202), said
        return str(said.json()[noun]['id'])
