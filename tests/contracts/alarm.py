"""What every alarm reader promises, whoever wrote it.

A subclass names the reader and gives bodies that are its own.
"""

import copy
import json
import math

import hypothesis
import pytest
from hypothesis import strategies

from autoscale.model import alarm

ODD = strategies.recursive(
    strategies.none()
    | strategies.booleans()
    | strategies.integers()
    | strategies.floats()
    | strategies.text(alphabet=strategies.characters(), max_size=20),
    lambda inner: (
        strategies.lists(inner, max_size=3)
        | strategies.dictionaries(
            strategies.text(max_size=5), inner, max_size=3
        )
    ),
    max_leaves=8,
)


def places(body, path=()):
    """The path to everything in a body."""
    items = []
    if isinstance(body, dict):
        items = list(body.items())
    elif isinstance(body, list):
        items = list(enumerate(body))
    found = [path] if path else []
    for key, value in items:
        found += places(value, (*path, key))
    return found


def spoilt(body, path, odd):
    """The body with something odd at a place."""
    body = copy.deepcopy(body)
    inner = body
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = odd
    return body


def check(found):
    """Whether it is an Alarm that can be acted on and kept."""
    assert isinstance(found, alarm.Alarm)
    assert found.state in alarm.STATES
    assert found.value is None or math.isfinite(found.value)
    texts = (found.name, found.identity, found.reason, found.node)
    for text in (*texts, *found.labels, *found.labels.values()):
        assert text is None or (isinstance(text, str) and text.isprintable())
    for text in texts:
        assert text is None or 0 < len(text) <= 4096
    json.dumps(found.summary(), allow_nan=False).encode()
    if found.transition is not None:
        found.transition.encode()


class AlarmContract:
    reader: type
    #: bodies as they come, by the state that they tell
    bodies: list[tuple[object, str]]

    def test_it_is_asked_in_its_turn(self):
        assert isinstance(self.reader.priority, int)

    def test_its_own_bodies_are_recognised_and_read(self):
        for body, state in self.bodies:
            before = copy.deepcopy(body)
            assert self.reader.recognises(body)
            found = self.reader.read(body)
            check(found)
            assert found.state == state
            assert found.source
            assert body == before

    def test_the_same_body_is_the_same_transition(self):
        for body, _ in self.bodies:
            one = self.reader.read(body)
            other = self.reader.read(copy.deepcopy(body))
            assert one == other

    def test_whatever_is_odd_in_it_is_never_an_error(self):
        @hypothesis.given(strategies.data(), ODD)
        def holds(data, odd):
            body, _ = data.draw(strategies.sampled_from(self.bodies))
            where = places(body)
            if where:
                place = data.draw(strategies.sampled_from(where))
                body = spoilt(body, place, odd)
            else:
                body = odd
            if self.reader.recognises(body):
                check(self.reader.read(body))

        holds()

    @pytest.mark.parametrize(
        'body', [None, '', 'text', 0, 1.5, True, [], [{}], {}]
    )
    def test_recognising_is_never_an_error(self, body):
        assert self.reader.recognises(body) in (True, False)
