"""The checks see what is wrong: each is shown a day on which it is."""

import datetime
import time

import pytest

from tests.chaos import checks
from tests.chaos.application import Application
from tests.chaos.application import Told
from tests.chaos.books import Books
from tests.chaos.books import Made
from tests.chaos.ledger import Answer
from tests.chaos.ledger import Ledger


class Cloud:
    """One with these servers, and no journal."""

    def __init__(self):
        self.servers = {}

    def last_request(self):
        return 0

    def control(self, method, path):
        assert (method, path) == ('GET', '/servers')
        return {'servers': list(self.servers.values())}


class Town:
    """A cluster `c` of one member `n` on server `s`, told by queue `q`."""

    def __init__(self, place):
        self.cloud = Cloud()
        self.ledger = Ledger(place / 'chaos.log')
        self.books = Books(self.cloud, [], [])
        self.application = Application(self.cloud, None, self.ledger, None)
        self.application.open('q', 'c')
        self.checks = checks.Checks(self.ledger, self.books, self.application)
        self.asked('create', 'a', cluster=None)
        self.books.actions['a'] = self.action('a', 'create')
        self.books.clusters['c'] = {
            'id': 'c',
            'status': 'ACTIVE',
            'status_reason': None,
            'desired_capacity': 1,
            'min_size': 0,
            'max_size': 8,
        }
        self.books.nodes['n'] = {
            'id': 'n',
            'name': 'web-1',
            'cluster_id': 'c',
            'server_id': 's',
            'status': 'ACTIVE',
            'status_reason': None,
            'active_at': self.moment(0),
        }
        self.books.made['s'] = Made(self.at(0))
        self.cloud.servers['s'] = {'id': 's', 'status': 'ACTIVE'}

    def at(self, seconds):
        return self.ledger.began_at + seconds

    def moment(self, seconds):
        at = datetime.datetime.fromtimestamp(self.at(seconds), datetime.UTC)
        return at.isoformat()

    def asked(self, kind, *actions, cluster='c', status=202):
        request = self.ledger.request(
            who='u', tenant='t', kind=kind, action_kind=kind, cluster=cluster
        )
        request.answers += [
            Answer(self.at(5), self.at(5), status, '5', action)
            for action in actions or (None,)
        ]

    def action(self, action, kind, status='SUCCEEDED'):
        return {
            'id': action,
            'kind': kind,
            'status': status,
            'cluster_id': 'c',
            'cause': {'type': 'request'},
        }

    def left(self, **hook):
        """The member is gone: told at 10, deleted at 20 seconds."""
        self.books.nodes['n']['status'] = 'GONE'
        self.books.clusters['c']['desired_capacity'] = 0
        self.books.made['s'].deletes.append((self.at(20), 204))
        self.cloud.servers.clear()
        self.books.hooks['h'] = {
            'id': 'h',
            'node_id': 'n',
            'status': 'COMPLETED',
            'on_timeout': 'continue',
            'created_at': self.moment(10),
            'sent_at': self.moment(10),
            'ended_at': self.moment(15),
            'deadline': self.moment(40),
            'last_error': None,
            **hook,
        }
        told = Told({'hook_id': 'h', 'cluster_id': 'c'}, 'continue')
        told.tokens.add('token')
        told.deliveries = 1
        self.application.told['h'] = told

    def wrong(self):
        return [*checks.unrest(self.books), *self.checks.all()]


@pytest.fixture
def town(tmp_path):
    town = Town(tmp_path)
    yield town
    town.ledger.close()


def test_nothing_is_wrong_with_a_day_that_went_well(town):
    assert town.wrong() == []
    town.left()
    assert town.wrong() == []


def lose_action(town):
    town.asked('scale_out', 'lost')


def double_action(town):
    town.asked('scale_out', 'b')
    town.books.actions['b'] = town.action('b', 'scale_out')
    town.books.actions['x'] = town.action('x', 'scale_out')


def use_key_twice(town):
    town.asked('scale_out', 'b', 'x')
    town.books.actions['b'] = town.action('b', 'scale_out')
    town.books.actions['x'] = town.action('x', 'scale_out')


def leave_open(town):
    town.books.actions['a']['status'] = 'RUNNING'


def half_a_cluster(town):
    del town.books.actions['a']
    town.ledger.requests.clear()


def refuse(town):
    town.asked('scale_out', status=503)


def refuse_without_broker(town):
    strike = town.ledger.begin('broker stopped', 'broker')
    strike.began_at, strike.mended_at = town.at(0), town.at(10)
    refuse(town)


def lose_server(town):
    town.cloud.servers.clear()


def leave_server(town):
    town.cloud.servers['x'] = {'id': 'x', 'status': 'ACTIVE'}


def share_server(town):
    town.books.nodes['m'] = {**town.books.nodes['n'], 'id': 'm'}
    town.books.clusters['c']['desired_capacity'] = 2


