"""The tables of moves, held to the promise that nothing can get stuck."""

import types

import pytest

from autoscale.model import action
from autoscale.model import hook
from autoscale.model import node

#: Each noun that moves, with the state in which it is born.
NOUNS = {
    'node': (node, node.PENDING),
    'action': (action, action.QUEUED),
    'hook': (hook, hook.PENDING),
}


@pytest.fixture(params=sorted(NOUNS))
def noun(request: pytest.FixtureRequest) -> types.ModuleType:
    return NOUNS[request.param][0]


@pytest.fixture
def first(noun: types.ModuleType) -> str:
    return next(start for each, start in NOUNS.values() if each is noun)


def reachable(moves: dict[str, set[str]], start: str) -> set[str]:
    """`start` and every state that moves lead to from it."""
    seen, fresh = set(), {start}
    while fresh:
        seen |= fresh
        fresh = set().union(*(moves[each] for each in fresh)) - seen
    return seen


def finals(moves: dict[str, set[str]]) -> set[str]:
    return {state for state, out in moves.items() if not out}


def test_every_status_has_its_moves_and_no_other_word_has(noun) -> None:
    assert set(noun.MOVES) == set(noun.STATUSES)
    assert len(noun.STATUSES) == len(set(noun.STATUSES))


def test_moves_lead_to_known_states_and_never_to_the_same(noun) -> None:
    for state, out in noun.MOVES.items():
        assert out <= set(noun.STATUSES), state
        assert state not in out


def test_every_state_can_be_reached(noun, first) -> None:
    assert reachable(noun.MOVES, first) == set(noun.STATUSES)


def test_there_is_an_end(noun) -> None:
    assert finals(noun.MOVES)


def test_every_state_has_a_way_to_an_end(noun) -> None:
    stuck = [
        state
        for state in noun.STATUSES
        if not reachable(noun.MOVES, state) & finals(noun.MOVES)
    ]
    assert stuck == []


def test_a_sentence_says_who_moves_each_state_on(noun) -> None:
    assert set(noun.WHO_MOVES_IT_ON) == set(noun.STATUSES)
    assert all(each.strip() for each in noun.WHO_MOVES_IT_ON.values())


def test_only_of_an_end_it_is_said_that_nobody_moves_it(noun) -> None:
    nobody = {
        state
        for state, who in noun.WHO_MOVES_IT_ON.items()
        if who.startswith('nobody')
    }
    assert nobody == finals(noun.MOVES)


@pytest.mark.parametrize('noun', [action, hook], ids=['action', 'hook'])
def test_open_means_not_at_an_end(noun) -> None:
    assert set(noun.OPEN) == set(noun.STATUSES) - finals(noun.MOVES)


def test_only_a_hook_that_is_open_can_be_answered() -> None:
    answered = {hook.COMPLETED, hook.ABANDONED}
    for state, out in hook.MOVES.items():
        assert answered <= out or not answered & out, state
        assert (answered <= out) == (state in hook.OPEN), state


def test_only_members_that_stay_or_come_are_counted() -> None:
    leaving = {node.DRAINING, node.DELETING, node.ERROR, node.LOST, node.GONE}
    assert not leaving & set(node.COUNTED)


def test_a_node_that_leaves_is_deleted_before_it_is_gone() -> None:
    """No way from a server that is asked for to GONE but past its end.

    The exceptions are written in the table beside the noun: a node that
    never had a server, and one whose server is kept.
    """
    straight = {state for state, out in node.MOVES.items() if node.GONE in out}
    assert node.BUILDING not in straight
    assert node.UNHEALTHY not in straight
    assert node.DELETING in straight


def test_the_search_finds_a_state_that_cannot_be_reached() -> None:
    assert reachable({'A': {'B'}, 'B': set(), 'C': {'A'}}, 'A') == {'A', 'B'}


def test_the_search_finds_a_circle_without_a_way_out() -> None:
    moves = {'A': {'B'}, 'B': {'A'}, 'C': set()}
    assert not reachable(moves, 'A') & finals(moves)
