"""The weather: one or two things at a time are struck, and mended again.

What comes when is drawn beforehand, from the seed alone. When exactly it
happens is not: a server takes its time to stop and to start.
"""

import contextlib
import dataclasses
import random
import threading
import time
from collections.abc import Callable
from collections.abc import Iterator
from concurrent import futures

import sqlalchemy.exc

from tests.chaos.ledger import Ledger
from tests.chaos.ledger import Strike
from tests.chaos.town import Town
from tests.functional.standalone.process import eventually
from tests.services.deployment import LEASE
from tests.services.engine import Engine

#: Seconds that a spell lasts, and between two of them.
SPELL = (2.0, 9.0)
CALM = (1.0, 4.0)
#: How often there are two at a time.
DOUBLE = 0.35
#: Longer than an engine waits before it posts a message again.
ZAQAR_SPELL = (8.0, 14.0)
#: What an action needs at the most to be through, once all is well again.
RECOVERY = 60.0
#: Seconds that ended records are kept at least: users repeat requests with
#: the key that they had, and the key is such a record.
KEPT = 60


@dataclasses.dataclass(frozen=True)
class Spell:
    kind: str
    seconds: float
    chance: int  #: a seed for what else there is to draw


#: kind: what it concerns; two of one group are never struck together.
KINDS = {
    'broker stopped': 'broker',
    'broker killed': 'broker',
    'database stopped': 'database',
    'database killed': 'database',
    'nova refuses': 'nova',
    'nova is slow': 'nova',
    'nova answers too late': 'nova',
    'nova is cut off after the work': 'nova',
    'nova has no room': 'nova',
    'zaqar is down': 'zaqar',
    'engine frozen': 'engine',
    'engine killed': 'engine',
    'engines killed': 'engine',
    'rolling restart': 'engine',
    'migration and pruning': 'operator',
}


def schedule(seed: int, seconds: float) -> list[tuple[float, list[Spell]]]:
    """Rounds: the calm before each, and what is struck in it.

    Every kind comes once before any comes again.
    """
    rng = random.Random(f'{seed}-weather')
    rounds: list[tuple[float, list[Spell]]] = []
    waiting: list[str] = []
    spent = 0.0
    while spent < seconds:
        if not waiting:
            waiting = rng.sample(list(KINDS), len(KINDS))
        kinds = [waiting.pop()]
        others = [each for each in waiting if _may_meet(each, kinds[0])]
        if others and rng.random() < DOUBLE:
            waiting.remove(others[-1])
            kinds.append(others[-1])
        calm = rng.uniform(*CALM)
        spells = [
            Spell(
                each,
                rng.uniform(
                    *(ZAQAR_SPELL if KINDS[each] == 'zaqar' else SPELL)
                ),
                rng.getrandbits(32),
            )
            for each in kinds
        ]
        rounds.append((calm, spells))
        spent += calm + max(each.seconds for each in spells)
    return rounds


def _may_meet(one: str, other: str) -> bool:
    """Whether both can be struck at once, and each be told from the other."""
    groups = {KINDS[one], KINDS[other]}
    return len(groups) == 2 and groups != {'database', 'operator'}


