"""A day in the town: it begins well, the weather comes, and it ends well."""

import pathlib
import random
import threading
import time
from collections.abc import Callable
from typing import Any

from tests.chaos import checks
from tests.chaos import footprint
from tests.chaos import weather
from tests.chaos.application import Application
from tests.chaos.books import Books
from tests.chaos.canary import Canary
from tests.chaos.hands import Hands
from tests.chaos.ledger import Ledger
from tests.chaos.town import Town
from tests.chaos.user import User
from tests.functional.standalone.process import eventually

TENANTS = ('north', 'south', 'harbour')
USERS = 6
#: How many alarm services post to one user's webhooks at the same time.
ALARMS = 4
#: Seconds between two wishes of one user, about.
PAUSE = 1.2
#: Seconds until all is quiet, once the weather is fine: hooks that nobody
#: answers run into their deadlines, and what Nova refused is tried again.
QUIET = 180.0


class Day:
    def __init__(self, town: Town, seed: int, name: str = '') -> None:
        """A `name` tells the projects of one day from those of another."""
        self._town = town
        self._seed = seed
        self._tenants = [name + each for each in (*TENANTS, 'canary')]
        self._stopping = threading.Event()
        self._over = threading.Event()
        self._others: list[threading.Thread] = []
        self._hands: list[Hands] = []
        self.ledger = Ledger(town.place / 'chaos.log')
        self._urls = town.deployment.urls()
        self.books = Books(town.cloud, self._urls, self._tenants)
        self.application = Application(
            town.cloud,
            self._new_hands('application', 'nobody'),
            self.ledger,
            self._chance('application'),
        )
        self.users = [self._user(number) for number in range(USERS)]
        self._canary = Canary(
            self._new_hands('canary', self._tenants[-1]),
            self._chance('canary'),
        )
        self.weather = weather.Weather(
            town,
            self.ledger,
            self.books.look,
            lambda seconds: self._canary.sings(seconds, self._stopping),
        )
        self.footprints: list[list[footprint.Footprint]] = []
        self.quiet_after: float | None = None

    def close(self) -> None:
        for each in self._hands:
            each.close()
        self.books.close()
        self.ledger.close()

    def live(self, seconds: float) -> None:
        """From morning till night; what is wrong is in the ledger."""
        self.begin()
        threads = [
            self._thread(each.live, self._stopping, PAUSE)
            for each in self.users
        ]
        rounds = weather.schedule(self._seed, seconds)
        wind = self._thread(self.weather.blow, rounds, self._stopping)
        self._stopping.wait(seconds)
        self._stopping.set()
        self.ledger.write('evening: nobody asks for anything any more')
        for each in [*threads, wind]:
            each.join()
        self.end()

    def begin(self) -> None:
        """The applications listen, and all is well."""
        self.footprints.append(footprint.of(self._town.deployment))
        self._others = [
            self._thread(self.application.live, self._over),
            self._thread(self._watch, self._over),
        ]
        self._canary.hatch()

    def end(self) -> None:
        """Fine weather, until all is quiet; then everything is checked."""
        try:
            self._calm_down()
        finally:
            self._over.set()
            for each in self._others:
                each.join()
        self.check()

    def clear(self) -> None:
        """No clusters: what this day has left does not meet the next."""
        for tenant in self._tenants:
            hands = self._new_hands('sweeper', tenant)
            for each in self.books.clusters.values():
                if each['project_id'] == tenant:
                    hands.ask(
                        'clear',
                        'DELETE',
                        f'/v1/clusters/{each["id"]}?force=true',
                    )
        eventually(
            lambda: self.books.look() and not self.books.clusters,
            'the end of all clusters',
        )

    def logs(self) -> list[pathlib.Path]:
        """Those of the processes that are looked at."""
        return self._town.deployment.logs()

    def check(self) -> None:
        """All that must be true in the end."""
        self.application.step()
        self.footprints.append(footprint.of(self._town.deployment))
        for each in self.footprints[-1]:
            if each.is_too_large():
                self.ledger.violation(f'too large: {each}')
        found = checks.Checks(self.ledger, self.books, self.application)
        for wrong in found.all():
            self.ledger.violation(wrong)
        for wrong in checks.logs(self.logs(), self.ledger):
            self.ledger.violation(wrong)

    def _calm_down(self) -> None:
        self._town.mend()
        began = time.monotonic()
        wrong = ['nobody has looked yet']
        while wrong and time.monotonic() < began + QUIET:
            threading.Event().wait(0.5)
            # Twice: what is read takes a moment, in which it may move.
            wrong = self._unrest() or self._unrest()
        self.quiet_after = time.monotonic() - began
        for each in wrong:
            self.ledger.violation(f'not in the end: {each}')

    def _unrest(self) -> list[str]:
        if not self.books.look():
            return ['the API does not say what is there']
        return checks.unrest(self.books)

    def _watch(self, over: threading.Event) -> None:
        """The cloud remembers only so many calls."""
        while not over.wait(5):
            self.books.read_journal()

    def _thread(
        self, target: Callable[..., Any], *arguments: Any
    ) -> threading.Thread:
        def run() -> None:
            try:
                target(*arguments)
            except Exception as error:
                self.ledger.violation(f'the town itself failed: {error!r}')
                raise

        made = threading.Thread(target=run, daemon=True)
        made.start()
        return made

    def _user(self, number: int) -> User:
        tenant = self._tenants[number % len(TENANTS)]
        who = f'user{number}'
        return User(
            self._new_hands(who, tenant),
            self._chance(who),
            self.application.open,
            lambda: [
                cluster.id
                for other, user in enumerate(self.users)
                if self._tenants[other % len(TENANTS)] != tenant
                for cluster in list(user.clusters)
            ],
            [
                self._new_hands(f'{who}-alarm{number}', tenant)
                for number in range(ALARMS)
            ],
        )

    def _new_hands(self, who: str, tenant: str) -> Hands:
        made = Hands(
            who,
            tenant,
            self._urls,
            self.ledger,
            self._chance(f'{who}-hands'),
            self._stopping,
        )
        self._hands.append(made)
        return made

    def _chance(self, who: str) -> random.Random:
        """Everybody's own, from the one seed."""
        return random.Random(f'{self._seed}-{who}')
