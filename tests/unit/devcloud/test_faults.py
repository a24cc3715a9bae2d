"""Which calls a rule meets, and how often."""

import pytest

from autoscale.devcloud import faults


@pytest.fixture
def rules():
    return faults.Faults()


def take(rules, operation='list_servers', path='/x', service='compute'):
    return rules.take(service, operation, path)


def test_without_rules_nothing_happens(rules):
    assert take(rules) is None


def test_a_rule_meets_only_its_service_and_operation(rules):
    rule = rules.add('compute', 'drop', operation='list_servers')
    assert take(rules, 'delete_server') is None
    assert take(rules, service='image') is None
    assert take(rules) is rule


def test_a_rule_without_operation_meets_all(rules):
    rule = rules.add('compute', 'drop')
    assert take(rules, 'anything') is rule


def test_the_oldest_rule_wins(rules):
    first = rules.add('compute', 'drop', times=1)
    second = rules.add('compute', 'drop')
    assert [take(rules), take(rules)] == [first, second]


def test_a_spent_rule_is_still_shown(rules):
    rules.add('compute', 'drop', times=1)
    take(rules)
    assert take(rules) is None
    (rule,) = rules.rules()
    assert rule.is_spent
    assert rule.show()['hits'] == 1


def test_a_fraction_is_exact_in_the_long_run(rules):
    rules.add('compute', 'drop', fraction=0.1)
    hits = [take(rules) is not None for _ in range(100)]
    assert sum(hits) == 10


def test_a_rule_may_look_at_the_path(rules):
    rule = rules.add('compute', 'drop', path_contains='/a1')
    assert take(rules, path='/servers/b2') is None
    assert take(rules, path='/servers/a1') is rule


def test_clearing_takes_all_rules_away(rules):
    rules.add('compute', 'drop')
    rules.clear()
    assert take(rules) is None
    assert rules.rules() == []


def test_a_rule_that_cannot_be_followed_is_refused(rules):
    with pytest.raises(faults.InvalidFault, match='needs status'):
        rules.add('compute', 'error')
    with pytest.raises(faults.InvalidFault, match='one of'):
        rules.add('compute', 'explode')