class Weather:
    def __init__(
        self,
        town: Town,
        ledger: Ledger,
        look: Callable[[], bool],
        recover: Callable[[float], bool],
    ) -> None:
        """`look` reads the books; `recover` says when all works again."""
        self._town = town
        self._ledger = ledger
        self._look = look
        self._recover = recover
        self._stopping = threading.Event()
        self.kills = 0

    def blow(
        self,
        rounds: list[tuple[float, list[Spell]]],
        stopping: threading.Event,
    ) -> None:
        self._stopping = stopping
        for calm, spells in rounds:
            if stopping.wait(calm):
                return
            self.strike(spells)

    def strike(self, spells: list[Spell]) -> None:
        """All of them at once, until each is over; then see it recover."""
        strikes: list[Strike] = []
        crew = self._town.crew
        futures.wait(
            [crew.submit(self._one, each, strikes) for each in spells]
        )
        if self._recover(RECOVERY):
            self._ledger.recovered(strikes)
        elif not self._stopping.is_set():
            kinds = ', '.join(each.kind for each in strikes)
            self._ledger.violation(
                f'nothing was done within {RECOVERY:g} s after: {kinds}'
            )

    def _one(self, spell: Spell, strikes: list[Strike]) -> None:
        group = KINDS[spell.kind]
        strike = self._ledger.begin(
            spell.kind, group, f'for {spell.seconds:.1f} s'
        )
        strikes.append(strike)
        method = '_' + spell.kind.replace(' ', '_')
        how: Callable[[Spell], contextlib.AbstractContextManager[None]]
        how = getattr(self, method)
        try:
            with how(spell):
                self._stopping.wait(spell.seconds)
        except Exception as error:
            self._ledger.violation(f'{spell.kind}: {error!r}')
        self._ledger.mended(strike)

    # -- servers

    @contextlib.contextmanager
    def _broker_stopped(self, spell: Spell) -> Iterator[None]:
        self._town.broker.stop()
        yield
        self._town.start(self._town.broker)

    @contextlib.contextmanager
    def _broker_killed(self, spell: Spell) -> Iterator[None]:
        self._town.broker.kill()
        yield
        self._town.start(self._town.broker)

    @contextlib.contextmanager
    def _database_stopped(self, spell: Spell) -> Iterator[None]:
        self._town.database.stop()
        yield
        self._town.start(self._town.database)

    @contextlib.contextmanager
    def _database_killed(self, spell: Spell) -> Iterator[None]:
        self._town.database.kill()
        yield
        self._town.start(self._town.database)

    # -- the cloud

    @contextlib.contextmanager
    def _faults(self, *rules: tuple[str, str, dict]) -> Iterator[None]:
        made = [
            self._town.cloud.fault('compute', operation, kind, **how)
            for operation, kind, how in rules
        ]
        yield
        for each in made:
            self._town.cloud.remove_fault(each)

    def _nova_refuses(self, spell: Spell):
        rng = random.Random(spell.chance)
        how = {
            'status': rng.choice([500, 503, 429]),
            'fraction': rng.choice([0.5, 1.0]),
        }
        return self._faults(*[(each, 'error', how) for each in _OPERATIONS])

    def _nova_is_slow(self, spell: Spell):
        seconds = random.Random(spell.chance).uniform(0.5, 2.5)
        return self._faults(
            *[(each, 'slow', {'seconds': seconds}) for each in _OPERATIONS]
        )

    def _nova_answers_too_late(self, spell: Spell):
        return self._faults(
            ('create_servers', 'hang', {'seconds': 8}),
            ('delete_server', 'hang', {'seconds': 8, 'fraction': 0.5}),
        )

    def _nova_is_cut_off_after_the_work(self, spell: Spell):
        return self._faults(
            ('create_servers', 'done_then_drop', {}),
            ('delete_server', 'done_then_drop', {'fraction': 0.5}),
        )

    def _nova_has_no_room(self, spell: Spell):
        return self._faults(
            ('create_servers', 'no_valid_host', {'fraction': 0.7})
        )

    @contextlib.contextmanager
    def _zaqar_is_down(self, spell: Spell) -> Iterator[None]:
        kind, how = random.Random(spell.chance).choice(
            [
                ('error', {'status': 503}),
                ('drop', {}),
                ('done_then_drop', {}),
                ('hang', {'seconds': 5}),
            ]
        )
        made = self._town.cloud.fault(
            'messaging', 'post_messages', kind, **how
        )
        yield
        self._town.cloud.remove_fault(made)

    # -- engines

    @contextlib.contextmanager
    def _engine_frozen(self, spell: Spell) -> Iterator[None]:
        """In the middle of a pass, if one begins soon; another takes over."""
        engine = self._in_mid_pass(spell)
        engine.freeze()
        yield
        self._stopping.wait(LEASE + 1)
        engine.thaw()

    @contextlib.contextmanager
    def _engine_killed(self, spell: Spell) -> Iterator[None]:
        engine = self._in_mid_pass(spell)
        engine.kill()
        self.kills += 1
        yield
        engine.start()

    @contextlib.contextmanager
    def _engines_killed(self, spell: Spell) -> Iterator[None]:
        """All of them: nobody is at work."""
        engines = self._town.deployment.engines
        for engine in engines:
            engine.kill()
            self.kills += 1
        yield
        for engine in engines:
            engine.start()

    @contextlib.contextmanager
    def _rolling_restart(self, spell: Spell) -> Iterator[None]:
        """One after another, and there is always one at work."""
        for engine in self._town.deployment.engines:
            engine.terminate()
            status = engine.end()
            if status != 0:
                self._ledger.violation(
                    f'an engine ended with {status} after SIGTERM'
                )
            engine.start()
        yield

    def _in_mid_pass(self, spell: Spell) -> Engine:
        """Whoever has a cluster in hand next; else one by chance."""
        engines = self._town.deployment.engines
        operation = random.Random(spell.chance).choice(
            ['create_servers', 'delete_server']
        )
        cloud = self._town.cloud
        fault = cloud.fault('compute', operation, 'hang', seconds=3, times=1)
        try:
            eventually(lambda: cloud.hits(fault), 'a call', 4)
            holders = self._town.deployment.holders()
        except (AssertionError, OSError, sqlalchemy.exc.SQLAlchemyError):
            holders = []
        finally:
            cloud.remove_fault(fault)
        return random.Random(spell.chance).choice(holders or engines)

    # -- the operator

    @contextlib.contextmanager
    def _migration_and_pruning(self, spell: Spell) -> Iterator[None]:
        """What is over is read before it is removed."""
        began = time.time()
        if self._look():
            age = max(int(time.time() - began) + 2, KEPT)
            deployment = self._town.deployment
            for command in (
                ('db', 'sync'),
                ('prune', '--older-than', str(age)),
            ):
                said = deployment.manage(*command).strip().splitlines()
                self._ledger.write(f'operator: {" ".join(command)}: {said}')
        yield


_OPERATIONS = (
    'create_servers',
    'delete_server',
    'list_servers',
    'list_servers_detail',
)