def be_short(town):
    town.books.clusters['c']['desired_capacity'] = 2


def be_too_large(town):
    town.books.clusters['c']['max_size'] = 0


def make_twice(town):
    town.books.made['x'] = Made(town.at(5))


def delete_untold(town):
    town.left()
    town.books.hooks.clear()
    town.application.told.clear()


def delete_before_answer(town):
    town.left(ended_at=town.moment(25))


def delete_before_deadline(town):
    town.left(status='TIMED_OUT', deadline=town.moment(30))


def delete_who_is_kept(town):
    town.left(status='ABANDONED')


def delete_who_is_kept_by_silence(town):
    town.left(
        status='TIMED_OUT', on_timeout='abandon', deadline=town.moment(12)
    )


def lose_message(town):
    town.left()
    town.application.told.clear()


def tell_two_tokens(town):
    town.left()
    town.application.told['h'].tokens.add('another')


def mishear(town):
    town.left()
    answers = town.application.told['h'].answers
    answers.append((town.at(14), 'abandon', 200))


@pytest.mark.parametrize(
    'go_wrong, words',
    [
        (lose_action, 'is lost'),
        (double_action, 'and is there 2 times'),
        (use_key_twice, 'with one key'),
        (leave_open, 'is RUNNING'),
        (half_a_cluster, 'was made 0 times'),
        (refuse, 'with no outage'),
        (refuse_without_broker, 'with no outage'),
        (lose_server, 'is not there'),
        (leave_server, 'belongs to no node'),
        (share_server, 'belongs to 2 nodes'),
        (be_short, 'with 1 of 2'),
        (be_too_large, 'has 1 members of 0'),
        (make_twice, 'was never that of a node'),
        (delete_untold, 'nobody was told'),
        (delete_before_answer, 'before its hook was COMPLETED'),
        (delete_before_deadline, 'before the deadline'),
        (delete_who_is_kept, 'although its hook was ABANDONED'),
        (delete_who_is_kept_by_silence, 'although its hook was TIMED_OUT'),
        (lose_message, 'nobody got it'),
        (tell_two_tokens, 'has 2 tokens'),
        (mishear, 'abandon was taken'),
    ],
    ids=lambda each: getattr(each, '__name__', ''),
)
def test_what_must_not_be_is_seen(town, go_wrong, words):
    go_wrong(town)
    assert words in '\n'.join(town.wrong())


@pytest.mark.parametrize('group', ['database', 'nova'])
def test_an_outage_of_the_database_explains_a_refusal(town, group):
    strike = town.ledger.begin('an outage', group)
    strike.began_at, strike.mended_at = town.at(0), town.at(10)
    refuse(town)
    assert bool(town.wrong()) == (group != 'database')


@pytest.mark.parametrize(
    'line, words',
    [
        ('ERROR autoscale.api.faults [-] it failed', 'it failed'),
        ('INFO autoscale.api [-] Traceback (most', 'Traceback'),
        ('WARNING autoscale.api [-] it failed: KeyError: 1', 'KeyError'),
        ('INFO autoscale.api [-] here is s3cret', 'a secret is in'),
    ],
)
def test_what_a_log_must_not_have_is_seen(town, tmp_path, line, words):
    town.ledger.secrets.add('s3cret')
    log = tmp_path / 'engine-0.log'
    now = datetime.datetime.fromtimestamp(time.time() + 1)
    when = now.isoformat(' ', 'milliseconds')
    log.write_text(f'{when} 17 INFO autoscale [-] fine\n')
    assert list(checks.logs([log], town.ledger)) == []
    log.write_text(f'{when} 17 {line}\n')
    (wrong,) = checks.logs([log], town.ledger)
    assert words in wrong


@pytest.mark.parametrize('group', ['broker', 'database'])
def test_a_kept_connection_is_found_broken_late(town, tmp_path, group):
    strike = town.ledger.begin('an outage', group)
    strike.began_at, strike.mended_at = town.at(0), town.at(1)
    log = tmp_path / 'api-0.log'
    when = datetime.datetime.fromtimestamp(town.at(100)).isoformat(
        ' ', 'milliseconds'
    )
    log.write_text(
        f'{when} 17 ERROR oslo.messaging._drivers.impl_rabbit [-] AMQP '
        'server on 127.0.0.1:5672 is unreachable: unknown error.\n'
    )
    is_wrong = bool(list(checks.logs([log], town.ledger)))
    assert is_wrong == (group != 'broker')


def test_a_drain_that_ends_in_the_pass_that_began_it_is_not_the_last(town):
    town.left()
    hook = town.books.hooks['h']
    rescinded = {**hook, 'id': 'i', 'status': 'RESCINDED', 'sent_at': None}
    rescinded['ended_at'] = rescinded['created_at']
    town.books.hooks = {'i': rescinded, 'h': hook}
    assert town.wrong() == []
