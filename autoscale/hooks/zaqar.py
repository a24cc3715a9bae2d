"""Lifecycle messages by Zaqar queue: many a post, kept until they are read."""

import collections
from typing import Any

from autoscale import exceptions
from autoscale.clients import zaqar
from autoscale.model.message import Message
from autoscale.model.message import Outcome

#: Seconds that a message outlives its hook: the deadline is counted from the
#: answer to the post, which is a little later than the message's own life.
_LEEWAY = 60


class ZaqarTransport:
    """One post for as many messages as Zaqar takes at once."""

    schema: dict[str, Any] = {
        '$schema': 'https://json-schema.org/draft/2020-12/schema',
        'title': 'Zaqar queue',
        'description': (
            "The message is posted to a queue in the cluster owner's project."
        ),
        'type': 'object',
        'additionalProperties': False,
        'required': ['queue'],
        'properties': {
            'queue': {
                'title': 'Queue',
                'description': (
                    'The name of the queue; it is made when the first '
                    'message comes.'
                ),
                'type': 'string',
                'pattern': zaqar.QUEUE_NAME,
            },
        },
    }

    def __init__(self, conf: Any, doors: Any) -> None:
        self._doors = doors

    def send(self, messages: list[Message]) -> list[Outcome]:
        """One outcome each, in the order of `messages`; never raises.

        When Zaqar is unwell the posts that are left are not tried: each
        would only wait for its time limit.
        """
        outcomes: dict[str, Outcome] = {}
        unwell: exceptions.CloudError | None = None
        for queue, batch in _posts(messages):
            error = unwell or self._post(queue, batch)
            if error is not None and error.kind != 'request':
                unwell = error
            for message in batch:
                outcomes[message.hook_id] = _outcome(message, error)
        return [outcomes[message.hook_id] for message in messages]

    def _post(
        self, queue: str, batch: list[Message]
    ) -> exceptions.CloudError | None:
        posted = [
            {'body': message.body, 'ttl': _life(message)} for message in batch
        ]
        try:
            self._doors.zaqar.post(queue, posted)
        except exceptions.CloudError as error:
            return error
        return None


def _posts(messages: list[Message]) -> list[tuple[str, list[Message]]]:
    """(queue, messages) for each post; one post is taken or refused whole."""
    queues: dict[str, list[Message]] = collections.defaultdict(list)
    for message in messages:
        queues[message.params['queue']].append(message)
    return [
        (queue, batch)
        for queue, ours in queues.items()
        for batch in zaqar.batches(ours, lambda message: message.body)
    ]


def _life(message: Message) -> int:
    shortest, longest = zaqar.LIVES
    return min(max(message.ttl + _LEEWAY, shortest), longest)


def _outcome(message: Message, error: exceptions.CloudError | None) -> Outcome:
    if error is None:
        return Outcome(hook_id=message.hook_id, delivered=True)
    return Outcome(
        hook_id=message.hook_id,
        delivered=False,
        error=message.hidden_in(str(error)),
        is_permanent=isinstance(error, exceptions.RequestIsWrong),
    )
