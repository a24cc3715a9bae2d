"""Whatever is asked, answered and struck, in whatever order hypothesis likes.

The short form of `python -m tests.chaos`: the same town, hands, weather and
checks, one step after another. Real processes keep their own time, so steps
that failed may pass when they are tried again: nothing is shrunk, and what
was done is shown.
"""

import itertools
import threading

import hypothesis
import pytest
from hypothesis import stateful
from hypothesis import strategies

from tests.chaos import town as towns
from tests.chaos import user as users
from tests.chaos import weather
from tests.chaos.day import Day

#: A step of bad weather lasts so long, at the least.
SECONDS = 1.0

SETTINGS = hypothesis.settings(
    max_examples=2,
    stateful_step_count=8,
    deadline=None,
    database=None,
    phases=[hypothesis.Phase.generate],
    suppress_health_check=list(hypothesis.HealthCheck),
)


class Life(stateful.RuleBasedStateMachine):
    """A user, some clusters, and the sky."""

    names = (f'day{number}-' for number in itertools.count(1))
    town: towns.Town

    @stateful.initialize(seed=strategies.integers(0, 2**16))
    def begin(self, seed):
        self.storm = None
        self.day = Day(self.town, seed, next(self.names))
        self.day.begin()
        self.user = self.day.users[0]
        self.user.create()

    @stateful.rule()
    def another_cluster(self):
        if len(self.user.clusters) < users.CLUSTERS:
            self.user.create()

    @stateful.rule(
        wish=strategies.sampled_from(sorted(users.WISHES)),
        which=strategies.integers(0, users.CLUSTERS - 1),
    )
    def wish(self, wish, which):
        found = self.user.clusters
        if found:
            getattr(self.user, wish)(found[which % len(found)])

    @stateful.rule(
        kind=strategies.sampled_from(sorted(weather.KINDS)),
        chance=strategies.integers(0, 2**16),
    )
    def strike(self, kind, chance):
        """It goes on during the next steps; the one before is over first."""
        self.shelter()
        spell = weather.Spell(kind, SECONDS, chance)
        self.storm = threading.Thread(
            target=self.day.weather.strike, args=([spell],)
        )
        self.storm.start()

    @stateful.rule()
    def shelter(self):
        """All is well again, and somebody is at work."""
        if self.storm is not None:
            self.storm.join()

    def teardown(self):
        if not hasattr(self, 'day'):
            return
        self.shelter()
        try:
            self.day.end()
            violations = list(self.day.ledger.violations)
            self.day.clear()
        finally:
            self.day.close()
        assert not violations, (
            '\n'.join(violations) + '\n' + self.day.ledger.log.read_text()
        )


@pytest.fixture(scope='module')
def town(tmp_path_factory):
    town = towns.Town(tmp_path_factory.mktemp('town') / 'one', 'mariadb')
    yield town
    town.close()


def test_whatever_happens_all_that_was_promised_is_kept(town):
    Life.town = town
    stateful.run_state_machine_as_test(Life, settings=SETTINGS)
