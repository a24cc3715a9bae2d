"""What every hook transport promises, whoever wrote it.

A subclass gives `transport`, the plug-in in front of an application, and
says where messages go and what has arrived.
"""

import json

import jsonschema
import pytest

from autoscale.model.message import Message

TOKEN = 'a-very-secret-token'


class HookContract:
    transport_class: type

    def params(self):
        """Where the application listens."""
        raise NotImplementedError

    def wrong_params(self):
        """Where no message will ever be taken, though the schema allows."""
        raise NotImplementedError

    def arrived(self):
        """The bodies that the application got, oldest first."""
        raise NotImplementedError

    def break_down(self):
        """From now on nothing is taken, for reasons that may pass."""
        raise NotImplementedError

    def recover(self):
        """All is as it was."""
        raise NotImplementedError

    def message(self, number=0, params=None):
        return Message(
            hook_id=f'hook-{number}',
            params=params or self.params(),
            body={
                'lifecycle_action_token': f'{TOKEN}-{number}',
                'node_id': f'node-{number}',
                'cause': {'type': 'webhook', 'reason': 'zu heiß'},
            },
            ttl=3600,
        )

    def test_the_schema_is_a_schema_that_closes_and_explains(self):
        schema = self.transport_class.schema
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema['additionalProperties'] is False
        for rule in schema['properties'].values():
            assert rule['title']
            assert rule['description']

    def test_the_schema_lets_through_what_is_used_here(self, transport):
        schema = self.transport_class.schema
        jsonschema.validate(self.params(), schema)
        jsonschema.validate(self.wrong_params(), schema)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({}, schema)

    def test_a_message_arrives_as_it_is_with_its_token(self, transport):
        message = self.message()
        (outcome,) = transport.send([message])
        assert outcome.delivered
        assert outcome.error is None
        assert self.arrived() == [message.body]

    def test_every_one_of_many_arrives_and_has_its_outcome_in_order(
        self, transport
    ):
        messages = [self.message(n) for n in range(45)]
        outcomes = transport.send(messages)
        assert [each.hook_id for each in outcomes] == [
            each.hook_id for each in messages
        ]
        assert {each.error for each in outcomes} == {None}
        key = json.dumps
        assert sorted(self.arrived(), key=key) == sorted(
            (each.body for each in messages), key=key
        )

    def test_nothing_to_send_has_no_outcome(self, transport):
        assert transport.send([]) == []

    def test_the_same_message_may_be_sent_again(self, transport):
        transport.send([self.message()])
        (outcome,) = transport.send([self.message()])
        assert outcome.delivered
        assert self.arrived() == [self.message().body] * 2

    def test_what_passes_is_an_error_now_and_a_delivery_later(self, transport):
        self.break_down()
        outcomes = transport.send([self.message(n) for n in range(3)])
        for outcome in outcomes:
            assert not outcome.delivered
            assert not outcome.is_permanent
            assert outcome.error
        self.recover()
        before = len(self.arrived())
        (outcome,) = transport.send([self.message()])
        assert outcome.delivered
        assert len(self.arrived()) == before + 1

    def test_what_will_never_work_is_permanent(self, transport):
        wrong = self.message(params=self.wrong_params())
        (outcome,) = transport.send([wrong])
        assert not outcome.delivered
        assert outcome.is_permanent
        assert self.arrived() == []

    def test_one_that_cannot_be_taken_does_not_stop_the_others(
        self, transport
    ):
        outcomes = transport.send(
            [
                self.message(0),
                self.message(1, params=self.wrong_params()),
                self.message(2),
            ]
        )
        assert [each.delivered for each in outcomes] == [True, False, True]

    def test_a_token_is_in_no_error_and_no_log(self, transport, caplog):
        caplog.set_level('DEBUG')
        self.break_down()
        outcomes = transport.send(
            [self.message(0), self.message(1, params=self.wrong_params())]
        )
        assert TOKEN not in repr(outcomes)
        self.recover()
        transport.send([self.message()])
        assert TOKEN not in caplog.text
        assert TOKEN not in repr(self.message())
