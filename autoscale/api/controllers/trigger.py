"""The trigger of a webhook: an alarm service posts, an action is queued.

This is the busiest door, and a public one: the token is the right. A member
of the webhook's project may come with a token of Keystone's instead.
"""

import logging
from typing import Any

from autoscale.api import answer
from autoscale.api import body as bodies
from autoscale.api import call as calls
from autoscale.api import place
from autoscale.api.query import Parameter
from autoscale.api.schemas import webhook as schemas
from autoscale.api.triggers import deciding
from autoscale.api.triggers import reading
from autoscale.api.triggers import right

LOG = logging.getLogger(__name__)


class Trigger(place.Place):
    @place.operation(
        'POST',
        'Trigger a webhook, with the body of any alarm service or with none',
        is_public=True,
        query=(
            Parameter(name='token', description='Or in a header.'),
            reading.COUNT,
            *(
                Parameter(name=name, description='Who shall leave.')
                for name in reading.NODE_PARAMETERS
            ),
        ),
        answers={202: (None, schemas.TRIGGERED)},
        faults=(404, 503),
    )
    def trigger(self, call: calls.Call) -> answer.Answer:
        if right.is_somebodys(call.environ):
            call.authorize('cluster:act')
        call.raw = bodies.read(call.environ)
        asked = deciding.Asked(call)
        said = _carry_out(call, asked)
        if said.body['action'] is None:
            LOG.info(
                'webhook %s: ignored, %s', asked.ref, said.body['ignored']
            )
        else:
            call.services.waker.wake(asked.cluster.id)
            LOG.info(
                'webhook %s: %s asked for, cluster %s, action %s',
                asked.ref,
                asked.hook.action,
                asked.cluster.id,
                said.body['action']['id'],
            )
        return said


def _carry_out(call: calls.Call, asked: deciding.Asked) -> answer.Answer:
    """With all others of this moment; with an Idempotency-Key, alone."""
    if call.idempotency_key() is None:
        said: answer.Answer = call.services.database.write_together(
            deciding.carry_out, asked
        )
        return said
    call.read(lambda conn: asked.admit(deciding.find(conn, [asked])))

    def carry_out(conn: Any) -> answer.Answer:
        (told,) = deciding.carry_out(conn, [asked])
        if isinstance(told, Exception):
            raise told
        return told

    return call.first_answer() or call.write(carry_out)
