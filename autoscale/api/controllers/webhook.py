"""Webhooks: made, changed, given new secrets; triggered in `trigger`."""

import ipaddress
import logging
from typing import Any

from autoscale import exceptions
from autoscale.api import answer
from autoscale.api import call as calls
from autoscale.api import capability
from autoscale.api import paging
from autoscale.api import place
from autoscale.api.controllers import listed
from autoscale.api.controllers import request
from autoscale.api.controllers import trigger
from autoscale.api.query import Parameter
from autoscale.api.schemas import action as action_schemas
from autoscale.api.schemas import fields
from autoscale.api.schemas import shape
from autoscale.api.schemas import webhook as schemas
from autoscale.db import webhook as webhooks
from autoscale.model import alarm
from autoscale.model import webhook

LOG = logging.getLogger(__name__)

LISTING = paging.Listing(
    filters=(
        Parameter(name='name', description='Exactly this name.'),
        Parameter(name='cluster_id', description='Of this cluster.'),
        Parameter(
            name='action',
            description='That ask for this.',
            choices=schemas.ACTIONS,
        ),
    ),
    sorts=(
        'name',
        'action',
        'triggered',
        'last_triggered_at',
        'created_at',
        'updated_at',
    ),
)

#: Never kept with the first answer to an Idempotency-Key.
_SECRETS = ('alarm_url',)


def _wishes(asked: dict[str, Any]) -> dict[str, Any]:
    """What a body says of times and networks, as they are kept."""
    wishes = dict(asked)
    if 'expires_at' in asked:
        wishes['expires_at'] = fields.read_moment(
            'expires_at', asked['expires_at']
        )
    if 'allowed_cidrs' in asked:
        wishes['allowed_cidrs'] = [
            _network(number, each)
            for number, each in enumerate(asked['allowed_cidrs'])
        ]
    return wishes


def _network(number: int, text: str) -> str:
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError:
        raise exceptions.InvalidField(
            field=f'allowed_cidrs[{number}]',
            reason=f"'{shape.clip(text)}' is no network such as 192.0.2.0/24",
        ) from None


def _with_secret(
    call: calls.Call, each: webhook.Webhook, token: str
) -> dict[str, Any]:
    url = f'{call.base_url}/v1/webhooks/{each.id}/trigger?token={token}'
    return {**schemas.show(each), 'alarm_url': url}


class Rotate(place.Place):
    @place.operation(
        'POST',
        'Give a webhook a new secret; the old one ends at once',
        rule='webhook:rotate',
        answers={200: ('webhook', schemas.SHOWN_ONCE)},
        faults=(404, 409),
    )
    def rotate(self, call: calls.Call) -> answer.Answer:
        token, now = capability.new(), call.now()

        def work(conn: Any) -> answer.Answer:
            found = webhooks.get(
                conn, call.project_id, call.refs['webhook_id']
            )
            webhooks.change(
                conn,
                found.id,
                token_hash=capability.hash_of(token),
                updated_at=now,
            )
            changed = webhooks.get(conn, call.project_id, found.id)
            return answer.Answer(
                body={'webhook': _with_secret(call, changed, token)}
            )

        said = call.write(work, secrets=_SECRETS)
        LOG.info('webhook %s: rotated', said.body['webhook']['id'])
        return said


class Webhook(place.Place):
    ref = 'webhook_id'
    places = {'rotate': Rotate, 'trigger': trigger.Trigger}

    @place.operation(
        'GET',
        'Show a webhook, without its secret',
        rule='webhook:show',
        answers={200: ('webhook', schemas.SHOWN)},
        faults=(404, 409),
    )
    def show(self, call: calls.Call) -> answer.Answer:
        found = call.read(
            webhooks.get, call.project_id, call.refs['webhook_id']
        )
        return answer.Answer(body={'webhook': schemas.show(found)})

    @place.operation(
        'PATCH',
        'Change a webhook; its URL stays',
        rule='webhook:change',
        root='webhook',
        body=schemas.CHANGE,
        answers={200: ('webhook', schemas.SHOWN)},
        faults=(404, 409),
    )
    def change(self, call: calls.Call) -> answer.Answer:
        wishes, now = _wishes(call.body), call.now()

        def work(conn: Any) -> answer.Answer:
            found = webhooks.get(
                conn, call.project_id, call.refs['webhook_id']
            )
            if 'params' in wishes:
                action_schemas.check_inputs(
                    found.action, wishes['params'], at='params'
                )
            webhooks.change(conn, found.id, **wishes, updated_at=now)
            changed = webhooks.get(conn, call.project_id, found.id)
            return answer.Answer(body={'webhook': schemas.show(changed)})

        said = call.write(work)
        LOG.info('webhook %s: changed', said.body['webhook']['id'])
        return said

    @place.operation(
        'DELETE',
        'Delete a webhook; its URL ends at once',
        rule='webhook:delete',
        answers={204: (None, None)},
        faults=(404, 409),
    )
    def delete(self, call: calls.Call) -> answer.Answer:
        def work(conn: Any) -> str:
            found = webhooks.get(
                conn, call.project_id, call.refs['webhook_id']
            )
            webhooks.delete(conn, found.id)
            return str(found.id)

        gone = call.services.database.write(work)
        LOG.info('webhook %s: deleted', gone)
        return answer.Answer(status=204)


class Webhooks(place.Place):
    item = Webhook

    @place.operation(
        'GET',
        'List webhooks, without their secrets',
        rule='webhook:list',
        listing=LISTING,
        answers={200: ('webhooks', schemas.SHOWN)},
    )
    def index(self, call: calls.Call) -> answer.Answer:
        return listed.page(
            call, LISTING, 'webhooks', webhooks.page, schemas.show
        )

    @place.operation(
        'POST',
        'Create a webhook; the URL with its secret is shown this once',
        rule='webhook:create',
        root='webhook',
        body=schemas.CREATE,
        answers={201: ('webhook', schemas.SHOWN_ONCE)},
        faults=(404, 409),
    )
    def create(self, call: calls.Call) -> answer.Answer:
        wishes = _wishes(call.body)
        params = wishes.get('params', {})
        action_schemas.check_inputs(wishes['action'], params, at='params')
        token, webhook_id, now = capability.new(), call.new_id(), call.now()

        def work(conn: Any) -> answer.Answer:
            cluster = request.living(conn, call, wishes['cluster_id'])
            request.need(conn, call, cluster)
            made = webhook.Webhook(
                id=webhook_id,
                project_id=call.project_id,
                user_id=call.context.user_id,
                name=wishes['name'],
                cluster_id=cluster.id,
                action=wishes['action'],
                params=params,
                states=wishes.get('states', [alarm.ALARM]),
                token_hash=capability.hash_of(token),
                enabled=wishes.get('enabled', True),
                expires_at=wishes.get('expires_at'),
                allowed_cidrs=wishes.get('allowed_cidrs', []),
                triggered=0,
                ignored=0,
                last_triggered_at=None,
                created_at=now,
                updated_at=None,
            )
            webhooks.create(conn, made)
            where = f'{call.base_url}/v1/webhooks/{made.id}'
            return answer.Answer(
                status=201,
                body={'webhook': _with_secret(call, made, token)},
                headers=(('Location', where),),
            )

        said = request.write(call, work, secrets=_SECRETS)
        shown = said.body['webhook']
        LOG.info(
            'webhook %s: created, %s of cluster %s',
            shown['id'],
            shown['action'],
            shown['cluster_id'],
        )
        return said
