"""All runs, several at a time, each universe one after the other."""

import contextlib
import itertools
import pathlib
import random
import threading
import time
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from concurrent import futures

from tests.kills import points
from tests.kills import run as runs
from tests.kills import scenarios
from tests.kills import universe as universes
from tests.services.servers.mariadb import MariaDB
from tests.services.servers.postgresql import PostgreSQL

Server = MariaDB | PostgreSQL

#: A scenario, and where an engine dies in it; None: nowhere.
Wanted = tuple[scenarios.Scenario, points.Aim | None]

#: Runs of a scenario in which nobody dies, to find the points.
_SURVEYS = 2

#: Kills between two signs of life.
_SAID = 50

#: How often a kill is tried whose point was not met.
_TRIES = 3


class Done:
    """All that was found out so far."""

    def __init__(self, chosen: list[scenarios.Scenario]) -> None:
        self.scenarios = chosen
        self.points: dict[str, set[points.Point]] = {
            each.name: set() for each in chosen
        }
        self.results: list[runs.Result] = []
        #: kills whose point was not met when it was tried last
        self.missed: list[runs.Result] = []
        #: kills that are still to be made; None: nobody knows yet
        self.left: int | None = None
        self.seconds = 0.0
        self._ends: dict[str, list[tuple[str, str]]] = {}

    def note_survey(self, result: runs.Result) -> None:
        """Nobody died: so it has to end, and these are the points."""
        name = result.scenario.name
        self.points[name] |= set(result.met)
        self._note(result, self._ends.setdefault(name, result.outcome))

    def note(self, result: runs.Result) -> None:
        """It has to end as it ends when nobody dies."""
        if not result.is_killed:
            self.missed.append(result)
        elif self.left is not None:
            self.left -= 1
        self._note(result, self._ends[result.scenario.name])

    def _note(
        self, result: runs.Result, expected: list[tuple[str, str]]
    ) -> None:
        if not result.violations and result.outcome != expected:
            result.violations.append(
                f'what was asked ended {result.outcome}, and not {expected}'
            )
        if result.is_killed or result.aim is None or result.violations:
            self.results.append(result)
        self._say(result)

    def _say(self, result: runs.Result) -> None:
        """What is wrong at once, and now and then how far it is."""
        for each in result.violations:
            where = result.aim or 'nobody killed'
            print(f'{result.scenario.name}, {where}: {each}', flush=True)
        kills = sum(each.is_killed for each in self.results)
        if result.is_killed and kills % _SAID == 0:
            print(f'{kills} kills, {self.left} to come', flush=True)


class _Site:
    """Universes, of which each thread has one."""

    def __init__(
        self, place: pathlib.Path, server: Server, count: int
    ) -> None:
        self._place = place
        self._numbers = itertools.count(1)
        self._free: list[universes.Universe] = []
        self._guard = threading.Lock()
        self._pool = futures.ThreadPoolExecutor(count)
        self._server = server
        self._count = count

    def open(self) -> None:
        list(self._pool.map(self._make, range(self._count)))

    def _make(self, number: int) -> None:
        made = universes.Universe(
            self._place / f'universe-{number}',
            self._server.database(f'universe_{number}'),
        )
        with self._guard:
            self._free.append(made)

    def close(self) -> None:
        """What is running ends first: it has its own limits."""
        self._pool.shutdown(cancel_futures=True)
        for each in self._free:
            each.close()

    def run(
        self,
        wanted: Iterable[Wanted],
        note: Callable[[runs.Result], None],
    ) -> None:
        """All of these; each is noted as it ends."""
        for each in futures.as_completed(
            [self._pool.submit(self._one, each) for each in wanted]
        ):
            note(each.result())

    def _one(self, wanted: Wanted) -> runs.Result:
        with self._guard:
            universe = self._free.pop()
            number = next(self._numbers)
        try:
            place = self._place / f'run-{number}'
            return runs.run(universe, *wanted, place)
        finally:
            with self._guard:
                self._free.append(universe)


def work(
    done: Done,
    place: pathlib.Path,
    *,
    server: Server,
    universes: int,
    every: int,
    only: str,
) -> None:
    """Survey each scenario, then kill at what was found.

    What is found out is noted in `done` as it comes.
    """
    started = time.monotonic()
    site = _Site(place, server, universes)
    with contextlib.closing(site):
        try:
            site.open()
            site.run(
                [(each, None) for each in done.scenarios * _SURVEYS],
                done.note_survey,
            )
            kills = list(_kills(done, only))
            # The same each time; each N-th is then any moment of any point.
            random.Random(0).shuffle(kills)
            kills = kills[::every]
            done.left = len(kills)
            for _ in range(_TRIES):
                done.missed = []
                site.run(kills, done.note)
                kills = [(each.scenario, each.aim) for each in done.missed]
        finally:
            done.seconds = time.monotonic() - started


def _kills(done: Done, only: str) -> Iterator[Wanted]:
    for scenario in done.scenarios:
        for point in sorted(done.points[scenario.name]):
            for moment in points.MOMENTS:
                aim = points.Aim(point, moment)
                if only in str(aim):
                    yield scenario, aim
