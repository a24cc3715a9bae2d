"""What every policy promises, whoever wrote it.

A subclass names the class and gives specs that are right and wrong.
"""

import copy
import dataclasses
import datetime
import itertools
from typing import Any

import jsonschema
import pytest

from autoscale import exceptions
from autoscale.model import action
from autoscale.model.proposal import Proposal
from autoscale.model.proposal import View

NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


def proposals() -> list[Proposal]:
    """One of everything that planning may ask a policy about."""
    sizes = ((3, 3), (3, 5), (3, 1), (0, 0), (0, 4))
    return [
        Proposal(
            kind=kind,
            current=current,
            to=to,
            min_size=0,
            max_size=max_size,
            named=named,
            honours_cooldown=honours_cooldown,
            value=value,
        )
        for kind, (current, to), max_size, named, honours_cooldown, value in (
            itertools.product(
                action.KINDS,
                sizes,
                (-1, 6),
                ((), ('node-1',)),
                (False, True),
                (None, 93.5),
            )
        )
    ]


def view(proposal: Proposal, **more: Any) -> View:
    return View(
        desired=proposal.current,
        actual=proposal.current,
        min_size=proposal.min_size,
        max_size=proposal.max_size,
        **more,
    )


class PolicyContract:
    policy: type
    #: specs that a person may write
    right: list[dict[str, Any]]
    #: specs that the schema lets through and `check` does not
    wrong: list[dict[str, Any]]

    def test_the_schema_is_a_schema_that_closes_and_explains(self):
        jsonschema.Draft202012Validator.check_schema(self.policy.schema)
        assert self.policy.schema['additionalProperties'] is False
        assert self.policy.schema['title']
        for rule in self.policy.schema['properties'].values():
            assert rule['title']
            assert rule['description']

    def test_right_specs_pass_and_are_right_with_their_defaults_too(self):
        for spec in self.right:
            jsonschema.validate(spec, self.policy.schema)
            complete = self.policy.check(copy.deepcopy(spec))
            jsonschema.validate(complete, self.policy.schema)
            assert self.policy.check(copy.deepcopy(complete)) == complete

    def test_a_check_keeps_what_it_was_given(self):
        for spec in self.right:
            before = copy.deepcopy(spec)
            self.policy.check(spec)
            assert spec == before

    def test_wrong_specs_are_refused_with_the_name_of_the_field(self):
        assert self.wrong
        for spec in self.wrong:
            jsonschema.validate(spec, self.policy.schema)
            with pytest.raises(exceptions.InvalidField) as caught:
                self.policy.check(spec)
            assert caught.value.facts['field']

    def test_an_answer_is_a_proposal_or_a_refusal_with_a_reason(self):
        for spec in self.right:
            policy = self.policy(self.policy.check(spec))
            spoke = 0
            for proposal in proposals():
                if not policy.speaks_to(proposal):
                    continue
                spoke += 1
                try:
                    answer = policy.review(proposal, view(proposal), NOW)
                except exceptions.Refused as refused:
                    assert refused.reason
                else:
                    assert isinstance(answer, Proposal)
            assert spoke

    def test_an_answer_keeps_what_was_asked_and_every_earlier_word(self):
        asked = ('kind', 'current', 'min_size', 'max_size', 'asked', 'named')
        for spec in self.right:
            policy = self.policy(spec)
            for proposal in proposals():
                proposal = proposal.says('an earlier word')
                if not policy.speaks_to(proposal):
                    continue
                try:
                    answer = policy.review(proposal, view(proposal), NOW)
                except exceptions.Refused:
                    continue
                for name in asked:
                    assert getattr(answer, name) == getattr(proposal, name)
                assert answer.words[:1] == ('an earlier word',)
                assert len(answer.words) <= 2

    def test_the_same_question_has_the_same_answer(self):
        for spec in self.right:
            one, other = self.policy(spec), self.policy(copy.deepcopy(spec))
            for proposal in proposals():
                assert _answer(one, proposal) == _answer(one, proposal)
                assert _answer(one, proposal) == _answer(other, proposal)


def _answer(policy: Any, proposal: Proposal) -> Any:
    if not policy.speaks_to(proposal):
        return None
    try:
        answer = policy.review(proposal, view(proposal), NOW)
    except exceptions.Refused as refused:
        return refused.reason
    return dataclasses.asdict(answer)
